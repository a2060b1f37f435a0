"""Moving delays from one height to another with published mean atmospheres.

As in `tropdsx.atmos.height`, each delay is multiplied by a factor that is exactly 1 where the two
heights agree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.constants import STANDARD_LAPSE_RATE, STANDARD_PRESSURE, WET_SCALE_HEIGHT


class LiftedDelays(NamedTuple):
    """A pair of zenith delays at the new height [m]."""

    zhd: FloatArray
    zwd: FloatArray


def lift_zhd_kouba(
    zhd: ArrayLike, lat: ArrayLike, height_from: ArrayLike, height_to: ArrayLike
) -> FloatArray:
    """Move a hydrostatic delay in height as TU Wien does for its gridded VMF products.

    P = zhd f(lat, h1) / 0.0022768; P' = P (1 - 2.26e-5 (h2 - h1))^5.225;
    zhd' = 0.0022768 P' / f(lat, h2), with Davis' f of `saastamoinen_zhd`.

    Parameters
    ----------
    zhd : array_like
        Zenith hydrostatic delay at `height_from`, any shape [m].
    lat : array_like
        Geodetic latitude, broadcast [deg].
    height_from, height_to : array_like
        Ellipsoidal heights, broadcast [m].

    Returns
    -------
    ndarray
        Zenith hydrostatic delay at `height_to`; the input itself where the heights agree [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Kouba (2008), doi:10.1007/s00190-007-0170-0, in the variant TU Wien and Ginan code (a standard
    atmosphere, so mm off in the real one). NaN more than 44 km above `height_from`.

    Examples
    --------
    >>> round(float(lift_zhd_kouba(2.3, 48.0, 0.0, 1000.0)), 6)
    2.041632
    """
    zhd, lat, h1, h2 = as_floats(zhd, lat, height_from, height_to)
    check_latitude(lat)
    return zhd * ((1 - 2.26e-5 * (h2 - h1)) ** 5.225 * davis_ratio(lat, h1, h2))


def lift_zwd_kouba(
    zwd: ArrayLike,
    height_from: ArrayLike,
    height_to: ArrayLike,
    scale_height: ArrayLike = WET_SCALE_HEIGHT,
) -> FloatArray:
    """Move a wet delay in height as TU Wien does for its gridded VMF products.

    zwd' = zwd exp(-(h2 - h1) / 2000), the conventional scale height.

    Parameters
    ----------
    zwd : array_like
        Zenith wet delay at `height_from`, any shape [m].
    height_from, height_to : array_like
        Heights in the same system, broadcast [m].
    scale_height : array_like, optional
        Height over which the delay falls to 1/e, broadcast [m].

    Returns
    -------
    ndarray
        Zenith wet delay at `height_to`; the input itself where the heights agree [m].

    Notes
    -----
    Kouba (2008), eq. 5, doi:10.1007/s00190-007-0170-0; 2000 m is a global mean, meant for steps
    below 1 km.

    Examples
    --------
    >>> round(float(lift_zwd_kouba(0.2, 0.0, 1000.0)), 6)
    0.121306
    """
    zwd, h1, h2, scale = as_floats(zwd, height_from, height_to, scale_height)
    return zwd * np.exp((h1 - h2) / scale)


def seasonal_lapse(coefficients: ArrayLike, doy: ArrayLike) -> FloatArray:
    """Value on a day of the year of a tau or gama model with annual and semi-annual terms.

    x = c0 + c1 cos(2 pi (doy - c2) / 365.25) + c3 cos(4 pi (doy - c4) / 365.25).

    Parameters
    ----------
    coefficients : array_like
        c0, c1, c2, c3, c4 along the first axis: shape (5, ...) [model units; c2 and c4 in d].
    doy : array_like
        Day of the year, broadcast against the remaining axes of `coefficients` [d].

    Returns
    -------
    ndarray
        The seasonal value, in the units of c0, c1 and c3.

    Notes
    -----
    Seasonal lapse models of P. Sun (VMF_ZTDLpsR), with one coefficient vector per grid node.

    Examples
    --------
    >>> float(seasonal_lapse([0.02, 0.001, 30.0, 0.0, 0.0], 30.0))
    0.021
    """
    c, day = as_floats(coefficients, doy)
    annual = 2 * np.pi / 365.25
    return c[0] + c[1] * np.cos(annual * (day - c[2])) + c[3] * np.cos(2 * annual * (day - c[4]))


def lift_tau_gama(
    zhd: ArrayLike,
    zwd: ArrayLike,
    height_from: ArrayLike,
    height_to: ArrayLike,
    tau: ArrayLike,
    gama: ArrayLike,
) -> LiftedDelays:
    """Move both delays in height with the tau/gama lapse model.

    zhd2 = zhd1 (1 - tau dh / 1000)^5.256; zwd2 = zwd1 (1 - tau dh / 1000)^(5.256 (gama + 1)).

    Parameters
    ----------
    zhd, zwd : array_like
        Zenith hydrostatic and wet delay at `height_from`, any shape [m].
    height_from, height_to : array_like
        Heights in the same system, broadcast [m].
    tau : array_like
        Relative temperature lapse, see `seasonal_lapse`, broadcast [km-1].
    gama : array_like
        Decrease factor of the wet delay, see `seasonal_lapse`, broadcast [1].

    Returns
    -------
    LiftedDelays
        `zhd` and `zwd` at `height_to`; the inputs where the heights agree [m].

    Notes
    -----
    Lapse models of P. Sun (VMF_ZTDLpsR). NaN where tau dh / 1000 exceeds 1.

    Examples
    --------
    >>> lifted = lift_tau_gama(2.3, 0.2, 0.0, 1000.0, tau=0.0225, gama=2.5)
    >>> round(float(lifted.zhd), 5), round(float(lifted.zwd), 5)
    (2.04071, 0.13159)
    """
    zhd, zwd, h1, h2, tau, gama = as_floats(zhd, zwd, height_from, height_to, tau, gama)
    ratio = (1 - tau * (h2 - h1) / 1000) ** 5.256
    return LiftedDelays(zhd * ratio, zwd * ratio ** (gama + 1))


def standard_pressure(height: ArrayLike) -> FloatArray:
    """Pressure of the standard atmosphere at a height.

    p = 1013.25 (1 - 2.25577e-5 h)^5.25588, that is p0 (1 - L h / T0)^(g M / (R L)).

    Parameters
    ----------
    height : array_like
        Height above sea level, any shape [m].

    Returns
    -------
    ndarray
        Pressure [hPa].

    Notes
    -----
    ICAO standard atmosphere, ICAO Doc 7488 (1993); valid to 11 km.

    Examples
    --------
    >>> standard_pressure([0.0, 1000.0]).round(2).tolist()
    [1013.25, 898.75]
    """
    (height,) = as_floats(height)
    return STANDARD_PRESSURE * (1.0 - 2.25577e-5 * height) ** 5.25588


def davis_ratio(lat: FloatArray, h1: FloatArray, h2: FloatArray) -> FloatArray:
    """Davis' gravity factor at one height over that at another; exactly 1 at the same height."""
    at_sea_level = 1 - 0.00266 * np.cos(2 * np.deg2rad(lat))
    return (at_sea_level - 0.28e-6 * h1) / (at_sea_level - 0.28e-6 * h2)


def reduction_to_sea(height: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors that move ZHD and ZWD of the nodes to h = 0.

    Parameters
    ----------
    height : ndarray
        Height of the nodes, (lat, lon). [m]
    lat : ndarray
        Latitude of the rows. [degrees]

    Returns
    -------
    tuple of ndarray
        For ZHD with a zonal temperature, for ZWD with the usual scale height, (lat, lon). [1]
    """
    temperature = 301.0 - 46.0 * np.sin(np.radians(np.asarray(lat, float)))[:, None] ** 2
    cooling = STANDARD_LAPSE_RATE * np.minimum(height, 9000.0) / temperature
    return (1.0 - cooling) ** -5.2559, np.exp(height / WET_SCALE_HEIGHT)
