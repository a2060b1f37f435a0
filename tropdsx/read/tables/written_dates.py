"""Dates as tables write them: the year first, with the name of the month, epochs of SINEX."""

from __future__ import annotations

import re

import numpy as np

from tropdsx.cf.time.text import parse_date

__all__ = ["DAY_ALONE", "describe_serial", "read_date"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ORDERS = (
    rf"(?P<year>\d{{4}})[-/. ]?(?P<name>{_NAME})[-/. ]?(?P<day>\d{{1,2}})",
    rf"(?P<day>\d{{1,2}})[-/. ]?(?P<name>{_NAME})[-/., ]{{0,2}}(?P<year>\d{{4}})",
    rf"(?P<name>{_NAME})[- ](?P<day>\d{{1,2}}),?[- ](?P<year>\d{{4}})",
)
_NAMED = [
    re.compile(rf"{order}(?:[T,: ]+(?P<hour>\d{{1,2}})(?P<rest>:.*)?)?", re.IGNORECASE)
    for order in _ORDERS
]
"""2021-Jan-01, 01-JAN-2021 06:00, January 1, 2021: with a name nothing is interchanged."""
_SHORT = re.compile(rf"\d{{1,2}}[-/. ]?{_NAME}[-/., ]{{0,2}}\d{{1,2}}(?!\d).*", re.IGNORECASE)
DAY_ALONE = (
    r"\d{4}([-/.]?)\d{1,2}\1\d{1,2}Z?|(?i:"
    + "|".join(re.sub(r"\?P<\w+>", "?:", order) for order in _ORDERS)
    + ")"
)
"""Pattern of a day without its time of day."""
_SINEX = re.compile(r"(\d{2}|\d{4}):(\d{3}):(\d{5})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2})(?=:|$|Z))?(.*)")
_SERIALS = (
    (25_000.0, 49_500.0, 15_018.0, "a serial number of Excel", "add 15018"),
    (700_000.0, 770_000.0, -678_942.0, "a datenum of MATLAB", "subtract 678942"),
)
"""From where to where, what makes modified Julian dates of it, what it is and how."""
_MJD = np.datetime64("1858-11-17", "s")


def read_date(text: str) -> np.datetime64:
    """Read one date.

    Parameters
    ----------
    text : str
        ISO 8601 and its usual variants (2022-03-09 06:00, 2022/3/9, 20220309T06), with an English
        name of the month (2022-Mar-09, 09-MAR-2022 06:00, March 9, 2022), or an epoch of SINEX
        (22:068:21600).

    Returns
    -------
    datetime64
        UTC, in the unit of the text.

    Raises
    ------
    ValueError
        If it is no date, or day, month and year cannot be told apart.

    Examples
    --------
    >>> read_date("09-MAR-2022 06:00"), read_date("2022/3/9")
    (np.datetime64('2022-03-09T06:00'), np.datetime64('2022-03-09'))
    """
    if (found := _SINEX.fullmatch(text)) is not None:
        return _of_sinex(*map(int, found.groups()))
    if (found := _YEAR_FIRST.fullmatch(text)) is not None:
        year, month, day, hour, rest = found.groups()
        clock = f"T{hour:0>2}" if hour else ""
        text = f"{year}-{month:0>2}-{day:0>2}{clock}{rest}"
    elif (named := next(filter(None, (p.fullmatch(text) for p in _NAMED)), None)) is not None:
        number = 1 + _MONTHS.index(named["name"][:3].lower())
        clock = f"T{named['hour']:0>2}{named['rest'] or ''}" if named["hour"] else ""
        text = f"{named['year']}-{number:02d}-{named['day']:0>2}{clock}"
    elif re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}", text):
        msg = "day and month cannot be told apart"
        raise ValueError(msg)
    elif _SHORT.fullmatch(text):
        msg = "day and year cannot be told apart: write the year with four digits"
        raise ValueError(msg)
    date = parse_date(text)
    if np.datetime_data(date.dtype)[0] in "YM":
        msg = "it has no day"
        raise ValueError(msg)
    return date


def _of_sinex(year: int, day: int, second: int) -> np.datetime64:
    """Make a date of a year, a day of it and a second of that."""
    century = 0 if year > 99 else 1900 if year > 50 else 2000  # SINEX 2.02
    start = np.datetime64(f"{century + year:04d}-01-01", "s")
    date = start + np.timedelta64(86400 * (day - 1) + second, "s")
    if second >= 86400 or date.astype("M8[Y]") != start.astype("M8[Y]"):
        msg = f"day {day} and second {second} are not of the year {century + year} and a day"
        raise ValueError(msg)
    return date


def describe_serial(text: str) -> str:
    """Say which program's serial number of days a number looks like, and how to convert it.

    Parameters
    ----------
    text : str
        Of a cell.

    Returns
    -------
    str
        For a message; empty where it looks like none.

    Examples
    --------
    >>> describe_serial("738157.25")
    'a datenum of MATLAB, 2021-01-01T06:00: subtract 678942 and name the column mjd, or write ...'
    >>> describe_serial("12")
    ''
    """
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return ""
    for low, high, to_mjd, what, how in _SERIALS:
        if low <= number < high:
            date = _MJD + np.timedelta64(round((number + to_mjd) * 86400), "s")
            return f"{what}, {date!s:.16}: {how} and name the column mjd, or write dates as text"
    return ""
