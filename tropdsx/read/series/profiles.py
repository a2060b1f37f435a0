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

__all__ = ["GOOD", "open_profiles", "pad_ragged"]

GOOD = (1, 2)
"""Flags of good and of probably good values: Argo, and the table of IODE that others follow."""

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


def open_profiles(path: str | Path, *, good: Collection[int] = GOOD) -> xr.Dataset:
    """Open profiles on (profile, level), each padded to the longest.

    Parameters
    ----------
    path : str or Path
        NetCDF of the CF feature type profile: contiguous ragged (a variable with
        ``sample_dimension`` counts the levels of each profile), indexed ragged (one with
        ``instance_dimension`` names the profile of each value), or two-dimensional, as Argo's own.
    good : collection of int, optional
        Quality flags whose values are kept, where there are flags (``temp_qc``, or
        ``ancillary_variables``); others become missing.

    Returns
    -------
    Dataset
        Variables as stored, on (profile, level), with coordinates ``lat``, ``lon``, ``time`` on
        profile and ``pressure``, ``depth`` or ``height`` on both, NaN behind the last level. Of
        variables with an adjusted twin (``TEMP_ADJUSTED``) the twin, where it has any value.

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
    with open_array_file(path, "netcdf4", None) as opened:
        ds = opened.load()
    padded = _pad(ds, path)
    there = _find(padded, _PLACES, path, wanted={"lat", "lon"})
    vertical = _find(padded, _VERTICAL, path, wanted=set())
    two = [name for name in vertical.values() if padded[name].dims == ("profile", "level")]
    if not two:
        msg = (
            f"{path} has no pressure, depth or height of its values on (profile, level); accepted "
        )
        raise InputError(msg + "are CF profiles, see tropdsx inspect")
    padded = _adjusted(_flagged(padded, good))
    names = {old: new for new, old in (there | vertical).items() if old in padded}
    return padded.rename(names).set_coords(list(names.values()))


def _pad(ds: xr.Dataset, path: str | Path) -> xr.Dataset:
    """Bring any of the three forms onto (profile, level)."""
    counts = [name for name in ds.variables if "sample_dimension" in ds[name].attrs]
    owners = [name for name in ds.variables if "instance_dimension" in ds[name].attrs]
    if counts:
        count, dim = ds[counts[0]], ds[counts[0]].attrs["sample_dimension"]
        sizes = count.to_numpy().astype(np.int64)
        owner = np.repeat(np.arange(sizes.size), np.maximum(sizes, 0))
        instance = count.dims[0]
        if (sizes < 0).any() or dim not in ds.dims or owner.size != ds.sizes[dim]:
            total = ds.sizes.get(dim, 0)
            msg = f"{path} is damaged: {counts[0]} counts {sizes.sum()} values, {dim!r} has {total}"
            raise InputError(msg)
        ds = ds.drop_vars([counts[0]])
    elif owners:
        index, instance = ds[owners[0]], ds[owners[0]].attrs["instance_dimension"]
        owner, dim = index.to_numpy().astype(np.int64), index.dims[0]
        if owner.size and not 0 <= owner.min() <= owner.max() < ds.sizes.get(instance, 0):
            msg = f"{path} is damaged: {owners[0]} names profiles that are not there"
            raise InputError(msg)
        ds = ds.drop_vars([owners[0]])
    else:
        return _padded_already(ds, path)
    fields: dict[Hashable, Any] = {}
    for name, each in ds.variables.items():
        if each.dims == (dim,):
            values = pad_ragged(each.to_numpy(), owner, ds.sizes[instance])
            fields[name] = (("profile", "level"), values, each.attrs)
        elif each.dims in {(), (instance,)}:
            dims = tuple("profile" for _ in each.dims)
            fields[name] = (dims, each.to_numpy(), each.attrs)
    return xr.Dataset(fields, attrs=ds.attrs)


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
    level = next(dim for dim in max(numeric, key=numeric.count) if dim != instance)
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


def pad_ragged(values: NDArray, owner: NDArray[np.integer], count: int) -> NDArray:
    """Put values that stand one profile after the other side by side.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Numbers, dates or text.
    owner : ndarray of int, shape (N,)
        Profile of each; within a profile they keep their order.
    count : int
        Profiles.

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
    out = np.full((count, int(sizes.max(initial=0))), empty, dtype=values.dtype)
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
        names = [n for n in ds.variables if ds[n].attrs.get("standard_name") in standard]
        names += [n for n in ds.variables if str(n).lower() in usual and n not in names]
        if names:
            found[role] = names[0]
    missing = sorted(wanted - set(found))
    if missing:
        there = ", ".join(map(str, ds.variables)) or "nothing"
        msg = f"{path} has no {' and no '.join(missing)} of its profiles; there are {there}"
        raise InputError(msg)
    return found


def _flagged(ds: xr.Dataset, good: Collection[int]) -> xr.Dataset:
    """Take away what its flag does not call good, and the flags."""
    flags = {name: flag for name in ds.variables if (flag := _flag_of(ds, name)) is not None}
    lost, total = 0, 0
    for name, flag in flags.items():
        if ds[name].dtype.kind not in "fiu" or ds[flag].dims != ds[name].dims:
            continue
        kept = np.isin(_numbers(ds[flag].to_numpy()), list(good))
        known = np.isfinite(ds[name].to_numpy().astype(np.float64))
        lost, total = lost + int((known & ~kept).sum()), total + int(known.sum())
        ds = ds.assign({name: ds[name].where(kept)})
    if lost:
        warn(
            f"{lost} of {total} values have another flag than {', '.join(map(str, good))}: left out"
        )
    return ds.drop_vars(set(flags.values()))


def _flag_of(ds: xr.Dataset, name: Hashable) -> Hashable | None:
    named = str(ds[name].attrs.get("ancillary_variables", "")).split()
    status = [
        each
        for each in named
        if each in ds.variables
        and str(ds[each].attrs.get("standard_name", "")).endswith(("status_flag", "quality_flag"))
    ]
    by_name = [f"{name}{end}" for end in ("_qc", "_QC") if f"{name}{end}" in ds.variables]
    return next(iter([*status, *by_name]), None)


def _numbers(flags: NDArray) -> NDArray[np.float64]:
    """Read flags that are characters, as Argo's are."""
    if flags.dtype.kind in "fiu":
        return flags.astype(np.float64)
    texts = np.char.strip(flags.astype("U8"))
    return np.where(np.char.isdigit(texts), texts, "-1").astype(np.float64)


def _adjusted(ds: xr.Dataset) -> xr.Dataset:
    """Take the adjusted value of what has one."""
    for name in list(ds.variables):
        twin = next(
            (n for n in (f"{name}_ADJUSTED", f"{name}_adjusted") if n in ds.variables), None
        )
        if twin is not None and np.isfinite(ds[twin]).any():
            # Each profile by itself: real-time ones beside them have raw values alone.
            has = ds[twin].notnull().any(ds[twin].dims[1:])
            taken = ds[twin].where(has, ds[name])
            ds = ds.assign({name: taken.assign_attrs(ds[name].attrs | ds[twin].attrs)})
    twins = [n for n in ds.variables if str(n).lower().endswith("_adjusted")]
    return ds.drop_vars(twins)
