"""Which variables of a Dataset can be its latitude and longitude, best first.

The tables of names stand here alone; attributes are read with cf-xarray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.conventions import Conventions

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

__all__ = ["HORIZONTAL_NAMES", "find_projected", "in_degrees", "rank_horizontal"]

HORIZONTAL_NAMES = {
    "latitude": ("lat", "latitude", "lats", "lat_deg", "nav_lat", "xlat", "y"),
    "longitude": ("lon", "longitude", "lons", "long", "lon_deg", "nav_lon", "xlong", "x"),
}
"""Accepted names in order of preference, compared without case."""

_DEGREES = {"", "1", "degrees", "degree", "deg", "°", "decimal degrees", "decimal_degrees"}
"""Units that a latitude or longitude told by its name may have."""

_RADIANS = {"radian", "radians", "rad"}
"""Units of some models that tell their axes by standard name."""

_OF_A_MAP = {"x", "y", "xc", "yc", "easting", "northing", "rlat", "rlon"}
"""Names of the axes of projections."""

_LENGTHS = {"m", "meter", "metre", "meters", "metres", "km", "kilometers", "kilometres"}


def in_degrees(axis: xr.DataArray) -> xr.DataArray:
    """Convert a latitude or longitude in radians, as ICON has them; others stay as stored.

    Parameters
    ----------
    axis : DataArray
        With its units.

    Returns
    -------
    DataArray
        The same object, or float64 [deg] without index.

    Examples
    --------
    >>> in_degrees(xr.DataArray([np.pi / 4], dims="cell", attrs={"units": "radian"})).values
    array([45.])
    """
    if _unit_of(axis) not in _RADIANS:
        return axis
    stored = axis.variable.to_base_variable().astype(np.float64)
    values = stored * (180.0 / np.pi)
    values.attrs = {**axis.attrs, "units": "degrees"}
    return xr.DataArray(values, name=axis.name)


def _unit_of(axis: xr.DataArray | xr.Variable) -> str:
    return str(axis.attrs.get("units", "")).strip().lower()


def rank_horizontal(
    ds: xr.Dataset, *, ndims: Collection[int]
) -> tuple[list[Hashable], list[Hashable]]:
    """List the variables that can be the latitude, and those that can be the longitude.

    Parameters
    ----------
    ds : Dataset
        Any.
    ndims : collection of int
        Accepted numbers of dimensions.

    Returns
    -------
    latitudes, longitudes : list of Hashable
        Names, best first: those told by CF attributes, a scalar or 1-D axis before a 2-D field and
        the coordinate of a dimension before another variable; then those told by their names.

    Examples
    --------
    >>> ds = xr.Dataset({"y": [1.0, 0.0], "LAT": ("y", [48.0, 47.0]), "lat_bnds": ("y", [0, 0])})
    >>> rank_horizontal(ds, ndims=(1,))
    (['LAT', 'y'], [])
    """
    by_attributes = Conventions(ds).axes
    latitudes, longitudes = (
        _rank_one(ds, HORIZONTAL_NAMES[axis], by_attributes[axis], ndims)
        for axis in ("latitude", "longitude")
    )
    return latitudes, longitudes


def find_projected(ds: xr.Dataset) -> str:
    """Say which axes of a Dataset are lengths of a map projection.

    Parameters
    ----------
    ds : Dataset
        Without latitude and longitude.

    Returns
    -------
    str
        A sentence for an error; empty where there are none.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"y": ("y", [0.0, 1e3], {"units": "m"}), "x": [0.0, 1e3]})
    >>> find_projected(ds)[:54]
    "its axes 'y' [m] are those of a map projection: reproj"
    """
    axes = [
        f"'{name}' [{_unit_of(variable) or 'm'}]"
        for name, variable in ds.variables.items()
        if variable.ndim == 1
        and (
            str(variable.attrs.get("standard_name", "")).startswith("projection_")
            or (str(name).lower() in _OF_A_MAP and _unit_of(variable) in _LENGTHS)
        )
    ]
    if not axes:
        return _find_curvilinear(ds)
    return (
        f"its axes {' and '.join(axes)} are those of a map projection: reproject to degrees first, "
        "for example with ds.rio.reproject('EPSG:4326') or `gdalwarp -t_srs EPSG:4326`"
    )


def _find_curvilinear(ds: xr.Dataset) -> str:
    """Say which coordinates make a grid a rotated or curvilinear one."""
    rotated = [
        f"'{name}'"
        for name, variable in ds.variables.items()
        if variable.attrs.get("standard_name") in ("grid_latitude", "grid_longitude")
    ]
    known = {name for names in HORIZONTAL_NAMES.values() for name in names}
    fields = [
        f"'{n}'" for n, var in ds.variables.items() if var.ndim > 1 and str(n).lower() in known
    ]
    if not rotated and len(fields) < 2:
        return ""
    found = f"axes {' and '.join(rotated)} are those of a rotated pole"
    if not rotated:
        found = f"{' and '.join(fields)} are fields: a curvilinear or projected grid"
    return f"its {found}; interpolate to a regular grid first, for example with `cdo remapbil`"


def _rank_one(
    ds: xr.Dataset,
    names: tuple[str, ...],
    by_attributes: set[Hashable],
    ndims: Collection[int],
) -> list[Hashable]:
    ranked = []
    for name, variable in ds.variables.items():
        if variable.ndim not in ndims or variable.dtype.kind not in "fiu":
            continue
        preference = _place(name, names)
        unit = _unit_of(variable)
        if name in by_attributes:
            ranked.append(((0, variable.ndim, name not in ds.dims, preference), name))
        elif preference < len(names) and unit in _DEGREES | _RADIANS:
            ranked.append(((1, 0, False, preference), name))
    return [name for _, name in sorted(ranked, key=lambda entry: entry[0])]


def _place(name: Hashable, names: tuple[str, ...]) -> int:
    lower = str(name).lower()
    return names.index(lower) if lower in names else len(names)
