"""Mapping functions: how much longer the slant path is than the zenith path."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_elevation, check_latitude
from tropdsx.atmos.constants import RADIAN
from tropdsx.atmos.continued_fraction import continued_fraction, height_correction
from tropdsx.atmos.epoch import TimeLike, doy, niell_day, season
from tropdsx.atmos.harmonics import evaluate
from tropdsx.atmos.records import Mapping
from tropdsx.errors import DomainError

# Wet b and c of VMF1 and GMF: Niell (1996) at 45 deg.
_BW, _CW = 0.00146, 0.04391
_BH_VMF1 = 0.0029

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


def vmf1(
    ah: ArrayLike,
    aw: ArrayLike,
    time: TimeLike,
    lat: ArrayLike,
    elevation: ArrayLike,
    height: ArrayLike | None = None,
) -> Mapping:
    """Vienna Mapping Functions 1 from their a coefficients.

    Continued fraction with bh = 0.0029 and ch = 0.062 + ((cos(2 pi d / 365.25 + psi) + 1) c11 / 2
    + c10)(1 - cos lat); bw = 0.00146, cw = 0.04391; d counts from 28 January.

    Parameters
    ----------
    ah, aw : array_like
        Hydrostatic and wet a coefficient, any shape [1].
    time : datetime64, datetime, str or array of these
        UTC, broadcast [-].
    lat : array_like
        Geodetic latitude, broadcast [deg].
    elevation : array_like
        Elevation angle, broadcast [deg].
    height : array_like, optional
        Ellipsoidal height, broadcast; give it with grid-wise and GPT coefficients, which hold at
        zero height, and omit it with site-wise coefficients [m].

    Returns
    -------
    Mapping
        `mfh`, `mfw` [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90] or a latitude outside [-90, 90].

    Notes
    -----
    Boehm, Werl and Schuh (2006), doi:10.1029/2005JB003629; IERS Conventions (2010), section 9.2.
    Valid above 3 deg.

    Examples
    --------
    >>> m = vmf1(0.00127683, 0.00060955, "2009-08-12", 38.437820, 16.743723)
    >>> round(float(m.mfh), 4), round(float(m.mfw), 4)
    (3.4243, 3.4483)
    """
    ah, aw, lat, elevation = as_floats(ah, aw, lat, elevation)
    check_latitude(lat)
    sine = _sine(elevation)
    mfh = continued_fraction(ah, _BH_VMF1, _ch_vmf1(time, lat), sine)
    if height is not None:
        mfh = mfh + height_correction(sine, as_floats(height)[0])
    return Mapping(mfh, continued_fraction(aw, _BW, _CW, sine))


def vmf3(
    ah: ArrayLike,
    aw: ArrayLike,
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    elevation: ArrayLike,
    height: ArrayLike | None = None,
) -> Mapping:
    """Vienna Mapping Functions 3 from their a coefficients.

    Continued fraction whose b and c are spherical harmonics of degree 12 with annual and
    semi-annual terms in the day of the year.

    Parameters
    ----------
    ah, aw : array_like
        Hydrostatic and wet a coefficient, any shape [1].
    time : datetime64, datetime, str or array of these
        UTC, broadcast [-].
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].
    elevation : array_like
        Elevation angle, broadcast [deg].
    height : array_like, optional
        Ellipsoidal height, broadcast; give it with grid-wise and GPT3 coefficients, which hold at
        zero height, and omit it with site-wise coefficients [m].

    Returns
    -------
    Mapping
        `mfh`, `mfw` [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90] or a latitude outside [-90, 90].

    Notes
    -----
    Landskron and Boehm (2018), doi:10.1007/s00190-017-1066-2, in the current version (365.25-day
    year, day of the year with fraction). Valid above 3 deg.

    Examples
    --------
    >>> m = vmf3(0.00123462, 0.00047101, "2018-11-25", 37.5, 277.5, 38.0)
    >>> round(float(m.mfh), 6), round(float(m.mfw), 6)
    (1.621024, 1.623023)
    """
    ah, aw, lat, lon, elevation = as_floats(ah, aw, lat, lon, elevation)
    check_latitude(lat)
    sine = _sine(elevation)
    bh, bw, ch, cw = _vmf3_bc(time, lat, lon)
    mfh = continued_fraction(ah, bh, ch, sine)
    if height is not None:
        mfh = mfh + height_correction(sine, as_floats(height)[0])
    return Mapping(mfh, continued_fraction(aw, bw, cw, sine))


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
    time : datetime64, datetime, str or array of these
        UTC, any shape [-].
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].
    height : array_like
        Height above sea level (orthometric), broadcast [m].
    elevation : array_like
        Elevation angle, broadcast [deg].

    Returns
    -------
    Mapping
        `mfh`, `mfw` [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90] or a latitude outside [-90, 90].

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
    sine = _sine(elevation)
    a = evaluate(lat, lon, "gmf_gpt_coefficients.csv", 9)
    annual = np.cos(niell_day(time) / 365.25 * 2 * np.pi)
    ah = (a["gmf_ah_mean"] + a["gmf_ah_amplitude"] * annual) * 1e-5
    aw = (a["gmf_aw_mean"] + a["gmf_aw_amplitude"] * annual) * 1e-5
    mfh = continued_fraction(ah, _BH_VMF1, _ch_vmf1(time, lat), sine)
    mfh = mfh + height_correction(sine, height)
    return Mapping(mfh, continued_fraction(aw, _BW, _CW, sine))


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
    time : datetime64, datetime, str or array of these
        UTC, any shape [-].
    lat : array_like
        Geodetic latitude, broadcast [deg].
    elevation : array_like
        Elevation angle, broadcast [deg].
    height : array_like, optional
        Height above sea level, broadcast; adds Niell's height correction [m].

    Returns
    -------
    Mapping
        `mfh`, `mfw` [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90] or a latitude outside [-90, 90].

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
    sine = _sine(elevation)
    half_year = np.where(lat < 0, np.pi, 0)
    annual = np.cos((doy(time) - 28) / 365.25 * 2 * np.pi + half_year)
    distance = np.abs(lat)
    ah, bh, ch = (
        np.interp(distance, _NIELL_LATITUDES, mean)
        - np.interp(distance, _NIELL_LATITUDES, amplitude) * annual
        for mean, amplitude in zip(_NIELL_AVERAGE, _NIELL_AMPLITUDE, strict=True)
    )
    aw, bw, cw = (np.interp(distance, _NIELL_LATITUDES, row) for row in _NIELL_WET)
    mfh = continued_fraction(ah, bh, ch, sine)
    if height is not None:
        mfh = mfh + height_correction(sine, as_floats(height)[0])
    return Mapping(mfh, continued_fraction(aw, bw, cw, sine))


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
    elevation : array_like
        Elevation angle, any shape [deg].
    azimuth : array_like
        Azimuth from north through east, broadcast [deg].
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


def _sine(elevation: FloatArray) -> FloatArray:
    check_elevation(elevation)
    return np.sin(elevation * RADIAN)


def _ch_vmf1(time: TimeLike, lat: FloatArray) -> FloatArray:
    # South of the equator the season is half a year off and the amplitudes are larger. Written
    # with the sign of the latitude, because choosing element by element costs more than the sum.
    sign = np.copysign(1.0, lat)
    c11, c10 = 0.006 - 0.001 * sign, 0.0015 - 0.0005 * sign
    annual = np.cos(niell_day(time) * (2 * np.pi / 365.25)) * sign
    return 0.062 + ((annual + 1) * (c11 / 2) + c10) * (1 - np.cos(lat * RADIAN))


def _vmf3_bc(time: TimeLike, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, ...]:
    # The harmonics are summed once per place, whatever the number of epochs and elevations.
    series = evaluate(lat, lon, "vmf3_coefficients.csv", 12)
    factors = np.moveaxis(season(doy(time)), -1, 0)
    terms = ("A0", "A1", "B1", "A2", "B2")
    return tuple(
        sum(
            (series[f"{name}_{term}"] * factor for term, factor in zip(terms, factors, strict=True)),
            start=np.float64(0),
        )
        for name in ("bh", "bw", "ch", "cw")
    )
