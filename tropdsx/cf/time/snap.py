"""Epochs a little off their step: on it again, and matched with those of others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_nearest_epochs", "match_epochs", "snap_to_step", "tolerance_of"]

_NS = 10**9
_LIMIT = 120 * _NS
_SHARE = 0.04
"""Seconds since 1970 in single precision are 64 s off at most: 3.6 % of half an hour."""

_MINUTES = (1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
_STEPS = np.array([*(1, 2, 5, 10, 15, 20, 30), *(60 * each for each in _MINUTES)]) * _NS
_GRAINS = (*(60 * _NS * each for each in (60, 30, 10, 5, 1)), _NS, 10**6)


def tolerance_of(*series: NDArray[np.datetime64]) -> np.timedelta64:
    """Choose how far apart two epochs may be and still be the same: minutes, for steps of hours.

    Parameters
    ----------
    *series : ndarray of datetime64, shape (N,)
        Epochs in any order; NaT does not count.

    Returns
    -------
    timedelta64[ns]
        4 % of the usual step of the densest series, at most 2 minutes.

    Examples
    --------
    >>> hours = np.datetime64("2022-07-01", "ns") + np.arange(3) * np.timedelta64(6, "h")
    >>> tolerance_of(hours) / np.timedelta64(1, "s")
    np.float64(120.0)
    """
    least = _LIMIT
    for each in series:
        steps = np.diff(np.unique(_count(each[~np.isnat(each)])))
        if steps.size:
            least = min(least, int(_SHARE * float(np.median(steps))))
    return np.timedelta64(least, "ns")


def match_epochs(
    own: NDArray[np.datetime64], other: NDArray[np.datetime64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the epochs that two series share, as far as jitter and single precision allow.

    Parameters
    ----------
    own, other : ndarray of datetime64, shape (N,) and (M,)
        Each epoch once; NaT matches nothing.

    Returns
    -------
    here, there : ndarray of int
        Places of the common epochs, ascending in time.

    Examples
    --------
    >>> own = np.array(["2022-07-01T00:00:32", "2022-07-01T06"], "datetime64[ns]")
    >>> match_epochs(own, np.array(["2022-07-01T00"], "datetime64[ns]"))
    (array([0]), array([0]))
    """
    here = np.argsort(own, kind="stable")
    here = here[~np.isnat(own[here])]
    row, off = find_nearest_epochs(other, own[here])
    found = off <= tolerance_of(own, other)
    return here[found], row[found]


def find_nearest_epochs(
    series: NDArray[np.datetime64], wanted: NDArray[np.datetime64]
) -> tuple[NDArray[np.intp], NDArray[np.timedelta64]]:
    """Find the nearest epoch of a series to each wanted one.

    Parameters
    ----------
    series : ndarray of datetime64, shape (N,)
        In any order.
    wanted : ndarray of datetime64, shape (M,)
        Any.

    Returns
    -------
    row : ndarray of int, shape (M,)
        Place in the series, of the earlier one of two as near; any where there is none.
    off : ndarray of timedelta64[ns], shape (M,)
        How far it is; the longest time there is, where an epoch is NaT.

    Examples
    --------
    >>> days = np.array(["2022-07-02", "2022-07-01"], "datetime64[ns]")
    >>> find_nearest_epochs(days, np.array(["2022-07-01T03"], "datetime64[ns]"))[0]
    array([1])
    """
    far = np.timedelta64(np.iinfo(np.int64).max, "ns")
    order = np.argsort(series, kind="stable")  # NaT is last
    known = order[: series.size - int(np.isnat(series).sum())]
    if not known.size:
        return np.zeros(wanted.shape, np.intp), np.full(wanted.shape, far)
    times, sought = series[known], np.where(np.isnat(wanted), series[known[0]], wanted)
    after = np.clip(np.searchsorted(times, sought), 0, known.size - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(times[before] - sought) <= np.abs(times[after] - sought)
    place = np.where(nearer, before, after)
    off = np.abs(times[place] - sought).astype("timedelta64[ns]")
    return known[place], np.where(np.isnat(wanted), far, off)


def snap_to_step(
    times: NDArray[np.datetime64],
) -> tuple[NDArray[np.datetime64], np.timedelta64, np.timedelta64]:
    """Put epochs on their step, where all are near it and not all on it.

    A step is evident where it is a usual one of seconds, minutes or hours, counted from midnight
    or from another round time. Regular series, and those that no such step fits, stay as they are.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape (N,)
        In any order; none is NaT.

    Returns
    -------
    snapped : ndarray of datetime64[ns], shape (N,)
        The same array where nothing is changed.
    step : timedelta64[ns]
        Of the series; a day for longer ones; 0 where nothing is changed.
    moved : timedelta64[ns]
        Farthest that an epoch was moved.

    Examples
    --------
    >>> times = np.array(["2022-07-01T00:00:32", "2022-07-01T05:59:12"], "datetime64[ns]")
    >>> snapped, step, moved = snap_to_step(times)
    >>> snapped.astype("M8[m]").tolist()[1].hour, step / np.timedelta64(1, "h")
    (6, np.float64(6.0))
    """
    nothing = times, np.timedelta64(0, "ns"), np.timedelta64(0, "ns")
    counts = _count(times)
    gaps = np.diff(np.unique(counts))
    if not gaps.size:
        return nothing
    for gap in (int(gaps.min()), int(np.median(gaps))):
        step = int(_STEPS[np.abs(_STEPS - gap).argmin()])
        limit = min(_LIMIT, int(_SHARE * step))
        if gap < step - 2 * limit or (gap > step + 2 * limit and step < _STEPS[-1]):
            continue
        if not ((counts - counts[0]) % step).any():
            return nothing
        snapped = _on_step(counts, step, limit)
        if snapped is not None and np.unique(snapped).size == np.unique(counts).size:
            moved = np.timedelta64(int(np.abs(snapped - counts).max()), "ns")
            return snapped.astype("datetime64[ns]"), np.timedelta64(step, "ns"), moved
    return nothing


def _on_step(counts: NDArray[np.int64], step: int, limit: int) -> NDArray[np.int64] | None:
    """Round to a step from midnight, or from the roundest time that the scatter allows."""
    nearest = _round(counts, step)
    if np.abs(counts - nearest).max() <= limit:
        return nearest
    late = (counts - counts[0] + step // 2) % step - step // 2
    middle = counts[0] + int(np.median(late))
    scatter = int(np.abs(counts - middle - _round(counts - middle, step)).max())
    if scatter > limit:
        return None
    for grain in _GRAINS:
        first = int(_round(np.int64(middle), grain))
        nearest = first + _round(counts - first, step)
        if np.abs(counts - nearest).max() <= 2 * scatter:
            return nearest
    return None


def _round(counts: NDArray[np.int64] | np.int64, step: int) -> NDArray[np.int64]:
    return np.asarray((counts + step // 2) // step * step)


def _count(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return times.astype("datetime64[ns]").astype(np.int64)
