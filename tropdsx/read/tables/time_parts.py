"""Read parts of times in columns of their own: years, days, hours, seconds, and their range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tropdsx.cf.time.day_counts import DAY
from tropdsx.errors import InputError
from tropdsx.read.tables.columns import numbers_of, refuse_row
from tropdsx.read.tables.headings import Heading
from tropdsx.read.tables.layout import Table, cells_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLOCKS", "grain_of", "is_clock", "numbers_in", "read_clock", "read_days"]

CLOCKS = ("hour", "minute", "second", "sod", "fraction")
"""Parts that tell the time of day."""
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?"
_RANGES = {
    "mjd": (40000.0, 80000.0, "modified Julian dates of 1968 to 2077"),
    "jd": (2440000.5, 2480000.5, "Julian dates of 1968 to 2077"),
    "unix": (3e8, 4e9, "seconds since 1970, of 1979 to 2096"),
    "week": (1024.0, 4096.0, "GPS weeks since January 1980, rollovers counted"),
    "sow": (0.0, 7 * DAY, "seconds of the week"),
    "decimal_year": (1950.0, 2100.0, "decimal years such as 2022.1842466"),
    "year": (1950.0, 2100.0, "years such as 2022, or the last two digits"),
    "month": (1.0, 12.0, "months 1 to 12"),
    "day": (1.0, 31.99999999, "days of the month"),
    "doy": (1.0, 366.99999999, "days of the year, the first of which is 1"),
    "hour": (0.0, 24.0, "hours 0 to 24"),
    "minute": (0.0, 60.0, "minutes 0 to 60"),
    "second": (0.0, 60.0, "seconds 0 to 60"),
    "sod": (0.0, DAY, "seconds of the day"),
    "fraction": (0.0, 1.0, "fractions of the day"),
}
_SIZES = {"hour": 3600.0, "minute": 60.0, "second": 1.0}


def read_days(
    table: Table, parts: dict[str, Heading], kind: tuple[str, ...]
) -> tuple[NDArray[np.float64], float]:
    """Read days, with their fractions.

    Parameters
    ----------
    table : Table
        As read.
    parts : dict of str to Heading
        Columns by what they hold, a key of the names in `time_names`.
    kind : tuple of str
        Which make the days: ("mjd",), ("jd",), ("year", "month", "day") or ("year", "doy").

    Returns
    -------
    seconds : ndarray, shape (N,)
        Since 1970 [s].
    grain : float
        How far digits that were cut off may have moved them [s].

    Raises
    ------
    InputError
        If a cell is missing or out of range; the text names the line.

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> mjd = read_heading("mjd")
    >>> table = Table("a.csv", [mjd], pd.DataFrame([["40587.25"]], index=[2]), ",")
    >>> seconds, grain = read_days(table, {"mjd": mjd}, ("mjd",))
    >>> seconds / 3600, round(grain)
    (array([6.]), 432)
    """
    if len(kind) == 1:
        origin = 40587.0 if kind[0] == "mjd" else 2440587.5
        numbers = numbers_in(table, parts, kind[0])
        return (numbers - origin) * DAY, grain_of(table, parts[kind[0]], DAY)
    year, count = numbers_in(table, parts, "year"), numbers_in(table, parts, kind[-1])
    if (year % 1 != 0).any():
        whole = np.asarray(year % 1 == 0)
        _refuse(table, parts["year"], whole, "years without a fraction beside days")
    month = numbers_in(table, parts, "month") if "month" in kind else np.ones(year.size)
    start = ((year - 1970) * 12 + month - 1).astype(np.int64).astype("M8[M]")
    length = 1 if "month" in kind else 12
    first = start.astype("M8[D]").astype(np.float64)
    last = (start + length).astype("M8[D]").astype(np.float64)
    there = first + count - 1.0 < last
    if not there.all():
        owner = "month" if length == 1 else "year"
        _refuse(table, parts[kind[-1]], there, f"days of their {owner}")
    return (first + count - 1.0) * DAY, grain_of(table, parts[kind[-1]], DAY)


def is_clock(table: Table, heading: Heading) -> bool:
    """Tell a column of times of day.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        One of its columns.

    Returns
    -------
    bool

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> time = read_heading("time")
    >>> is_clock(Table("a.csv", [time], pd.DataFrame([["06:30"]]), ","), time)
    True
    """
    return bool(cells_of(table, heading).str.fullmatch(_CLOCK).all())


def read_clock(
    table: Table, parts: dict[str, Heading], clock: Heading | None
) -> NDArray[np.float64] | None:
    """Read the time of day.

    Parameters
    ----------
    table : Table
        As read.
    parts : dict of str to Heading
        Columns by what they hold.
    clock : Heading or None
        A column that holds it as text, 06:30.

    Returns
    -------
    ndarray, shape (N,), or None
        Seconds of the day [s]; None where no column has it.

    Raises
    ------
    InputError
        If a cell is missing or out of range; the text names the line.

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> hour = read_heading("HH")
    >>> table = Table("a.csv", [hour], pd.DataFrame([["6"]], index=[2]), ",")
    >>> read_clock(table, {"hour": hour}, None)
    array([21600.])
    """
    if clock is not None:
        return _of_text(table, clock)
    names = [name for name in CLOCKS if name in parts]
    if "hour" in names and "sod" in names:
        _refuse_other_hours(table, parts)
    elif "hour" in names:
        if cells_of(table, parts["hour"]).str.contains(":").any():
            return _of_text(table, parts["hour"])
        own = {name: numbers_in(table, parts, name) for name in _SIZES if name in names}
        return np.sum([_SIZES[name] * values for name, values in own.items()], axis=0)
    if "sod" in names or names == ["second"]:  # seconds beside days are those of the day
        return numbers_in(table, parts, "sod" if "sod" in names else "second", "sod")
    if "fraction" in names:
        return DAY * numbers_in(table, parts, "fraction")
    if "minute" in names and numbers_in(table, parts, "minute").any():
        msg = f"{table.path} has '{parts['minute'].text}' without hours; give a column hour beside"
        raise InputError(msg)
    return None


def _refuse_other_hours(table: Table, parts: dict[str, Heading]) -> None:
    """Refuse seconds of the day that lie in other hours than those beside them say."""
    hours = read_clock(table, {name: each for name, each in parts.items() if name != "sod"}, None)
    after = numbers_in(table, parts, "sod") - (0.0 if hours is None else hours)
    same = (after > -60.0) & (after < 3660.0)
    if not same.all():
        accepted = f"seconds of the day in the hour that '{parts['hour'].text}' says beside them"
        _refuse(table, parts["sod"], same, accepted)


def _of_text(table: Table, heading: Heading) -> NDArray[np.float64]:
    """Read 06:30 and 06:30:15 [s]; hours alone may stand between them."""
    import pandas as pd

    cells = cells_of(table, heading).str.rstrip("Z")
    minutes = cells.str.count(":")
    cells = cells.where(minutes > 0, cells + ":00")
    cells = cells.where(minutes > 1, cells + ":00")
    values = pd.to_timedelta(cells, errors="coerce").dt.total_seconds().to_numpy(float)
    return _within(table, heading, values, (0.0, DAY, "times of day such as 06:30"))


def numbers_in(
    table: Table, parts: dict[str, Heading], name: str, range_of: str = ""
) -> NDArray[np.float64]:
    """Read a part of times.

    Parameters
    ----------
    table : Table
        As read.
    parts : dict of str to Heading
        Columns by what they hold.
    name : str
        Which part; of years, two digits are of 1951 to 2050.
    range_of : str, optional
        Which part's range holds, if another's.

    Returns
    -------
    ndarray, shape (N,)
        In the unit of the part.

    Raises
    ------
    InputError
        If a cell is missing or out of range; the text names the line.

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> year = read_heading("yy")
    >>> table = Table("a.csv", [year], pd.DataFrame([["22"]], index=[2]), ",")
    >>> numbers_in(table, {"year": year}, "year")
    array([2022.])
    """
    heading = parts[name]
    limits = _RANGES[range_of or name]
    values = numbers_of(table, heading, limits[2]).to_numpy(float)
    if name == "year":
        values = np.where(values < 100, values + np.where(values > 50, 1900, 2000), values)
    return _within(table, heading, values, limits)


def _within(
    table: Table, heading: Heading, values: NDArray[np.float64], limits: tuple[float, float, str]
) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        inside = (values >= limits[0]) & (values <= limits[1])
    if not inside.all():
        _refuse(table, heading, inside, limits[2])
    return values


def _refuse(table: Table, heading: Heading, good: NDArray[np.bool_], accepted: str) -> None:
    import pandas as pd

    bad = pd.Series(~good, table.cells.index)
    shown = cells_of(table, heading)[bad].iloc[0]
    refuse_row(table, bad, f"{heading.text} is '{shown}'; accepted are {accepted}")


def grain_of(table: Table, heading: Heading, unit: float) -> float:
    """Tell how far digits that were cut off may have moved numbers.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        Column of the numbers.
    unit : float
        How long one of them is [s].

    Returns
    -------
    float
        Half a unit of the last digit that any cell has [s].

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> doy = read_heading("doy")
    >>> cells = pd.DataFrame([["68.25"], ["69"]], index=[2, 3])
    >>> grain_of(Table("a.csv", [doy], cells, ","), doy, 1.0)
    0.005
    """
    digits = cells_of(table, heading).str.extract(r"[.,](\d+)")[0].str.len().max()
    return float(0.5 * unit / 10.0 ** (0.0 if np.isnan(digits) else digits))
