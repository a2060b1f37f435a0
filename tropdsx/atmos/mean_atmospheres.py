"""Moving delays from one height to another with published mean atmospheres.

As in `tropdsx.atmos.height`, each delay is multiplied by a factor that is exactly 1 where the two
heights agree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats
from tropdsx.atmos.constants import STANDARD_LAPSE_RATE, STANDARD_PRESSURE, WET_SCALE_HEIGHT
from tropdsx.atmos.height import lift_zwd
from tropdsx.atmos.saastamoinen import davis_ratio


class LiftedDelays(NamedTuple):
    """A pair of zenith delays at the new height.

    Attributes
    ----------
    zhd, zwd : ndarray
        Zenith hydrostatic and wet delay, each in the broadcast shape [m].

    Examples
    --------
    >>> zhd, zwd = lift_tau_gama(2.3, 0.2, 0.0, 1000.0, tau=0.0225, gama=2.5)
    >>> round(float(zhd + zwd), 4)
    2.1723
    """

    zhd: FloatArray
    zwd: FloatArray


def lift_zhd_kouba(
    zhd: ArrayLike, lat: ArrayLike, height_from: ArrayLike, height_to: ArrayLike
) -> FloatArray:
    """Move a hydrostatic delay in height as TU Wien does for its gridded VMF products.

    P = zhd f(lat, h1) / 0.0022768; P' = P (1 - 2.26e-5 (h2 - h1))^5.225;
    zhd' = 0.0022768 P' / f(lat, h2), with f of `davis_factor`.

    Parameters
    ----------
    zhd, lat, height_from, height_to : array_like
        As for `lift_zhd`, with errors as there.

    Returns
    -------
    ndarray
        As of `lift_zhd` [m].

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
    return zhd * (berg_pressure_ratio(h2 - h1) * davis_ratio(lat, h1, h2))


def berg_pressure_ratio(height_step: ArrayLike) -> FloatArray:
    """Pressure at a height over that at another in Berg's standard atmosphere.

    p2 / p1 = (1 - 2.26e-5 dh)^5.225, the form of GPT and of the gridded VMF products.

    Parameters
    ----------
    height_step : array_like
        Height above that of the first pressure, any shape [m].

    Returns
    -------
    ndarray
        The ratio; NaN for steps of more than 44 km [1].

    Notes
    -----
    Berg (1948), as quoted by Boehm, Heinkelmann and Schuh (2007), doi:10.1007/s00190-007-0135-3.

    Examples
    --------
    >>> round(float(berg_pressure_ratio(1000.0)), 4)
    0.8874
    """
    (dh,) = as_floats(height_step)
    return (1 - 2.26e-5 * dh) ** 5.225


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
    zwd, height_from, height_to : array_like
        Delay and heights, as for `lift_zwd` [m].
    scale_height : array_like, optional
        Height over which the delay falls to 1/e, broadcast [m].

    Returns
    -------
    ndarray
        As of `lift_zwd` [m].

    Notes
    -----
    Kouba (2008), eq. 5, doi:10.1007/s00190-007-0170-0; 2000 m is a global mean, meant for steps
    below 1 km.

    Examples
    --------
    >>> round(float(lift_zwd_kouba(0.2, 0.0, 1000.0)), 6)
    0.121306
    """
    return lift_zwd(zwd, height_from, height_to, scale_height)


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


def standard_height(pressure: ArrayLike) -> FloatArray:
    """Height at which the standard atmosphere has a pressure: the inverse of `standard_pressure`.

    h = (1 - (p / 1013.25)^(1 / 5.25588)) / 2.25577e-5.

    Parameters
    ----------
    pressure : array_like
        Pressure, any shape [hPa].

    Returns
    -------
    ndarray
        Height above sea level [m].

    Notes
    -----
    ICAO standard atmosphere, ICAO Doc 7488 (1993); valid to 11 km.

    Examples
    --------
    >>> standard_height([1013.25, 898.75]).round(0).tolist()
    [0.0, 1000.0]
    """
    (pressure,) = as_floats(pressure)
    return (1.0 - (pressure / STANDARD_PRESSURE) ** (1 / 5.25588)) / 2.25577e-5


def reduction_to_sea(height: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Factors that move the delays of the nodes of a grid to h = 0.

    zhd(0) / zhd(h) = (1 - 0.0065 h / T)^-5.2559 with T = 301 - 46 sin^2 lat and h of 9 km at most;
    zwd(0) / zwd(h) = exp(h / 2000). They take the terrain out of a field; they are no correction.

    Parameters
    ----------
    height : array_like, shape (lat, lon)
        Height of the nodes [m].
    lat : array_like, shape (lat,)
        Latitude of the rows [deg].

    Returns
    -------
    hydrostatic : ndarray, shape (lat, lon)
        Factor on ZHD [1].
    wet : ndarray, shape (lat, lon)
        Factor on ZWD [1].

    Examples
    --------
    >>> hydrostatic, wet = reduction_to_sea(np.array([[0.0, 2000.0]]), [45.0])
    >>> hydrostatic.round(4).tolist(), wet.round(4).tolist()
    ([[1.0, 1.2862]], [[1.0, 2.7183]])
    """
    (height,) = as_floats(height)
    temperature = 301.0 - 46.0 * np.sin(np.radians(np.asarray(lat, float)))[:, None] ** 2
    cooling = STANDARD_LAPSE_RATE * np.minimum(height, 9000.0) / temperature
    return (1.0 - cooling) ** -5.2559, np.exp(height / WET_SCALE_HEIGHT)
