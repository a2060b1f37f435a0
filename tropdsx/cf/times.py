"""Read times: dates of any form, ascending epochs, periods, and epochs some hours apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, warn

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "NEIGHBOUR_HOURS",
    "in_period",
    "neighbour_rows",
    "read_dates",
    "standardise_time",
]

Field = TypeVar("Field", xr.Dataset, xr.DataArray)

NEIGHBOUR_HOURS = (-6, 6)
"""From an epoch to the neighbouring ones that networks look at [h]."""

_REAL_CALENDARS = {"standard", "gregorian", "proleptic_gregorian"}
_MJD = {"mjd", "modified julian date", "modified julian day", "modified julian days"}
_CDO_DAY = "day as %y%m%d"  # cdo's absolute time axis: 20220309.25 is 06 UTC of 9 March 2022


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
        notes.append("no time found: the field is taken as one epoch of unknown date")
        return np.array(["NaT"], dtype="datetime64[ns]"), slice(None)
    values = np.atleast_1d(read_dates(time, notes))
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


def read_dates(time: xr.DataArray, notes: list[str]) -> np.ndarray:
    """Read the dates of a time coordinate of any form, in its order.

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
    >>> read_dates(xr.DataArray([59647.25], dims="t", attrs={"units": "MJD"}), [])
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


def in_period(field: Field, periods: str | Sequence[str]) -> Field:
    """Keep the epochs that lie in a period, or in any of several.

    Parameters
    ----------
    field : Dataset or DataArray
        With ``time`` of datetime64.
    periods : str or sequence of str
        "START/END" in ISO 8601, or one date; the end counts whole, be it a year, a month, a day or
        an hour.

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
        dates = [np.datetime64(part.strip().removesuffix("Z")) for part in period.split("/")]
        end = dates[-1] + 1  # in the unit of its text
        if len(dates) > 2 or np.isnat(dates[0]) or np.isnat(end):
            raise ValueError
    except ValueError as error:
        msg = (
            f"period {period!r} cannot be read; accepted is START/END or one date, as "
            "2022-04-01/2022-04-14, 2022-03/2022-04 or 2022-04"
        )
        raise GridError(msg) from error
    return dates[0].astype("datetime64[us]"), end.astype("datetime64[us]")


def _span(times: NDArray[np.datetime64]) -> str:
    known = times[~np.isnat(times)]
    if not known.size:
        return "no dates"
    return " to ".join(np.datetime_as_string(each, unit="m") for each in (known.min(), known.max()))
