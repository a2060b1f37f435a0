"""Moving delays from one height to another with the air that is there.

Every function multiplies its input by a factor that is exactly 1 where the two heights agree, so
a delay that need not move comes back bit for bit. float32 fields stay float32 when every array
given is float32 (an error of about 1e-7 relative, 0.3 um in a delay).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats
from tropdsx.atmos.constants import DRY_GAS_CONSTANT, STANDARD_GRAVITY, STANDARD_LAPSE_RATE
from tropdsx.atmos.gravity import normal_gravity
from tropdsx.atmos.saastamoinen import davis_ratio
from tropdsx.errors import DomainError


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
    temperature, lapse_rate : array_like
        Virtual temperature [K] and its fall per metre [K m-1], as for `lift_pressure`.
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
    if isinstance(gravity, str):
        g = _look_up_gravity(gravity, lat, h1, h2)
    else:
        (g,) = as_floats(gravity)
    return zhd * (_pressure_ratio(h2 - h1, tv, lapse, g) * davis_ratio(lat, h1, h2))


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


def _look_up_gravity(name: str, lat: FloatArray, h1: FloatArray, h2: FloatArray) -> FloatArray:
    if name == "standard":
        return as_floats(STANDARD_GRAVITY)[0].astype(h1.dtype)
    if name == "local":
        return normal_gravity(lat, (h1 + h2) / 2)
    msg = f"gravity={name!r} found; accepted are 'local', 'standard' or a value in m s-2."
    raise DomainError(msg)
