"""Surface pressure where a model gives that at sea level, and whether it fits the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.constants import STANDARD_LAPSE_RATE
from tropdsx.atmos.height import lift_pressure
from tropdsx.atmos.mean_atmospheres import standard_height

__all__ = ["off_ground", "pressure_at_ground"]

_MOST_OFF = 600.0
"""Weather alone does not bring the height of a pressure farther from the standard one [m]."""


def pressure_at_ground(
    sea_level: ArrayLike, height: ArrayLike, temperature: ArrayLike
) -> NDArray[np.floating]:
    """Surface pressure from the pressure that a model has reduced to sea level.

    Parameters
    ----------
    sea_level : array_like
        Pressure at mean sea level [hPa].
    height : array_like
        Height of the model's ground above the geoid, broadcast [m].
    temperature : array_like
        At 2 m above that ground, broadcast [K].

    Returns
    -------
    ndarray
        Pressure at the ground: sea level itself where `height` is 0 [hPa].

    Notes
    -----
    The air below the ground is that of the standard lapse rate from the temperature at 2 m on, as
    in the usual reductions (Manual on the GDPFS, WMO-No. 485), whose limits for very warm and very
    cold ground are left out.

    Examples
    --------
    >>> round(float(pressure_at_ground(1013.25, 1000.0, 281.65)), 1)
    898.7
    """
    at_sea = np.asarray(temperature) + STANDARD_LAPSE_RATE * np.asarray(height)
    return lift_pressure(sea_level, 0.0, height, at_sea)


def off_ground(pressure: ArrayLike, ground: ArrayLike) -> NDArray[np.bool_]:
    """Tell where the ground is not where its pressure is.

    Parameters
    ----------
    pressure : array_like
        At the surface [hPa].
    ground : array_like
        Height, broadcast [m].

    Returns
    -------
    ndarray of bool
        Places farther from the standard atmosphere than weather makes them.

    Examples
    --------
    >>> off_ground([1000.0, 700.0, 700.0], [0.0, 3000.0, 1000.0]).tolist()
    [False, False, True]
    """
    return np.asarray(np.abs(standard_height(pressure) - np.asarray(ground)) > _MOST_OFF)
