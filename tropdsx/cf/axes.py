"""Find time, latitude and longitude in a caller's Dataset: by CF attributes first, then by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from tropdsx.cf.coordinates import (
    HORIZONTAL_NAMES,
    find_projected,
    in_degrees,
    rank_horizontal,
)
from tropdsx.cf.time.roles import TIME_NAMES, is_lead, rank_times
from tropdsx.cf.time.valid import find_valid_time
from tropdsx.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = ["COUNTED", "Axes", "AxisNames", "find_axes", "find_axis_names"]

COUNTED = {"comment": "counted by tropdsx"}
"""Attributes of a time that the file does not have."""


@dataclass(frozen=True)
class Axes:
    """Where a Dataset keeps the axes of its grid.

    Parameters
    ----------
    lat, lon : DataArray
        One-dimensional coordinates as stored; radians become degrees [deg].
    time : DataArray or None
        One-dimensional or scalar time at which values hold, as stored; in forecasts without it,
        start and lead added. None where there is none.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"time": 0, "y": [1.0, 0.0], "x": [5.0, 6.0]})
    >>> axes = find_axes(ds)
    >>> axes.lat_dim, axes.lon_dim, axes.time_dim
    ('y', 'x', None)
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


class AxisNames(NamedTuple):
    """Names of the coordinates of time, latitude and longitude.

    Parameters
    ----------
    time : Hashable or None
        None where there are no dates.
    lat, lon : Hashable
        Both are there.

    Examples
    --------
    >>> time, lat, lon = AxisNames(None, "lat", "lon")
    """

    time: Hashable | None
    lat: Hashable
    lon: Hashable


def find_axes(ds: xr.Dataset, dims: Iterable[Hashable] | None = None) -> Axes:
    """Find the three axes of a grid.

    CF attributes (``standard_name``, ``units``, ``axis``) go before names; names and units are
    compared without case. Latitude and longitude stored as 2-D fields are accepted where every row
    or column repeats, so that the grid is regular after all.

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
    ranked = dict(zip(HORIZONTAL_NAMES, rank_horizontal(ds, ndims=(1, 2)), strict=True))
    for axis, names in ranked.items():
        if not names:
            raise GridError(_no_axis(ds, axis))
    fields = (in_degrees(ds[names[0]].reset_coords(drop=True)) for names in ranked.values())
    lat, lon = map(_one_dimensional, fields)
    if lat.dims == lon.dims:
        msg = (
            f"latitude and longitude both run along '{lat.dims[0]}' ({lat.size} points): this is "
            "1-D data or a list of stations; accepted is a grid with one axis for each. "
            "Interpolate to a grid first."
        )
        raise GridError(msg)
    return Axes(lat=lat, lon=lon, time=_time(ds, {*lat.dims, *lon.dims}))


def find_axis_names(ds: xr.Dataset) -> AxisNames:
    """Find the names of the axes that a file describes: of a grid, or of a list of places.

    Parameters
    ----------
    ds : Dataset
        Any with one-dimensional latitude and longitude.

    Returns
    -------
    AxisNames
        The time is one of datetime64, which alone CF encodings are chosen for.

    Raises
    ------
    GridError
        If there is no one-dimensional latitude or longitude.

    Examples
    --------
    >>> find_axis_names(xr.Dataset(coords={"lats": [1.0, 0.0], "Long": [5.0, 6.0]}))
    AxisNames(time=None, lat='lats', lon='Long')
    """
    lat, lon = rank_horizontal(ds, ndims=(1,))
    if not lat or not lon:
        msg = (
            f"no latitude and longitude coordinates among {sorted(map(str, ds.coords))}; accepted "
            "are one-dimensional coordinates in degrees named lat/lon or latitude/longitude, or "
            "with CF units"
        )
        raise GridError(msg)
    time = find_valid_time(ds.coords.to_dataset()).time
    if time is None or time.dtype.kind != "M" or time.ndim > 1:
        return AxisNames(None, lat[0], lon[0])
    is_stored = time.name in ds.coords and time.dims == ds[time.name].dims
    return AxisNames(time.name if is_stored else None, lat[0], lon[0])


def _no_axis(ds: xr.Dataset, axis: str) -> str:
    names = HORIZONTAL_NAMES[axis]
    projected = find_projected(ds)
    if projected:
        return f"no {axis} found; {projected}."
    return (
        f"no {axis} found (dimensions {_join_names(ds.dims)}; coordinates "
        f"{_join_names(ds.coords)}); accepted is a 1-D coordinate with "
        f"standard_name='{axis}', units='degrees_{_COMPASS[axis]}' or the name "
        f"'{names[0]}' or '{names[1]}'. Add it with ds.assign_coords({names[0]}=...)."
    )


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
    time = find_valid_time(ds, horizontal).time
    if time is None:
        return _count_epochs(ds, horizontal)
    others = [n for n in rank_times(ds, horizontal) if not is_lead(n, ds.variables[n])]
    running = {dim for name in others for dim, size in ds[name].sizes.items() if size > 1}
    running |= set(time.dims) if time.ndim > 1 or time.size > 1 else set()
    if len(running) > 1:
        msg = (
            f"two time axes found ({_join_names(sorted(map(str, running)))}); accepted is one time "
            "per field. Select a forecast step, or stack the two and give the valid time: "
            "ds.stack(time=[...])."
        )
        raise GridError(msg)
    return time


def _count_epochs(ds: xr.Dataset, horizontal: set[Hashable]) -> xr.DataArray | None:
    """Count along a time dimension that has no coordinate."""
    for dim in ds.dims:
        if str(dim).lower() in TIME_NAMES and dim not in horizontal and dim not in ds.variables:
            return xr.DataArray(np.arange(ds.sizes[dim]), dims=(dim,), name=dim, attrs=COUNTED)
    return None


def _join_names(names: Iterable[Hashable]) -> str:
    return ", ".join(map(str, names)) or "none"
