"""The one place that tells geopotentials from heights, and makes heights of them.

A geopotential, and a height in geopotential metres, is work done against gravity: at one and the
same geopotential a place at the equator lies 32 m higher than 9.80665 m s-2 makes it, a polar one
11 m (at 8 km, with the decrease of gravity upwards). Delays refer to geometric heights.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.atmos.gravity import geopotential_to_height
from tropdsx.cf.quantities import GEOPOTENTIAL_METRES, GEOPOTENTIAL_UNITS
from tropdsx.cf.units import spell_unit

__all__ = ["from_geopotential_metres", "is_geopotential"]

_NAMES = ("gh", "zg", "phis", "phi")
"""Names of geopotential heights that do not hold the word."""


def is_geopotential(name: Hashable, attrs: Mapping[Hashable, Any]) -> bool:
    """Tell a geopotential, or heights in geopotential metres, from geometric heights.

    Parameters
    ----------
    name : hashable
        What the file calls it.
    attrs : mapping
        Its attributes.

    Returns
    -------
    bool
        By the unit; where that is one of length, by the words of names.

    Examples
    --------
    >>> is_geopotential("z", {"units": "m**2 s**-2"}), is_geopotential("hgt", {"units": "gpm"})
    (True, True)
    >>> is_geopotential("z", {"units": "m"}), is_geopotential("gh", {"units": "m"})
    (False, True)
    """
    unit = spell_unit(str(attrs.get("units", "")))
    if unit in (*GEOPOTENTIAL_UNITS, *GEOPOTENTIAL_METRES):
        return True
    said = (str(attrs.get(key, "")) for key in ("standard_name", "long_name", "GRIB_name"))
    words = " ".join((str(name), *said)).lower()
    return "geopotential" in words or str(name).lower() in _NAMES


def from_geopotential_metres(height: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Find the geometric height of places whose height is given in geopotential metres.

    Parameters
    ----------
    height : array_like
        Geopotential / 9.80665 m s-2, any shape [gpm].
    lat : array_like
        Geodetic latitude, broadcast [deg].

    Returns
    -------
    ndarray of float64
        Height above the geoid [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Examples
    --------
    >>> from_geopotential_metres(8000.0, [0.0, 45.0, 90.0]).round(1).tolist()
    [8031.7, 8010.5, 7989.2]
    """
    geopotential = np.asarray(height, np.float64) * STANDARD_GRAVITY
    return np.asarray(geopotential_to_height(geopotential, lat), np.float64)
