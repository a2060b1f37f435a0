"""Which epochs a network knows: those it learned from, itself or through other networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

__all__ = ["epochs_seen", "hours_apart"]

#: Epochs that are no further apart belong to one run [h].
USUAL_STEP = 6.0


def epochs_seen(
    fields: Sequence[xr.Dataset], cards: Sequence[dict[str, Any]] = ()
) -> list[str] | None:
    """Find the runs of epochs in training fields and in the cards of networks learned from.

    Parameters
    ----------
    fields : sequence of Dataset
        With a time axis.
    cards : sequence of dict
        Of networks that training went on from, or that taught.

    Returns
    -------
    list of str, or None
        "first/last" of each run; None if a card does not say.

    Examples
    --------
    >>> time = np.datetime64("2022-03-01T00") + np.arange(4) * np.timedelta64(6, "h")
    >>> one = xr.Dataset(coords={"time": time})
    >>> epochs_seen([one], [{"training": {"epochs_seen": ["2022-03-01T18/2022-03-02T06"]}}])
    ['2022-03-01T00/2022-03-02T06']
    >>> epochs_seen([one.isel(time=[0, 3])])
    ['2022-03-01T00/2022-03-01T00', '2022-03-01T18/2022-03-01T18']
    >>> epochs_seen([one], [{}]) is None
    True
    """
    spans, step = [], USUAL_STEP
    for ds in fields:
        time = np.sort(_hours(ds["time"].to_numpy()))
        spans += [(t, t) for t in time]
        if time.size > 2:
            step = max(step, float(np.median(np.diff(time))))
    for card in cards:
        runs = (card.get("training") or {}).get("epochs_seen")
        if runs is None:
            return None
        spans += [tuple(run) for run in _bounds(runs)]
    merged: list[list[float]] = []
    for first, last in sorted(spans):
        if merged and first - merged[-1][1] <= step:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return ["/".join(str(np.datetime64(int(t), "h")) for t in run) for run in merged]


def hours_apart(runs: Sequence[str], time: NDArray[np.datetime64]) -> float:
    """Measure the least time between runs of epochs and other epochs.

    Parameters
    ----------
    runs : sequence of str
        "first/last" of each run.
    time : ndarray of datetime64
        Other epochs.

    Returns
    -------
    float
        0 inside a run [h].

    Examples
    --------
    >>> hours_apart(["2022-03-01T00/2022-03-02T06"], np.array(["2022-03-02T12"], "M8[h]"))
    6.0
    """
    first, last = _bounds(runs).T[..., None]
    hours = _hours(time)
    return float(np.maximum(np.maximum(first - hours, hours - last), 0.0).min())


def _bounds(runs: Sequence[str]) -> NDArray[np.float64]:
    """First and last hour of each run, (runs, 2)."""
    return _hours(np.array([run.split("/") for run in runs], "datetime64[h]"))


def _hours(time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    return (time - np.datetime64(0, "h")) / np.timedelta64(1, "h")
