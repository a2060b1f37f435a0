"""Zenith delays from what is measured at the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.constants import (
    DAVIS_HEIGHT_TERM,
    DAVIS_LATITUDE_TERM,
    DRY_GAS_CONSTANT,
    RADIAN,
    SAASTAMOINEN,
    STANDARD_GRAVITY,
)
from tropdsx.atmos.records import ZenithDelays
from tropdsx.atmos.refractivity import COEFFICIENTS


def davis_factor(lat: ArrayLike, height: ArrayLike) -> FloatArray:
    """Mean gravity of the column relative to 45 deg and sea level.

    f = 1 - 0.00266 cos(2 lat) - 0.28e-6 height.

    Parameters
    ----------
    lat : array_like
        Geodetic latitude, any shape [deg].
    height : array_like
        Ellipsoidal height of the ground, broadcast [m].

    Returns
    -------
    ndarray
        The factor f [1].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Davis et al. (1985), eq. A13, doi:10.1029/RS020i006p01593.

    Examples
    --------
    >>> float(davis_factor(45.0, 0.0))
    1.0
    """
    lat, height = as_floats(lat, height)
    return _factor_at_sea_level(lat) - DAVIS_HEIGHT_TERM * height


def davis_ratio(lat: ArrayLike, height_from: ArrayLike, height_to: ArrayLike) -> FloatArray:
    """Davis' factor at one height over that at another; exactly 1 at the same height.

    f(lat, h1) / f(lat, h2), f of `davis_factor`, for delays that move with their pressure.

    Parameters
    ----------
    lat : array_like
        As for `davis_factor`, which raises the same errors.
    height_from, height_to : array_like
        Ellipsoidal heights h1 and h2, broadcast [m].

    Returns
    -------
    ndarray
        The ratio [1].

    Examples
    --------
    >>> round(float(davis_ratio(48.0, 0.0, 1000.0)), 6)
    1.00028
    """
    lat, h1, h2 = as_floats(lat, height_from, height_to)
    at_sea_level = _factor_at_sea_level(lat)
    return (at_sea_level - DAVIS_HEIGHT_TERM * h1) / (at_sea_level - DAVIS_HEIGHT_TERM * h2)


def saastamoinen_zhd(pressure: ArrayLike, lat: ArrayLike, height: ArrayLike) -> FloatArray:
    """Zenith hydrostatic delay from the pressure at the ground.

    zhd = 0.0022768 p / (1 - 0.00266 cos(2 lat) - 0.28e-6 height).

    Parameters
    ----------
    pressure : array_like
        Total air pressure at the ground, any shape [hPa].
    lat : array_like
        Geodetic latitude, broadcast [deg].
    height : array_like
        Ellipsoidal height of the ground, broadcast [m].

    Returns
    -------
    ndarray
        Zenith hydrostatic delay [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Saastamoinen (1972), doi:10.1029/GM015p0247, with Davis et al. (1985), eq. A11,
    doi:10.1029/RS020i006p01593. Valid for radio waves; better than 1 mm for a pressure good to
    0.3 hPa.

    Examples
    --------
    >>> float(saastamoinen_zhd(1000.0, 48.0, 200.0))
    2.2762945585533596
    """
    pressure, lat, height = as_floats(pressure, lat, height)
    return SAASTAMOINEN * pressure / davis_factor(lat, height)


def zhd_to_pressure(zhd: ArrayLike, lat: ArrayLike, height: ArrayLike) -> FloatArray:
    """Pressure at the ground from the zenith hydrostatic delay: inverse of `saastamoinen_zhd`.

    p = zhd (1 - 0.00266 cos(2 lat) - 0.28e-6 height) / 0.0022768.

    Parameters
    ----------
    zhd : array_like
        Zenith hydrostatic delay, any shape [m].
    lat, height : array_like
        As for `saastamoinen_zhd`, which has the source and raises the same errors.

    Returns
    -------
    ndarray
        Total air pressure [hPa].

    Examples
    --------
    >>> round(float(zhd_to_pressure(2.2762945585533596, 48.0, 200.0)), 9)
    1000.0
    """
    zhd, lat, height = as_floats(zhd, lat, height)
    return zhd * davis_factor(lat, height) / SAASTAMOINEN


def saastamoinen_zwd(
    water_vapour_pressure: ArrayLike,
    temperature: ArrayLike,
    lat: ArrayLike | None = None,
    height: ArrayLike | None = None,
) -> FloatArray:
    """Zenith wet delay from humidity and temperature at the ground.

    zwd = 0.0022768 (1255 / T + 0.05) e, divided by f = 1 - 0.00266 cos(2 lat) - 0.28e-6 height
    when `lat` and `height` are given (Davis' form); Saastamoinen's own form has no f.

    Parameters
    ----------
    water_vapour_pressure : array_like
        Water vapour pressure at the ground, any shape [hPa].
    temperature : array_like
        Temperature at the ground, broadcast [K].
    lat : array_like, optional
        Geodetic latitude, broadcast; omit together with `height` for the form without f [deg].
    height : array_like, optional
        Ellipsoidal height of the ground, broadcast [m].

    Returns
    -------
    ndarray
        Zenith wet delay [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].
    TypeError
        If only one of `lat` and `height` is given.

    Notes
    -----
    Saastamoinen (1972), doi:10.1029/GM015p0247; Davis et al. (1985). In circulation is a slip,
    (1255 + T + 0.05) e / T, which gives 21 % too much. A ground value says little about the
    column: expect 20-40 mm rms.

    Examples
    --------
    >>> round(float(saastamoinen_zwd(10.0, 288.15)), 6)
    0.100301
    >>> round(float(saastamoinen_zwd(10.0, 288.15, 0.0, 0.0)), 6)
    0.100569
    """
    e, t = as_floats(water_vapour_pressure, temperature)
    zwd = SAASTAMOINEN * (1255 / t + 0.05) * e
    if lat is None and height is None:
        return zwd
    if lat is None or height is None:
        msg = "only one of lat and height given; give both (Davis' form) or neither."
        raise TypeError(msg)
    return zwd / davis_factor(lat, height)


def askne_nordius_zwd(
    water_vapour_pressure: ArrayLike,
    mean_temperature: ArrayLike,
    water_vapour_decrease_factor: ArrayLike,
) -> FloatArray:
    """Zenith wet delay from ground humidity and its decrease with height.

    zwd = 1e-6 (k2' + k3 / Tm) Rd / ((la + 1) gm) e.

    Parameters
    ----------
    water_vapour_pressure : array_like
        Water vapour pressure at the ground, any shape [hPa].
    mean_temperature : array_like
        Mean temperature of the water vapour, broadcast [K].
    water_vapour_decrease_factor : array_like
        Decrease factor la (lambda) of the vapour pressure, broadcast [1].

    Returns
    -------
    ndarray
        Zenith wet delay [m].

    Notes
    -----
    Askne and Nordius (1987), eq. 18, doi:10.1029/RS022i003p00379, with the constants of TU Wien's
    asknewet: those of Thayer (1974), see `tropdsx.atmos.refractivity`, and gm = 9.80665 m s-2.

    Examples
    --------
    >>> round(float(askne_nordius_zwd(10.0, 273.0, 3.0)), 9)
    0.102423083
    """
    e, tm, decrease = as_floats(
        water_vapour_pressure, mean_temperature, water_vapour_decrease_factor
    )
    k = COEFFICIENTS["thayer"]
    refractivity = 1e-6 * (k.k2_prime + k.k3 / tm)
    return refractivity * DRY_GAS_CONSTANT / (decrease + 1) / STANDARD_GRAVITY * e


def hopfield(
    pressure: ArrayLike, temperature: ArrayLike, water_vapour_pressure: ArrayLike
) -> ZenithDelays:
    """Zenith delays of the two-quartic model from measurements at the ground.

    zhd = 1e-6 / 5 * 77.64 p / T * (40136 + 148.72 (T - 273.16));
    zwd = 1e-6 / 5 * (-12.96 T + 371800) e / T^2 * 11000.

    Parameters
    ----------
    pressure, water_vapour_pressure : array_like
        Total air pressure and water vapour pressure at the ground, broadcast [hPa].
    temperature : array_like
        Temperature at the ground, broadcast [K].

    Returns
    -------
    ZenithDelays
        `zhd`, `zwd`, `ztd` [m].

    Notes
    -----
    Hopfield (1969), doi:10.1029/JC074i018p04487, with the constants in Hofmann-Wellenhof et al.
    (2008), eq. 5.98 ff. For stations near sea level; Saastamoinen is the better hydrostatic model.

    Examples
    --------
    >>> delays = hopfield(1013.25, 288.15, 10.0)
    >>> round(float(delays.zhd), 4), round(float(delays.zwd), 4)
    (2.3133, 0.0975)
    """
    p, t, e = as_floats(pressure, temperature, water_vapour_pressure)
    zhd = 1e-6 / 5 * 77.64 * p / t * (40136 + 148.72 * (t - 273.16))
    zwd = 1e-6 / 5 * (-12.96 * t + 371800) * e / t**2 * 11000
    return ZenithDelays(zhd, zwd, zhd + zwd)


def _factor_at_sea_level(lat: FloatArray) -> FloatArray:
    check_latitude(lat)
    return 1 - DAVIS_LATITUDE_TERM * np.cos(2 * RADIAN * lat)
