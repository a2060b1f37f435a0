"""Profiles in NetCDF: ragged arrays or padded ones, with the values that their flags call good.

CF-1.10, chapter 9 and appendix H.3: discrete sampling geometries of the feature type profile.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError, warn
from tropdsx.read.netcdf import open_array_file
from tropdsx.read.series.quality import hold_to_flags, is_twin, leave_out_misplaced, modes_of
from tropdsx.read.text import is_text, read_text
from tropdsx.system.names import expand_name

__all__ = ["holds_profiles", "open_profiles", "pad_ragged"]

#: By what is found: standard names, and names in lower case where a variable has none.
_PLACES = {
    "lat": ({"latitude"}, {"lat", "latitude"}),
    "lon": ({"longitude"}, {"lon", "longitude"}),
    "time": ({"time"}, {"time", "juld"}),
}
_VERTICAL = {
    "pressure": ({"sea_water_pressure"}, {"pres", "pressure"}),
    "depth": ({"depth"}, {"depth", "deph", "z"}),
    "height": ({"height", "altitude"}, {"height", "altitude"}),
}


def holds_profiles(ds: xr.Dataset) -> bool:
    """Tell profiles from grids and series, without reading a value.

    Parameters
    ----------
    ds : Dataset
        As opened.

    Returns
    -------
    bool
        Whether :func:`open_profiles` is worth a try.

    Examples
    --------
    >>> holds_profiles(xr.Dataset({"row_size": ("profile", [2], {"sample_dimension": "obs"})}))
    True
    """
    ragged = {"sample_dimension", "instance_dimension"}
    if any(ragged & set(each.attrs) for each in ds.variables.values()):
        return True
    places = [ds[name] for name in _candidates(ds, *_PLACES["lat"])]
    own = {each.dims[0] for each in places if each.ndim == 1 and each.dims != (each.name,)}
    levels = [ds[name] for known in _VERTICAL.values() for name in _candidates(ds, *known)]
    return bool(own) and any(
        each.dims == (each.name,) or (each.ndim == 2 and own & set(each.dims)) for each in levels
    )


def open_profiles(path: str | Path, *, good: Collection[int] | None = None) -> xr.Dataset:
    """Open profiles on (profile, level), each padded to the longest.

    Parameters
    ----------
    path : str or Path
        NetCDF of the CF feature type profile: contiguous ragged (a variable with
        ``sample_dimension`` counts the levels of each profile), indexed ragged (one with
        ``instance_dimension`` names the profile of each value), or two-dimensional, as Argo's own.
    good : collection of int, optional
        Quality flags whose values are kept, where there are flags (``temp_qc``, or
        ``ancillary_variables``); others become missing. By default what their ``flag_meanings``
        call good, else 1 and 2, of Argo and of the table of IODE; what is given is obeyed.

    Returns
    -------
    Dataset
        Variables as stored, on (profile, level), with coordinates ``lat``, ``lon``, ``time`` on
        profile and ``pressure``, ``depth`` or ``height`` on both, NaN behind the last level. Of
        variables with an adjusted twin (``TEMP_ADJUSTED``) the twin, where it has any value; as
        such count the corrected ones of EN4 (``POTM_CORRECTED``), under their plain names.

    Raises
    ------
    InputError
        If the file holds no profiles, or its counts do not fit its values.

    Examples
    --------
    >>> import tempfile
    >>> ds = xr.Dataset(
    ...     {
    ...         "row_size": ("profile", [2, 1], {"sample_dimension": "obs"}),
    ...         "pres": ("obs", [5.0, 10.0, 5.0], {"standard_name": "sea_water_pressure"}),
    ...         "temp": ("obs", [20.0, 19.0, 18.0]),
    ...         "lat": ("profile", [0.0, 1.0]),
    ...         "lon": ("profile", [-30.0, -30.0]),
    ...     }
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/argo.nc")
    ...     open_profiles(f"{folder}/argo.nc").temp.values.tolist()
    [[20.0, 19.0], [18.0, nan]]
    """
    _refuse_text(path)
    with open_array_file(path, "netcdf4", None) as opened:
        ds = _without_corrected(opened.load())
    modes, padded = modes_of(ds), _pad(ds, path)
    there = _find(padded, _PLACES, path, wanted={"lat", "lon"})
    padded = _one_each(padded, list(there.values()))
    whole, padded = leave_out_misplaced(padded, there, good, path)
    modes = {name: np.resize(mode, whole.size)[whole] for name, mode in modes.items()}
    padded = hold_to_flags(padded, good, modes)
    # Another depth may be that of the bottom, on profiles alone.
    on_both = padded[[n for n in padded.variables if padded[n].dims == ("profile", "level")]]
    vertical = _find(on_both, _VERTICAL, path, wanted=set())
    if not vertical:
        msg = (
            f"{path} has no pressure, depth or height of its values on (profile, level); accepted "
        )
        raise InputError(msg + "are CF profiles, see tropdsx inspect")
    if "depth" in vertical and vertical["depth"] == vertical.get(
        "height"
    ):  # "z", an altitude by its standard name
        down = padded[vertical["depth"]].attrs.get("positive") == "down"
        del vertical["height" if down else "depth"]
    names = {old: new for new, old in (there | vertical).items()}
    taken = [n for n in names.values() if n in padded.variables and n not in names]
    padded = padded.rename({name: f"{name}_of_profile" for name in taken}).rename(names)
    return padded.set_coords(list(names.values()))


def _refuse_text(path: str | Path) -> None:
    """Refuse tables of text (BODC, WOD, ODV, Sea-Bird) in a line that says what to fetch."""
    file = expand_name(path)
    if isinstance(file, Path) and file.is_file() and is_text(file):
        start = " ".join(read_text(file, 200).split())[:40]
        msg = (
            f"{path} is text ('{start}'); profiles are read of NetCDF: CF profiles, Argo, EN4 and "
            "the World Ocean Database. BODC, NCEI and ODV give their data in NetCDF, too"
        )
        raise InputError(msg)


def _without_corrected(ds: xr.Dataset) -> xr.Dataset:
    """Take corrected variables (EN4) for adjusted ones, or for the only ones where no raw is."""
    ends = {"_CORRECTED", "_corrected"}
    found = [str(n) for n in ds.variables if str(n)[-len("_corrected") :] in ends]
    renamed: dict[str, str] = {}
    for name in found:
        stem = name[: -len("_corrected")]
        plain = f"{stem}_ADJUSTED" if stem in ds.variables else stem
        both = {name: plain, f"{name}_QC": f"{plain}_QC"}
        renamed |= {old: new for old, new in both.items() if old in ds.variables}
    if found:
        warn(f"{', '.join(found)}: corrected values are taken where there are any")
    return ds.rename({old: new for old, new in renamed.items() if new not in ds.variables})


def _pad(ds: xr.Dataset, path: str | Path) -> xr.Dataset:
    """Bring any of the three forms onto (profile, level)."""
    counts = [name for name in ds.variables if "sample_dimension" in ds[name].attrs]
    owners = [name for name in ds.variables if "instance_dimension" in ds[name].attrs]
    if counts:
        instance, count = ds[counts[0]].dims[0], ds[counts[0]].size
        along = {str(ds[n].attrs["sample_dimension"]): _owner(ds, n, path) for n in counts}
        ds = ds.drop_vars(counts)
    elif owners:
        index, instance = ds[owners[0]], ds[owners[0]].attrs["instance_dimension"]
        owner, dim = index.to_numpy().astype(np.int64), index.dims[0]
        if owner.size and not 0 <= owner.min() <= owner.max() < ds.sizes.get(instance, 0):
            msg = f"{path} is damaged: {owners[0]} names profiles that are not there"
            raise InputError(msg)
        along, ds, count = {str(dim): owner}, ds.drop_vars([owners[0]]), ds.sizes[instance]
    else:
        return _padded_already(ds, path)
    fields: dict[Hashable, Any] = {}
    sizes = np.stack([np.bincount(each, minlength=count) for each in along.values()])
    if ((sizes > 0) & (sizes != sizes.max(axis=0))).any():
        msg = f"{path}: {', '.join(along)} have other numbers of levels in one profile; accepted "
        raise InputError(msg + "are as many as there are depths, or none")
    longest = int(sizes.max(initial=0))
    for name, each in ds.variables.items():
        if each.ndim == 1 and each.dims[0] in along:
            values = pad_ragged(each.to_numpy(), along[str(each.dims[0])], count, longest)
            fields[name] = (("profile", "level"), values, each.attrs)
        elif each.dims in {(), (instance,)}:
            dims = tuple("profile" for _ in each.dims)
            fields[name] = (dims, each.to_numpy(), each.attrs)
    return xr.Dataset(fields, attrs=ds.attrs)


def _one_each(ds: xr.Dataset, names: list[Hashable]) -> xr.Dataset:
    """Take the first place and time of a profile that has one for each value, as of gliders."""
    for name in names:
        if ds[name].dims == ("profile", "level") and ds.sizes["level"]:
            first = ds[name].notnull().argmax("level")
            ds = ds.assign({name: ds[name].isel(level=first).variable})
    return ds


def _owner(ds: xr.Dataset, name: Hashable, path: str | Path) -> NDArray[np.intp]:
    """Find the profile of each value along a dimension that counts say how to divide."""
    dim, sizes = ds[name].attrs["sample_dimension"], ds[name].fillna(0).to_numpy().astype(np.int64)
    owner = np.repeat(np.arange(sizes.size), np.maximum(sizes, 0))
    total = ds.sizes.get(dim, 0)
    if (sizes < 0).any() or owner.size != total:
        msg = f"{path} is damaged: {name} counts {sizes.sum()} values, {dim!r} has {total}"
        raise InputError(msg)
    return owner


def _padded_already(ds: xr.Dataset, path: str | Path) -> xr.Dataset:
    """Find the dimensions of profiles and levels from where latitude and the values lie."""
    lat = _find(ds, {"lat": _PLACES["lat"]}, path, wanted={"lat"})["lat"]
    if ds[lat].ndim != 1 or ds[lat].dims[0] == lat:
        msg = f"{path} holds no profiles: {lat} is on {ds[lat].dims}; accepted are CF profiles, "
        raise InputError(msg + "ragged or on (profile, level)")
    instance = ds[lat].dims[0]
    pairs = [
        each.dims for each in ds.variables.values() if each.ndim == 2 and instance in each.dims
    ]
    numeric = [dims for dims in pairs if all(ds.sizes[dim] > 0 for dim in dims)]
    if not numeric:
        msg = f"{path} holds no profiles: nothing is on {instance!r} and on levels"
        raise InputError(msg)
    # What has a pressure or depth, whatever else is on profiles: Argo's files tell their history.
    known = [ds[n].dims for role in _VERTICAL.values() for n in _candidates(ds, *role)]
    sure = [dims for dims in numeric if dims in known]
    level = next(dim for dim in (sure or [max(numeric, key=numeric.count)])[0] if dim != instance)
    kept = [name for name in ds.variables if set(ds[name].dims) <= {instance, level}]
    sizes = {instance: ds.sizes[instance], level: ds.sizes[level]}
    fields = {name: _on_both(ds[name].variable, sizes) for name in kept}
    return xr.Dataset(fields, attrs=ds.attrs)


def _on_both(field: xr.Variable, sizes: dict[Hashable, int]) -> xr.Variable:
    """Give a variable the dimensions profile and level; one ladder of levels is that of all."""
    instance, level = sizes
    whole = field.set_dims(sizes) if field.dims == (level,) else field
    whole = whole.transpose(instance, level, missing_dims="ignore")
    dims = ["profile" if dim == instance else "level" for dim in whole.dims]
    return xr.Variable(dims, whole.to_numpy(), whole.attrs)


def pad_ragged(
    values: NDArray, owner: NDArray[np.integer], count: int, longest: int = 0
) -> NDArray:
    """Put values that stand one profile after the other side by side.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Numbers, dates or text.
    owner : ndarray of int, shape (N,)
        Profile of each; within a profile they keep their order.
    count : int
        Profiles.
    longest : int, optional
        Levels at least.

    Returns
    -------
    ndarray, shape (count, L)
        Padded with NaN, NaT or nothing; whole numbers become floating ones.

    Examples
    --------
    >>> pad_ragged(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 0]), 2)
    array([[ 1.,  3.],
           [ 2., nan]])
    """
    order = np.argsort(owner, kind="stable")
    sizes = np.bincount(owner, minlength=count)
    first = np.cumsum(sizes) - sizes
    place = np.arange(owner.size) - np.repeat(first, sizes)
    values = values.astype(np.float64) if values.dtype.kind in "iub" else values
    empty = np.zeros(1, values.dtype)[0] if values.dtype.kind in "SUO" else np.nan
    if values.dtype.kind in "mM":
        empty = np.array("NaT", values.dtype)
    out = np.full((count, max(longest, int(sizes.max(initial=0)))), empty, dtype=values.dtype)
    out[owner[order], place] = values[order]
    return out


def _find(
    ds: xr.Dataset,
    known: dict[str, tuple[set[str], set[str]]],
    path: str | Path,
    *,
    wanted: set[str],
) -> dict[str, Hashable]:
    found: dict[str, Hashable] = {}
    for role, (standard, usual) in known.items():
        names = _candidates(ds, standard, usual)
        if names:
            found[role] = names[0]
    missing = sorted(wanted - set(found))
    if missing:
        there = ", ".join(map(str, ds.variables)) or "nothing"
        msg = f"{path} has no {' and no '.join(missing)} of its profiles; there are {there}"
        raise InputError(msg)
    return found


def _candidates(ds: xr.Dataset, standard: set[str], usual: set[str]) -> list[Hashable]:
    """List variables of a role, the best first: no adjusted twin before what it is the twin of."""
    names = [n for n in ds.variables if ds[n].attrs.get("standard_name") in standard]
    names.sort(key=lambda n: (is_twin(n), str(n).lower() not in usual))
    return names + [n for n in ds.variables if str(n).lower() in usual and n not in names]
