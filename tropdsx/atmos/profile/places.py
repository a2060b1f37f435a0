"""Profiles, and where heights lie between their levels: found once, whatever is integrated there.

Arrays have the levels on their first axis, the lowest first, and the columns on the second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray

__all__ = [
    "SMALLEST",
    "Places",
    "Profile",
    "cumulate_from_top",
    "find_places",
    "one_for_all",
    "take_flat",
]

SMALLEST = 1e-300
"""Added to a divisor that may be zero: x / x is 1 then, and any other number keeps its bits."""


class Profile(NamedTuple):
    """Profiles of the air, each array of shape (levels, ...), the lowest level first.

    Attributes
    ----------
    p : ndarray
        Pressure [hPa].
    t : ndarray
        Temperature [K].
    e : ndarray
        Water vapour pressure [hPa].
    z : ndarray
        Ellipsoidal height [m].

    Examples
    --------
    >>> rows = [1000.0, 500.0], [288.0, 253.0], [10.0, 0.5], [0.0, 5600.0]
    >>> air = Profile(*map(np.array, rows))
    >>> float(air.p[0]), float(air.z[-1])
    (1000.0, 5600.0)
    """

    p: FloatArray
    t: FloatArray
    e: FloatArray
    z: FloatArray


class Places(NamedTuple):
    """Where targets lie between the levels, each array of shape (targets, columns).

    Attributes
    ----------
    lower, upper : ndarray of int
        Flat indices of the levels below and above, see `take_flat`.
    rise : ndarray
        From the target, or the lowest level if that is higher, to the level above it [m].
    share : ndarray
        `rise` as a share of the layer [1].
    depth : ndarray or None
        Of the target below the lowest level; None if none lies there [m].
    beyond : ndarray of bool or None
        Whether the target lies above the highest level; None if none does.

    Examples
    --------
    >>> at = find_places(np.array([[0.0], [1e3], [2e3]]), np.array([[-50.0], [1750.0]]))
    >>> at.share[:, 0].tolist(), at.depth[:, 0].tolist(), at.beyond
    ([1.0, 0.25], [50.0, 0.0], None)
    """

    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    rise: FloatArray
    share: FloatArray
    depth: FloatArray | None
    beyond: NDArray[np.bool_] | None


def find_places(z: FloatArray, targets: FloatArray) -> Places:
    """Find where targets lie between the levels.

    Parameters
    ----------
    z : ndarray, shape (levels, columns)
        Heights of the levels [m].
    targets : ndarray, shape (targets, columns) or (targets, 1)
        Heights [m].

    Returns
    -------
    Places
        The last layer is also that of a target at the very top, or above it.

    Examples
    --------
    >>> at = find_places(np.array([[0.0], [1e3], [2e3]]), np.array([[500.0], [2e3]]))
    >>> at.lower[:, 0].tolist(), at.share[:, 0].tolist()
    ([0, 1], [0.5, 0.0])
    """
    columns = z.shape[1]
    inside = np.maximum(targets, z[0])
    lower = _find_level_below(z, inside)
    lower *= columns
    lower += np.arange(columns)
    upper = lower + columns
    top = take_flat(z, upper)
    rise = top - inside
    share = rise / (top - take_flat(z, lower))
    # NaN is neither inside nor outside, and all that is made of it is NaN.
    is_below, beyond = targets < z[0], targets > z[-1]
    depth = np.where(is_below, z[0] - targets, 0.0) if is_below.any() else None
    return Places(lower, upper, rise, share, depth, beyond if beyond.any() else None)


def _find_level_below(z: FloatArray, targets: FloatArray) -> NDArray[np.intp]:
    """Index of the highest level that is not above each target; the last but one at most."""
    between = z[1:-1]
    lowest, highest = between.min(axis=1), between.max(axis=1)  # NaN where one is
    if np.isnan(lowest).any():
        below = np.zeros(targets.shape, dtype=np.intp)
        for level, heights in enumerate(between, 1):
            below[targets >= heights] = level
        return below
    # Levels that lie below all targets, or above all, need not be compared with each.
    first = int(np.searchsorted(highest, np.fmin.reduce(targets, axis=None), side="right"))
    last = int(np.searchsorted(lowest, np.fmax.reduce(targets, axis=None), side="right"))
    reached = between[first:last, np.newaxis] <= targets
    count = np.uint8 if last - first < 256 else np.uint32
    return np.add.reduce(reached.view(np.uint8), axis=0, dtype=count).astype(np.intp) + first


def take_flat(values: FloatArray, index: NDArray[np.intp]) -> FloatArray:
    """Take values of levels, or of the layers above them, for each target.

    Parameters
    ----------
    values : ndarray, shape (levels, columns) or (layers, columns)
        Profiles of any quantity.
    index : ndarray of int, shape (targets, columns)
        Of `Places`.

    Returns
    -------
    ndarray, shape of `index`
        In the unit of `values`.

    Examples
    --------
    >>> take_flat(np.array([[300.0, 290.0], [75.0, 70.0]]), np.array([[0, 3]])).tolist()
    [[300.0, 70.0]]
    """
    return values.ravel().take(index, mode="clip")


def one_for_all(levels: FloatArray) -> FloatArray:
    """Take one column where all columns are the same one in memory, as pressures often are.

    Parameters
    ----------
    levels : ndarray, shape (levels, ...)
        Any quantity.

    Returns
    -------
    ndarray, shape (levels, 1, ...) or that of `levels`
        A view; it broadcasts as `levels` does.

    Examples
    --------
    >>> one_for_all(np.broadcast_to(np.array([[1000.0], [500.0]]), (2, 1440))).shape
    (2, 1)
    """
    alike = levels.ndim > 1 and not any(levels.strides[1:])
    return levels[(slice(None), *[slice(1)] * (levels.ndim - 1))] if alike else levels


def cumulate_from_top(layers: FloatArray) -> FloatArray:
    """Add up layers from the top down.

    Parameters
    ----------
    layers : ndarray, shape (levels - 1, columns)
        What each layer adds.

    Returns
    -------
    ndarray, shape (levels, columns)
        Sum of the layers above each level; zero at the top.

    Examples
    --------
    >>> cumulate_from_top(np.array([[1.0], [2.0], [4.0]]))[:, 0].tolist()
    [7.0, 6.0, 4.0, 0.0]
    """
    above = np.empty((len(layers) + 1, *layers.shape[1:]))
    above[-1] = 0.0
    for level in range(len(layers) - 1, -1, -1):  # a cumsum along columns is ten times slower
        np.add(above[level + 1], layers[level], out=above[level, ...])
    return above
