"""Find columns of a table and read their cells as names, numbers or dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import InputError, warn
from tropdsx.read.tables.headings import Heading
from tropdsx.read.tables.layout import Table, cells_of, list_headings
from tropdsx.read.tables.written_dates import read_date

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["MISSING", "find_column", "is_there", "names_of", "numbers_of", "refuse_row", "times_of"]

MISSING = ("", "nan", "na", "n/a", "nat", "null", "none", "-", "--", "...")
"""What stands in a column of numbers for a value that is not there, in lower case."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_POINT = re.compile(r"\d\.\d")
_DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def find_column(table: Table, accepted: Iterable[str]) -> Heading | None:
    """Find a column by its name, the best first.

    Parameters
    ----------
    table : Table
        As read.
    accepted : iterable of str
        Names without units, in lower case.

    Returns
    -------
    Heading or None
        None where there is none.

    Raises
    ------
    InputError
        If the name stands twice.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> table = Table("a.csv", [read_heading("Lat [deg]")], None, ",")
    >>> find_column(table, ("latitude", "lat")).text
    'Lat [deg]'
    """
    for name in accepted:
        found = [heading for heading in table.headings if heading.name == name]
        if len({heading.text.lower() for heading in found}) < len(found):
            texts = "' and '".join(dict.fromkeys(heading.text for heading in found))
            msg = f"{table.path} has two columns '{texts}'; keep one."
            raise InputError(msg)
        if found:
            return found[0]
    return None


def is_there(table: Table, accepted: Iterable[str], what: str) -> Heading:
    """Find a column that must be there.

    Parameters
    ----------
    table : Table
        As read.
    accepted : iterable of str
        Names without units, in lower case, the best first.
    what : str
        Of what, for the message.

    Returns
    -------
    Heading
        The column.

    Raises
    ------
    InputError
        If it is missing; the text lists the columns that are there.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> is_there(Table("a.csv", [read_heading("lon")], None, ","), ("lon",), "longitude").name
    'lon'
    """
    found = find_column(table, accepted := tuple(accepted))
    if found is None:
        msg = (
            f"{table.path} has columns {list_headings(table)}; one of {', '.join(accepted[:5])} is "
            f"needed for the {what}{_hint(table)}"
        )
        raise InputError(msg)
    return found


def _hint(table: Table) -> str:
    numbers = any(_DECIMAL_POINT.fullmatch(heading.text) for heading in table.headings)
    return ". Put a line of headings above, such as station lat lon height" if numbers else ""


def names_of(table: Table, heading: Heading) -> pd.Series:
    """Read names: text as it stands, so that 0001, NA and 1E05 stay what they are.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        One of its columns.

    Returns
    -------
    Series of str
        By number of the line.

    Raises
    ------
    InputError
        If a row has no name.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> import pandas as pd
    >>> cells = pd.DataFrame([["0001"], ["NA"]], index=[2, 3])
    >>> table = Table("a.csv", [read_heading("station")], cells, ",")
    >>> names_of(table, table.headings[0]).to_list()
    ['0001', 'NA']
    """
    names = cells_of(table, heading)
    if (names == "").any():
        refuse_row(table, names == "", f"a row has no {heading.text}; name it or take it out")
    return names


def numbers_of(table: Table, heading: Heading, accepted: str) -> pd.Series:
    """Read numbers, with decimal points or decimal commas.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        One of its columns.
    accepted : str
        What is accepted, for the message.

    Returns
    -------
    Series of float
        By number of the line, in the unit of the column; missing ones are nan.

    Raises
    ------
    InputError
        If a cell is no number, or the table has decimal points and commas.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> import pandas as pd
    >>> cells = pd.DataFrame([["46.9"], ["-"]], index=[2, 3])
    >>> table = Table("a.csv", [read_heading("lat")], cells, ",")
    >>> numbers_of(table, table.headings[0], "degrees").to_list()
    [46.9, nan]
    """
    import pandas as pd

    plain = pd.to_numeric(cells_of(table, heading), errors="coerce").astype(float)
    if plain.notna().all():  # no comments, commas or gaps: most columns
        return plain
    cells = cells_of(table, heading).str.replace(r"\s*#.*", "", regex=True)
    missing = cells.str.lower().isin(MISSING)
    commas = cells.str.fullmatch(_DECIMAL_COMMA.pattern)
    if commas.any():
        _check_commas(table, heading, cells, commas)
        cells = cells.str.replace(",", ".", regex=False)
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    bad = values.isna() & ~missing
    if bad.any():
        shown = cells_of(table, heading)[bad].iloc[0][:40]
        refuse_row(table, bad, f"{heading.text} '{shown}' is no number; accepted are {accepted}")
    return values.where(~missing)


def _check_commas(table: Table, heading: Heading, cells: pd.Series, commas: pd.Series) -> None:
    """Refuse commas that may stand between thousands; say that decimal ones are read."""
    points = cells[cells.str.contains(_POINT.pattern)]
    if cells[commas].str.fullmatch(_THOUSANDS.pattern).all():  # 1,666 beside a latitude of 49.1
        everywhere = table.cells.stack()
        points = everywhere[everywhere.str.fullmatch(_DECIMAL_POINT.pattern)]
    if points.size:
        text = (
            f"{heading.text} '{cells[commas].iloc[0]}' has a comma and '{points.iloc[0]}' a point; "
            "accepted is one decimal sign"
        )
        refuse_row(table, commas, text)
    warn(f"{table.path}: the commas in numbers are read as decimal signs")


def times_of(table: Table, heading: Heading, day: Heading | None = None) -> NDArray[np.datetime64]:
    """Read dates, the year first; no order of day and month is guessed.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        One of its columns: what :func:`tropdsx.read.tables.written_dates.read_date` reads.
    day : Heading, optional
        Another, with the days, where the first holds times of day alone.

    Returns
    -------
    ndarray of datetime64[ns], shape (N,)
        UTC.

    Raises
    ------
    InputError
        If a cell is no such date.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> import pandas as pd
    >>> cells = pd.DataFrame([["2022-03-09T06:00"], ["22:068:25200"]], index=[2, 3])
    >>> table = Table("a.csv", [read_heading("time")], cells, ",")
    >>> times_of(table, table.headings[0]).astype("M8[h]")
    array(['2022-03-09T06', '2022-03-09T07'], dtype='datetime64[h]')
    """
    cells = cells_of(table, heading)
    if day is not None and cells.str.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?").all():
        cells = cells_of(table, day) + "T" + cells
    codes, texts = cells.factorize()
    dates = np.empty(len(texts), "datetime64[ns]")
    for place, text in enumerate(texts):
        try:
            dates[place] = read_date(text)
        except ValueError as error:
            about = (
                f"{heading.text} '{text[:40]}' cannot be read as a date ({error}); accepted is "
                "ISO 8601 in UTC, the year first, as 2022-03-09T06:00, or with the English name of "
                "the month, as 09-Mar-2022 06:00"
            )
            refuse_row(table, cells == text, about)
    return dates[codes]


def refuse_row(table: Table, bad: pd.Series, about: str) -> None:
    """Refuse a table for what stands in some rows.

    Parameters
    ----------
    table : Table
        As read.
    bad : Series of bool
        Which rows, by number of the line.
    about : str
        What is wrong with the first, and what is accepted.

    Raises
    ------
    InputError
        Always; the text names the first line and says how many there are.

    Examples
    --------
    >>> import pandas as pd
    >>> try:
    ...     refuse_row(Table("a.csv", [], None, ","), pd.Series({2: True, 3: True}), "no name")
    ... except InputError as error:
    ...     print(error)
    a.csv, line 2 (and 1 more): no name
    """
    lines = bad.index[bad.to_numpy()]
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    msg = f"{table.path}, line {lines[0]}{more}: {about}"
    raise InputError(msg)
