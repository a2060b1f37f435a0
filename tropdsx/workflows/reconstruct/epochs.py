"""Observations at the epochs of an analysis: each station by its own times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.time.between import WIDEST_GAP
from tropdsx.errors import warn

__all__ = ["Found", "Unused", "describe_unused", "observe_at", "warn_of_unused"]

Array = NDArray[np.float64]

#: Observations serve an epoch that is no further away, between two of them [h].
NEAR = 1.0
#: One this near is of the epoch, where there are no two to interpolate between [h].
AT_EPOCH = 5.0 / 60.0
HOUR = np.timedelta64(3600 * 10**9, "ns")


class Unused(NamedTuple):
    """Observations that serve no epoch, and why.

    Attributes
    ----------
    total : int
        Observations that there are.
    outside : int
        Before the first or after the last epoch of the grid.
    between : int
        Further than an hour from any epoch, or beside one that has a nearer observation.
    alone : int
        Within an hour of an epoch, with none on its other side to interpolate with.
    """

    total: int = 0
    outside: int = 0
    between: int = 0
    alone: int = 0

    @property
    def lost(self) -> int:
        """How many there are of all three."""
        return self.outside + self.between + self.alone


class Found(NamedTuple):
    """Observations at epochs.

    Attributes
    ----------
    ztd : ndarray, shape (T, n)
        NaN where a station has none [m].
    unused : Unused
        What serves no epoch.
    """

    ztd: Array
    unused: Unused


def observe_at(ztd: xr.DataArray, times: NDArray[np.datetime64]) -> Found:
    """Interpolate observations to epochs, each station between its own times.

    Parameters
    ----------
    ztd : DataArray
        On (time, station), times ascending; NaN where a station does not report [m].
    times : ndarray of datetime64, shape (T,)
        Epochs, ascending.

    Returns
    -------
    Found
        At an epoch a station has its observation of that time, or what lies between two of which
        the nearer one is within an hour, no further apart than one and a half of its own steps or
        two hours; or the one within five minutes.

    Examples
    --------
    Two stations report by turns, half an hour apart:

    >>> when = np.array(["2022-03-09T00:30", "2022-03-09T01:30"], "datetime64[ns]")
    >>> half = np.array(["2022-03-09T00:00", "2022-03-09T01:00"], "datetime64[ns]")
    >>> time = np.sort(np.concatenate([when, half]))
    >>> values = [[np.nan, 2.40], [2.30, np.nan], [np.nan, 2.42], [2.32, np.nan]]
    >>> ds = xr.DataArray(values, {"time": time}, ("time", "station"))
    >>> found = observe_at(ds, half)
    >>> found.ztd.round(3)
    array([[ nan, 2.4 ],
           [2.31, 2.42]])
    """
    have = _hours(ztd["time"].to_numpy(), times[0])
    wanted = _hours(times, times[0])
    values = ztd.transpose("time", "station").to_numpy().astype(np.float64)
    out = np.full((wanted.size, values.shape[1]), np.nan)
    served = np.zeros(values.shape, bool)
    for number, column in enumerate(values.T):
        own = np.flatnonzero(np.isfinite(column))
        if own.size:
            out[:, number], used = _interpolate(have[own], column[own], wanted)
            served[own[used], number] = True
    there = np.isfinite(values)
    outside = (have < wanted[0] - AT_EPOCH) | (have > wanted[-1] + AT_EPOCH)
    near = _distance(have, wanted) <= NEAR
    lost = there & ~served
    alone = lost & near[:, None] & ~outside[:, None] & ~_beside_served(have, wanted, out)
    counts = [int((lost & outside[:, None]).sum()), int(alone.sum())]
    between = int(lost.sum()) - sum(counts)
    return Found(out, Unused(int(there.sum()), counts[0], between, counts[1]))


def _interpolate(have: Array, values: Array, wanted: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Interpolate one station; also which of its observations have a share."""
    after = np.searchsorted(have, wanted)  # first at or after
    before = np.clip(after - 1, 0, have.size - 1)
    after = np.clip(after, 0, have.size - 1)
    exact = have[after] == wanted
    gap = have[after] - have[before]
    step = np.median(np.diff(have)) if have.size > 1 else 0.0
    to_next, to_last = have[after] - wanted, wanted - have[before]
    inside = (to_next >= 0) & (to_last >= 0) & (gap > 0)
    inside &= gap <= max(WIDEST_GAP * step, 2 * NEAR)
    inside &= np.minimum(to_next, to_last) <= NEAR
    share = np.divide(to_last, gap, out=np.zeros_like(gap), where=inside)
    mixed = values[before] * (1 - share) + values[after] * share
    nearest = np.where(np.abs(to_next) < np.abs(to_last), after, before)
    close = np.abs(have[nearest] - wanted) <= AT_EPOCH
    out = np.where(exact, values[after], np.where(inside, mixed, np.nan))
    single = close & ~exact & ~inside
    out[single] = values[nearest[single]]
    used = np.zeros(have.size, bool)
    used[after[exact]] = True
    used[nearest[single]] = True
    between = inside & ~exact
    used[before[between]] = True
    used[after[between]] = True
    return out, used


def _beside_served(have: Array, wanted: Array, out: Array) -> NDArray[np.bool_]:
    """Tell of each time and station whether the nearest epoch has a value without it."""
    place = np.clip(np.searchsorted(wanted, have), 0, wanted.size - 1)
    before = np.clip(place - 1, 0, wanted.size - 1)
    place = np.where(np.abs(wanted[before] - have) < np.abs(wanted[place] - have), before, place)
    return np.isfinite(out[place])


def _distance(have: Array, wanted: Array) -> Array:
    """Distance of each time to the nearest epoch [h]."""
    place = np.clip(np.searchsorted(wanted, have), 0, wanted.size - 1)
    before = np.clip(place - 1, 0, wanted.size - 1)
    return np.minimum(np.abs(wanted[place] - have), np.abs(have - wanted[before]))


def _hours(times: NDArray, start: np.datetime64) -> Array:
    return np.asarray((times.astype("datetime64[ns]") - start) / HOUR, np.float64)


def describe_unused(unused: Unused) -> str:
    """Say how many observations serve no epoch, and why.

    Parameters
    ----------
    unused : Unused
        Counts.

    Returns
    -------
    str
        Empty where all serve.

    Examples
    --------
    >>> describe_unused(Unused(total=24, between=20))
    '20 of 24 observations serve no epoch: 20 lie between epochs'
    """
    parts = [
        f"{count} {text}"
        for count, text in (
            (unused.outside, "lie before the first or after the last epoch"),
            (unused.between, "lie between epochs"),
            (unused.alone, "have no second one within reach on the other side of an epoch"),
        )
        if count
    ]
    if not parts:
        return ""
    return f"{unused.lost} of {unused.total} observations serve no epoch: {', '.join(parts)}"


def warn_of_unused(unused: Unused) -> None:
    """Warn of observations that are near an epoch and cannot serve it.

    Parameters
    ----------
    unused : Unused
        Those that are of other times are no reason to warn.

    Examples
    --------
    >>> warn_of_unused(Unused(total=24, between=20))
    """
    if unused.alone:
        warn(describe_unused(unused))
