"""What the heights of levels count from: the geoid or the ellipsoid."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import Positions
from tropdsx.cf.units import unit_of
from tropdsx.cf.variables import drop_coordinates
from tropdsx.geoid.datum import Datum, rule
from tropdsx.geoid.labelled import about_heights
from tropdsx.geoid.statements import ELLIPSOID, GEOID, find_statement
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.workflows.derive.apply import elementwise

__all__ = ["judge_ground", "judge_heights", "lift_to_ellipsoid"]

_ITS_OWN_NAME = "orography"
"""What this package calls heights above the ellipsoid, if nothing speaks against it."""
_LENGTHS = ("", "m", "km")


def judge_heights(
    ds: xr.Dataset, height: xr.DataArray, positions: Positions, choice: str = "auto"
) -> tuple[bool, str]:
    """Decide what the heights of levels count from.

    Parameters
    ----------
    ds : Dataset
        Where they are from.
    height : DataArray
        Heights of the levels, with their attributes.
    positions : Positions
        Places.
    choice : {"auto", "geoid", "ellipsoid"}, optional
        What the caller says.

    Returns
    -------
    bool
        Whether they are ellipsoidal.
    str
        What to tell of it; empty where the caller or an attribute said it.

    Examples
    --------
    >>> from tropdsx.cf.positions import find_positions
    >>> ds = xr.Dataset(coords={"z": ("z", [0.0, 1e4]), "lat": 48.0, "lon": 16.0})
    >>> judge_heights(ds, ds.z, find_positions(ds), "geoid")
    (False, '')
    """
    if choice != "auto":
        return choice == ELLIPSOID, ""
    stated = find_statement(height.attrs, about_heights(ds, height.name))
    if stated is not None:
        return stated.zero == ELLIPSOID, ""
    told = f"heights of the levels ('{height.name}') taken as ellipsoidal"
    if {"wet_total", "hydro_total"} <= set(ds.variables):
        # Its geo_to_ht takes gravity and radius of the latitude, and adds no undulation.
        told += (
            ", as RAiDER calls them, which makes them of geopotential heights without the geoid "
            f"({_undulation(positions)}); heights='{GEOID}' (--heights {GEOID}) adds it"
        )
    else:
        told += f"; if they are not, heights='{GEOID}' (--heights {GEOID}) says so"
    return True, told


def judge_ground(
    ds: xr.Dataset,
    ground: xr.DataArray,
    positions: Positions,
    values: NDArray[np.generic] | None,
    choice: str = "auto",
) -> tuple[str, list[str]]:
    """Decide what the heights of a model's ground are.

    Parameters
    ----------
    ds : Dataset
        Where they are from.
    ground : DataArray
        Heights or geopotential of the ground, with their attributes.
    positions : Positions
        Places.
    values : ndarray or None
        The same as numbers, where they may be looked at.
    choice : {"auto", "geoid", "ellipsoid"}, optional
        What the caller says of heights in metres.

    Returns
    -------
    str
        "ellipsoid", "geoid", or "geopotential" where they are geopotential (metres).
    list of str
        What to tell of it.

    Examples
    --------
    >>> from tropdsx.cf.positions import find_positions
    >>> ds = xr.Dataset({"orog": ((), 300.0, {"units": "m", "standard_name": "surface_altitude"})})
    >>> ds = ds.assign_coords(lat=48.0, lon=16.0)
    >>> judge_ground(ds, ds.orog, find_positions(ds), None)
    ('geoid', [])
    """
    standard = str(ground.attrs.get("standard_name", ""))
    if unit_of(ground) not in _LENGTHS or "geopotential" in standard:
        return "geopotential", []
    if choice != "auto":
        return choice, []
    about = about_heights(ds, ground.name) if ground.name in ds.variables else (ds.attrs,)
    stated = find_statement(ground.attrs, about)
    if stated is not None:
        return stated.zero, []
    if str(ground.name).lower() != _ITS_OWN_NAME:
        return "geopotential", []  # the name of a weather model's field
    if values is None:
        return ELLIPSOID, []
    lat, lon = (
        drop_coordinates(each).broadcast_like(ground).transpose(*ground.dims).to_numpy()
        for each in (positions.lat, positions.lon)
    )
    heights = np.asarray(values, np.float64)
    found = rule(Datum(str(ground.name), ground.attrs, about), heights, lat, lon)
    return found.zero, [found.note] if found.is_told else []


def lift_to_ellipsoid(height: xr.DataArray, lat: xr.DataArray, lon: xr.DataArray) -> xr.DataArray:
    """Add the geoid to heights whose attributes say that they stand on it.

    Parameters
    ----------
    height : DataArray
        Heights with their attributes [m].
    lat, lon : DataArray
        Places [deg].

    Returns
    -------
    DataArray
        The same, where nothing is said or something else [m].

    Examples
    --------
    >>> height = xr.DataArray(100.0, attrs={"standard_name": "altitude"})
    >>> float(lift_to_ellipsoid(height, xr.DataArray(48.2), xr.DataArray(16.37)).round())
    146.0
    """
    stated = find_statement(height.attrs)
    if stated is None or stated.zero == ELLIPSOID:
        return height
    return height + elementwise(geoid_undulation, lat, lon)


def _undulation(positions: Positions) -> str:
    """Range of the undulation at a few places."""
    lat, lon = (
        np.ravel(each)[:: max(1, each.size // 16)]
        for each in xr.broadcast(positions.lat, positions.lon)
    )
    found = geoid_undulation(np.asarray(lat, float), np.asarray(lon, float))
    return f"{float(np.min(found)):.0f} to {float(np.max(found)):.0f} m here"
