"""Where and when the values of a Dataset hold: grids, lists of stations, tracks, single places."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.atmos.arrays import check_latitude
from tropdsx.cf.conventions import Conventions
from tropdsx.cf.coordinates import HORIZONTAL_NAMES, TIME_NAMES, is_epoch, rank_horizontal
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
        UTC; None where there is no time.
    names : tuple of Hashable
        Names of these coordinates in the caller's Dataset.

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

    @property
    def dims(self) -> set[Hashable]:
        """Dimensions along which the place or the time changes."""
        times = () if self.time is None else self.time.dims
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
    ds = ds.coords.to_dataset() if isinstance(ds, xr.DataArray) else ds
    ranked = dict(zip(HORIZONTAL_NAMES, rank_horizontal(ds, ndims=(0, 1, 2)), strict=True))
    for axis, found in ranked.items():
        if not found:
            raise GridError(_no_position(ds, axis))
    lat, lon = (found[0] for found in ranked.values())
    time = _time(ds)
    bare = {
        key: xr.DataArray(_base_variable(ds, name), name=key)
        for key, name in (("lat", lat), ("lon", lon))
    }
    if bare["lat"].chunks is None:
        check_latitude(bare["lat"].to_numpy().astype(np.float64))
    when = None if time is None else xr.DataArray(_base_variable(ds, time), name="time")
    names = (lat, lon) if time is None else (lat, lon, time)
    return Positions(bare["lat"].astype(np.float64), bare["lon"].astype(np.float64), when, names)


def _base_variable(ds: xr.Dataset, name: Hashable) -> xr.Variable:
    # A dimension coordinate is an IndexVariable, which would make an index again.
    return ds.variables[name].to_base_variable()


def _no_position(ds: xr.Dataset, axis: str) -> str:
    first, second = HORIZONTAL_NAMES[axis][:2]
    return (
        f"no {axis} found (variables {', '.join(map(str, ds.variables)) or 'none'}); accepted is a "
        f"coordinate with standard_name='{axis}' or the name '{first}' or '{second}'. Add it with "
        f"assign_coords({first}=...)."
    )


def _time(ds: xr.Dataset) -> Hashable | None:
    """Find the dates of the values: those that run, by standard name, the valid time first.

    On a grid, :func:`tropdsx.cf.axes.find_axes` wants the time that is the axis, and so the name
    "time" first: in a forecast that may be when it began.
    """
    by_standard_name = set(Conventions(ds).standard_names.get("time", ()))
    names = sorted(TIME_NAMES, key=lambda name: name != "valid_time")
    ranked = []
    for name, variable in ds.variables.items():
        if variable.dtype.kind != "M" or variable.ndim > 2 or not is_epoch(name, variable):
            continue
        lower = str(name).lower()
        preference = names.index(lower) if lower in names else len(names)
        key = (variable.size == 1, name not in by_standard_name, preference, str(name))
        ranked.append((key, name))
    return min(ranked, key=lambda entry: entry[0])[1] if ranked else None
