"""Refractivity between the levels of a profile: exponential in height, else linear.

Arrays have the levels on their first axis, the lowest first, and any columns on the others.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray

Quadrature: TypeAlias = Literal["log", "trapezoid"]

_EXTRAPOLATION_REACH = 2000.0
"""Depth of air whose mean exponential growth is continued below the lowest level [m]."""


def interpolate_refractivity(
    n: FloatArray, z: FloatArray, targets: FloatArray, quadrature: Quadrature
) -> FloatArray:
    """Refractivity at target heights between the levels.

    n (n' / n)^s between levels of refractivity n and n', with s the fraction of the layer below
    the target; n + (n' - n) s where one of them is not positive, or where a trapezoid is asked for.

    Parameters
    ----------
    n : ndarray, shape (levels, ...)
        Refractivity, or any other profile that falls with height [1e-6].
    z : ndarray, shape of `n`
        Heights of the levels [m].
    targets : ndarray, shape (targets, ...)
        Heights between the lowest and the highest level [m].
    quadrature : {"log", "trapezoid"}
        Exponential or linear.

    Returns
    -------
    ndarray, shape of `targets`
        Refractivity at the targets [1e-6].

    Examples
    --------
    >>> n, z = np.array([300.0, 75.0]), np.array([0.0, 10e3])
    >>> [float(interpolate_refractivity(n, z, np.array([5e3]), q)[0]) for q in ("log", "trapezoid")]
    [150.0, 187.5]
    """
    lower = find_level_below(z, targets)
    z_low, z_up = take_level(z, lower), take_level(z, lower + 1)
    fraction = (targets - z_low) / (z_up - z_low)
    return _interpolate(take_level(n, lower), take_level(n, lower + 1), fraction, quadrature)


def integrate_below(n: FloatArray, z: FloatArray, targets: FloatArray) -> FloatArray:
    """Integral from targets below the lowest level up to it; zero for all others.

    Below the lowest level the mean exponential growth of the lowest 2 km is continued. The growth
    of the lowest layer alone is often that of an inversion, and 1 km of it made errors of
    decimetres in the wet delay of a valley.

    Parameters
    ----------
    n : ndarray, shape (levels, ...)
        Refractivity [1e-6].
    z : ndarray, shape of `n`
        Heights of the levels [m].
    targets : ndarray, shape (targets, ...)
        Heights, below the lowest level or above it [m].

    Returns
    -------
    ndarray, shape of `targets`
        Integral of the refractivity over height [1e-6 m].

    Examples
    --------
    >>> z = np.array([0.0, 2000.0])
    >>> n = 300 * np.exp(-z / 8000)
    >>> integrate_below(n, z, np.array([-100.0, 500.0])).round(1).tolist()
    [30188.3, 0.0]
    """
    reference = np.minimum(z[:1] + _EXTRAPOLATION_REACH, z[-1:])
    aloft = interpolate_refractivity(n, z, reference, "log")
    depth = np.maximum(z[:1] - targets, 0)
    valid = _both_positive(n[:1], aloft, "log")
    growth = np.log(np.divide(n[:1], aloft, out=np.ones_like(aloft), where=valid))
    deepest = n[:1] * np.exp(growth * depth / (reference - z[:1]))
    mean = layer_mean(deepest, np.broadcast_to(n[:1], deepest.shape), "log")
    # A missing lowest level is no harm to targets above it.
    return np.where(targets >= z[:1], 0, mean * depth)


def find_level_below(z: FloatArray, targets: FloatArray) -> NDArray[np.intp]:
    """Find the highest level that is not above each target; the last but one at most.

    Parameters
    ----------
    z : ndarray, shape (levels, ...)
        Heights of the levels [m].
    targets : ndarray, shape (targets, ...)
        Heights [m].

    Returns
    -------
    ndarray of int, shape of `targets`
        Index of the level; 0 for targets below all levels.

    Examples
    --------
    >>> z = np.array([0.0, 1e3, 2e3])
    >>> find_level_below(z, np.array([-50.0, 500.0, 1e3, 2e3])).tolist()
    [0, 0, 1, 1]
    """
    # Level by level, because comparing all levels with all targets at once needs their product in
    # memory. The last layer is also that of a target at the very top.
    below = np.zeros(targets.shape, dtype=np.intp)
    for level in range(1, len(z) - 1):
        below[targets >= z[level]] = level
    return below


def take_level(values: FloatArray, level: NDArray[np.intp]) -> FloatArray:
    """Take the value of one level for each target.

    Parameters
    ----------
    values : ndarray, shape (levels, ...)
        Profiles of any quantity.
    level : ndarray of int, shape (targets, ...)
        Index of a level, see `find_level_below`.

    Returns
    -------
    ndarray, shape of `level`
        The values, in the unit of `values`.

    Examples
    --------
    >>> take_level(np.array([300.0, 75.0]), np.array([1, 1, 0])).tolist()
    [75.0, 75.0, 300.0]
    """
    return np.take_along_axis(values, level, axis=0)


def _both_positive(
    first: FloatArray, second: FloatArray, quadrature: Quadrature
) -> NDArray[np.bool_]:
    both: NDArray[np.bool_] = (first > 0) & (second > 0)
    return both if quadrature == "log" else np.zeros_like(both)


def layer_mean(first: FloatArray, second: FloatArray, quadrature: Quadrature) -> FloatArray:
    """Mean of an exponential between two values, or of a line where it cannot be one.

    (n' - n) / log(n' / n), the logarithmic mean, and (n + n') / 2.

    Parameters
    ----------
    first, second : ndarray
        Refractivity at the two ends of each layer, any shape [1e-6].
    quadrature : {"log", "trapezoid"}
        "trapezoid" makes all layers linear.

    Returns
    -------
    ndarray
        Mean refractivity of the layers [1e-6].

    Examples
    --------
    >>> layer_mean(np.array([300.0, 0.0]), np.array([150.0, 150.0]), "log").round(2).tolist()
    [216.4, 75.0]
    """
    exponential = _both_positive(first, second, quadrature)
    growth = np.log(np.divide(second, first, out=np.ones_like(first), where=exponential))
    curved = exponential & (growth != 0)
    mean = (first + second) / 2
    np.divide(first * np.expm1(growth), growth, out=mean, where=curved)
    return mean


def _interpolate(
    low: FloatArray, up: FloatArray, fraction: FloatArray, quadrature: Quadrature
) -> FloatArray:
    """Value of the exponential (or line) at a fraction of the layer."""
    exponential = _both_positive(low, up, quadrature)
    ratio = np.divide(up, low, out=np.ones_like(low), where=exponential)
    return np.where(exponential, low * ratio**fraction, low + (up - low) * fraction)
