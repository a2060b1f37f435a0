"""Read the times of a table: dates as text, or counts of days, seconds and weeks in columns."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tropdsx.cf.time.day_counts import DAY, dates_after, dates_of_years, settle_dates
from tropdsx.errors import InputError, warn
from tropdsx.read.tables.columns import find_column, is_there, refuse_row, times_of
from tropdsx.read.tables.headings import Heading
from tropdsx.read.tables.layout import Table, cells_of
from tropdsx.read.tables.time_names import TIME_NAMES, part_of
from tropdsx.read.tables.time_parts import (
    CLOCKS,
    grain_of,
    is_clock,
    numbers_in,
    read_clock,
    read_days,
)
from tropdsx.read.tables.written_dates import DAY_ALONE, describe_serial

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Times", "has_times", "read_times", "time_headings"]

_MIDNIGHT = r"[+-]?0[0:.,]*Z?"
_DAYS = (("mjd",), ("year", "month", "day"), ("year", "doy"), ("jd",))
"""Columns that make days, the surest first; a clock may stand beside them."""
_WHOLE = (("unix",), ("week", "sow"), ("decimal_year",))
"""Columns that make whole times."""
_YEAR_SECONDS = 365.25 * DAY
_SURE = 20.0
"""Decimal years of six digits are known to 16 s; of fewer, hours cannot be told [s]."""


class Times(NamedTuple):
    """Times of the rows of a table.

    Attributes
    ----------
    dates : ndarray of datetime64[ns], shape (N,)
        One for each row.
    system : {"UTC", "GPS"}
        What they count.
    """

    dates: NDArray[np.datetime64]
    system: str = "UTC"


def has_times(table: Table) -> bool:
    """Tell whether a table has a time in each row.

    Parameters
    ----------
    table : Table
        As read.

    Returns
    -------
    bool

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> has_times(Table("a.csv", [read_heading("year"), read_heading("DOY")], None, " "))
    True
    """
    return find_column(table, TIME_NAMES) is not None or bool(_kinds(_parts(table), _DAYS + _WHOLE))


def time_headings(table: Table) -> list[Heading]:
    """List the columns that hold times or parts of them.

    Parameters
    ----------
    table : Table
        As read.

    Returns
    -------
    list of Heading

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> headings = [read_heading(text) for text in ("mjd", "ztd")]
    >>> [each.name for each in time_headings(Table("a.csv", headings, None, ","))]
    ['mjd']
    """
    return [each for each in table.headings if each.name in TIME_NAMES or part_of(each)]


def read_times(table: Table) -> Times:
    """Read the times of a table.

    Parameters
    ----------
    table : Table
        With dates as text (see :func:`~tropdsx.read.tables.columns.times_of`), in one column or
        as a day and its clock; or as numbers: year and day of the year, year, month and day, MJD
        or JD, each perhaps with hours, minutes and seconds, seconds of the day or a fraction;
        GPS week and seconds of the week; Unix seconds; decimal years.

    Returns
    -------
    Times
        With a warning that says what numbers were understood as.

    Raises
    ------
    InputError
        If there are none, one cannot be read, or what a number counts cannot be told.

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> cells = pd.DataFrame([["2022-03-09"], ["2022-03-10"]], index=[2, 3])
    >>> read_times(Table("a.csv", [read_heading("date")], cells, ",")).dates.astype("M8[D]")
    array(['2022-03-09', '2022-03-10'], dtype='datetime64[D]')
    """
    table = _with_minutes(table)
    parts, when = _parts(table), find_column(table, TIME_NAMES)
    kinds = _kinds(parts, _DAYS), _kinds(parts, _WHOLE)
    texts = None if when is None else _read_texts(table, when, numbered=any(kinds))
    if texts is not None and when is not None:
        return _with_clock(table, when, parts, texts)
    if not any(kinds):
        _refuse_incomplete(table, parts)
    return _of_numbers(table, parts, kinds, when)


def _refuse_incomplete(table: Table, parts: dict[str, Heading]) -> None:
    some = [each.text for each in parts.values()]
    if some:
        there = "', '".join(some)
        msg = (
            f"{table.path} has '{there}' without the rest of the time; accepted are "
            "year and doy (day of the year), year, month and day, mjd, jd, gps_week and sow, unix, "
            "decimal_year, or a column time, as 2022-03-09T06:00: one of them is needed for the "
            "time"
        )
        raise InputError(msg)
    is_there(table, TIME_NAMES, "time")


def _with_clock(
    table: Table, when: Heading, parts: dict[str, Heading], texts: NDArray[np.datetime64]
) -> Times:
    """Add the time of day of other columns to days that have none."""
    alone = cells_of(table, when).str.fullmatch(DAY_ALONE)
    if not alone.any():
        return Times(texts)
    beside = _used(parts, CLOCKS)
    if not alone.all():
        for clock in beside[:1]:
            apart = alone & ~cells_of(table, clock).str.fullmatch(_MIDNIGHT)
            if apart.any():
                about = (
                    f"'{when.text}' holds days alone, and '{clock.text}' stands beside it; "
                    "accepted are dates with their time of day in one column, as "
                    "2022-03-09T06:00, or in two, in each row alike"
                )
                refuse_row(table, apart, about)
        return Times(texts)
    seconds = read_clock(table, parts, None)
    kinds = _kinds(parts, (("mjd",), ("jd",))), _kinds(parts, (("unix",), ("week", "sow")))
    if seconds is None and any(kinds):
        found = _of_numbers(table, parts, kinds, None)
        hours = (found.dates - texts) / np.timedelta64(1, "h")
        other = alone & ((hours < -0.02) | (hours > 24.02))  # GPS time is seconds ahead
        if other.any():
            about = f"'{when.text}' and the numbers beside it are other days; take out the wrong"
            refuse_row(table, other, f"{about} column")
        return found
    if seconds is None or not seconds.any():
        return Times(texts)
    _tell(table, [when, *beside], "days and their time of day")
    return Times(texts + dates_after("1970-01-01", seconds).astype(np.int64))


def _read_texts(table: Table, when: Heading, *, numbered: bool) -> NDArray[np.datetime64] | None:
    """Read dates of text; None of those that are none where numbers say it."""
    day = find_column(table, ("date", "day"))
    try:
        return times_of(table, when, day if day != when else None)
    except InputError:
        if numbered:
            return None
        first = cells_of(table, when).iloc[0]
        if re.fullmatch(r"\d+([.,]\d+)?", first) is None:
            raise
        what = describe_serial(first)
        looks = f"it looks like {what}" if what else "as a number it may count anything"
        msg = (
            f"{table.path}: {when.text} '{first}' cannot be read as a date, and {looks}; "
            "accepted is ISO 8601 in UTC, the year first, as 2022-03-09T06:00, "
            "or a heading that says what it counts: mjd, jd, decimal_year, unix, year and doy"
        )
        raise InputError(msg) from None


def _of_numbers(
    table: Table,
    parts: dict[str, Heading],
    kinds: tuple[tuple[str, ...], tuple[str, ...]],
    when: Heading | None,
) -> Times:
    """Read counts: days with their fraction or a clock beside them, else what is whole itself."""
    days, whole = kinds
    clock = when if when is not None and is_clock(table, when) else None
    seconds = read_clock(table, parts, clock)
    if days:
        start, grain = read_days(table, parts, days)
        part = start % DAY
        if (part > 0).any():
            if seconds is not None and (np.abs(part - seconds) > max(60.0, grain)).any():
                names = "' and '".join(each.text for each in _used(parts, (*days, *CLOCKS)))
                msg = (
                    f"{table.path}: '{names}' say other times of day; take out the columns that "
                    "are wrong"
                )
                raise InputError(msg)
            seconds = None
        elif seconds is None and whole and whole != ("decimal_year",):
            return _of_whole(table, parts, whole)
        elif seconds is None and when is not None:
            _refuse_no_clock(table, when)
        beside = [] if seconds is None else [*_used(parts, CLOCKS), *([clock] if clock else [])]
        total = start if seconds is None else start + seconds
        found = settle_dates(dates_after("1970-01-01", total), grain if seconds is None else 0.0)
        about = "days of the year" if "doy" in days else "days"
        about = {"mjd": "modified Julian dates", "jd": "Julian dates"}.get(days[0], about)
        about += " and their time of day" if beside else ""
        about += f", rounded to {found.step} s" if found.moved > 0.5 else ""
        _tell(table, [*_used(parts, days), *beside], about)
        return Times(found.dates)
    return _of_whole(table, parts, whole)


def _refuse_no_clock(table: Table, when: Heading) -> None:
    bad = cells_of(table, when) != ""
    if bad.any():
        about = "is no time of day beside days; accepted is 06:30, or a column hour"
        refuse_row(table, bad, f"{when.text} '{cells_of(table, when)[bad].iloc[0]}' {about}")


def _of_whole(table: Table, parts: dict[str, Heading], kind: tuple[str, ...]) -> Times:
    used = _used(parts, kind)
    if kind[0] == "week":
        week, second = (numbers_in(table, parts, name) for name in kind)
        dates = dates_after("1980-01-06", week * 7 * DAY + second)
        _tell(table, used, "GPS time, which they stay: it runs 18 s ahead of UTC", system="GPS")
        return Times(settle_dates(dates, 0.0).dates, "GPS")
    if kind[0] == "unix":
        dates = dates_after("1970-01-01", numbers_in(table, parts, "unix"))
        _tell(table, used, "seconds since 1970")
        return Times(settle_dates(dates, 0.0).dates)
    grain = grain_of(table, used[0], _YEAR_SECONDS)
    years = numbers_in(table, parts, "decimal_year")
    found = dates_of_years(years, grain) if grain <= _SURE else None
    if found is None:
        why = (
            f"are known to {grain / 60.0:.0f} minutes only"
            if grain > _SURE
            else "fall on no whole minutes, by calendar years and by Julian ones"
        )
        msg = (
            f"{table.path}: the decimal years of '{used[0].text}' {why}; accepted are those of six "
            "digits and more behind the point. Give mjd, or year and doy, instead"
        )
        raise InputError(msg)
    _tell(table, used, f"{found[1]}, rounded to {found[0].step} s")
    return Times(found[0].dates)


def _tell(table: Table, used: list[Heading], about: str, *, system: str = "UTC") -> None:
    names = " and ".join(dict.fromkeys(f"'{each.text}'" for each in used))
    end = "" if system == "GPS" else f", taken as {system}"
    warn(f"{table.path}: times are read from {names} as {about}{end}")


def _kinds(parts: dict[str, Heading], kinds: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return next((kind for kind in kinds if set(kind) <= set(parts)), ())


def _parts(table: Table) -> dict[str, Heading]:
    """Find the columns that hold parts of times, the first of each."""
    found: dict[str, Heading] = {}
    for heading in table.headings:
        part = part_of(heading)
        if part is not None:
            found.setdefault(part, heading)
    if "julian_day" in found:  # of the year beside one, else days since 4713 BC
        found.setdefault("doy" if "year" in found else "jd", found.pop("julian_day"))
    return found


def _with_minutes(table: Table) -> Table:
    """Tell the minutes of YYYY MM DD HH MM SS from the month: they stand behind the hours."""
    headings = list(table.headings)
    for place, (before, each) in enumerate(itertools.pairwise(table.headings), 1):
        if each.name == "mm" and part_of(before) == "hour":
            headings[place] = Heading("minute", "minute", None)
    return replace(table, headings=headings)


def _used(parts: dict[str, Heading], names: tuple[str, ...]) -> list[Heading]:
    return [parts[name] for name in names if name in parts]
