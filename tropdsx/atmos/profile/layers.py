"""Profiles of the air: values between the levels, heights of the levels, hydrostatic delay.

Arrays have the levels first, the lowest at the beginning, and any columns behind.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.constants import DRY_GAS_CONSTANT
from tropdsx.atmos.gravity import geopotential_to_height, height_to_geopotential, normal_gravity
from tropdsx.atmos.height import lift_pressure
from tropdsx.atmos.profile.quadrature import find_level_below, take_level
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.atmos.water_vapour import saturation_vapour_pressure, virtual_temperature

__all__ = [
    "Profile",
    "hypsometric_heights",
    "integrate_pressure",
    "interpolate_to_pressure",
    "mixed_saturation",
]

_ICE, _WATER = 250.16, 273.16
"""Below and above these, saturation is over ice and over water; a mixture between [K]."""


class Profile(NamedTuple):
    """Profiles of the air, each array of shape (levels, ...), the lowest level first.

    Attributes
    ----------
    p : ndarray
        Pressure [hPa].
    t : ndarray
        Temperature [K].
    e : ndarray
        Water vapour pressure [hPa].
    z : ndarray
        Ellipsoidal height [m].

    Examples
    --------
    >>> rows = [1000.0, 500.0], [288.0, 253.0], [10.0, 0.5], [0.0, 5600.0]
    >>> air = Profile(*map(np.array, rows))
    >>> float(air.p[0]), float(air.z[-1])
    (1000.0, 5600.0)
    """

    p: FloatArray
    t: FloatArray
    e: FloatArray
    z: FloatArray


def mixed_saturation(temperature: FloatArray) -> FloatArray:
    """Saturation vapour pressure as weather models mix it from water and ice.

    Water above 0 degC, ice below -23 degC, and between them the share of water grows with the
    square of the temperature above -23 degC.

    Parameters
    ----------
    temperature : ndarray
        Temperature, any shape [K].

    Returns
    -------
    ndarray
        Saturation vapour pressure [hPa].

    Notes
    -----
    IFS Documentation CY47R3, part IV, eq. 7.93.

    Examples
    --------
    >>> mixed_saturation(np.array([240.0, 262.0, 293.15])).round(2).tolist()
    [0.27, 2.42, 23.33]
    """
    share = np.clip((temperature - _ICE) / (_WATER - _ICE), 0.0, 1.0) ** 2
    water = saturation_vapour_pressure(temperature)
    ice = saturation_vapour_pressure(temperature, "ice")
    return np.asarray(share * water + (1.0 - share) * ice)


def integrate_pressure(
    profile: Profile, lat: FloatArray, undulation: FloatArray, target: FloatArray, k1: float
) -> FloatArray:
    """Zenith hydrostatic delay from each target to the top as an integral over pressure.

    zhd = 1e-6 k1 Rd times the integral of dp / g, plus Saastamoinen's delay of the topmost
    pressure. A layer needs no temperature for that: a tropopause between two levels, which costs
    the integral of density 0.6 mm, costs nothing.

    Parameters
    ----------
    profile : Profile
        Arrays of shape (levels, ...).
    lat, undulation : ndarray, shape (...)
        Geodetic latitude [deg], and geoid above the ellipsoid [m], of the columns.
    target : ndarray, shape (targets, ...)
        Ellipsoidal heights [m].
    k1 : float
        Refractivity of dry air [K hPa-1].

    Returns
    -------
    ndarray, shape of `target`
        Zenith hydrostatic delay; NaN above the top [m].

    Notes
    -----
    Davis et al. (1985), eq. A8-A13, doi:10.1029/RS020i006p01593, with normal gravity by latitude
    and height. Below the lowest level the air warms downwards as in the standard atmosphere.

    Examples
    --------
    >>> z = np.arange(0.0, 40e3, 500.0)[:, None]
    >>> air = Profile(1013.25 * np.exp(-z / 7600), np.full_like(z, 260.0), 0 * z, z)
    >>> lat, at_sea = np.array([45.0]), np.array([[0.0]])
    >>> round(float(integrate_pressure(air, lat, 0 * lat, at_sea, 77.6)[0, 0]), 2)
    2.31
    """
    p, t, e, z = profile
    per_mass = 1e-6 * k1 * DRY_GAS_CONSTANT  # k1 is per hPa, and so is dp
    gravity = normal_gravity(lat, 0.5 * (z[1:] + z[:-1]) - undulation)
    above = np.zeros_like(p)
    above[:-1] = np.cumsum(((p[:-1] - p[1:]) / gravity)[::-1], axis=0)[::-1]
    inside = np.maximum(target, z[:1])
    low = find_level_below(z, inside)
    z0, z1, p0, p1 = (
        take_level(z, low),
        take_level(z, low + 1),
        take_level(p, low),
        take_level(p, low + 1),
    )
    # Temperature linear in height: its logarithm, not the height, shares out that of the pressure.
    cooling = np.log(take_level(t, low + 1) / take_level(t, low))
    even = np.abs(cooling) < 1e-9
    share = (inside - z0) / (z1 - z0)
    bent = np.log1p(share * np.expm1(cooling)) / np.where(even, 1.0, cooling)
    reached = p0 * (p1 / p0) ** np.where(even, share, bent)
    delay = take_level(above, low + 1) + (reached - p1) / take_level(gravity, low)
    # Below the lowest level: the lapse rate of the standard atmosphere, the default.
    virtual = virtual_temperature(t[:1], e[:1], p[:1])
    depth = np.maximum(z[:1] - target, 0.0)
    deep = lift_pressure(p[:1], depth, 0.0, virtual, gravity=gravity[:1])
    delay = per_mass * (delay + (deep - p[:1]) / gravity[:1])
    delay = delay + saastamoinen_zhd(p[-1], lat, z[-1])
    return np.asarray(np.where(target > z[-1], np.nan, delay))


def interpolate_to_pressure(
    values: FloatArray, p: FloatArray, target: FloatArray, *, extrapolate: bool = False
) -> FloatArray:
    """Value of a profile at a pressure, linear in the logarithm of the pressure.

    Parameters
    ----------
    values : ndarray, shape (levels, ...)
        Profiles of any quantity.
    p : ndarray, shape of `values` or (levels, 1, ...)
        Pressure of the levels [hPa].
    target : ndarray, shape (...)
        Pressure that is asked for, one for each column [hPa].
    extrapolate : bool, optional
        Continue the outermost layers beyond the levels; else the outermost values hold there.

    Returns
    -------
    ndarray, shape (...)
        In the unit of `values`.

    Examples
    --------
    >>> p, t = np.array([[1000.0], [500.0]]), np.array([[290.0], [250.0]])
    >>> interpolate_to_pressure(t, p, np.array([1000.0 / 2**0.5])).round(6).tolist()
    [270.0]
    """
    if np.isnan(target).all():
        return np.full(values.shape[1:], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        depth, wanted = -np.log(p), -np.log(target)
        low = np.clip(np.sum(depth <= wanted, axis=0) - 1, 0, len(depth) - 2)[np.newaxis]
    d0, d1, v0, v1 = (
        np.take_along_axis(np.broadcast_to(a, values.shape), low + k, axis=0)[0]
        for a in (depth, values)
        for k in (0, 1)
    )
    share = (wanted - d0) / (d1 - d0)
    if not extrapolate:
        share = np.clip(share, 0.0, 1.0)
    return np.asarray(v0 + (v1 - v0) * share)


def hypsometric_heights(profile: Profile, lat: FloatArray, undulation: FloatArray) -> FloatArray:
    """Heights of levels above a known ground, from pressure and virtual temperature.

    A layer adds Rd Tv log(p / p') to the geopotential, Tv the mean of its two levels.

    Parameters
    ----------
    profile : Profile
        Arrays of shape (levels, ...); of the heights, only the lowest counts.
    lat, undulation : ndarray, shape (...)
        Geodetic latitude [deg], and geoid above the ellipsoid [m], of the columns.

    Returns
    -------
    ndarray, shape (levels, ...)
        Ellipsoidal heights [m].

    Notes
    -----
    Hypsometric equation, e.g. Wallace and Hobbs (2006), eq. 3.24.

    Examples
    --------
    >>> p, t, e, z = (np.array(v) for v in ([1000.0, 500.0], [280.0, 260.0], [0, 0], [100.0, 0]))
    >>> hypsometric_heights(Profile(p, t, e, z), np.array(45.0), np.array(0.0)).round(1).tolist()
    [100.0, 5583.1]
    """
    p, t, e, z = profile
    virtual = virtual_temperature(t, e, p)
    steps = DRY_GAS_CONSTANT * 0.5 * (virtual[1:] + virtual[:-1]) * -np.diff(np.log(p), axis=0)
    start = height_to_geopotential(z[:1], lat, undulation)
    above = np.concatenate([start, start + np.cumsum(steps, axis=0)])
    return np.asarray(geopotential_to_height(above, lat, undulation))
