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
    hypsometric_heights,
    interpolate_to_pressure,
    mixed_saturation,
)
from tropdsx.atmos.profile.places import Profile, one_for_all
from tropdsx.atmos.profile.unused import fill_unused, find_used
from tropdsx.atmos.water_vapour import vapour_pressure
from tropdsx.errors import GridError, UnitsError

__all__ = ["Columns", "close_up", "order_levels"]

_STEP = 1e-3
"""Distance of levels that are only there to fill the array [m]."""
_REPEATED = 1e-3
"""Pressures under the ground are the same to this [share]."""
_FILL = 9000.0
"""Temperatures from here on are fill values (9999, 1e16, 1e20) [K]."""


class Columns(NamedTuple):
    """Profiles and what is known at the ground: floats, NaN where it is unknown.

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
    p, t = columns.pressure, _check_temperature(columns.temperature)
    with np.errstate(invalid="ignore"):
        e = _to_vapour_pressure(columns.humidity, p, t, humidity_kind)
        p, t, e, z = np.broadcast_arrays(p, t, e, _ellipsoidal_heights(columns))
        step = _find_direction(p, z)
        _check_upright(p[::step], z[::step])
    return Profile(*(values[::step] for values in (p, t, e, z)))


def _ellipsoidal_heights(columns: Columns) -> FloatArray:
    """Heights by the geopotential, and as they are given where it is unknown."""
    phi, height = columns.geopotential, columns.height
    z = np.asarray(geopotential_to_height(phi, columns.lat, columns.undulation))
    return z if np.isfinite(z.min()) else np.where(np.isfinite(phi), z, height)


def _find_direction(p: FloatArray, z: FloatArray) -> int:
    """Tell whether the levels go up (1) or down (-1).

    Heights tell, if they are there: cubes repeat a pressure under the ground.
    """
    rise = z[1:] - z[:-1]
    if not np.isfinite(rise[0]).any() and not np.isfinite(z).any():
        rise = p[:-1] - p[1:]
    least, most = rise.min(), rise.max()  # NaN where one is
    if least > 0 or most < 0:
        return 1 if least > 0 else -1
    step = -1 if np.nansum(rise) < 0 else 1
    if np.any(rise * step <= 0):
        msg = (
            "levels that turn or repeat found; accepted are pressures (and heights) in order, "
            "up or down. Sort the levels, drop duplicates."
        )
        raise GridError(msg)
    return step


def _check_upright(p: FloatArray, z: FloatArray) -> None:
    """Refuse pressures that rise with height; cubes repeat one under the ground."""
    one = one_for_all(p)
    grows = one[1:] > (1.0 + _REPEATED) * one[:-1]
    if not grows.any():
        return
    grows = grows & np.isfinite(z[1:] + z[:-1])
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
    if values.min() >= 100.0 and values.max() <= 400.0:
        return values
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
    bare = np.asarray(np.isnan(level.z[0]))
    if bare.any():  # heights of columns without any follow from the ground, below
        bare = np.asarray(np.isnan(level.z).all(axis=0))
    low, last = find_used(level, ground, has_ground, bare)
    filled = (
        fill_unused(values, own, has_ground, low, last)
        for values, own in zip(level, ground, strict=True)
    )
    whole = Profile(*filled)
    z = whole.z
    if bare.any():
        np.copyto(z, hypsometric_heights(whole, columns.lat, columns.undulation), where=bare)
    for place in range(int(low.max()) + 1):
        z[place] -= _STEP * np.where(place <= low, low - place + ~has_ground, 0)
    for place in range(int(last.min()) + 2, len(z)):
        z[place] += _STEP * np.maximum(place - 1 - last, 0)
    np.copyto(z, np.nan, where=last < low)
    return whole


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
