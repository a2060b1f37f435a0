"""Levels of a profile that are not used, under the ground or missing: which, and what is there.

Arrays have the levels first, the lowest at the beginning, and any columns behind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.profile.places import Profile, one_for_all

__all__ = ["fill_unused", "find_used"]

_NEAREST = 0.5
"""Levels nearer to the ground than this are left out [m]."""


def find_used(
    level: Profile, ground: Profile, has_ground: NDArray[np.bool_], bare: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the levels between the ground and the highest one that is known.

    Parameters
    ----------
    level : Profile
        Arrays of shape (levels, ...), the lowest level first.
    ground : Profile
        The same at the ground, each of shape (...).
    has_ground : ndarray of bool, shape (...)
        Whether there is one.
    bare : ndarray of bool, shape (...)
        Whether heights are unknown throughout, and missing ones are no harm.

    Returns
    -------
    low, last : ndarray of int, shape (...)
        Index of the first level above the ground, or of the first that is known where no ground
        is; and of the last that is. The last is below the first where nothing is known.

    Examples
    --------
    >>> p, z = np.array([[1000.0], [900.0], [500.0]]), np.array([[100.0], [950.0], [5600.0]])
    >>> air = Profile(p, 0 * p + 270.0, 0 * p, z)
    >>> hill = Profile(*(np.array([each]) for each in (950.0, 270.0, 0.0, 500.0)))
    >>> low, last = find_used(air, hill, np.array([True]), np.array([False]))
    >>> low.tolist(), last.tolist()
    ([1], [2])
    """
    count, nothing = len(level.p), np.zeros(level.p.shape[1:], dtype=np.intp)
    whole = _is_whole(level)
    if whole and not has_ground.any():
        return nothing, nothing + (count - 1)
    used = np.ones(level.p.shape, dtype=np.bool_) if whole else _find_known(level, bare)
    # Where no ground is given, levels that are missing at the bottom are taken for under it.
    low = np.where(has_ground, 0, _find_first(used, count))
    if has_ground.any():
        with np.errstate(invalid="ignore"):
            under = (level.p >= ground.p) | (level.z <= ground.z + _NEAREST)
        under &= has_ground
        for index in np.flatnonzero(under.reshape(count, -1).any(axis=1)):
            low[under[index]] = index + 1
        used &= ~under
    return low, count - 1 - _find_first(used[::-1], count)


def _is_whole(level: Profile) -> bool:
    """Tell whether all levels of all columns are known, and pressures fall throughout."""
    p = one_for_all(level.p)
    # In the order of the memory, in which the ends are found three times as fast.
    stored = [each[::-1] if each.strides[0] < 0 else each for each in (p, *level[1:])]
    ends = [end(each) for each in stored for end in (np.min, np.max)]  # NaN where one is
    return bool(np.isfinite(ends).all() and (p[1:] < p[:-1]).all())


def _find_known(level: Profile, bare: NDArray[np.bool_]) -> NDArray[np.bool_]:
    known = np.isfinite(level.p + level.t + level.e)
    known &= np.isfinite(level.z) | bare
    # Cubes on heights repeat their lowest values under the ground.
    known[:-1] &= ~(level.p[:-1] <= level.p[1:])
    return known


def fill_unused(
    level: FloatArray,
    ground: FloatArray,
    has_ground: NDArray[np.bool_],
    low: NDArray[np.intp],
    last: NDArray[np.intp],
) -> FloatArray:
    """Put a quantity's levels above its value at the ground, and used levels in place of others.

    Parameters
    ----------
    level : ndarray, shape (levels, ...)
        Any quantity.
    ground : ndarray, shape (...)
        The same at the ground.
    has_ground : ndarray of bool, shape (...)
        Whether there is one.
    low, last : ndarray of int, shape (...)
        Of `find_used`.

    Returns
    -------
    ndarray, shape (levels + 1, ...)
        Level i in place i + 1. Places up to `low` hold the ground (or, where there is none, the
        first level again), places above the last level hold that one again.

    Examples
    --------
    >>> low, last = np.array([1, 0]), np.array([2, 1])
    >>> t = np.array([[290.0, 281.0], [280.0, 271.0], [270.0, np.nan]])
    >>> fill_unused(t, np.array([285.0, np.nan]), np.array([True, False]), low, last).T.tolist()
    [[285.0, 285.0, 280.0, 270.0], [281.0, 281.0, 271.0, 271.0]]
    """
    whole = np.empty((len(level) + 1, *level.shape[1:]))
    whole[1:] = level
    first, highest = int(last.min()) + 2, np.maximum(last, 0)
    if first < len(whole):
        top = _take_each(level, highest)
        for place in range(max(first, 1), len(whole)):
            np.copyto(whole[place, ...], top, where=place - 1 > last)
    bottom = np.where(has_ground, ground, _take_each(level, np.minimum(low, highest)))
    for place in range(int(low.max()) + 1):
        np.copyto(whole[place, ...], bottom, where=place <= low)
    return whole


def _take_each(level: FloatArray, index: NDArray[np.intp]) -> FloatArray:
    """Take one level of each column."""
    if not index.any():
        return level[0]
    return np.take_along_axis(level, index[np.newaxis], axis=0)[0]


def _find_first(rows: NDArray[np.bool_], missing: int) -> NDArray[np.intp]:
    """Index of the first row that holds, for each column."""
    found = np.full(rows.shape[1:], missing)
    for index, row in enumerate(rows):
        open_ = found == missing
        if not open_.any():
            break
        found[open_ & row] = index
    return found
