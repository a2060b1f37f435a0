"""Empirical mapping functions, which need no data, and the mapping of gradients."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_elevation, check_latitude
from tropdsx.atmos.constants import RADIAN
from tropdsx.atmos.epoch import TimeLike, annual_cosine, doy
from tropdsx.atmos.harmonics import evaluate
from tropdsx.atmos.mapping.continued_fraction import elevation_sine, map_delays, vmf1_coefficients
from tropdsx.atmos.records import Gradients, Mapping
from tropdsx.errors import DomainError

# Niell (1996), tables 3 and 4, at 15, 30, 45, 60, 75 deg: average, seasonal amplitude, wet.
_NIELL_LATITUDES = (15.0, 30.0, 45.0, 60.0, 75.0)
_NIELL_AVERAGE = (
    (1.2769934e-3, 1.2683230e-3, 1.2465397e-3, 1.2196049e-3, 1.2045996e-3),
    (2.9153695e-3, 2.9152299e-3, 2.9288445e-3, 2.9022565e-3, 2.9024912e-3),
    (62.610505e-3, 62.837393e-3, 63.721774e-3, 63.824265e-3, 64.258455e-3),
)
_NIELL_AMPLITUDE = (
    (0.0, 1.2709626e-5, 2.6523662e-5, 3.4000452e-5, 4.1202191e-5),
    (0.0, 2.1414979e-5, 3.0160779e-5, 7.2562722e-5, 11.723375e-5),
    (0.0, 9.0128400e-5, 4.3497037e-5, 84.795348e-5, 170.37206e-5),
)
_NIELL_WET = (
    (5.8021897e-4, 5.6794847e-4, 5.8118019e-4, 5.9727542e-4, 6.1641693e-4),
    (1.4275268e-3, 1.5138625e-3, 1.4572752e-3, 1.5007428e-3, 1.7599082e-3),
    (4.3472961e-2, 4.6729510e-2, 4.3908931e-2, 4.4626982e-2, 5.4736038e-2),
)

_GRADIENT_CONSTANT = {"total": 0.0032, "hydrostatic": 0.0031, "wet": 0.0007}


def gmf(
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    height: ArrayLike,
    elevation: ArrayLike,
) -> Mapping:
    """Global Mapping Functions: an average VMF1 that needs no data.

    a = mean + amplitude cos(2 pi d / 365.25), both spherical harmonics of degree 9, d from 28
    January; b and c as in `vmf1`; the height correction is part of the model.

    Parameters
    ----------
    lon : array_like
        Longitude, any revolution, broadcast [deg].
    height : array_like
        Height above sea level (orthometric), broadcast [m].
    time, lat, elevation
        As for `vmf1`, which raises the same errors.

    Returns
    -------
    Mapping
        `mfh`, which holds at `height`, and `mfw` [1].

    Notes
    -----
    Boehm et al. (2006), doi:10.1029/2005GL025545. Valid above 3 deg.

    Examples
    --------
    >>> m = gmf("2009-08-12", 38.437820, -79.835782, 844.715, 16.743723)
    >>> round(float(m.mfh), 4), round(float(m.mfw), 4)
    (3.4252, 3.4496)
    """
    lat, lon, height, elevation = as_floats(lat, lon, height, elevation)
    check_latitude(lat)
    sine = elevation_sine(elevation)
    a = evaluate(lat, lon, "degree_9_coefficients.csv", 9)
    annual = annual_cosine(time)
    ah = (a["gmf_ah_mean"] + a["gmf_ah_amplitude"] * annual) * 1e-5
    aw = (a["gmf_aw_mean"] + a["gmf_aw_amplitude"] * annual) * 1e-5
    return map_delays(*vmf1_coefficients(ah, aw, time, lat), sine, height)


def niell(
    time: TimeLike,
    lat: ArrayLike,
    elevation: ArrayLike,
    height: ArrayLike | None = None,
) -> Mapping:
    """Niell Mapping Functions (NMF): latitude, season and height only.

    Hydrostatic a, b, c = average - amplitude cos(2 pi (doy - 28) / 365.25), half a year later in
    the south, linear in |lat| between 15 and 75 deg and constant beyond; wet without season.

    Parameters
    ----------
    height : array_like, optional
        Height above sea level, broadcast; adds Niell's height correction [m].
    time, lat, elevation
        As for `vmf1`, which raises the same errors.

    Returns
    -------
    Mapping
        `mfh`, which holds at `height` if that is given, and `mfw` [1].

    Notes
    -----
    Niell (1996), eq. 4-6 and tables 3-4, doi:10.1029/95JB03048; the seasonal term is subtracted
    (the sign in the original paper's eq. 5 is an erratum). Valid above 3 deg.

    Examples
    --------
    >>> m = niell("2009-01-28", 45.0, 5.0, 0.0)
    >>> round(float(m.mfh), 4), round(float(m.mfw), 4)
    (10.1518, 10.7509)
    """
    lat, elevation = as_floats(lat, elevation)
    check_latitude(lat)
    sine = elevation_sine(elevation)
    half_year = np.where(lat < 0, np.pi, 0)
    annual = np.cos((doy(time) - 28) / 365.25 * 2 * np.pi + half_year)
    distance = np.abs(lat)
    hydrostatic = [
        np.interp(distance, _NIELL_LATITUDES, mean)
        - np.interp(distance, _NIELL_LATITUDES, amplitude) * annual
        for mean, amplitude in zip(_NIELL_AVERAGE, _NIELL_AMPLITUDE, strict=True)
    ]
    wet = [np.interp(distance, _NIELL_LATITUDES, row) for row in _NIELL_WET]
    above = None if height is None else as_floats(height)[0]
    return map_delays(hydrostatic, wet, sine, above)


def apg(lat: ArrayLike, lon: ArrayLike) -> Gradients:
    """Gradients of an average atmosphere, hydrostatic and wet together, without season.

    North and east gradient as spherical harmonics of degree 9.

    Parameters
    ----------
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), any shape [deg].

    Returns
    -------
    Gradients
        `north`, `east`; the slant delay is `chen_herring_gradient` of kind "hydrostatic", whose
        constant the model was made with [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    A priori gradients APG of the IERS Conventions (2010), chapter 9. They do not replace estimated
    gradients below 15 deg elevation.

    Examples
    --------
    >>> g = apg(35.95, 140.66)
    >>> round(float(g.north * 1000), 3), round(float(g.east * 1000), 3)
    (-0.104, 0.047)
    """
    lat, lon = as_floats(lat, lon)
    check_latitude(lat)
    a = evaluate(lat, lon, "degree_9_coefficients.csv", 9)
    return Gradients(a["apg_north"] / 1000, a["apg_east"] / 1000)


def chen_herring_gradient(
    elevation: ArrayLike,
    azimuth: ArrayLike,
    north: ArrayLike,
    east: ArrayLike,
    kind: Literal["total", "hydrostatic", "wet"] = "total",
) -> FloatArray:
    """Slant delay that horizontal gradients add.

    delay = (north cos(azimuth) + east sin(azimuth)) / (sin(el) tan(el) + C), C = 0.0032 total,
    0.0031 hydrostatic, 0.0007 wet.

    Parameters
    ----------
    elevation, azimuth : array_like
        Angle above the horizon, and from north through east, broadcast [deg].
    north, east : array_like
        Delay gradients, broadcast [m].
    kind : {"total", "hydrostatic", "wet"}, optional
        Which gradients these are.

    Returns
    -------
    ndarray
        Delay, positive towards the side where the path is longer; 0 at the zenith [m].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90], or `kind` is another word.

    Notes
    -----
    Chen and Herring (1997), doi:10.1029/97JB01739.

    Examples
    --------
    >>> round(float(chen_herring_gradient(10.0, 0.0, 0.001, 0.0)), 5)
    0.02957
    """
    if kind not in _GRADIENT_CONSTANT:
        msg = f"kind={kind!r} found; accepted are {', '.join(_GRADIENT_CONSTANT)}."
        raise DomainError(msg)
    elevation, azimuth, north, east = as_floats(elevation, azimuth, north, east)
    check_elevation(elevation)
    angle, direction = elevation * RADIAN, azimuth * RADIAN
    towards = north * np.cos(direction) + east * np.sin(direction)
    return towards / (np.sin(angle) * np.tan(angle) + _GRADIENT_CONSTANT[kind])
