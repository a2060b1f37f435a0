"""What the heights of levels count from: the geoid or the ellipsoid."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tropdsx.cf.positions import Positions
from tropdsx.geoid.labelled import about_heights
from tropdsx.geoid.statements import ELLIPSOID, GEOID, find_statement
from tropdsx.geoid.undulation import geoid_undulation

__all__ = ["judge_heights"]


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


def _undulation(positions: Positions) -> str:
    """Range of the undulation at a few places."""
    lat, lon = (
        np.ravel(each)[:: max(1, each.size // 16)]
        for each in xr.broadcast(positions.lat, positions.lon)
    )
    found = geoid_undulation(np.asarray(lat, float), np.asarray(lon, float))
    return f"{float(np.min(found)):.0f} to {float(np.max(found)):.0f} m here"
