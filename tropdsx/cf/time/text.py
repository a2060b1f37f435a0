"""Read dates written as text: ISO 8601, extended and basic."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import GridError

__all__ = ["FIRST_YEAR", "LAST_YEAR", "as_date", "parse_date", "read_texts"]

FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Whole years that nanoseconds since 1970 can hold."""

_YEARS_WITHOUT_HYPHENS = range(1900, 2101)
"""Years taken from digits alone, which may count anything: hours of the day, seconds, pixels."""

_CLOCK = r"(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?P<part>[.,]\d+)?)?)?"
_ZONE = r"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_EXTENDED = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})(?:-(?P<day>\d{{2}})(?:[T_ ]+{_CLOCK}{_ZONE})?)?Z?",
    re.IGNORECASE,
)
_BASIC = re.compile(
    rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?:(?P<day>\d{{2}})(?:[T_ -]?{_CLOCK}{_ZONE})?)?Z?",
    re.IGNORECASE,
)
_MISSING = {"", "nat", "nan", "none", "--"}


def parse_date(text: str) -> np.datetime64:
    """Read one date of ISO 8601, extended (2022-07-01T06:00) or basic (20220701T06, 2022070106).

    NumPy alone takes basic dates for years, and those overflow to other years without an error.

    Parameters
    ----------
    text : str
        At least year and month. A blank, an underscore or, between digits alone, nothing may stand
        for the T; what comes with an offset is brought to UTC.

    Returns
    -------
    datetime64
        UTC, in the unit of the text: months, days, hours, minutes, seconds or nanoseconds.

    Raises
    ------
    ValueError
        If it is no such date, or one that 64-bit nanoseconds cannot hold.

    Examples
    --------
    >>> parse_date("20220701T06"), parse_date("2022-07-01 08:00+02:00")
    (np.datetime64('2022-07-01T06','h'), np.datetime64('2022-07-01T06:00'))
    """
    text = text.strip()
    found = _EXTENDED.fullmatch(text) or _BASIC.fullmatch(text)
    if found is None:
        msg = "it is not written as year, month and day"
        raise ValueError(msg)
    year = int(found["year"])
    if "-" not in text[:5] and year not in _YEARS_WITHOUT_HYPHENS:
        msg = f"the year {year} in digits alone is not one of 1900 to 2100"
        raise ValueError(msg)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        msg = f"the year {year} is not one of {FIRST_YEAR} to {LAST_YEAR}"
        raise ValueError(msg)
    if found["second"] == "60":
        msg = "second 60 is a leap second, which datetime64 does not know"
        raise ValueError(msg)
    moment = np.datetime64(_spell(found))  # refuses 30 February, hour 24 and minute 60
    return moment - _offset(found["zone"]) if found["zone"] else moment


def as_date(date: str | dt.datetime | np.datetime64) -> np.datetime64:
    """Take a date that a caller names: as text by :func:`parse_date`, or as a date already.

    Parameters
    ----------
    date : str, datetime or datetime64
        UTC.

    Returns
    -------
    datetime64
        In its own unit.

    Raises
    ------
    GridError
        If text is no date.

    Examples
    --------
    >>> as_date("20220701"), as_date(dt.datetime(2022, 7, 1)).astype("M8[D]")
    (np.datetime64('2022-07-01'), np.datetime64('2022-07-01'))
    """
    if not isinstance(date, str):
        return np.datetime64(date)
    try:
        return parse_date(date)
    except ValueError as error:
        msg = (
            f"'{date}' is no date ({error}); accepted are ISO 8601, as 2022-07-01T06:00, "
            "20220701T06 or 2022070106."
        )
        raise GridError(msg) from None


def _spell(found: re.Match[str]) -> str:
    """Spell a date as NumPy reads it, in the unit that it has."""
    day = "-".join(found[part] for part in ("year", "month", "day") if found[part])
    clock = ":".join(found[part] for part in ("hour", "minute", "second") if found[part])
    part = f".{found['part'][1:10]:0<9}" if found["part"] else ""
    return f"{day}T{clock}{part}" if clock else day


def _offset(zone: str) -> np.timedelta64:
    if not zone.startswith(("+", "-")):
        return np.timedelta64(0, "h")
    digits = zone[1:].replace(":", "")
    if not int(digits[2:] or 0):
        return np.timedelta64(int(zone[0] + digits[:2]), "h")
    return np.timedelta64(int(zone[0] + "1") * (60 * int(digits[:2]) + int(digits[2:])), "m")


def read_texts(values: NDArray, name: object, notes: list[str]) -> NDArray[np.datetime64]:
    """Read an array of dates written as text.

    Parameters
    ----------
    values : ndarray
        Of str, bytes or objects of either, any shape; empty text and "NaT" are missing dates.
    name : object
        Of the time, for messages.
    notes : list of str
        What was assumed is appended here.

    Returns
    -------
    ndarray of datetime64[ns]
        Same shape [UTC].

    Raises
    ------
    GridError
        If one of them is no date.

    Examples
    --------
    >>> read_texts(np.array([b"20220701", b"20220702"]), "time", [])
    array(['2022-07-01T00:00:00.000000000', '2022-07-02T00:00:00.000000000'],
          dtype='datetime64[ns]')
    """
    dates = np.full(values.shape, "NaT", "datetime64[ns]")
    months = 0
    for place, value in np.ndenumerate(values):
        text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
        text = text.strip(" \0\t\n")
        if text.lower() in _MISSING:
            continue
        try:
            date = parse_date(text)
        except ValueError as error:
            msg = (
                f"time '{name}' holds text such as '{text}' that is no date ({error}); accepted "
                "are ISO 8601, as 2022-07-01T06:00, 20220701T06 or 2022070106, and datetime64. "
                "Convert it with pandas.to_datetime."
            )
            raise GridError(msg) from None
        months += np.datetime_data(date.dtype)[0] == "M"
        dates[place] = date
    if months:
        notes.append(f"{months} dates of '{name}' have no day: taken as the first of the month")
    return dates
