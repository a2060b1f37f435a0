"""Values at times between epochs: which epochs a time lies between, and what lies there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["WIDEST_GAP", "Between", "find_nearest", "locate_times", "values_between"]

#: A series is not interpolated over a gap wider than this many of its steps.
WIDEST_GAP = 1.5

_VALUES_AT_ONCE = 50_000
"""Values that are mixed at once: they stay in the processor's cache."""


class Between(NamedTuple):
    """Where T times lie among epochs.

    Attributes
    ----------
    lower, upper : ndarray of int, shape (T,)
        Epochs before and after.
    share : ndarray, shape (T,)
        Weight of the epoch after: 0 and 1 take one epoch alone, and the other may be missing [1].
    inside : ndarray of bool, shape (T,)
        Whether there is a value at all.
    """

    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    share: NDArray[np.float64]
    inside: NDArray[np.bool_]


def locate_times(epochs: NDArray[Any], wanted: ArrayLike) -> Between:
    """Find the epochs that times lie between, for linear interpolation.

    Parameters
    ----------
    epochs : ndarray of datetime64, shape (N,)
        Epochs, ascending.
    wanted : array_like of datetime64, shape (T,)
        Times.

    Returns
    -------
    Between
        Nothing before the first and after the last epoch, and inside gaps wider than one and a half
        of the usual steps.

    Examples
    --------
    >>> days = np.array(["2022-03-09T00", "2022-03-09T06"], "datetime64[ns]")
    >>> locate_times(days, days[:1] + np.timedelta64(90, "m")).share.tolist()
    [0.25]
    """
    wanted = np.asarray(wanted, "datetime64[ns]")
    have = epochs.astype("datetime64[ns]")
    if have.size < 2:
        alone = np.zeros(wanted.size, np.intp)
        return Between(alone, alone, np.zeros(wanted.size), wanted == have[:1])
    step = np.median(np.diff(have).astype(np.int64))
    lower = np.clip(np.searchsorted(have, wanted, side="right") - 1, 0, have.size - 2)
    gap = (have[lower + 1] - have[lower]).astype(np.int64)
    share = (wanted - have[lower]).astype(np.int64) / gap
    # On an epoch the other end of the interval does not matter, however far or missing it is.
    on_node = np.isin(wanted, have)
    inside = (share >= 0) & (share <= 1) & ((gap <= WIDEST_GAP * step) | on_node)
    return Between(lower, lower + 1, share, inside)


def find_nearest(epochs: NDArray[Any], wanted: ArrayLike) -> Between:
    """Find the epochs that are nearest to times.

    Parameters
    ----------
    epochs : ndarray of datetime64, shape (N,)
        Epochs, ascending.
    wanted : array_like of datetime64, shape (T,)
        Times.

    Returns
    -------
    Between
        Nothing further than half a step from an epoch; of a single epoch nothing but itself.

    Examples
    --------
    >>> days = np.array(["2022-03-09T00", "2022-03-09T06"], "datetime64[ns]")
    >>> find_nearest(days, days + np.timedelta64(4, "h")).lower.tolist()
    [1, 1]
    """
    wanted = np.asarray(wanted, "datetime64[ns]")
    have = epochs.astype("datetime64[ns]")
    if have.size < 2:
        return locate_times(have, wanted)
    gaps = np.diff(have)
    step = np.median(gaps.astype(np.int64)).astype("timedelta64[ns]")
    places = np.searchsorted(have[:-1] + gaps // 2, wanted)
    inside = np.abs(wanted - have[places]) <= step // 2
    return Between(places, places, np.zeros(wanted.size), inside)


def values_between(
    values: NDArray[np.floating], place: Between, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Interpolate linearly in time, in double precision, a few series at once.

    Parameters
    ----------
    values : ndarray, shape (P, N)
        Series at N epochs.
    place : Between
        Where the T times lie.
    dtype : optional
        Of the result.

    Returns
    -------
    ndarray of `dtype`, shape (P, T)
        Missing where `place` has nothing.

    Examples
    --------
    >>> days = np.array(["2022-03-09T00", "2022-03-09T06"], "datetime64[ns]")
    >>> values_between(np.array([[2.4, 2.46]]), locate_times(days, days[:1] + 3_600 * 10**9))
    array([[2.41]])
    """
    lower, upper, share, inside = place
    rest = 1.0 - share
    single = np.flatnonzero((share == 0) | (share == 1) | ~inside)
    own, lost = np.where(share == 1, upper, lower)[single], np.flatnonzero(~inside)
    out = np.empty((len(values), share.size), dtype)
    step = max(1, _VALUES_AT_ONCE // max(share.size, 1))
    for start in range(0, len(values), step):
        part = slice(start, start + step)
        here = np.ascontiguousarray(values[part])
        if single.size == share.size:
            out[part] = here.take(own, axis=1)
        else:
            out[part] = here.take(lower, axis=1) * rest + here.take(upper, axis=1) * share
            out[part, single] = here.take(own, axis=1)
        out[part, lost] = np.nan
    return out
