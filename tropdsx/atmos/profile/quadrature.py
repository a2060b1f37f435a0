"""Refractivity between the levels of a profile: exponential, or linear where it cannot be.

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


def value_at(
    n: FloatArray, z: FloatArray, targets: FloatArray, quadrature: Quadrature
) -> FloatArray:
    """Refractivity at target heights between the levels."""
    lower = level_below(z, targets)
    z_low, z_up = pick(z, lower), pick(z, lower + 1)
    fraction = (targets - z_low) / (z_up - z_low)
    return _between(pick(n, lower), pick(n, lower + 1), fraction, quadrature)


def below_lowest(n: FloatArray, z: FloatArray, targets: FloatArray) -> FloatArray:
    """Integral from targets below the lowest level up to it; zero for all others.

    The growth of the lowest layer alone would be carried down through a valley: near the ground it
    is often that of an inversion, and 1 km of it made errors of decimetres in the wet delay.
    """
    reference = np.minimum(z[:1] + _EXTRAPOLATION_REACH, z[-1:])
    aloft = value_at(n, z, reference, "log")
    depth = np.maximum(z[:1] - targets, 0)
    valid = _positive(n[:1], aloft, "log")
    growth = np.log(np.divide(n[:1], aloft, out=np.ones_like(aloft), where=valid))
    deepest = n[:1] * np.exp(growth * depth / (reference - z[:1]))
    mean = layer_mean(deepest, np.broadcast_to(n[:1], deepest.shape), "log")
    # A missing lowest level is no harm to targets above it.
    return np.where(targets >= z[:1], 0, mean * depth)


def level_below(z: FloatArray, targets: FloatArray) -> NDArray[np.intp]:
    """Index of the highest level that is not above each target; the last but one at most."""
    # Level by level, because comparing all levels with all targets at once needs their product in
    # memory. The last layer is also that of a target at the very top.
    below = np.zeros(targets.shape, dtype=np.intp)
    for level in range(1, len(z) - 1):
        below[targets >= z[level]] = level
    return below


def pick(values: FloatArray, level: NDArray[np.intp]) -> FloatArray:
    """Values of one level per target."""
    return np.take_along_axis(values, level, axis=0)


def _positive(first: FloatArray, second: FloatArray, quadrature: Quadrature) -> NDArray[np.bool_]:
    both: NDArray[np.bool_] = (first > 0) & (second > 0)
    return both if quadrature == "log" else np.zeros_like(both)


def layer_mean(first: FloatArray, second: FloatArray, quadrature: Quadrature) -> FloatArray:
    """Mean of an exponential (of a line, where it cannot be one) between two values."""
    exponential = _positive(first, second, quadrature)
    growth = np.log(np.divide(second, first, out=np.ones_like(first), where=exponential))
    curved = exponential & (growth != 0)
    mean = (first + second) / 2
    np.divide(first * np.expm1(growth), growth, out=mean, where=curved)
    return mean


def _between(
    low: FloatArray, up: FloatArray, fraction: FloatArray, quadrature: Quadrature
) -> FloatArray:
    """Value of the exponential (or line) at a fraction of the layer."""
    exponential = _positive(low, up, quadrature)
    ratio = np.divide(up, low, out=np.ones_like(low), where=exponential)
    return np.where(exponential, low * ratio**fraction, low + (up - low) * fraction)
