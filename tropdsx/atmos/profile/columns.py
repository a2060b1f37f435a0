"""Columns of a weather model, and the profiles from their ground to their top.

Arrays have the levels first and any columns behind. What a model gives below its ground is made
up, and what it lacks at the top is missing. Both are replaced by levels a millimetre apart, so
that every column has as many levels as the array and nothing counts twice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.gravity import geopotential_to_height
from tropdsx.atmos.profile.layers import (
    Profile,
    hypsometric_heights,
    interpolate_to_pressure,
    mixed_saturation,
)
from tropdsx.atmos.water_vapour import vapour_pressure
from tropdsx.errors import GridError, UnitsError

__all__ = ["Columns", "close_up", "order_levels"]

_STEP = 1e-3
"""Distance of levels that are only there to fill the array [m]."""
_NEAREST = 0.5
"""Levels nearer to the ground than this are left out [m]."""
_REPEATED = 1e-3
"""Pressures under the ground are the same to this [share]."""
_FILL = 9000.0
"""Temperatures from here on are fill values (9999, 1e16, 1e20) [K]."""


class Columns(NamedTuple):
    """Profiles and what is known at the ground: float64, NaN where it is unknown.

    Attributes
    ----------
    pressure : ndarray, shape (levels, ...)
        Pressure, in either order of the levels; or any shape that broadcasts, as do the next [hPa].
    temperature : ndarray, shape (levels, ...)
        Temperature [K].
    humidity : ndarray, shape (levels, ...)
        Specific humidity [kg kg-1], relative humidity [1] or vapour pressure [hPa].
    geopotential : ndarray, shape (levels, ...)
        Geopotential above the geoid; where it and `height` are NaN, heights follow from the ground
        by the hypsometric equation [m2 s-2].
    height : ndarray, shape (levels, ...)
        Ellipsoidal height, where it is given instead of the geopotential [m].
    lat : ndarray, shape (...)
        Geodetic latitude of the columns [deg].
    undulation : ndarray, shape (...)
        Geoid above the ellipsoid [m].
    ground : ndarray, shape (...)
        Ellipsoidal height of the model's surface [m].
    surface_pressure : ndarray, shape (...)
        Pressure at the ground [hPa].
    surface_temperature : ndarray, shape (...)
        Temperature near the ground [K].
    surface_vapour : ndarray, shape (...)
        Vapour pressure near the ground [hPa].
    target : ndarray, shape (targets, ...)
        Ellipsoidal heights at which the delays are wanted [m].

    Examples
    --------
    A column that knows nothing of its ground:

    >>> p = np.array([1000.0, 850.0, 500.0, 100.0, 1.0])
    >>> unknown = np.array(np.nan)
    >>> column = Columns(
    ...     pressure=p, temperature=np.full(5, 250.0), humidity=0 * p,
    ...     geopotential=7.2e4 * np.log(1000 / p), height=unknown, lat=np.array(45.0),
    ...     undulation=np.array(0.0), ground=unknown, surface_pressure=unknown,
    ...     surface_temperature=unknown, surface_vapour=unknown, target=np.array([0.0, 500.0]),
    ... )
    >>> column.pressure.shape, column.target.shape
    ((5,), (2,))
    """

    pressure: FloatArray
    temperature: FloatArray
    humidity: FloatArray
    geopotential: FloatArray
    height: FloatArray
    lat: FloatArray
    undulation: FloatArray
    ground: FloatArray
    surface_pressure: FloatArray
    surface_temperature: FloatArray
    surface_vapour: FloatArray
    target: FloatArray


def order_levels(columns: Columns, humidity_kind: str) -> Profile:
    """Put the lowest level first; make the humidity a vapour pressure, the height ellipsoidal.

    Parameters
    ----------
    columns, humidity_kind
        As for `tropdsx.atmos.profile.delays.integrate_columns`.

    Returns
    -------
    Profile
        Arrays of shape (levels, ...), the lowest level first.

    Raises
    ------
    GridError
        If pressures or heights do not go one way.
    UnitsError
        If a temperature lies outside 100 to 400 K.

    Examples
    --------
    >>> unknown = np.array(np.nan)
    >>> downwards = Columns(
    ...     np.array([500.0, 1000.0]), np.full(2, 250.0), np.full(2, 1e-3), unknown,
    ...     np.array([5600.0, 100.0]), np.array(45.0), *[unknown] * 6,
    ... )
    >>> order_levels(downwards, "specific").z.tolist()
    [100.0, 5600.0]
    """
    p, t, phi, height = np.broadcast_arrays(
        columns.pressure,
        _check_temperature(columns.temperature),
        columns.geopotential,
        columns.height,
    )
    with np.errstate(invalid="ignore"):
        e = _to_vapour_pressure(columns.humidity, p, t, humidity_kind)
        z = np.where(
            np.isfinite(phi),
            geopotential_to_height(phi, columns.lat, columns.undulation),
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
        _check_upright(p[::step], z[::step])
    return Profile(*(values[::step] for values in (p, t, e, z)))


def _check_upright(p: FloatArray, z: FloatArray) -> None:
    """Refuse pressures that rise with height; cubes repeat one under the ground."""
    grows = np.isfinite(z[1:] + z[:-1]) & (p[1:] > (1.0 + _REPEATED) * p[:-1])
    if not grows.any():
        return
    place = tuple(np.argwhere(grows)[0])
    above = (place[0] + 1, *place[1:])
    msg = (
        f"pressures rise with height ({p[place]:.6g} hPa at {z[place]:.6g} m, {p[above]:.6g} hPa "
        f"at {z[above]:.6g} m); accepted are pressures that fall upwards. The heights (or "
        "geopotential) or the pressures are in another order than their levels, or of another "
        "sign: check both."
    )
    raise GridError(msg)


def _check_temperature(values: FloatArray) -> FloatArray:
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


def _to_vapour_pressure(
    humidity: FloatArray, p: FloatArray, t: FloatArray, kind: str
) -> FloatArray:
    """Vapour pressure [hPa]."""
    if kind == "specific":
        return np.asarray(vapour_pressure(humidity, p))
    if kind == "relative":
        return np.asarray(humidity * mixed_saturation(t))
    return humidity


def close_up(level: Profile, columns: Columns) -> Profile:
    """Make the ground the lowest level, and put levels below it and holes at the top aside.

    Parameters
    ----------
    level : Profile
        Arrays of shape (levels, ...), from `order_levels`.
    columns : Columns
        What is known at the ground.

    Returns
    -------
    Profile
        Arrays of shape (levels + 1, ...). Levels that are not used are copies of the lowest or
        highest one that is, a millimetre below or above it.

    Examples
    --------
    >>> unknown, p = np.array(np.nan), np.array([1000.0, 500.0])
    >>> hill = Columns(
    ...     p, np.full(2, 250.0), 0 * p, unknown, np.array([100.0, 5600.0]), np.array(45.0),
    ...     unknown, ground=np.array(1500.0), surface_pressure=np.array(850.0),
    ...     surface_temperature=unknown, surface_vapour=unknown, target=unknown,
    ... )
    >>> close_up(order_levels(hill, "specific"), hill).z.round(3).tolist()
    [1499.999, 1500.0, 5600.0]
    """
    ground, has_ground = _complete_ground(level, columns)
    bare = np.asarray(np.isnan(level.z).all(axis=0))  # heights follow from the ground, below
    low, last = _find_used_levels(level, ground, has_ground, bare)
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
        z = np.where(
            bare, hypsometric_heights(Profile(p, t, e, z), columns.lat, columns.undulation), z
        )
    below = np.where(slot <= low, low - slot + ~has_ground, 0)
    above = np.maximum(slot - 1 - last, 0)
    z = z + _STEP * (above - below)
    return Profile(p, t, e, np.where(last < low, np.nan, z))


def _find_used_levels(
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


def _complete_ground(level: Profile, columns: Columns) -> tuple[Profile, NDArray[np.bool_]]:
    """Complete what is known at the ground from the levels; and where there is a ground."""
    p, z = columns.surface_pressure, columns.ground
    t = _check_temperature(columns.surface_temperature)
    if np.isnan(t).any():
        t = np.where(np.isfinite(t), t, interpolate_to_pressure(level.t, level.p, p))
    e = columns.surface_vapour
    if np.isnan(e).any():
        e = np.where(np.isfinite(e), e, interpolate_to_pressure(level.e, level.p, p))
    return Profile(p, t, e, z), np.isfinite(p) & np.isfinite(z)
