"""Columns of a weather model: levels above the ground only, the ground itself as the lowest.

Arrays have the levels first and any columns behind. What a model gives below its ground is made
up, what it lacks at the top is missing: both are moved out of the way, so that every column has as
many levels as the array without any of them counting twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx import atmos
from tropdsx.atmos.profile.layers import (
    Profile,
    at_pressure,
    hydrostatic_delay,
    hypsometric,
    mixed_saturation,
)
from tropdsx.atmos.refractivity import COEFFICIENTS
from tropdsx.errors import GridError, UnitsError

__all__ = ["Columns", "Delays", "blocks", "integrate_columns", "surface_heights"]

Floats = NDArray[np.floating[Any]]

_STEP = 1e-3
"""Distance of levels that are only there to fill the array [m]."""
_NEAREST = 0.5
"""Levels nearer to the ground than this are left out [m]."""
_FILL = 9000.0
"""Temperatures from here on are fill values (9999, 1e16, 1e20) [K]."""


class Columns(NamedTuple):
    """Profiles and what is known at the ground; NaN is unknown. Float64, broadcast to columns."""

    pressure: Floats
    """Of the levels [hPa]."""
    temperature: Floats
    """Of the levels [K]."""
    humidity: Floats
    """Of the levels: specific [kg kg-1], relative [1] or vapour pressure [hPa]."""
    geopotential: Floats
    """Of the levels, above the geoid; NaN: from the ground by the hypsometric equation [m2 s-2]."""
    height: Floats
    """Of the levels, ellipsoidal, where it is given instead of the geopotential [m]."""
    lat: Floats
    """One axis less [deg], like all that follow."""
    undulation: Floats
    """Geoid above the ellipsoid [m]."""
    ground: Floats
    """Ellipsoidal height of the model's surface [m]."""
    surface_pressure: Floats
    """At the ground [hPa]."""
    surface_temperature: Floats
    """Near the ground [K]."""
    surface_vapour: Floats
    """Vapour pressure near the ground [hPa]."""
    target: Floats
    """Wanted heights on the first axis, ellipsoidal [m]."""


class Delays(NamedTuple):
    """Zenith delays at the targets [m], and the mean temperature of the vapour above [K]."""

    zhd: Floats
    zwd: Floats
    mean_temperature: Floats


def integrate_columns(
    columns: Columns,
    *,
    humidity_kind: str,
    coefficients: Any = "bevis",
    hydrostatic: str = "pressure",
    mean_temperature: bool = False,
) -> Delays:
    """Zenith delays of columns at their target heights.

    Parameters
    ----------
    columns : Columns
        Levels in either order.
    humidity_kind : {"specific", "relative", "vapour_pressure"}
        What ``columns.humidity`` is.
    coefficients : str or RefractivityCoefficients, optional
        See :func:`tropdsx.atmos.refractivity`.
    hydrostatic : {"pressure", "density"}, optional
        What the hydrostatic delay is the integral of.
    mean_temperature : bool, optional
        Integrate the mean temperature too; else it is NaN.

    Returns
    -------
    Delays
        Each in the shape of ``columns.target``; NaN where a column has a hole, and above its top.

    Raises
    ------
    GridError
        If pressures or heights do not go one way.
    UnitsError
        If temperatures are none.
    """
    profile = _in_order(columns, humidity_kind)
    whole = _closed_up(profile, columns)
    n = atmos.refractivity(whole.p, whole.t, whole.e, coefficients)
    zwd = atmos.integrate_refractivity(n.wet, whole.z, columns.target)
    if hydrostatic == "density":
        top = atmos.saastamoinen_zhd(whole.p[-1], columns.lat, whole.z[-1])
        zhd = atmos.integrate_refractivity(n.hydrostatic, whole.z, columns.target, above_top=top)
    else:
        k1 = getattr(coefficients, "k1", None) or COEFFICIENTS[coefficients].k1
        zhd = hydrostatic_delay(whole, columns.lat, columns.undulation, columns.target, k1)
    warmth = np.full_like(zwd, np.nan)
    if mean_temperature:
        # Tm = int e/T dz / int e/T^2 dz (Davis et al. 1985); the integrals may be of anything.
        moist, cold = (
            atmos.integrate_refractivity(whole.e / whole.t**power, whole.z, columns.target)
            for power in (1, 2)
        )
        np.divide(moist, cold, out=warmth, where=cold > 0)
    return Delays(zhd, zwd, warmth)


def surface_heights(columns: Columns, *, humidity_kind: str) -> Floats:
    """Ellipsoidal height at which each column reaches its surface pressure [m]."""
    profile = _in_order(columns, humidity_kind)
    return at_pressure(profile.z, profile.p, columns.surface_pressure, extrapolate=True)


def blocks(shape: tuple[int, ...], columns: int = 8192) -> Iterator[tuple[slice, ...]]:
    """Cut an array of columns into pieces whose levels stay in the processor's cache.

    Examples
    --------
    >>> list(blocks((5,), 2))
    [(slice(0, 2, None),), (slice(2, 4, None),), (slice(4, 5, None),)]
    """
    if not shape:
        yield ()
        return
    behind = int(np.prod(shape[1:], dtype=int))
    step = max(1, columns // max(behind, 1))
    for start in range(0, shape[0], step):
        first = slice(start, min(start + step, shape[0]))
        if step == 1 and behind > columns:
            yield from ((first, *rest) for rest in blocks(shape[1:], columns))
        else:
            yield (first, *(slice(0, n) for n in shape[1:]))


def _in_order(columns: Columns, humidity_kind: str) -> Profile:
    """Profile with the lowest level first, humidity as vapour pressure, height ellipsoidal."""
    p, t, phi, height = np.broadcast_arrays(
        columns.pressure, _temperature(columns.temperature), columns.geopotential, columns.height
    )
    with np.errstate(invalid="ignore"):
        e = _vapour(columns.humidity, p, t, humidity_kind)
        z = np.where(
            np.isfinite(phi),
            atmos.geopotential_to_height(phi, columns.lat, columns.undulation),
            height,
        )
        # Heights tell the order, if they are there: cubes repeat a pressure under the ground.
        rise = np.diff(z, axis=0) if np.isfinite(z).any() else -np.diff(p, axis=0)
        step = -1 if np.nansum(rise) < 0 else 1
        if np.any(rise * step <= 0):
            msg = (
                "levels that turn or repeat found; accepted are pressures (and heights) in order, "
                "up or down. Sort the levels, drop duplicates."
            )
            raise GridError(msg)
    return Profile(*(values[::step] for values in (p, t, e, z)))


def _temperature(values: Floats) -> Floats:
    # Rows that a model does not fill hold 9999, 1e16 or such.
    t = np.where(np.abs(values) >= _FILL, np.nan, values)
    low, high = np.fmin.reduce(t, axis=None), np.fmax.reduce(t, axis=None)
    if low < 100.0 or high > 400.0:
        msg = (
            f"temperatures of {low:.6g} to {high:.6g} K found on the levels; accepted are 100 to "
            "400 K. Check the units attribute, fill values, and whether this is the temperature."
        )
        raise UnitsError(msg)
    return t


def _vapour(humidity: Floats, p: Floats, t: Floats, kind: str) -> Floats:
    """Vapour pressure [hPa]."""
    if kind == "specific":
        return np.asarray(atmos.vapour_pressure(humidity, p))
    if kind == "relative":
        return np.asarray(humidity * mixed_saturation(t))
    return humidity


def _closed_up(level: Profile, columns: Columns) -> Profile:
    """Profile of one level more: the ground below, no levels under it, no holes at the ends."""
    ground, has_ground = _ground(level, columns)
    bare = np.asarray(np.isnan(level.z).all(axis=0))  # heights follow from the ground, below
    low, last = _used_levels(level, ground, has_ground, bare)
    count = level.p.shape[0]
    slot = np.arange(count + 1).reshape(-1, *[1] * low.ndim)
    # Level i goes to place i + 1. Places up to `low` hold the ground (or, where there is none, the
    # first level again), places above the last level hold that one again.
    source = np.minimum(np.maximum(slot - 1, low), np.maximum(last, 0))
    source = np.minimum(source, count - 1)
    at_ground = (slot <= low) & has_ground
    p, t, e, z = (
        np.where(at_ground, own, np.take_along_axis(values, source, axis=0))
        for own, values in zip(ground, level, strict=True)
    )
    if bare.any():
        z = np.where(bare, hypsometric(Profile(p, t, e, z), columns.lat, columns.undulation), z)
    below = np.where(slot <= low, low - slot + ~has_ground, 0)
    above = np.maximum(slot - 1 - last, 0)
    z = z + _STEP * (above - below)
    return Profile(p, t, e, np.where(last < low, np.nan, z))


def _used_levels(
    level: Profile, ground: Profile, has_ground: NDArray[np.bool_], bare: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Index of the first level above the ground and of the last one that is known."""
    known = np.isfinite(level.p + level.t + level.e) & (np.isfinite(level.z) | bare)
    # Cubes on heights repeat their lowest values under the ground.
    known[:-1] &= ~(level.p[:-1] <= level.p[1:])
    with np.errstate(invalid="ignore"):
        under = has_ground & ((level.p >= ground.p) | (level.z <= ground.z + _NEAREST))
    count = level.p.shape[0]
    index = np.arange(count).reshape(-1, *[1] * (known.ndim - 1))
    # Where no ground is given, levels that are missing at the bottom are those under it.
    first = np.min(np.where(known, index, count), axis=0)
    low = np.where(has_ground, np.max(np.where(under, index + 1, 0), axis=0), first)
    return low, np.max(np.where(known & ~under, index, -1), axis=0)


def _ground(level: Profile, columns: Columns) -> tuple[Profile, NDArray[np.bool_]]:
    """Complete what is known at the ground from the levels; and where there is a ground."""
    p, z = columns.surface_pressure, columns.ground
    t = _temperature(columns.surface_temperature)
    if np.isnan(t).any():
        t = np.where(np.isfinite(t), t, at_pressure(level.t, level.p, p))
    e = columns.surface_vapour
    if np.isnan(e).any():
        e = np.where(np.isfinite(e), e, at_pressure(level.e, level.p, p))
    return Profile(p, t, e, z), np.isfinite(p) & np.isfinite(z)
