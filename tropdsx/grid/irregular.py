"""What is wrong with an axis that is not evenly spaced, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["describe_irregular", "is_gaussian"]


def describe_irregular(values: NDArray[np.float64], allowed: NDArray[np.float64], name: str) -> str:
    """Say where the steps of an axis differ, and what to do.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Node coordinates as stored [deg].
    allowed : ndarray, shape (n,)
        How far each may lie from its regular place [deg].
    name : str
        What to call the axis.

    Returns
    -------
    str
        Text of an error.

    Examples
    --------
    >>> text = describe_irregular(np.array([0.0, 1.0, 2.0, 4.0, 5.0]), np.full(5, 1e-4), "latitude")
    >>> text.partition("; ")[0][-38:]
    'is 1 deg (node 2 to 3): 1 node missing'
    """
    steps = np.diff(values)
    if name.startswith("lat") and is_gaussian(values):
        return (
            f"{name} is a Gaussian grid (steps {np.abs(steps).min():.5g} to "
            f"{np.abs(steps).max():.5g} deg); accepted are uniform steps. Interpolate to a regular "
            "grid first, for example with `cdo remapbil,r360x180` or `ds.interp(lat=...)`."
        )
    usual = float(np.sort(steps)[(steps.size - 1) // 2 if steps[0] > 0 else steps.size // 2])
    off = np.abs(steps - usual) > allowed[1:] + allowed[:-1]
    first = int(np.argmax(off)) if off.any() else int(np.argmax(np.abs(steps - usual)))
    usual = float(steps[~off].mean())
    here, there = (f"{values[n]:.10g}" for n in (first, first + 1))
    with np.errstate(over="ignore"):  # of numbers that are no axis at all
        times = steps[first] / usual if usual else 0.0
    skipped = round(times) - 1 if np.isfinite(times) else 0
    close = 0.1 * abs(usual) + 2 * float(allowed.max())
    whole = skipped > 0 and abs(steps[first] - (skipped + 1) * usual) < close
    what = f": {skipped} node{'s' * (skipped > 1)} missing" if whole else ""
    what = f": {here} twice" if here == there else what
    return (
        f"{name} is not uniformly spaced: from {here} to {there} where the usual step is "
        f"{usual:.6g} deg (node {first} to {first + 1}){what}; accepted are steps equal to 1e-4 "
        "and to the rounding of the coordinates. Interpolate to a regular grid, or select the "
        "regular part."
    )


def is_gaussian(values: NDArray[np.float64]) -> bool:
    """Tell whether latitudes are those of a global Gaussian grid.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Latitudes in order [deg].

    Returns
    -------
    bool
        Symmetric about the equator, no poles, steps equal to a few per cent.

    Examples
    --------
    >>> is_gaussian(np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(32)[0])))
    True
    """
    size = np.abs(np.diff(values))
    symmetric = np.abs(values + values[::-1]).max() < 1e-3
    return bool(symmetric and values.size > 8 and size.max() < 1.2 * size.min())
