"""Where and when the values of a Dataset hold: grids, lists of stations, tracks, single places."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.atmos.arrays import check_latitude
from tropdsx.cf.coordinates import (
    HORIZONTAL_NAMES,
    find_projected,
    in_degrees,
    rank_horizontal,
)
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.time.dates import read_dates
from tropdsx.cf.time.roles import TIME_NAMES, is_epoch
from tropdsx.cf.time.valid import find_valid_time
from tropdsx.errors import GridError

__all__ = ["Positions", "find_positions"]


class Positions(NamedTuple):
    """Coordinates without index, of any dimensions; they broadcast by dimension name.

    Parameters
    ----------
    lat : DataArray
        Geodetic latitude [deg].
    lon : DataArray
        Longitude, any revolution [deg].
    time : DataArray or None
        UTC, the valid time of forecasts; None where there are no dates.
    names : tuple of Hashable
        Names of these coordinates in the caller's Dataset, as far as they are stored there.
    undated : tuple of Hashable
        Dimensions of a time without dates.

    Examples
    --------
    >>> track = {"lat": ("point", [48.2, 48.3]), "lon": 16.4}
    >>> find_positions(xr.Dataset(coords=track)).dims
    {'point'}
    """

    lat: xr.DataArray
    lon: xr.DataArray
    time: xr.DataArray | None
    names: tuple[Hashable, ...]
    undated: tuple[Hashable, ...] = ()

    @property
    def dims(self) -> set[Hashable]:
        """Dimensions along which the place or the time changes."""
        times = self.undated if self.time is None else self.time.dims
        return {*self.lat.dims, *self.lon.dims, *times}


def find_positions(ds: xr.Dataset | xr.DataArray) -> Positions:
    """Find latitude, longitude and time by CF attributes, then by name.

    Unlike :func:`tropdsx.cf.axes.find_axes` this takes any shape: formulas that treat each place
    by itself need no grid.

    Parameters
    ----------
    ds : Dataset or DataArray
        With coordinates or variables of latitude and longitude.

    Returns
    -------
    Positions
        They keep their dimensions and lose their indexes.

    Raises
    ------
    GridError
        If latitude or longitude is missing.
    DomainError
        If a latitude in memory lies outside [-90, 90].

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": ("site", [48.2, 50.1]), "lon": ("site", [16.4, 8.7])})
    >>> find_positions(ds).lat.dims
    ('site',)
    """
    ds = without_pint(ds.coords.to_dataset() if isinstance(ds, xr.DataArray) else ds)
    ranked = dict(zip(HORIZONTAL_NAMES, rank_horizontal(ds, ndims=(0, 1, 2)), strict=True))
    for axis, found in ranked.items():
        if not found:
            raise GridError(_no_position(ds, axis))
    lat, lon = (found[0] for found in ranked.values())
    time, undated = _time(ds)
    bare = {
        key: in_degrees(xr.DataArray(_base_variable(ds, name), name=key))
        for key, name in (("lat", lat), ("lon", lon))
    }
    for axis, each in bare.items():
        if each.size == 0:
            msg = f"no place found ({axis} has size 0); accepted is at least one. Select a region."
            raise GridError(msg)
    if bare["lat"].chunks is None:
        check_latitude(bare["lat"].to_numpy().astype(np.float64))
    when = None if time is None else xr.DataArray(time.variable.to_base_variable(), name="time")
    names = (lat, lon) if time is None or time.name not in ds.variables else (lat, lon, time.name)
    place = bare["lat"].astype(np.float64), bare["lon"].astype(np.float64)
    return Positions(place[0], place[1], when, names, undated)


def _base_variable(ds: xr.Dataset, name: Hashable) -> xr.Variable:
    # A dimension coordinate is an IndexVariable, which would make an index again.
    return ds.variables[name].to_base_variable()


def _no_position(ds: xr.Dataset, axis: str) -> str:
    first, second = HORIZONTAL_NAMES[axis][:2]
    projected = find_projected(ds)
    if projected:
        return f"no {axis} found; {projected}."
    return (
        f"no {axis} found (variables {', '.join(map(str, ds.variables)) or 'none'}); accepted is a "
        f"coordinate with standard_name='{axis}' or the name '{first}' or '{second}'. Add it with "
        f"assign_coords({first}=...)."
    )


def _time(ds: xr.Dataset) -> tuple[xr.DataArray | None, tuple[Hashable, ...]]:
    """Find the dates of the values, whatever form they have; or the dimensions of other times."""
    time = find_valid_time(ds).time
    if time is None:
        fields = (
            name
            for name, v in ds.variables.items()
            if v.dtype.kind == "M" and v.ndim == 2 and is_epoch(name, v)
        )
        name = next(fields, None)
        counted = (d for d in ds.dims if str(d).lower() in TIME_NAMES and d not in ds.variables)
        return (None, tuple(counted)) if name is None else (ds[name].reset_coords(drop=True), ())
    if time.dtype.kind == "M":
        return time, ()
    dates = read_dates(time)
    known = xr.DataArray(dates, dims=time.dims, name=time.name)
    return (None, time.dims) if np.isnat(dates).all() else (known, ())
