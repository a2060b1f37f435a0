"""Find the fields of a grid in a caller's Dataset, and arrange their dimensions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import xarray as xr

from tropdsx.cf.axes import Axes
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import spell_unit
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, warn
from tropdsx.grid.heights.moving import STREAMS, hold_streams

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

__all__ = ["arrange_field", "find_companions", "tell_second", "tell_unused"]

_STEPS_PER_CHUNK = 8
"""Time steps per chunk where a file was opened without chunks."""

_SMALL = 2**26
"""Heights that are read at once [byte]."""

_LEVELS = ("level", "plev", "pressure", "isobaric", "hybrid", "lev")
_PRESSURE = re.compile(r"\d\s*(?:hpa|mbar|mb)\b", re.IGNORECASE)
_SKIN = ("skin", "soil", "sea surface", "ground temperature", "land surface")


def arrange_field(da: xr.DataArray, axes: Axes, notes: list[str]) -> xr.DataArray:
    """Reduce a caller's variable to (time, lat, lon) or (lat, lon), without coordinates.

    Parameters
    ----------
    da : DataArray
        Field as stored, in any order; in memory, lazy, or still in its file.
    axes : Axes
        Of its Dataset.
    notes : list of str
        What was dropped is appended.

    Returns
    -------
    DataArray
        Whole slices in each chunk, where it is lazy.

    Raises
    ------
    GridError
        If another dimension runs.

    Examples
    --------
    >>> from tropdsx.cf.axes import find_axes
    >>> ds = xr.Dataset({"zwd": (("x", "y"), [[0.1, 0.2]])}, {"x": [5.0], "y": [1.0, 0.0]})
    >>> arrange_field(ds.zwd, find_axes(ds), []).dims
    ('lat', 'lon')
    """
    da = xr.DataArray(da.variable, name=da.name)
    names = {axes.time_dim: "time", axes.lat_dim: "lat", axes.lon_dim: "lon"}
    extra = [d for d in da.dims if d not in names]
    if "expver" in extra and da.sizes["expver"] == 2:
        # ERA5 (1) where it is final, its preliminary stream (5) where it is not yet.
        da = da.isel(expver=0).fillna(da.isel(expver=1))
        notes.append(f"'{da.name}': first valid of the two 'expver' taken")
        extra.remove("expver")
    wide = [d for d in extra if da.sizes[d] > 1]
    if wide:
        msg = (
            f"'{da.name}' has dimension '{wide[0]}' of size {da.sizes[wide[0]]} besides "
            "time, latitude and longitude; accepted are others of size 1. Select one with "
            f"ds.isel({wide[0]}=0)."
        )
        raise GridError(msg)
    if extra:
        notes.append(f"'{da.name}': dimensions of size 1 dropped: {', '.join(map(str, extra))}")
        da = da.isel(dict.fromkeys(extra, 0))
    da = da.rename({old: new for old, new in names.items() if old in da.dims and old != new})
    return _chunk_by_epoch(da.transpose(..., "lat", "lon"))


def _chunk_by_epoch(da: xr.DataArray) -> xr.DataArray:
    in_memory = getattr(da.variable, "_in_memory", True)
    if da.chunks is None and in_memory:
        return da
    if da.chunks is None:
        # Opened without chunks and not read yet: leave it on the disk until it is needed.
        return da.chunk({"lat": -1, "lon": -1} | dict.fromkeys(da.dims[:-2], _STEPS_PER_CHUNK))
    split = any(len(da.chunksizes[d]) > 1 for d in ("lat", "lon"))
    return da.chunk({"lat": -1, "lon": -1}) if split else da


def tell_unused(ds: xr.Dataset, roles: Iterable[str], notes: list[str]) -> None:
    """Tell of variables with the name of a quantity that cannot be used for it.

    Parameters
    ----------
    ds : Dataset
        As stored.
    roles : iterable of str
        Keys of `QUANTITIES` of which nothing was found on the grid.
    notes : list of str
        What is not used is appended, and warned of.

    Examples
    --------
    >>> notes = []
    >>> tell_unused(xr.Dataset({"zhd": ("site", [2.3])}), ["zwd"], notes)
    >>> notes
    []
    """
    for role in roles:
        for name, variable in ds.variables.items():
            if str(name).lower() not in QUANTITIES[role].aliases:
                continue
            along = ", ".join(map(str, variable.dims)) or "no dimension"
            why = f"runs along {along}, not on the grid of latitude and longitude"
            if variable.dtype.kind not in "fiu":
                why = f"holds no numbers ({variable.dtype})"
            text = f"'{name}' was not used as {role}: it {why}"
            notes.append(text)
            warn(f"{text}.")


def tell_second(ds: xr.Dataset, found: Mapping[str, Hashable], notes: list[str]) -> None:
    """Tell of further variables with the name and the unit of a delay that is in use.

    Parameters
    ----------
    ds : Dataset
        As stored.
    found : mapping of str to hashable
        The variable taken for each delay.
    notes : list of str
        What is not used is appended, and warned of.

    Examples
    --------
    >>> notes = []
    >>> refractivity = xr.Variable((), 270.0, {"units": "1e-6"})
    >>> tell_second(xr.Dataset({"zhd": 2.3, "hydro": refractivity}), {"zhd": "zhd"}, notes)
    >>> notes
    []
    """
    for role, name in found.items():
        for other, variable in ds.variables.items():
            known, unit = QUANTITIES[role], spell_unit(str(variable.attrs.get("units", "")))
            called = str(other).lower() in known.aliases and unit in known.units
            if called and other != name and set(variable.dims) == set(ds[name].dims):
                notes.append(f"'{other}' was not used as {role}: '{name}' was taken")
                warn(f"{notes[-1]}.")


def find_companions(
    ds: xr.Dataset, axes: Axes, notes: list[str], roles: tuple[str, ...]
) -> dict[str, xr.DataArray]:
    """Find what lies beside the delays on their grid.

    Parameters
    ----------
    ds : Dataset
        As stored.
    axes : Axes
        Its axes.
    notes : list of str
        What was assumed is appended.
    roles : tuple of str
        "orography", "temperature", "pressure".

    Returns
    -------
    dict of str to DataArray
        By role, in the units and with the name of the caller. Heights are in memory, unless they
        are dask's. A temperature of the skin or of a level is left out.

    Examples
    --------
    >>> from tropdsx.cf.axes import find_axes
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> t2m = xr.DataArray([[280.0, 281.0]] * 2, axes, attrs={"units": "K"})
    >>> ds = xr.Dataset({"t2m": t2m})
    >>> list(find_companions(ds, find_axes(ds), [], ("temperature", "pressure")))
    ['temperature']
    """
    found = {}
    allowed = {axes.lat_dim, axes.lon_dim, axes.time_dim}
    for role in roles:
        streams = STREAMS if role == "orography" else STREAMS[:1]
        surface = [n for n in ds.variables if _runs_only_along(ds[n], allowed.union(streams))]
        candidates = ds[surface].reset_coords()
        if role == "temperature":
            candidates = _without_other_temperatures(ds, candidates, axes, notes)
        name = find_variable(candidates, role, {axes.lat_dim, axes.lon_dim})
        if name is None:
            continue
        if role == "temperature":
            notes.append(f"air temperature taken from '{name}'")
        field = ds[name]
        if role == "orography" and field.chunks is None and field.nbytes <= _SMALL:
            field = field.copy().load()
        field = hold_streams(field) if role == "orography" else field
        found[role] = arrange_field(field, axes, notes)
    return found


def _without_other_temperatures(
    ds: xr.Dataset, candidates: xr.Dataset, axes: Axes, notes: list[str]
) -> xr.Dataset:
    """Leave out temperatures that say they are not those of the air near the ground."""
    while True:
        name = find_variable(candidates, "temperature", {axes.lat_dim, axes.lon_dim})
        if name is None:
            return candidates
        if _on_a_level(ds[name]):
            candidates = candidates.drop_vars([name])
        elif is_of_the_skin(ds[name]):
            candidates = candidates.drop_vars([name])
            text = (
                f"'{name}' is a temperature of the ground by its attributes, not of the air 2 m "
                "above it, and was not used"
            )
            notes.append(text)
            warn(f"{text}.")
        else:
            return candidates


def _on_a_level(da: xr.DataArray) -> bool:
    """Tell a field on a pressure or model level from one at the ground."""
    names = [str(name).lower() for name in (*da.coords, *da.dims)]
    names.append(str(da.attrs.get("GRIB_typeOfLevel", "")).lower())
    return any(name.startswith(_LEVELS) for name in names) or bool(
        _PRESSURE.search(str(da.attrs.get("long_name", "")))
    )


def is_of_the_skin(da: xr.DataArray) -> bool:
    """Tell the temperature of the surface itself from that of the air above it.

    Parameters
    ----------
    da : DataArray
        A temperature with its name and attributes.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_of_the_skin(xr.DataArray(280.0, attrs={"long_name": "Skin temperature"}))
    True
    """
    said = " ".join(str(da.attrs.get(key, "")) for key in ("long_name", "GRIB_name")).lower()
    return (
        da.attrs.get("standard_name") in ("surface_temperature", "soil_temperature")
        or str(da.name).lower() in ("skt", "tskin", "sst", "lst", "skin_temperature")
        # GRIB 1 of ECMWF, and NetCDF of the Climate Data Store after it, have 2 m fields there.
        or (da.attrs.get("GRIB_typeOfLevel") == "surface" and not said.strip().startswith("2 met"))
        or any(word in said for word in _SKIN)
    )


def _runs_only_along(da: xr.DataArray, allowed: set[Hashable | None]) -> bool:
    return all(d in allowed or size == 1 for d, size in da.sizes.items())
