"""Find time, latitude and longitude in a caller's Dataset: CF attributes first, then names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = ["COUNTED", "Axes", "find_axes"]

_LAT_UNITS = {"degrees_north", "degree_north", "degree_n", "degrees_n", "degreen", "degreesn"}
_LON_UNITS = {"degrees_east", "degree_east", "degree_e", "degrees_e", "degreee", "degreese"}
_DEGREES = {"", "1", "degrees", "degree", "deg"}
_LAT_NAMES = ("lat", "latitude", "lats", "nav_lat", "y")
_LON_NAMES = ("lon", "longitude", "lons", "long", "nav_lon", "x")
_TIME_NAMES = ("time", "valid_time", "datetime", "date", "epoch", "epochs", "times", "step", "t")


COUNTED = {"comment": "counted by tropdsx"}
"""Attributes of a time that the file does not have."""


@dataclass(frozen=True)
class Axes:
    """Where a Dataset keeps its axes.

    Parameters
    ----------
    lat, lon : DataArray
        One-dimensional coordinates as stored [deg].
    time : DataArray or None
        One-dimensional or scalar time coordinate as stored, None where there is none.
    """

    lat: xr.DataArray
    lon: xr.DataArray
    time: xr.DataArray | None

    @property
    def lat_dim(self) -> Hashable:
        """Dimension along which latitude changes."""
        return self.lat.dims[0]

    @property
    def lon_dim(self) -> Hashable:
        """Dimension along which longitude changes."""
        return self.lon.dims[0]

    @property
    def time_dim(self) -> Hashable | None:
        """Dimension along which time changes, None for a single epoch without one."""
        return self.time.dims[0] if self.time is not None and self.time.ndim else None


def find_axes(ds: xr.Dataset, dims: Iterable[Hashable] | None = None) -> Axes:
    """Find the three axes of a grid.

    CF attributes (``standard_name``, ``units``, ``axis``) go before names; names are compared
    without case. Latitude and longitude stored as 2-D fields are accepted where every row or
    column repeats, so that the grid is regular after all.

    Parameters
    ----------
    ds : Dataset
        Any gridded Dataset.
    dims : iterable of hashable, optional
        Dimensions of the field in question; axes along others are passed over.

    Returns
    -------
    Axes
        The coordinates as stored.

    Raises
    ------
    GridError
        If latitude or longitude is missing, curvilinear, or both run along one dimension.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"Latitude": [1.0, 0.0], "Longitude": [5.0, 6.0]})
    >>> find_axes(ds).lat_dim
    'Latitude'
    """
    if dims is not None:
        wanted = set(dims)
        ds = ds.drop_vars([n for n, v in ds.variables.items() if not set(v.dims) <= wanted])
    lat = _horizontal(ds, "latitude", _LAT_UNITS, _LAT_NAMES)
    lon = _horizontal(ds, "longitude", _LON_UNITS, _LON_NAMES)
    lat, lon = _one_dimensional(lat), _one_dimensional(lon)
    if lat.dims == lon.dims:
        msg = (
            f"latitude and longitude both run along '{lat.dims[0]}' ({lat.size} points): this is "
            "1-D data or a list of stations; accepted is a grid with one axis for each. "
            "Interpolate to a grid first."
        )
        raise GridError(msg)
    return Axes(lat=lat, lon=lon, time=_time(ds, {*lat.dims, *lon.dims}))


def _horizontal(
    ds: xr.Dataset, standard_name: str, units: set[str], names: tuple[str, ...]
) -> xr.DataArray:
    by_cf, by_name = [], []
    for name, variable in ds.variables.items():
        if variable.ndim not in (1, 2) or variable.dtype.kind not in "fiu":
            continue
        unit = str(variable.attrs.get("units", "")).strip().lower()
        if variable.attrs.get("standard_name") == standard_name or unit in units:
            by_cf.append(name)
        elif str(name).lower() in names and unit in _DEGREES:
            by_name.append((names.index(str(name).lower()), name))
    # A 1-D axis goes before a 2-D field, the coordinate of a dimension before another variable.
    candidates = sorted(by_cf, key=lambda n: (ds[n].ndim, n not in ds.dims))
    candidates += [name for _, name in sorted(by_name, key=lambda pair: pair[0])]
    if candidates:
        return ds[candidates[0]].reset_coords(drop=True)
    msg = (
        f"no {standard_name} found (dimensions {_listed(ds.dims)}; coordinates "
        f"{_listed(ds.coords)}); accepted is a 1-D coordinate with "
        f"standard_name='{standard_name}', units='degrees_{_COMPASS[standard_name]}' or the name "
        f"'{names[0]}' or '{names[1]}'. Add it with ds.assign_coords({names[0]}=...)."
    )
    raise GridError(msg)


_COMPASS = {"latitude": "north", "longitude": "east"}


def _one_dimensional(axis: xr.DataArray) -> xr.DataArray:
    if axis.ndim == 1:
        return axis
    values = np.asarray(axis, dtype=np.float64)
    for other in (1, 0):
        line = values.take([0], axis=other)
        if np.allclose(values, line, rtol=0, atol=1e-5):
            return axis.isel({axis.dims[other]: 0})
    msg = (
        f"'{axis.name}' is a 2-D field that changes along both its dimensions {axis.dims}: a "
        "curvilinear or projected grid; accepted are regular latitude-longitude grids. "
        "Interpolate to one first, for example with `cdo remapbil,r360x180`."
    )
    raise GridError(msg)


def _time(ds: xr.Dataset, horizontal: set[Hashable]) -> xr.DataArray | None:
    ranked = []
    for name, variable in ds.variables.items():
        if variable.ndim > 1 or horizontal & set(variable.dims):
            continue
        rank = _time_rank(name, variable)
        if rank is not None:
            # A dimension that really runs goes before size 1, an axis before a scalar.
            ranked.append((-min(variable.size, 2), -variable.ndim, *rank, str(name), name))
    if not ranked:
        return _counted(ds, horizontal)
    ranked.sort(key=lambda entry: entry[:-1])
    running = {ds.variables[entry[-1]].dims for entry in ranked if ds.variables[entry[-1]].size > 1}
    if len(running) > 1:
        dims = _listed(sorted(str(d[0]) for d in running))
        msg = (
            f"two time axes found ({dims}); accepted is one time per field. Select a forecast "
            "step, or stack the two and give the valid time: ds.stack(time=[...])."
        )
        raise GridError(msg)
    return ds[ranked[0][-1]].reset_coords(drop=True)


def _counted(ds: xr.Dataset, horizontal: set[Hashable]) -> xr.DataArray | None:
    """Count along a time dimension that has no coordinate."""
    for dim in ds.dims:
        if str(dim).lower() in _TIME_NAMES and dim not in horizontal and dim not in ds.variables:
            return xr.DataArray(np.arange(ds.sizes[dim]), dims=dim, name=dim, attrs=COUNTED)
    return None


def _time_rank(name: Hashable, variable: xr.Variable) -> tuple[int, int] | None:
    """Order of preference among times: CF before names, the valid time before the reference."""
    lower = str(name).lower()
    by_name = _TIME_NAMES.index(lower) if lower in _TIME_NAMES else len(_TIME_NAMES)
    standard_name = variable.attrs.get("standard_name")
    is_date = variable.dtype.kind == "M" or _is_cftime(variable)
    since = " since " in str(variable.attrs.get("units", ""))
    if standard_name == "forecast_reference_time":
        return None
    if standard_name == "time" or is_date or since:
        return 0, by_name
    if variable.attrs.get("axis") == "T":
        return 1, by_name
    # "t" and "step" are time only as an axis: as a field, t is temperature.
    is_axis = variable.dims == (name,) or (lower == "time" and variable.ndim == 0)
    return (2, by_name) if by_name < len(_TIME_NAMES) and is_axis else None


def _is_cftime(variable: xr.Variable) -> bool:
    if variable.dtype != object or variable.size == 0:
        return False
    first = variable.values.flat[0]
    return hasattr(first, "calendar") and hasattr(first, "strftime")


def _listed(names: Iterable[Hashable]) -> str:
    return ", ".join(map(str, names)) or "none"
