"""Where and when the values of a Dataset hold: grids, lists of stations, tracks, single places."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.atmos.arrays import check_latitude
from tropdsx.errors import GridError

__all__ = ["Positions", "find_positions"]

_NAMES = {
    "latitude": ("lat", "latitude", "lats", "lat_deg", "nav_lat", "xlat", "y"),
    "longitude": ("lon", "longitude", "lons", "long", "lon_deg", "nav_lon", "xlong", "x"),
}
_UNITS = {
    "latitude": {"degrees_north", "degree_north", "degree_n", "degrees_n", "degreen"},
    "longitude": {"degrees_east", "degree_east", "degree_e", "degrees_e", "degreee"},
}
_DEGREES = {"", "1", "deg", "degree", "degrees"}


class Positions(NamedTuple):
    """Coordinates without index, of any dimensions; they broadcast by dimension name."""

    lat: xr.DataArray
    """Geodetic latitude [deg]."""
    lon: xr.DataArray
    """Longitude, any revolution [deg]."""
    time: xr.DataArray | None
    """UTC; None where there is no time."""
    names: tuple[Hashable, ...]
    """Names of these coordinates in the caller's Dataset."""

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
    variables = dict(ds.coords) if isinstance(ds, xr.DataArray) else dict(ds.variables)
    lat, lon = (_horizontal(variables, name) for name in ("latitude", "longitude"))
    time = _time(variables)
    place = {"lat": variables[lat], "lon": variables[lon]}
    bare = {key: xr.DataArray(_variable(found), name=key) for key, found in place.items()}
    if bare["lat"].chunks is None:
        check_latitude(bare["lat"].to_numpy().astype(np.float64))
    when = None if time is None else xr.DataArray(_variable(variables[time]), name="time")
    names = (lat, lon) if time is None else (lat, lon, time)
    return Positions(bare["lat"].astype(np.float64), bare["lon"].astype(np.float64), when, names)


def _variable(found: xr.DataArray | xr.Variable) -> xr.Variable:
    variable = found.variable if isinstance(found, xr.DataArray) else found
    # A dimension coordinate is an IndexVariable, which would make an index again.
    return variable.to_base_variable()


def _horizontal(variables: dict[Hashable, xr.Variable], name: str) -> Hashable:
    by_cf, by_name = [], []
    for key, variable in variables.items():
        if variable.ndim > 2 or variable.dtype.kind not in "fiu":
            continue
        unit = str(variable.attrs.get("units", "")).strip().lower()
        lower = str(key).lower()
        if variable.attrs.get("standard_name") == name or unit in _UNITS[name]:
            by_cf.append((variable.ndim, str(key), key))
        elif lower in _NAMES[name] and unit in _DEGREES:
            by_name.append((_NAMES[name].index(lower), str(key), key))
    found = [entry[-1] for entry in sorted(by_cf) + sorted(by_name)]
    if not found:
        listed = ", ".join(map(str, variables)) or "none"
        msg = (
            f"no {name} found (variables {listed}); accepted is a coordinate with "
            f"standard_name='{name}' or the name '{_NAMES[name][0]}' or '{_NAMES[name][1]}'. Add "
            f"it with assign_coords({_NAMES[name][0]}=...)."
        )
        raise GridError(msg)
    return found[0]


def _time(variables: dict[Hashable, xr.Variable]) -> Hashable | None:
    ranked = []
    for key, variable in variables.items():
        name = variable.attrs.get("standard_name")
        if variable.dtype.kind != "M" or variable.ndim > 2 or name == "forecast_reference_time":
            continue
        preferred = _position(str(key).lower(), ("valid_time", "time", "datetime", "epoch"))
        ranked.append((variable.size == 1, name != "time", preferred, str(key), key))
    return min(ranked)[-1] if ranked else None


def _position(name: str, names: Iterable[str]) -> int:
    listed = list(names)
    return listed.index(name) if name in listed else len(listed)
