"""Levels without values, or without any vapour, between others: holes that a file does not name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.profile.columns import Columns
from tropdsx.atmos.profile.layers import mixed_saturation
from tropdsx.atmos.water_vapour import vapour_pressure

__all__ = ["find_gaps"]

_DRIEST = 0.02
"""Share of saturation on both levels beside one where vapour of exactly 0 is none of nature [1]."""
_NOTHING = 0.01
"""Share of the vapour of the drier neighbour which is as good as 0 [1]."""
_LOWEST = 200.0
"""Lowest pressure at which humidity is judged: models hold 0 in the stratosphere [hPa]."""


def find_gaps(columns: Columns, humidity_kind: str) -> list[tuple[str, float, str]]:
    """Find levels that lack temperature or humidity everywhere, and have others on both sides.

    Parameters
    ----------
    columns : Columns
        A few of them, levels in either order.
    humidity_kind : {"specific", "relative", "vapour_pressure"}
        What ``columns.humidity`` is.

    Returns
    -------
    list of tuple
        "temperature" or "humidity", pressure of the level [hPa], and "no value" or "0".

    Examples
    --------
    >>> p, none = np.array([1000.0, 850.0, 700.0]), np.array(np.nan)
    >>> q = np.array([8e-3, 0.0, 4e-3])
    >>> column = Columns(p, np.full(3, 280.0), q, none, none, *[none] * 7)
    >>> find_gaps(column, "specific")
    [('humidity', 850.0, '0')]
    """
    p, t, humidity = np.broadcast_arrays(
        *(np.asarray(each, np.float64) for each in (columns[0], columns[1], columns[2]))
    )
    if p.shape[0] < 3:
        return []
    p, t, humidity = (each.reshape(p.shape[0], -1) for each in (p, t, humidity))
    found = [
        (role, float(np.nanmedian(p[level])), "no value")
        for role, values in (("temperature", t), ("humidity", humidity))
        for level in _hollow(np.isfinite(values).any(axis=1))
    ]
    empty = _moist_beside(p, t, humidity, humidity_kind) & _next_to_nothing(humidity)
    found += [
        ("humidity", float(np.nanmedian(p[level])), "0") for level in np.flatnonzero(empty).tolist()
    ]
    return found


def _next_to_nothing(humidity: FloatArray) -> NDArray[np.bool_]:
    """Levels that hold 0 in all columns, or what is left of it where a file is packed."""
    found = np.zeros(len(humidity), np.bool_)
    with np.errstate(invalid="ignore"):
        beside = np.minimum(humidity[:-2], humidity[2:])
        found[1:-1] = (np.abs(humidity[1:-1]) <= _NOTHING * np.abs(beside)).all(axis=1)
    return found


def _hollow(known: NDArray[np.bool_]) -> Iterator[int]:
    """Levels without a value between levels with one."""
    there = np.flatnonzero(known)
    if there.size:
        yield from (int(k) for k in np.flatnonzero(~known) if there[0] < k < there[-1])


def _moist_beside(
    p: FloatArray, t: FloatArray, humidity: FloatArray, humidity_kind: str
) -> NDArray[np.bool_]:
    """Levels with vapour on both sides, by the medians of the columns."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if humidity_kind == "relative":
            share = humidity
        elif humidity_kind == "specific":
            share = np.asarray(vapour_pressure(humidity, p)) / mixed_saturation(t)
        else:
            share = humidity / mixed_saturation(t)
        known = np.isfinite(share)
        counts = (share > _DRIEST).sum(axis=1)
        moist = (counts > known.sum(axis=1) / 2) & (p > _LOWEST).all(axis=1)
    beside = np.zeros_like(moist)
    beside[1:-1] = moist[:-2] & moist[2:]
    return beside
