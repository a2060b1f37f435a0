"""Profiles of the air: values between the levels, heights of the levels, hydrostatic delay.

Arrays have the levels first, the lowest at the beginning, and any columns behind.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.constants import DRY_GAS_CONSTANT
from tropdsx.atmos.gravity import geopotential_to_height, height_to_geopotential, normal_gravity
from tropdsx.atmos.height import lift_pressure
from tropdsx.atmos.profile.places import (
    SMALLEST,
    Places,
    Profile,
    cumulate_from_top,
    find_places,
    one_for_all,
    take_flat,
)
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.atmos.water_vapour import saturation_vapour_pressure, virtual_temperature

__all__ = [
    "PressureCurve",
    "hypsometric_heights",
    "integrate_pressure",
    "integrate_pressure_curve",
    "interpolate_to_pressure",
    "mixed_saturation",
    "trace_pressure",
]

_ICE, _WATER = 250.16, 273.16
"""Below and above these, saturation is over ice and over water; a mixture between [K]."""


class PressureCurve(NamedTuple):
    """A profile whose pressure is ready to be integrated from any height.

    Attributes
    ----------
    profile : Profile
        Arrays of shape (levels, columns).
    gravity : ndarray, shape (levels - 1, columns)
        In the middle of the layers [m s-2].
    above : ndarray, shape (levels, columns)
        Integral of dp / g from each level to the top [hPa s2 m-1].
    per_mass : float
        Delay that it stands for [m2 hPa-1 s-2].
    beyond : ndarray, shape (columns,)
        Delay above the top [m].

    Examples
    --------
    >>> rows = [1000.0, 900.0], [280.0, 273.0], [0.0, 0.0], [0.0, 870.0]
    >>> air = Profile(*(np.array(row)[:, np.newaxis] for row in rows))
    >>> curve = trace_pressure(air, np.array([45.0]), np.array([0.0]), 77.6)
    >>> curve.above[:, 0].round(3).tolist(), curve.beyond.round(3).tolist()
    ([10.199, 0.0], [2.05])
    """

    profile: Profile
    gravity: FloatArray
    above: FloatArray
    per_mass: float
    beyond: FloatArray


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
        Arrays of shape (levels, columns).
    lat, undulation : ndarray, shape (columns,)
        Geodetic latitude [deg], and geoid above the ellipsoid [m], of the columns.
    target : ndarray, shape (targets, columns)
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
    curve = trace_pressure(profile, lat, undulation, k1)
    return integrate_pressure_curve(curve, find_places(profile.z, target))


def trace_pressure(
    profile: Profile, lat: FloatArray, undulation: FloatArray, k1: float
) -> PressureCurve:
    """Prepare a profile for integrals over pressure from any height to its top.

    Parameters
    ----------
    profile, lat, undulation, k1
        As for `integrate_pressure`.

    Returns
    -------
    PressureCurve
        For `integrate_pressure_curve`.
    """
    p, _, _, z = profile
    middle = z[1:] + z[:-1]
    middle *= 0.5
    middle -= undulation
    gravity = normal_gravity(lat, middle)
    above = cumulate_from_top((p[:-1] - p[1:]) / gravity)
    per_mass = 1e-6 * k1 * DRY_GAS_CONSTANT  # k1 is per hPa, and so is dp
    return PressureCurve(profile, gravity, above, per_mass, saastamoinen_zhd(p[-1], lat, z[-1]))


def integrate_pressure_curve(curve: PressureCurve, at: Places) -> FloatArray:
    """Zenith hydrostatic delay from each target to the top, see `integrate_pressure`.

    Parameters
    ----------
    curve : PressureCurve
        The profile.
    at : Places
        The targets, on its heights.

    Returns
    -------
    ndarray, shape (targets, columns)
        Zenith hydrostatic delay; NaN above the top [m].

    Examples
    --------
    >>> rows = [1000.0, 900.0], [280.0, 273.0], [0.0, 0.0], [0.0, 870.0]
    >>> air = Profile(*(np.array(row)[:, np.newaxis] for row in rows))
    >>> curve = trace_pressure(air, np.array([45.0]), np.array([0.0]), 77.6)
    >>> at = find_places(air.z, np.array([[-100.0], [0.0], [870.0], [871.0]]))
    >>> integrate_pressure_curve(curve, at)[:, 0].round(3).tolist()
    [2.305, 2.277, 2.05, nan]
    """
    p, t, _, _ = curve.profile
    t0, p0, p1 = take_flat(t, at.lower), take_flat(p, at.lower), take_flat(p, at.upper)
    # Temperature linear in height: its logarithm, not the height, shares out that of the pressure.
    warming = take_flat(t, at.upper) / t0 - 1.0 + SMALLEST
    bent = np.log1p((1.0 - at.share) * warming) / np.log1p(warming)
    delay = p0 * (p1 / p0) ** bent - p1
    delay /= take_flat(curve.gravity, at.lower)
    delay += take_flat(curve.above, at.upper)
    if at.depth is not None:
        # A hole above the lowest level is no harm to targets above it.
        delay += np.where(at.depth > 0, _weigh_below(curve, at.depth), 0.0)
    delay *= curve.per_mass
    delay += curve.beyond
    if at.beyond is not None:
        delay[at.beyond] = np.nan
    return delay


def _weigh_below(curve: PressureCurve, depth: FloatArray) -> FloatArray:
    """Integral of dp / g below the lowest level: the lapse rate of the standard atmosphere."""
    p, t, e, _ = (each[:1] for each in curve.profile)
    virtual, gravity = virtual_temperature(t, e, p), curve.gravity[:1]
    deep = lift_pressure(p, depth, 0.0, virtual, gravity=gravity)
    return np.asarray((deep - p) / gravity)


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
        In the unit of `values`. Where the value below is missing, as reanalyses leave levels under
        the ground out, the layer above counts as the outermost.

    Examples
    --------
    >>> p, t = np.array([[1000.0], [500.0]]), np.array([[290.0], [250.0]])
    >>> interpolate_to_pressure(t, p, np.array([1000.0 / 2**0.5])).round(6).tolist()
    [270.0]
    """
    if np.isnan(target).all():
        return np.full(values.shape[1:], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        depth, wanted = -np.log(one_for_all(p)), -np.log(target)
    low = np.clip(_count_reached(depth, wanted) - 1, 0, len(depth) - 2)[np.newaxis]
    lost = np.isnan(np.take_along_axis(values, low, axis=0))
    if lost.any():
        lost &= np.isfinite(np.take_along_axis(values, low + 1, axis=0))
        low = np.minimum(low + lost, len(depth) - 2)
    d0, d1, v0, v1 = (
        np.take_along_axis(np.broadcast_to(a, values.shape), low + k, axis=0)[0]
        for a in (depth, values)
        for k in (0, 1)
    )
    share = (wanted - d0) / (d1 - d0)
    if not extrapolate:
        share = np.clip(share, 0.0, 1.0)
    return np.asarray(v0 + (v1 - v0) * share)


def _count_reached(rising: FloatArray, wanted: FloatArray) -> NDArray[np.intp]:
    """Count the levels that are not above what is wanted."""
    if rising.size == len(rising) and np.all(np.diff(rising, axis=0) >= 0):
        return np.searchsorted(rising.ravel(), wanted, side="right")
    count = np.zeros(np.broadcast_shapes(rising.shape[1:], wanted.shape), dtype=np.intp)
    for level in rising:
        count += level <= wanted
    return count


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
    # Upwards, so that a hole leaves the levels below it as they are.
    above = np.concatenate([start, start + cumulate_from_top(steps[::-1])[-2::-1]])
    return np.asarray(geopotential_to_height(above, lat, undulation))
