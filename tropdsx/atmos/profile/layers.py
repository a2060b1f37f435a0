"""Profiles of the air: between levels, and from pressures to heights.

Arrays have the levels first, the lowest at the beginning, and any columns behind.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx import atmos
from tropdsx.atmos.constants import DRY_GAS_CONSTANT
from tropdsx.atmos.profile.quadrature import level_below, pick

__all__ = ["Profile", "at_pressure", "hydrostatic_delay", "hypsometric", "mixed_saturation"]

Floats = NDArray[np.floating[Any]]

_ICE, _WATER = 250.16, 273.16
"""Below and above these, saturation is over ice and over water; a mixture between [K]."""


class Profile(NamedTuple):
    """Pressure [hPa], temperature [K], vapour pressure [hPa], height [m]."""

    p: Floats
    t: Floats
    e: Floats
    z: Floats


def mixed_saturation(temperature: Floats) -> Floats:
    """Saturation vapour pressure as weather models mix it from water and ice [hPa].

    Water above 0 degC, ice below -23 degC, and between them the share of water grows with the
    square of the temperature above -23 degC (IFS Documentation CY47R3, part IV, eq. 7.93).
    """
    share = np.clip((temperature - _ICE) / (_WATER - _ICE), 0.0, 1.0) ** 2
    water = atmos.saturation_vapour_pressure(temperature)
    ice = atmos.saturation_vapour_pressure(temperature, "ice")
    return np.asarray(share * water + (1.0 - share) * ice)


def hydrostatic_delay(
    profile: Profile, lat: Floats, undulation: Floats, target: Floats, k1: float
) -> Floats:
    """Zenith hydrostatic delay from each target to the top: 1e-6 k1 Rd times the integral of dp/g.

    A layer needs no temperature for that: a tropopause between two levels, which costs the
    integral of density 0.6 mm, costs nothing. Above the top: Saastamoinen.
    """
    p, t, e, z = profile
    per_mass = 1e-6 * k1 * DRY_GAS_CONSTANT  # k1 is per hPa, and so is dp
    gravity = atmos.normal_gravity(lat, 0.5 * (z[1:] + z[:-1]) - undulation)
    above = np.zeros_like(p)
    above[:-1] = np.cumsum(((p[:-1] - p[1:]) / gravity)[::-1], axis=0)[::-1]
    inside = np.maximum(target, z[:1])
    low = level_below(z, inside)
    z0, z1, p0, p1 = pick(z, low), pick(z, low + 1), pick(p, low), pick(p, low + 1)
    # Temperature linear in height: its logarithm, not the height, shares out that of the pressure.
    cooling = np.log(pick(t, low + 1) / pick(t, low))
    even = np.abs(cooling) < 1e-9
    share = (inside - z0) / (z1 - z0)
    bent = np.log1p(share * np.expm1(cooling)) / np.where(even, 1.0, cooling)
    reached = p0 * (p1 / p0) ** np.where(even, share, bent)
    delay = pick(above, low + 1) + (reached - p1) / pick(gravity, low)
    # Under the lowest level the air warms downwards as in the standard atmosphere.
    virtual = t[:1] / (1.0 - 0.378 * e[:1] / p[:1])
    depth = np.maximum(z[:1] - target, 0.0)
    deep = atmos.lift_pressure(p[:1], depth, 0.0, virtual, gravity=gravity[:1])
    delay = per_mass * (delay + (deep - p[:1]) / gravity[:1])
    delay = delay + atmos.saastamoinen_zhd(p[-1], lat, z[-1])
    return np.asarray(np.where(target > z[-1], np.nan, delay))


def at_pressure(values: Floats, p: Floats, target: Floats, *, extrapolate: bool = False) -> Floats:
    """Value at a pressure, linear in its logarithm; beyond the ends the end's, unless asked."""
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


def hypsometric(profile: Profile, lat: Floats, undulation: Floats) -> Floats:
    """Heights of levels above a known ground, from pressure and virtual temperature."""
    p, t, e, z = profile
    virtual = t / (1.0 - 0.378 * e / p)
    steps = DRY_GAS_CONSTANT * 0.5 * (virtual[1:] + virtual[:-1]) * -np.diff(np.log(p), axis=0)
    start = atmos.height_to_geopotential(z[:1], lat, undulation)
    above = np.concatenate([start, start + np.cumsum(steps, axis=0)])
    return np.asarray(atmos.geopotential_to_height(above, lat, undulation))
