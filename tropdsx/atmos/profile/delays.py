"""Zenith delays of the columns of a weather model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.profile.columns import Columns, close_up, order_levels
from tropdsx.atmos.profile.layers import (
    integrate_pressure_curve,
    interpolate_to_pressure,
    trace_pressure,
)
from tropdsx.atmos.profile.places import Places, Profile, find_places, one_for_all
from tropdsx.atmos.profile.quadrature import Curve, integrate_curve, trace_curve
from tropdsx.atmos.refractivity import (
    RefractivityCoefficients,
    refractivity,
    refractivity_coefficients,
    wet_refractivity,
)
from tropdsx.atmos.saastamoinen import saastamoinen_zhd

__all__ = ["ColumnDelays", "integrate_columns", "split_columns", "surface_heights"]

_COLUMNS = 3072
"""So many columns at once: their levels stay in the processor's cache."""
_TARGETS = 16384
"""So many targets at once."""


class ColumnDelays(NamedTuple):
    """Delays of columns, each array in the shape of ``Columns.target``.

    Attributes
    ----------
    zhd, zwd : ndarray
        Zenith hydrostatic and wet delay [m].
    mean_temperature : ndarray
        Mean temperature of the water vapour above, NaN where it was not asked for [K].

    Examples
    --------
    >>> delays = ColumnDelays(np.array([2.3]), np.array([0.1]), np.array([np.nan]))
    >>> (delays.zhd + delays.zwd).round(3).tolist()
    [2.4]
    """

    zhd: FloatArray
    zwd: FloatArray
    mean_temperature: FloatArray


def integrate_columns(
    columns: Columns,
    *,
    humidity_kind: str,
    coefficients: str | RefractivityCoefficients = "bevis",
    hydrostatic: str = "pressure",
    mean_temperature: bool = False,
) -> ColumnDelays:
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
        What the hydrostatic delay is the integral of: see `integrate_pressure`, and
        :func:`tropdsx.atmos.integrate_refractivity`.
    mean_temperature : bool, optional
        Integrate the mean temperature too; else it is NaN.

    Returns
    -------
    ColumnDelays
        Each in the shape of ``columns.target``; NaN where a column has a hole, and above its top.

    Raises
    ------
    GridError, UnitsError
        As for `order_levels`.
    DomainError
        If `coefficients` is an unknown name.

    Notes
    -----
    Mean temperature: the integral of e / T over that of e / T^2, Davis et al. (1985),
    doi:10.1029/RS020i006p01593.

    Examples
    --------
    >>> p = np.geomspace(1000.0, 0.1, 60)
    >>> unknown, zero = np.array(np.nan), np.array(0.0)
    >>> column = Columns(
    ...     p, np.full(60, 250.0), 0 * p, 7.18e4 * np.log(1000 / p), unknown, np.array(45.0), zero,
    ...     unknown, unknown, unknown, unknown, target=np.array([0.0, 1000.0]),
    ... )
    >>> integrate_columns(column, humidity_kind="specific").zhd.round(3).tolist()
    [2.277, 1.987]
    """
    coefficients = refractivity_coefficients(coefficients)
    shape = np.broadcast_shapes(
        *(each.shape[1:] for each in (*columns[:3], columns.target)),
        *(each.shape for each in columns[5:-1]),
    )
    names = ColumnDelays._fields[: 3 if mean_temperature else 2]
    out = {name: np.empty((len(columns.target), *shape)) for name in names}
    for piece in split_columns(shape, _COLUMNS):
        part = _side_by_side(columns, shape, piece)
        for rungs, found in _integrate(part, humidity_kind, coefficients, hydrostatic, names):
            for place, values in zip(out.values(), found, strict=True):
                target = place[(rungs, *piece)]
                target[...] = values.reshape(target.shape)
    unknown = np.broadcast_to(np.nan, (len(columns.target), *shape))
    return ColumnDelays(**{"mean_temperature": unknown, **out})


def _side_by_side(columns: Columns, shape: tuple[int, ...], piece: tuple[slice, ...]) -> Columns:
    """Take columns as the second of two axes; what is the same for all of them stays one column."""
    flat = {}
    for name, values in columns._asdict().items():
        has_levels = values.ndim > len(shape)
        lead = values.shape[:1] if has_levels else (1,)
        part = np.broadcast_to(values, (*lead, *shape))[(slice(None), *piece)]
        if name != "temperature":
            part = one_for_all(part)
        part = np.asarray(part, dtype=np.float64)
        part = part.reshape(lead[0], math.prod(part.shape[1:]))
        flat[name] = part if has_levels else part[0]
    return Columns(**flat)


def _integrate(
    columns: Columns,
    humidity_kind: str,
    coefficients: RefractivityCoefficients,
    hydrostatic: str,
    names: tuple[str, ...],
) -> Iterator[tuple[slice, list[FloatArray]]]:
    """Integrate columns side by side: yield some of the targets, and what `names` says at them."""
    whole = close_up(order_levels(columns, humidity_kind), columns)
    weigh = _trace_hydrostatic(whole, columns, coefficients, hydrostatic)
    wet = trace_curve(wet_refractivity(whole.t, whole.e, coefficients), whole.z)
    warmth: list[Curve] = []
    if "mean_temperature" in names:
        # Not only refractivities can be integrated.
        warmth = [trace_curve(whole.e / whole.t**power, whole.z) for power in (1, 2)]
    targets, step = columns.target, max(1, _TARGETS // whole.z.shape[1])
    for start in range(0, len(targets), step):
        rungs = slice(start, start + step)
        at = find_places(whole.z, targets[rungs])
        zwd = 1e-6 * integrate_curve(wet, at)
        yield rungs, [weigh(at), zwd, *_mean_temperature(warmth, at)]


def _mean_temperature(warmth: list[Curve], at: Places) -> list[FloatArray]:
    """Mean temperature from the two profiles whose integrals it is the ratio of."""
    if not warmth:
        return []
    moist, cold = (integrate_curve(curve, at) for curve in warmth)
    return [np.divide(moist, cold, out=np.full_like(cold, np.nan), where=cold > 0)]


def _trace_hydrostatic(
    whole: Profile, columns: Columns, coefficients: RefractivityCoefficients, kind: str
) -> Callable[[Places], FloatArray]:
    """Prepare the integral of pressure or density, for any targets."""
    if kind != "density":
        curve = trace_pressure(whole, columns.lat, columns.undulation, coefficients.k1)
        return partial(integrate_pressure_curve, curve)
    beyond = saastamoinen_zhd(whole.p[-1], columns.lat, whole.z[-1])
    density = refractivity(whole.p, whole.t, whole.e, coefficients).hydrostatic
    traced = trace_curve(density, whole.z)
    return lambda at: 1e-6 * integrate_curve(traced, at) + beyond


def surface_heights(columns: Columns, *, humidity_kind: str) -> FloatArray:
    """Ellipsoidal height at which each column reaches its surface pressure.

    Parameters
    ----------
    columns : Columns
        As for `integrate_columns`, which raises the same errors; heights must be known.
    humidity_kind : {"specific", "relative", "vapour_pressure"}
        What ``columns.humidity`` is.

    Returns
    -------
    ndarray, shape of ``columns.lat``
        Heights, extrapolated where the ground lies under the lowest level [m].

    Examples
    --------
    >>> p = np.array([1000.0, 500.0])
    >>> unknown, zero = np.array(np.nan), np.array(0.0)
    >>> column = Columns(
    ...     p, np.full(2, 250.0), 0 * p, unknown, np.array([100.0, 5600.0]), np.array(45.0), zero,
    ...     unknown, np.array(1013.0), unknown, unknown, target=np.array([0.0]),
    ... )
    >>> round(float(surface_heights(column, humidity_kind="specific")), 1)
    -2.5
    """
    columns = Columns(*(np.asarray(each, dtype=np.float64) for each in columns))
    profile = order_levels(columns, humidity_kind)
    return interpolate_to_pressure(profile.z, profile.p, columns.surface_pressure, extrapolate=True)


def split_columns(shape: tuple[int, ...], columns: int = 8192) -> Iterator[tuple[slice, ...]]:
    """Cut an array of columns into pieces whose levels stay in the processor's cache.

    Parameters
    ----------
    shape : tuple of int
        Shape of the columns, without the levels.
    columns : int, optional
        Columns in a piece at most.

    Yields
    ------
    tuple of slice
        A piece, one slice for each dimension.

    Examples
    --------
    >>> list(split_columns((5,), 2))
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
            yield from ((first, *rest) for rest in split_columns(shape[1:], columns))
        else:
            yield (first, *(slice(0, n) for n in shape[1:]))
