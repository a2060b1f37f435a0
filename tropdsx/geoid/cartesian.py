"""Geocentric coordinates of places on the ellipsoid, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.constants import EQUATORIAL_RADIUS, INVERSE_FLATTENING

__all__ = ["cartesian_of", "geodetic_of"]

_FLATTENING = 1.0 / INVERSE_FLATTENING
_E2 = _FLATTENING * (2.0 - _FLATTENING)


def cartesian_of(
    lat: ArrayLike, lon: ArrayLike, height: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Find geocentric coordinates on the WGS 84 ellipsoid.

    Parameters
    ----------
    lat, lon : array_like
        Geodetic latitude and longitude [deg].
    height : array_like
        Ellipsoidal height; all three broadcast [m].

    Returns
    -------
    x, y, z : ndarray
        Geocentric coordinates [m].

    Examples
    --------
    >>> [float(each) for each in cartesian_of(0.0, 0.0, 100.0)]
    [6378237.0, 0.0, 0.0]
    """
    phi, lam = np.radians(np.asarray(lat, np.float64)), np.radians(np.asarray(lon, np.float64))
    h = np.asarray(height, np.float64)
    n = EQUATORIAL_RADIUS / np.sqrt(1.0 - _E2 * np.sin(phi) ** 2)
    across = (n + h) * np.cos(phi)
    return (
        np.asarray(across * np.cos(lam)),
        np.asarray(across * np.sin(lam)),
        np.asarray((n * (1.0 - _E2) + h) * np.sin(phi)),
    )


def geodetic_of(
    x: ArrayLike, y: ArrayLike, z: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Find latitude, longitude and height on the WGS 84 ellipsoid.

    Parameters
    ----------
    x, y, z : array_like
        Geocentric coordinates; they broadcast [m].

    Returns
    -------
    lat, lon, height : ndarray
        Geodetic latitude, longitude in [-180, 180] [deg] and ellipsoidal height [m].

    Notes
    -----
    Bowring (1985): the reduced latitude of the first guess is good to a micrometre for places near
    the ground; it is improved once more.

    Examples
    --------
    >>> lat, lon, height = geodetic_of(*cartesian_of(-33.4, 250.5, 8123.4))
    >>> float(lat.round(9)), float(lon.round(9)), float(height.round(5))
    (-33.4, -109.5, 8123.4)
    """
    x, y, z = (np.asarray(each, np.float64) for each in (x, y, z))
    b = EQUATORIAL_RADIUS * (1.0 - _FLATTENING)
    second = _E2 / (1.0 - _E2)
    p = np.hypot(x, y)
    reduced = np.arctan2(z * EQUATORIAL_RADIUS, p * b)
    for _ in range(3):
        phi = np.arctan2(
            z + second * b * np.sin(reduced) ** 3,
            p - _E2 * EQUATORIAL_RADIUS * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2((1.0 - _FLATTENING) * np.sin(phi), np.cos(phi))
    sine = np.sin(phi)
    height = p * np.cos(phi) + z * sine - EQUATORIAL_RADIUS * np.sqrt(1.0 - _E2 * sine**2)
    return np.degrees(phi), np.degrees(np.arctan2(y, x)), np.asarray(height)
