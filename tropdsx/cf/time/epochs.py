"""Bring epochs into order; find those of a period, and those some hours apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import xarray as xr

from tropdsx.cf.time.dates import UNDATED, read_dates
from tropdsx.cf.time.snap import find_nearest_epochs, tolerance_of
from tropdsx.cf.time.text import parse_date
from tropdsx.errors import GridError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "NEIGHBOUR_HOURS",
    "in_period",
    "neighbour_rows",
    "reach_of",
    "standardise_time",
]

Field = TypeVar("Field", xr.Dataset, xr.DataArray)

NEIGHBOUR_HOURS = (-6, 6)
"""From an epoch to the neighbouring ones that networks look at [h]."""


def standardise_time(
    time: xr.DataArray | None, notes: list[str]
) -> tuple[np.ndarray, slice | np.ndarray]:
    """Convert epochs to ascending datetime64, and find the index that sorts the caller's so.

    Parameters
    ----------
    time : DataArray or None
        Caller's time, 1-D or scalar; None where the file has none.
    notes : list of str
        What was assumed is appended here.

    Returns
    -------
    values : ndarray of datetime64
        Epochs [UTC], shape (n,); NaT where the caller gives none.
    order : slice or ndarray of int
        Index into the caller's epochs, shape (n,).

    Raises
    ------
    GridError
        If an epoch occurs twice or the calendar knows days that do not exist.

    Examples
    --------
    >>> times = xr.DataArray(np.array(["2021-01-02", "2021-01-01"], dtype="M8[ns]"), dims="time")
    >>> standardise_time(times, [])[1]
    array([1, 0])
    """
    if time is None:
        notes.append(f"no time found: {UNDATED}")
        return np.array(["NaT"], dtype="datetime64[ns]"), slice(None)
    values = np.atleast_1d(read_dates(time, notes))
    if np.isnat(values).all():
        if not any(note.endswith(UNDATED) for note in notes):
            notes.append(f"'{time.name}' holds no date: {UNDATED}")
        return values, slice(None)
    if np.isnat(values).any():
        msg = (
            f"time '{time.name}' has no date at place {int(np.argmax(np.isnat(values)))}; every "
            "field needs an epoch. Drop it with ds.sel(time=ds.time.notnull())."
        )
        raise GridError(msg)
    order = np.argsort(values, kind="stable")
    repeated = np.diff(values[order]) == np.timedelta64(0)
    if repeated.any():
        epoch = np.datetime_as_string(values[order][:-1][repeated][0], unit="m")
        msg = (
            f"time {epoch} occurs more than once ({int(repeated.sum())} repeated epochs in all); "
            "accepted is each epoch once, of one forecast. Select a run where there are several; "
            f"where the fields are the same, use ds.drop_duplicates('{time.dims[0]}')."
        )
        raise GridError(msg)
    if np.array_equal(order, np.arange(values.size)):
        return values, slice(None)
    notes.append("times were not ascending: sorted, and put back in their order on output")
    return values[order], order


def neighbour_rows(time: np.ndarray, hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the epochs some hours away, as far as jitter and single precision allow.

    Parameters
    ----------
    time : ndarray of datetime64, shape (N,)
        Epochs in any order; NaT has no neighbours.
    hours : int
        How far, negative for earlier ones [h].

    Returns
    -------
    row : ndarray of int, shape (N,)
        Place of each neighbour; any valid one where there is none.
    found : ndarray of bool, shape (N,)
        Whether there is one.

    Examples
    --------
    >>> time = np.array(["2021-01-01T00", "2021-01-01T06", "2021-01-01T13"], "datetime64[h]")
    >>> neighbour_rows(time, 6)[1].tolist()
    [True, False, False]
    """
    wanted: np.ndarray = time + np.timedelta64(hours, "h")
    row, off = find_nearest_epochs(time, wanted)
    return row, off <= tolerance_of(time)


def reach_of(dates: NDArray[np.datetime64]) -> np.timedelta64:
    """Find how far from an epoch a time may be to be served by it.

    Parameters
    ----------
    dates : ndarray of datetime64, shape (N,)
        Epochs, in any order.

    Returns
    -------
    timedelta64
        Their usual step; a day where there is one alone.

    Examples
    --------
    >>> reach_of(np.array(["2021-01-01T06", "2021-01-01T00"], "M8[h]"))
    np.timedelta64(6,'h')
    """
    steps = np.diff(np.unique(dates))
    return np.timedelta64(np.median(steps)) if steps.size else np.timedelta64(1, "D")


def in_period(field: Field, periods: str | Sequence[str]) -> Field:
    """Keep the epochs that lie in a period, or in any of several.

    Parameters
    ----------
    field : Dataset or DataArray
        With ``time`` of datetime64.
    periods : str or sequence of str
        "START/END" in ISO 8601, extended or basic, or one date; the end counts whole, be it a
        year, a month, a day or an hour.

    Returns
    -------
    Dataset or DataArray
        The epochs in their order.

    Raises
    ------
    GridError
        If a period cannot be read or holds no epoch.

    Examples
    --------
    >>> days = np.arange("2022-03-01", "2022-03-05", dtype="datetime64[D]").astype("M8[ns]")
    >>> series = xr.DataArray(range(4), {"time": days})
    >>> in_period(series, "2022-03-02 / 2022-03-03").values.tolist()
    [1, 2]
    >>> in_period(series, ["2022-03-01", "2022-03-04/2022"]).values.tolist()
    [0, 3]
    """
    times = field["time"].to_numpy()
    # In microseconds: a far year overflows nanoseconds without an error.
    exact = times.astype("datetime64[us]")
    kept = np.zeros(times.size, bool)
    for period in [periods] if isinstance(periods, str) else periods:
        start, end = _read_period(period)
        inside = (exact >= start) & (exact < end)
        if not inside.any():
            msg = f"period {period!r} holds no epoch of the data ({_span(exact)})"
            raise GridError(msg)
        kept |= inside
    return field.isel(time=np.flatnonzero(kept))


def _read_period(period: str) -> tuple[np.datetime64, np.datetime64]:
    """Read a period: its first moment, and the first one after it."""
    try:
        dates = [_read_end(part.strip()) for part in period.split("/")]
        end = dates[-1] + 1  # in the unit of its text
        if len(dates) > 2:
            raise ValueError
    except ValueError as error:
        msg = (
            f"period {period!r} cannot be read; accepted is START/END or one date, as "
            "2022-04-01/2022-04-14, 2022-03/2022-04 or 2022-04"
        )
        raise GridError(msg) from error
    return dates[0].astype("datetime64[us]"), end.astype("datetime64[us]")


def _read_end(text: str) -> np.datetime64:
    """Read a date or a year; here a far one is no mistake, for it means without end."""
    return np.datetime64(text) if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text) else parse_date(text)


def _span(times: NDArray[np.datetime64]) -> str:
    known = times[~np.isnat(times)]
    if not known.size:
        return "no dates"
    return " to ".join(np.datetime_as_string(each, unit="m") for each in (known.min(), known.max()))
