"""Moving delays from one height to another.

Every function multiplies its input by a factor that is exactly 1 where the two heights agree, so
a delay that need not move comes back bit for bit. float32 fields stay float32 when every array
given is float32 (an error of about 1e-7 relative, 0.3 um in a delay).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.constants import DRY_GAS_CONSTANT, STANDARD_GRAVITY, STANDARD_LAPSE_RATE
from tropdsx.atmos.gravity import normal_gravity
from tropdsx.errors import DomainError


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
    return zhd * ((1 - 2.26e-5 * (h2 - h1)) ** 5.225 * _davis_ratio(lat, h1, h2))


def lift_zwd_kouba(
    zwd: ArrayLike, height_from: ArrayLike, height_to: ArrayLike, scale_height: ArrayLike = 2000.0
) -> FloatArray:
    """Move a wet delay in height as TU Wien does for its gridded VMF products.

    zwd' = zwd exp(-(h2 - h1) / 2000): `lift_zwd` with the conventional scale height.

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
    return lift_zwd(zwd, height_from, height_to, scale_height)


def lift_pressure(
    pressure: ArrayLike,
    height_from: ArrayLike,
    height_to: ArrayLike,
    temperature: ArrayLike,
    lapse_rate: ArrayLike = STANDARD_LAPSE_RATE,
    *,
    gravity: ArrayLike = STANDARD_GRAVITY,
) -> FloatArray:
    """Move a pressure in height through air whose temperature falls linearly.

    p2 = p1 (1 - G dh / Tv)^(g / (Rd G)), and p1 exp(-g dh / (Rd Tv)) where the lapse rate G is 0.

    Parameters
    ----------
    pressure : array_like
        Pressure at `height_from`, any shape; the unit carries over [hPa].
    height_from, height_to : array_like
        Heights in the same system, broadcast [m].
    temperature : array_like
        Virtual temperature at `height_from`, broadcast [K].
    lapse_rate : array_like, optional
        Fall of the virtual temperature per metre, positive when air cools upwards [K m-1].
    gravity : array_like, optional
        Gravity between the two heights [m s-2].

    Returns
    -------
    ndarray
        Pressure at `height_to`; the input itself where the heights agree [hPa].

    Notes
    -----
    Hypsometric equation, e.g. Wallace and Hobbs (2006), eq. 3.29 with a constant lapse rate.
    NaN above the height at which the temperature would reach 0 K.

    Examples
    --------
    >>> round(float(lift_pressure(1013.25, 0.0, 1000.0, 288.15)), 2)
    898.74
    """
    p, h1, h2, tv, lapse, g = as_floats(
        pressure, height_from, height_to, temperature, lapse_rate, gravity
    )
    return p * _pressure_ratio(h2 - h1, tv, lapse, g)


def lift_zhd(
    zhd: ArrayLike,
    lat: ArrayLike,
    height_from: ArrayLike,
    height_to: ArrayLike,
    temperature: ArrayLike,
    lapse_rate: ArrayLike = STANDARD_LAPSE_RATE,
    *,
    gravity: ArrayLike | Literal["local", "standard"] = "local",
) -> FloatArray:
    """Move a hydrostatic delay in height with the real temperature of the air.

    The delay is a pressure by Saastamoinen; the pressure moves as in `lift_pressure`; so
    zhd2 = zhd1 (p2 / p1) f(lat, h1) / f(lat, h2).

    Parameters
    ----------
    zhd : array_like
        Zenith hydrostatic delay at `height_from`, any shape [m].
    lat : array_like
        Geodetic latitude, broadcast [deg].
    height_from, height_to : array_like
        Ellipsoidal heights, broadcast [m].
    temperature : array_like
        Virtual temperature at `height_from`, broadcast [K].
    lapse_rate : array_like, optional
        Fall of the virtual temperature per metre, positive when air cools upwards [K m-1].
    gravity : {"local", "standard"} or array_like, optional
        "local" is normal gravity at the latitude, half way between the heights; "standard" is
        9.80665; or the value itself [m s-2].

    Returns
    -------
    ndarray
        Zenith hydrostatic delay at `height_to`; the input itself where the heights agree [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90], or `gravity` is another word.

    Notes
    -----
    Davis et al. (1985), eq. A11-A13, doi:10.1029/RS020i006p01593, and the hypsometric equation.

    Examples
    --------
    >>> round(float(lift_zhd(2.3, 48.0, 0.0, 1000.0, 290.0)), 6)
    2.042211
    """
    zhd, lat, h1, h2, tv, lapse = as_floats(
        zhd, lat, height_from, height_to, temperature, lapse_rate
    )
    check_latitude(lat)
    if isinstance(gravity, str):
        g = _named_gravity(gravity, lat, h1, h2)
    else:
        (g,) = as_floats(gravity)
    return zhd * (_pressure_ratio(h2 - h1, tv, lapse, g) * _davis_ratio(lat, h1, h2))


def lift_zwd(
    zwd: ArrayLike, height_from: ArrayLike, height_to: ArrayLike, scale_height: ArrayLike
) -> FloatArray:
    """Move a wet delay in height with an exponential of known scale height.

    zwd2 = zwd1 exp(-(h2 - h1) / scale_height).

    Parameters
    ----------
    zwd : array_like
        Zenith wet delay at `height_from`, any shape [m].
    height_from, height_to : array_like
        Heights in the same system, broadcast [m].
    scale_height : array_like
        Height over which the delay falls to 1/e, broadcast [m].

    Returns
    -------
    ndarray
        Zenith wet delay at `height_to`; the input itself where the heights agree [m].

    Notes
    -----
    Kouba (2008), eq. 5, doi:10.1007/s00190-007-0170-0, with the scale height as an argument.

    Examples
    --------
    >>> round(float(lift_zwd(0.2, 500.0, 0.0, 2500.0)), 6)
    0.244281
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
    Sun et al. (VMF_ZTDLpsR), seasonal lapse models fitted to ERA5.

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
    Sun et al. (VMF_ZTDLpsR). NaN where tau dh / 1000 exceeds 1.

    Examples
    --------
    >>> lifted = lift_tau_gama(2.3, 0.2, 0.0, 1000.0, tau=0.0225, gama=2.5)
    >>> round(float(lifted.zhd), 5), round(float(lifted.zwd), 5)
    (2.04071, 0.13159)
    """
    zhd, zwd, h1, h2, tau, gama = as_floats(zhd, zwd, height_from, height_to, tau, gama)
    ratio = (1 - tau * (h2 - h1) / 1000) ** 5.256
    return LiftedDelays(zhd * ratio, zwd * ratio ** (gama + 1))


def _davis_ratio(lat: FloatArray, h1: FloatArray, h2: FloatArray) -> FloatArray:
    # f(h1) / f(h2); identical heights give a / a, which is 1 exactly.
    at_sea_level = 1 - 0.00266 * np.cos(2 * np.deg2rad(lat))
    return (at_sea_level - 0.28e-6 * h1) / (at_sea_level - 0.28e-6 * h2)


def _pressure_ratio(
    dh: FloatArray, tv: FloatArray, lapse: FloatArray, gravity: FloatArray
) -> FloatArray:
    # exp(-g dh / (Rd Tv) * L(x)), L(x) = -log(1 - x) / x, x = lapse dh / Tv: one expression that
    # holds through lapse -> 0, where the power form divides by zero.
    x = lapse * dh / tv
    zero = x == 0
    safe = np.where(zero, 1, x)  # any number; the result at these places is replaced below
    stretch = np.where(zero, 1, -np.log1p(-np.where(zero, 0, x)) / safe)
    return np.exp(-gravity * dh / (DRY_GAS_CONSTANT * tv) * stretch)


def _named_gravity(name: str, lat: FloatArray, h1: FloatArray, h2: FloatArray) -> FloatArray:
    if name == "standard":
        return as_floats(STANDARD_GRAVITY)[0].astype(h1.dtype)
    if name == "local":
        return normal_gravity(lat, (h1 + h2) / 2)
    msg = f"gravity={name!r} found; accepted are 'local', 'standard' or a value in m s-2."
    raise DomainError(msg)
