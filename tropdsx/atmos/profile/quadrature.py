"""Integrals between the levels of a profile: exponential in height, else linear.

Arrays have the levels on their first axis, the lowest first, and the columns on the second. What a
column has but one of (logarithms, sums from the top) is computed once, whatever the targets are.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.profile.places import (
    SMALLEST,
    Places,
    cumulate_from_top,
    find_places,
    take_flat,
)

__all__ = ["Curve", "Quadrature", "integrate_curve", "relative_growth", "trace_curve"]

Quadrature: TypeAlias = Literal["log", "trapezoid"]

_EXTRAPOLATION_REACH = 2000.0
"""Depth of air whose mean exponential growth is continued below the lowest level [m]."""
_NEARLY_EVEN = 1e-3
"""Growth over a layer up to which its mean is a series: good to 1e-15 there [1]."""


class Curve(NamedTuple):
    """A profile that is ready to be integrated from any height.

    Attributes
    ----------
    n, z : ndarray, shape (levels, columns)
        Refractivity [1e-6], or any other profile, and heights of the levels [m].
    growth : ndarray, shape (levels - 1, columns)
        Logarithm of `n` above a layer over that below it; 0 where the layer is linear [1].
    linear : ndarray of bool or None
        Which layers are; None if none is.
    above : ndarray, shape (levels, columns)
        Integral from each level to the top [1e-6 m].
    quadrature : {"log", "trapezoid"}
        How it was integrated.

    Examples
    --------
    >>> curve = trace_curve(np.array([[300.0], [150.0], [0.0]]), np.array([[0.0], [1e3], [2e3]]))
    >>> curve.above[:, 0].round(1).tolist(), curve.linear[:, 0].tolist()
    ([291404.3, 75000.0, 0.0], [False, True])
    """

    n: FloatArray
    z: FloatArray
    growth: FloatArray
    linear: NDArray[np.bool_] | None
    above: FloatArray
    quadrature: Quadrature = "log"


def trace_curve(n: FloatArray, z: FloatArray, quadrature: Quadrature = "log") -> Curve:
    """Prepare a profile for integrals from any height to its top.

    Between refractivities n and n' the mean is (n' - n) / log(n' / n), that of an exponential, and
    (n + n') / 2 where one of them is not positive or a trapezoid is asked for.

    Parameters
    ----------
    n : ndarray, shape (levels, columns)
        Refractivity [1e-6], or any other profile that falls with height.
    z : ndarray, shape of `n`
        Heights of the levels [m].
    quadrature : {"log", "trapezoid"}, optional
        Exponential or linear.

    Returns
    -------
    Curve
        For `integrate_curve`.

    Examples
    --------
    >>> z = np.array([[0.0], [1000.0]])
    >>> trace_curve(np.array([[300.0], [150.0]]), z).above[0].round(1).tolist()
    [216404.3]
    """
    low, up = n[:-1], n[1:]
    linear: NDArray[np.bool_] | None = None
    if quadrature != "log":
        linear = np.ones(low.shape, dtype=np.bool_)
        growth = np.zeros(low.shape)
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            logarithm = np.log(n)
            growth = logarithm[1:] - logarithm[:-1]
        positive = n > 0
        if not positive.all():
            linear = ~(positive[:-1] & positive[1:])
            growth[linear] = 0.0
    even = np.flatnonzero(np.abs(growth) < _NEARLY_EVEN)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (up - low) / growth
    rate = growth.ravel()[even]
    both = low.ravel()[even] + up.ravel()[even]
    np.put(mean, even, 0.5 * both * (1.0 - rate * rate / 12.0))
    mean *= z[1:] - z[:-1]
    return Curve(n, z, growth, linear, cumulate_from_top(mean), quadrature)


def integrate_curve(curve: Curve, at: Places) -> FloatArray:
    """Integrate a profile from targets to its top.

    Below the lowest level the mean exponential growth of the lowest 2 km is continued. The growth
    of the lowest layer alone is often that of an inversion, and 1 km of it made errors of
    decimetres in the wet delay of a valley.

    Parameters
    ----------
    curve : Curve
        The profile.
    at : Places
        The targets, on the heights of `curve`.

    Returns
    -------
    ndarray, shape (targets, columns)
        Integral over height; NaN above the top [1e-6 m].

    Examples
    --------
    >>> z = np.array([[0.0], [2000.0]])
    >>> curve = trace_curve(300 * np.exp(-z / 8000), z)
    >>> at = find_places(z, np.array([[-100.0], [0.0], [2000.0], [2001.0]]))
    >>> integrate_curve(curve, at)[:, 0].round(1).tolist()
    [561066.4, 530878.1, 0.0, nan]
    """
    part = relative_growth(-take_flat(curve.growth, at.lower) * at.share)
    part *= take_flat(curve.n, at.upper)
    if curve.linear is not None:
        is_linear = curve.linear.ravel().take(at.lower, mode="clip")
        part = np.where(is_linear, _mean_linear(curve, at), part)
    part *= at.rise
    part += take_flat(curve.above, at.upper)
    if at.depth is not None:
        # A missing lowest level is no harm to targets above it.
        part += np.where(at.depth > 0, _continue_down(curve, at.depth), 0.0)
    if at.beyond is not None:
        part[at.beyond] = np.nan
    return part


def relative_growth(x: FloatArray) -> FloatArray:
    """Mean of an exponential over the way to exp(x), which begins with 1: (exp(x) - 1) / x.

    Parameters
    ----------
    x : ndarray
        Exponent at the end, any shape [1].

    Returns
    -------
    ndarray
        The mean [1].

    Examples
    --------
    >>> relative_growth(np.array([-1.0, 0.0, 1.0])).round(4).tolist()
    [0.6321, 1.0, 1.7183]
    """
    x = x + SMALLEST
    return np.asarray(np.expm1(x) / x)


def _mean_linear(curve: Curve, at: Places) -> FloatArray:
    """Mean from targets to the top of their layers, where the profile is a line between levels."""
    up = take_flat(curve.n, at.upper)
    reached = up + (take_flat(curve.n, at.lower) - up) * at.share
    both = (reached > 0) & (up > 0) & (curve.quadrature == "log")
    growth = np.log(np.divide(reached, up, out=np.ones_like(up), where=both))
    return np.where(both, up * relative_growth(growth), 0.5 * (reached + up))


def _continue_down(curve: Curve, depth: FloatArray) -> FloatArray:
    """Integral over the air below the lowest level, as deep as it is asked for."""
    n, z = curve.n[:1], curve.z
    reference = np.minimum(z[:1] + _EXTRAPOLATION_REACH, z[-1:])
    at = find_places(z, reference)
    low, up = take_flat(curve.n, at.lower), take_flat(curve.n, at.upper)
    both = (low > 0) & (up > 0)
    ratio = np.divide(low, up, out=np.ones_like(up), where=both)
    aloft = np.where(both, up * ratio**at.share, up + (low - up) * at.share)
    valid = (n > 0) & (aloft > 0)
    growth = np.log(np.divide(n, aloft, out=np.ones_like(aloft), where=valid))
    return np.asarray(n * depth * relative_growth(growth * depth / (reference - z[:1])))
