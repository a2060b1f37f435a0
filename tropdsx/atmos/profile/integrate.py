"""Zenith delays from profiles of a weather model or a radiosonde, at any height.

Between two levels the refractivity is exponential in height, so a layer adds its logarithmic mean
times its thickness; a trapezoid would add 9-20 mm on the pressure levels of a reanalysis.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats
from tropdsx.atmos.profile.places import find_places
from tropdsx.atmos.profile.quadrature import Quadrature, integrate_curve, trace_curve
from tropdsx.atmos.records import ZenithDelays
from tropdsx.atmos.refractivity import RefractivityCoefficients, refractivity
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.atmos.water_vapour import vapour_pressure
from tropdsx.errors import DomainError, GridError

Humidity: TypeAlias = Literal["specific_humidity", "water_vapour_pressure"]


def integrate_refractivity(
    refractivity: ArrayLike,
    height: ArrayLike,
    target_height: ArrayLike | None = None,
    axis: int = 0,
    *,
    above_top: ArrayLike = 0.0,
    quadrature: Quadrature = "log",
) -> FloatArray:
    """Zenith delay from each target height to the top of a refractivity profile.

    delay(h) = 1e-6 times the integral of N from h to the top, plus `above_top`.

    Parameters
    ----------
    refractivity : array_like
        Refractivity profiles, levels along `axis`, any number of columns [1e-6].
    height : array_like
        Heights of the levels, upwards or downwards: shape of `refractivity`, or one axis [m].
    target_height : array_like, optional
        With as many axes as `refractivity`: several heights along `axis`, broadcast on the others.
        With fewer: one height per column. By default the lowest level [m].
    axis : int, optional
        Level axis of `refractivity`.
    above_top : array_like, optional
        Delay above the topmost level, one value per column [m].
    quadrature : {"log", "trapezoid"}, optional
        Refractivity between the levels is exponential, or linear.

    Returns
    -------
    ndarray
        Delay, float64: like `refractivity` with the targets in place of the levels, or without
        `axis` if there is one target per column; NaN above the topmost level [m].

    Raises
    ------
    GridError
        If the heights are not monotonic, there are fewer than two levels, or shapes do not fit.
    DomainError
        If `quadrature` is another word.

    Notes
    -----
    Below the lowest level the mean exponential growth of the lowest 2 km is continued. Where a
    value is zero or negative, a layer is linear. NaN levels make all NaN that lies below them.

    Examples
    --------
    >>> z = np.arange(0.0, 80e3, 1000.0)
    >>> float(np.round(integrate_refractivity(300 * np.exp(-z / 8000), z), 4))
    2.3999
    """
    if quadrature not in ("log", "trapezoid"):
        msg = f"quadrature={quadrature!r} found; accepted are 'log' and 'trapezoid'."
        raise DomainError(msg)
    n, z = _order_upwards(refractivity, height, axis)
    targets, single = _order_targets(target_height, z, axis)
    # All columns side by side: whatever shape they have, the levels are the rows.
    flat_n, flat_z, at = (np.ascontiguousarray(_flatten(each)) for each in (n, z, targets))
    delay = integrate_curve(trace_curve(flat_n, flat_z, quadrature), find_places(flat_z, at))
    delay = 1e-6 * delay.reshape(targets.shape) + np.asarray(above_top, dtype=np.float64)
    return delay[0][()] if single else np.moveaxis(delay, 0, axis)


def _flatten(values: FloatArray) -> FloatArray:
    return values.reshape(len(values), math.prod(values.shape[1:]))


def integrate_delays(
    pressure: ArrayLike,
    temperature: ArrayLike,
    humidity: ArrayLike,
    height: ArrayLike,
    target_height: ArrayLike | None = None,
    lat: ArrayLike = 45.0,
    axis: int = 0,
    *,
    humidity_kind: Humidity = "specific_humidity",
    coefficients: str | RefractivityCoefficients = "bevis",
    quadrature: Quadrature = "log",
) -> ZenithDelays:
    """Zenith delays at any height from profiles of pressure, temperature and humidity.

    Hydrostatic and wet refractivity (see `refractivity`) are integrated as in
    `integrate_refractivity`; above the top, the hydrostatic delay is Saastamoinen's of the
    topmost pressure and the wet delay is zero.

    Parameters
    ----------
    pressure : array_like
        Pressure of the levels: shape of `temperature`, or one axis [hPa].
    temperature : array_like
        Temperature profiles, levels along `axis`, any number of columns [K].
    humidity : array_like
        Specific humidity or vapour pressure, shape of `temperature` [kg kg-1 or hPa].
    height : array_like
        Heights of the levels, upwards or downwards: shape of `temperature`, or one axis. See
        `geopotential_to_height` [m].
    target_height : array_like, optional
        In the same height system as `height`. With as many axes as `temperature`: several heights
        along `axis`; with fewer: one height per column; by default the lowest level [m].
    lat : array_like, optional
        Geodetic latitude of the columns, for what is above the top only: 6 um at most between
        equator and 45 deg for a top at 1 hPa, 0.6 mm for one at 100 hPa [deg].
    axis : int, optional
        Level axis of `temperature`.
    humidity_kind : {"specific_humidity", "water_vapour_pressure"}, optional
        What `humidity` is.
    coefficients : {"bevis", "rueger", "thayer"} or RefractivityCoefficients, optional
        See `refractivity`.
    quadrature : {"log", "trapezoid"}, optional
        See `integrate_refractivity`.

    Returns
    -------
    ZenithDelays
        `zhd`, `zwd`, `ztd`, float64, shaped as in `integrate_refractivity` [m].

    Raises
    ------
    GridError
        If the heights are not monotonic, there are fewer than two levels, or shapes do not fit.
    DomainError
        If a word or a latitude is not accepted.

    Notes
    -----
    Davis et al. (1985), eq. A8-A13, doi:10.1029/RS020i006p01593. Targets below the lowest level
    continue the mean exponential growth of the lowest 2 km; targets above the top are NaN. The
    k1 of "bevis" and "thayer" agrees with Saastamoinen's constant to 0.1 mm of the hydrostatic
    delay; that of "rueger" gives 2.6 mm more, as in the VMF products.

    Examples
    --------
    >>> z = np.linspace(0.0, 30e3, 61)
    >>> t = np.maximum(288.15 - 0.0065 * z, 216.65)
    >>> p = 1013.25 * np.exp(-9.80665 / 287.05 * np.concatenate([[0], np.cumsum(500.0 * 2 / (
    ...     t[1:] + t[:-1]))]))
    >>> delays = integrate_delays(p, t, np.zeros_like(z), z)
    >>> round(float(delays.zhd), 3)
    2.302
    """
    if humidity_kind not in ("specific_humidity", "water_vapour_pressure"):
        msg = (
            f"humidity_kind={humidity_kind!r} found; accepted are 'specific_humidity' and "
            "'water_vapour_pressure'."
        )
        raise DomainError(msg)
    t, q = (np.asarray(a, dtype=np.float64) for a in as_floats(temperature, humidity))
    p = _broadcast_along(pressure, t.shape, axis, "pressure")
    z = _broadcast_along(height, t.shape, axis, "height")
    e = vapour_pressure(q, p) if humidity_kind == "specific_humidity" else q
    n = refractivity(p, t, e, coefficients)
    top = np.where(_is_upwards(z, axis), -1, 0)
    p_top, z_top = np.take(p, top, axis=axis), np.take(z, top, axis=axis)
    beyond = saastamoinen_zhd(p_top, lat, z_top)
    zhd = integrate_refractivity(
        n.hydrostatic, z, target_height, axis, above_top=beyond, quadrature=quadrature
    )
    zwd = integrate_refractivity(n.wet, z, target_height, axis, quadrature=quadrature)
    return ZenithDelays(zhd, zwd, zhd + zwd)


def _broadcast_along(values: ArrayLike, shape: tuple[int, ...], axis: int, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1 and len(shape) > 1:
        ones = [1] * len(shape)
        ones[axis] = -1
        array = array.reshape(ones)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        msg = (
            f"{name} of shape {np.shape(values)} found beside profiles of shape {shape}; accepted "
            f"are that shape or one axis as long as axis {axis}. Check the order of the axes."
        )
        raise GridError(msg) from None


def _is_upwards(height: FloatArray, axis: int) -> bool:
    return bool(np.nansum(np.diff(height, axis=axis)) >= 0)


def _order_upwards(refractivity: ArrayLike, height: ArrayLike, axis: int) -> tuple[FloatArray, ...]:
    """Both with the level axis first and the lowest level at its beginning."""
    n = np.asarray(refractivity, dtype=np.float64)
    if n.ndim == 0 or n.shape[axis] < 2:
        msg = f"profiles of shape {n.shape} found; accepted are two or more levels on axis {axis}."
        raise GridError(msg)
    z = _broadcast_along(height, n.shape, axis, "height")
    step = 1 if _is_upwards(z, axis) else -1
    n, z = np.moveaxis(n, axis, 0)[::step], np.moveaxis(z, axis, 0)[::step]
    if np.any(np.diff(z, axis=0) <= 0):
        msg = (
            "heights that turn or repeat found along the levels; accepted are profiles that go up "
            "throughout, or down throughout. Sort the levels by height, drop duplicates."
        )
        raise GridError(msg)
    return n, z


def _order_targets(target: ArrayLike | None, z: FloatArray, axis: int) -> tuple[FloatArray, bool]:
    """Target heights with their axis first, and whether there is one per column."""
    heights = z[0] if target is None else np.asarray(target, dtype=np.float64)
    single = heights.ndim < z.ndim
    first = heights[np.newaxis] if single else np.moveaxis(heights, axis, 0)
    try:
        return np.broadcast_to(first, (first.shape[0], *z.shape[1:])), single
    except (ValueError, IndexError):
        msg = (
            f"target heights of shape {heights.shape} found for columns of shape {z.shape[1:]}; "
            "accepted are one height per column, or several along the level axis (as many axes as "
            "the profiles)."
        )
        raise GridError(msg) from None
