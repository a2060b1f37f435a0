"""The axes of a gridded Dataset: which they are, and what CF wants to know of them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from tropdsx.errors import GridError

_LAT_UNITS = {"degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"}
_LON_UNITS = {"degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"}


class Axes(NamedTuple):
    """Names of the time (None where there is none), latitude and longitude coordinates."""

    time: Hashable | None
    lat: Hashable
    lon: Hashable


def axes_of(ds: xr.Dataset) -> Axes:
    """Find the time, latitude and longitude coordinates: by attributes first, then by name.

    Raises
    ------
    GridError
        No one-dimensional latitude or longitude coordinate.
    """
    lat = _find(ds, "latitude", _LAT_UNITS, ("lat", "latitude", "nav_lat", "y"))
    lon = _find(ds, "longitude", _LON_UNITS, ("lon", "longitude", "nav_lon", "x"))
    if lat is None or lon is None:
        msg = (
            f"no latitude and longitude coordinates among {sorted(map(str, ds.coords))}; accepted "
            "are one-dimensional coordinates named lat/lon or latitude/longitude, or with CF units"
        )
        raise GridError(msg)
    candidates = ["time", "valid_time", *ds.dims, *ds.coords]
    times = (n for n in candidates if n in ds.coords and _is_time(ds[n]))
    return Axes(next(times, None), lat, lon)


def _is_time(coord: xr.DataArray) -> bool:
    return coord.ndim <= 1 and coord.dtype.kind == "M" and coord.name != "validation_time"


def _find(ds: xr.Dataset, standard_name: str, units: set[str], names: tuple) -> Hashable | None:
    flat = [name for name in ds.coords if ds[name].ndim == 1 and ds[name].dtype.kind in "iuf"]
    for name in flat:
        attrs = ds[name].attrs
        if attrs.get("standard_name") == standard_name or attrs.get("units") in units:
            return name
    return next((name for name in names if name in flat), None)


def continuous(lon: np.ndarray) -> np.ndarray:
    """Give longitudes [degree] with the jump of the antimeridian or of Greenwich taken out."""
    steps = np.diff(lon.astype(np.float64))
    turns = np.zeros(lon.size)
    turns[1:] = -360.0 * np.cumsum(np.rint(steps / 360.0))
    return (lon + turns).astype(lon.dtype) if turns.any() else lon


def cell_edges(nodes: np.ndarray) -> np.ndarray:
    """Give cell edges midway between nodes; empty for a single node, whose width is unknown."""
    nodes = nodes.astype(np.float64)
    if nodes.size < 2:
        return np.empty(0)
    middle = (nodes[:-1] + nodes[1:]) / 2
    return np.concatenate([[2 * nodes[0] - middle[0]], middle, [2 * nodes[-1] - middle[-1]]])


def time_units(times: np.ndarray) -> str:
    """Choose hours, or the next finer unit in which every epoch is exact.

    Parameters
    ----------
    times : numpy.ndarray
        datetime64 epochs, UTC.

    Examples
    --------
    >>> time_units(np.array(["2021-01-01T06:00"], "datetime64[ns]"))
    'hours since 1970-01-01 00:00:00'
    >>> time_units(np.array(["2021-01-01T06:05"], "datetime64[ns]"))
    'minutes since 1970-01-01 00:00:00'
    """
    since = np.atleast_1d(times).astype("datetime64[us]") - np.datetime64("1970-01-01", "us")
    ticks = since.astype(np.int64)
    for unit, size in (("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000)):
        # Quarter and half hours are exact binary fractions as well.
        if not (4 * ticks % size).any():
            return f"{unit} since 1970-01-01 00:00:00"
    return "seconds since 1970-01-01 00:00:00"


def time_encoding(times: np.ndarray) -> dict[str, Any]:
    """Encode times as float64 since 1970 in the unit of :func:`time_units`, without fill value."""
    units = time_units(times)
    return {"units": units, "calendar": "standard", "dtype": "float64", "_FillValue": None}
