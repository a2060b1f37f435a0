"""The time coordinate: to datetime64, sorted, without repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, InputError, warn

__all__ = ["between", "dates_of", "neighbour_rows", "period_of", "standard_time"]

_REAL_CALENDARS = {"standard", "gregorian", "proleptic_gregorian"}
_MJD = {"mjd", "modified julian date", "modified julian day", "modified julian days"}
_CDO_DAY = "day as %y%m%d"  # cdo's absolute time axis: 20220309.25 is 06 UTC of 9 March 2022


def standard_time(
    time: xr.DataArray | None, notes: list[str]
) -> tuple[np.ndarray, slice | np.ndarray]:
    """Epochs as ascending datetime64, and the index that sorts the caller's into them.

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
    >>> standard_time(times, [])[1]
    array([1, 0])
    """
    if time is None:
        notes.append("no time found: the field is taken as one epoch of unknown date")
        return np.array(["NaT"], dtype="datetime64[ns]"), slice(None)
    values = np.atleast_1d(dates_of(time, notes))
    if np.isnat(values).all():
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
            "accepted is each epoch once. Use ds.drop_duplicates('time')."
        )
        raise GridError(msg)
    if np.array_equal(order, np.arange(values.size)):
        return values, slice(None)
    notes.append("times were not ascending: sorted, and put back in their order on output")
    return values[order], order


def dates_of(time: xr.DataArray, notes: list[str]) -> np.ndarray:
    """Dates of a time coordinate in whatever form, in its order.

    Parameters
    ----------
    time : DataArray
        datetime64, cftime of a real calendar, ISO 8601 text, CF numbers ("hours since ..."),
        modified Julian dates (units "MJD") or cdo's days (units "day as %Y%m%d.%f").
    notes : list of str
        What was assumed is appended here.

    Returns
    -------
    ndarray of datetime64
        Same shape [UTC]; NaT where numbers have no unit that makes dates of them.

    Raises
    ------
    GridError
        If text or a day is no date, a day is missing or a 32-bit number, or the calendar knows days
        that do not exist.

    Examples
    --------
    >>> dates_of(xr.DataArray([59647.25], dims="t", attrs={"units": "MJD"}), [])
    array(['2022-03-09T06:00:00.000000000'], dtype='datetime64[ns]')
    """
    if " since " in str(time.attrs.get("units", "")):
        # Opened with decode_times=False.
        name = time.name or "time"
        time = xr.decode_cf(time.rename(name).to_dataset(name="value").reset_coords())["value"]
    values = time.values
    if values.dtype.kind == "M":
        return values
    if values.dtype == object and values.size and hasattr(np.atleast_1d(values)[0], "calendar"):
        return _from_cftime(np.atleast_1d(values))
    if values.dtype.kind in "US" or values.dtype == object:
        try:
            return np.asarray(values, dtype=str).astype("datetime64[ns]")
        except ValueError:
            msg = (
                f"time '{time.name}' holds text such as '{np.atleast_1d(values)[0]}' that is no "
                "date; accepted are datetime64 or ISO 8601. Convert it with pandas.to_datetime."
            )
            raise GridError(msg) from None
    unit = str(time.attrs.get("units", "")).strip()
    if unit.lower() in _MJD or unit.lower().startswith(_CDO_DAY):
        notes.append(f"dates taken from '{time.name}' by its units '{unit}'")
        try:
            return _from_days(values, modified=unit.lower() in _MJD)
        except ValueError as error:
            msg = (
                f"time '{time.name}' has units '{unit}' and cannot be read: {error}; accepted are "
                "days as 64-bit numbers. Give dates with ds.assign_coords(time=...)."
            )
            raise GridError(msg) from None
    notes.append(f"'{time.name}' counts fields without dates: the epochs are taken as unknown")
    if unit not in ("", "1"):
        text = (
            f"'{time.name}' has units '{unit}', which makes no dates: the epochs are taken as "
            "unknown, and heights are lifted with the mean of the year. Accepted are units such "
            "as 'hours since 2022-01-01', and MJD"
        )
        warn(text)
    return np.full(values.shape, "NaT", dtype="datetime64[ns]")


def _from_days(values: np.ndarray, *, modified: bool) -> np.ndarray:
    """Make dates, to the second, of modified Julian ones or yyyymmdd with a fraction of the day."""
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        msg = "32-bit numbers hold no time of day"
        raise ValueError(msg)
    if not np.isfinite(values.astype(float)).all():
        msg = "some are missing"
        raise ValueError(msg)
    whole = np.floor(values).astype(np.int64)
    if modified:
        days = np.datetime64("1858-11-17", "D") + whole
    else:
        days = np.array(
            [f"{d // 10000:04d}-{d // 100 % 100:02d}-{d % 100:02d}" for d in whole.ravel()], "M8[D]"
        ).reshape(whole.shape)
    seconds = np.rint((values - whole) * 86400.0).astype(np.int64)
    return (days.astype("M8[s]") + seconds).astype("M8[ns]")


def _from_cftime(values: np.ndarray) -> np.ndarray:
    calendar = values[0].calendar
    if calendar not in _REAL_CALENDARS:
        msg = (
            f"time uses the calendar '{calendar}'; accepted are "
            f"{', '.join(sorted(_REAL_CALENDARS))}. "
            "Convert it with ds.convert_calendar('standard')."
        )
        raise GridError(msg)
    return np.array([v.isoformat() for v in values], dtype="datetime64[ns]")


def neighbour_rows(time: np.ndarray, hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the epochs exactly some hours away.

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
    wanted = time + np.timedelta64(hours, "h")
    order = np.argsort(time, kind="stable")
    place = np.clip(np.searchsorted(time[order], wanted), 0, time.size - 1)
    row = order[place]
    return row, (time[row] == wanted) & ~np.isnat(time)


def between(ds: xr.Dataset, ranges: Sequence[str]) -> xr.Dataset:
    """Keep the epochs inside any of the ranges "start/end" (both included).

    Raises
    ------
    InputError
        If a range is not understood or holds no epoch.
    """
    time = ds["time"].to_numpy()
    keep = np.zeros(time.size, bool)
    for text in ranges:
        first, _, last = text.partition("/")
        try:
            start = np.datetime64(first)
            # "2022-04-14" as the end means the whole of that day.
            end = np.datetime64(last or first) + 1
        except ValueError as error:
            msg = f"time range {text!r} is not understood; give start/end, e.g. 2022-03/2022-04-05"
            raise InputError(msg) from error
        inside = (time >= start) & (time < end)
        if not inside.any():
            span = f"{time.min()} to {time.max()}" if time.size else "no epochs"
            msg = f"time range {text!r} holds no epoch of the data ({span})"
            raise InputError(msg)
        keep |= inside
    return ds.isel(time=keep)


def period_of(field: xr.Dataset | xr.DataArray, period: str) -> Any:
    """Keep the epochs of a period.

    Parameters
    ----------
    field : Dataset or DataArray
        With ``time``.
    period : str
        "start/end" in ISO 8601; the end counts whole, be it a year, a month, a day or an hour, as
        in the ranges of a training.

    Returns
    -------
    Dataset or DataArray

    Raises
    ------
    GridError
        If the period cannot be read or holds no epoch.

    Examples
    --------
    >>> days = np.arange("2022-03-01", "2022-03-05", dtype="datetime64[D]").astype("M8[ns]")
    >>> period_of(xr.DataArray(range(4), {"time": days}), "2022-03-02/2022-03-03").values.tolist()
    [1, 2]
    """
    start, end = _bounds(period)
    times = field["time"].to_numpy()
    # In microseconds: a far year overflows nanoseconds without a word.
    exact = times.astype("datetime64[us]")
    inside = np.flatnonzero((exact >= start) & (exact < end))
    if not inside.size:
        span = np.datetime_as_string(times[[0, -1]], unit="m")
        msg = f"no epoch ({span[0]} to {span[1]}) lies in {period}"
        raise GridError(msg)
    return field.isel(time=inside)


def _bounds(period: str) -> tuple[np.datetime64, np.datetime64]:
    """First moment of a period, and the first one after it."""
    try:
        start, last = (np.datetime64(part.strip().removesuffix("Z")) for part in period.split("/"))
        end = last + 1  # in the unit of its text
        if np.isnat(start) or np.isnat(end):
            raise ValueError
    except ValueError as error:
        msg = (
            f"period {period!r} cannot be read; accepted is START/END, as 2022-04-01/2022-04-14 or "
            "2022-03/2022-04"
        )
        raise GridError(msg) from error
    return start.astype("datetime64[us]"), end.astype("datetime64[us]")
