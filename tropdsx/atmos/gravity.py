"""Gravity by latitude and height, and the height that belongs to a geopotential."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.constants import EQUATORIAL_RADIUS, INVERSE_FLATTENING

# Gravity of WGS 84 (NIMA TR8350.2, 2000): flattening [1], equatorial normal gravity [m s-2],
# Somigliana constant [1], first eccentricity squared [1], m = omega^2 a^2 b / GM [1].
_FLATTENING = 1 / INVERSE_FLATTENING
_GAMMA_EQUATOR = 9.7803253359
_SOMIGLIANA_K = 0.00193185265241
_ECCENTRICITY_SQUARED = 0.00669437999014
_M = 0.00344978650684


def normal_gravity(lat: ArrayLike, height: ArrayLike = 0.0) -> FloatArray:
    """Gravity of the WGS 84 ellipsoid by Somigliana's formula, decreasing with height.

    g(lat, 0) = 9.7803253359 (1 + k sin^2 lat) / sqrt(1 - e^2 sin^2 lat), and
    g(lat, h) = g(lat, 0) (R / (R + h))^2 with R = a / (1 + f + m - 2 f sin^2 lat), which keeps
    the first-order free-air gradient of the ellipsoid.

    Parameters
    ----------
    lat : array_like
        Geodetic latitude, any shape [deg].
    height : array_like, optional
        Height above the ellipsoid, broadcast against `lat` [m].

    Returns
    -------
    ndarray
        Gravity [m s-2].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Somigliana's closed form with the constants of NIMA TR8350.2 (2000), eq. 4-1 and 4-3; valid to
    1e-6 relative below 30 km.

    Examples
    --------
    >>> round(float(normal_gravity(45.0)), 6)
    9.806198
    """
    lat, height = as_floats(lat, height)
    surface, radius = _surface_gravity_and_radius(lat)
    return surface * (radius / (radius + height)) ** 2


def geopotential_to_height(
    geopotential: ArrayLike, lat: ArrayLike, geoid_undulation: ArrayLike = 0.0
) -> FloatArray:
    """Height at which a geopotential is reached, with gravity that depends on latitude.

    The geopotential of g(lat, h) of `normal_gravity` is Phi = g0 R h / (R + h); solved for the
    height, H = R Phi / (g0 R - Phi), and the geoid undulation is added.

    Parameters
    ----------
    geopotential : array_like
        Above the geoid: geopotential height times 9.80665, any shape [m2 s-2].
    lat : array_like
        Geodetic latitude, broadcast [deg].
    geoid_undulation : array_like, optional
        Height of the geoid above the ellipsoid, broadcast; 0 gives orthometric heights [m].

    Returns
    -------
    ndarray
        Ellipsoidal height, or orthometric height where `geoid_undulation` is 0 [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Gravity: Somigliana, NIMA TR8350.2 (2000). Dividing by 9.80665 instead is up to 43 m wrong at
    10 km (equator). Valid from the surface to 80 km.

    Examples
    --------
    >>> round(float(geopotential_to_height(98066.5, 0.0)), 3)
    10042.811
    """
    phi, lat, undulation = as_floats(geopotential, lat, geoid_undulation)
    surface, radius = _surface_gravity_and_radius(lat)
    return radius * phi / (surface * radius - phi) + undulation


def height_to_geopotential(
    height: ArrayLike, lat: ArrayLike, geoid_undulation: ArrayLike = 0.0
) -> FloatArray:
    """Geopotential at a height: the inverse of `geopotential_to_height`.

    Parameters
    ----------
    height : array_like
        Ellipsoidal height, or orthometric height where `geoid_undulation` is 0, any shape [m].
    lat, geoid_undulation : array_like
        As for `geopotential_to_height`, which raises the same errors.

    Returns
    -------
    ndarray
        Geopotential above the geoid [m2 s-2].

    Notes
    -----
    Phi = g0 R h / (R + h), see `geopotential_to_height` for the source and validity.

    Examples
    --------
    >>> round(float(height_to_geopotential(1000.0, 45.0)), 3)
    9804.655
    """
    height, lat, undulation = as_floats(height, lat, geoid_undulation)
    surface, radius = _surface_gravity_and_radius(lat)
    above_geoid = height - undulation
    return surface * radius * above_geoid / (radius + above_geoid)


def _surface_gravity_and_radius(lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    check_latitude(lat)
    sine_squared = np.sin(np.deg2rad(lat)) ** 2
    surface = (
        _GAMMA_EQUATOR
        * (1 + _SOMIGLIANA_K * sine_squared)
        / np.sqrt(1 - _ECCENTRICITY_SQUARED * sine_squared)
    )
    return surface, EQUATORIAL_RADIUS / (1 + _FLATTENING + _M - 2 * _FLATTENING * sine_squared)
