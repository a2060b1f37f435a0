"""Zenith delays of the columns of a weather model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.profile.columns import Columns, close_up, order_levels
from tropdsx.atmos.profile.integrate import integrate_refractivity
from tropdsx.atmos.profile.layers import integrate_pressure, interpolate_to_pressure
from tropdsx.atmos.refractivity import (
    RefractivityCoefficients,
    refractivity,
    refractivity_coefficients,
)
from tropdsx.atmos.saastamoinen import saastamoinen_zhd

__all__ = ["ColumnDelays", "integrate_columns", "split_columns", "surface_heights"]


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
    profile = order_levels(columns, humidity_kind)
    whole = close_up(profile, columns)
    n = refractivity(whole.p, whole.t, whole.e, coefficients)
    zwd = integrate_refractivity(n.wet, whole.z, columns.target)
    if hydrostatic == "density":
        top = saastamoinen_zhd(whole.p[-1], columns.lat, whole.z[-1])
        zhd = integrate_refractivity(n.hydrostatic, whole.z, columns.target, above_top=top)
    else:
        k1 = refractivity_coefficients(coefficients).k1
        zhd = integrate_pressure(whole, columns.lat, columns.undulation, columns.target, k1)
    warmth = np.full_like(zwd, np.nan)
    if mean_temperature:
        # Not only refractivities can be integrated.
        moist, cold = (
            integrate_refractivity(whole.e / whole.t**power, whole.z, columns.target)
            for power in (1, 2)
        )
        np.divide(moist, cold, out=warmth, where=cold > 0)
    return ColumnDelays(zhd, zwd, warmth)


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
