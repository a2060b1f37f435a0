"""Refuse angles of which other columns hold a part: minutes, seconds, the hemisphere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tropdsx.errors import InputError
from tropdsx.read.tables.columns import refuse_row
from tropdsx.read.tables.headings import Heading
from tropdsx.read.tables.layout import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_whole"]

_HEMISPHERE = ("lat", "lon", "ns", "ew", "hem", "dir")
"""How headings of hemispheres begin, without underscores."""
_NEGATIVE = ("S", "W")
_SIGMA = 0.1
"""Standard deviations of coordinates are below it in any unit that is usual; 3 m as seconds."""


def check_whole(
    table: Table,
    heading: Heading,
    values: pd.Series,
    hemispheres: tuple[str, str],
    names: Heading | None = None,
) -> None:
    """Refuse angles of which other columns hold a part.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        Column of the angles.
    values : Series of float
        Its numbers [deg], by number of the line.
    hemispheres : tuple of str
        What another column may say of them: ("S", "N") or ("W", "E").
    names : Heading, optional
        Column of names, which may be such letters.

    Raises
    ------
    InputError
        If another column holds their minutes or seconds, or a hemisphere against their sign.

    Examples
    --------
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> headings = [read_heading(text) for text in ("lat", "NS")]
    >>> table = Table("a.csv", headings, pd.DataFrame([["33.9", "S"]], index=[2]), ",")
    >>> try:
    ...     check_whole(table, headings[0], pd.Series([33.9], index=[2]), ("S", "N"))
    ... except InputError as error:
    ...     print(str(error)[:41])
    a.csv, line 2: lat is 33.9 and 'NS' S; ac
    """
    _refuse_minutes(table, heading)
    for column, other in enumerate(table.headings):
        if other in (heading, names) or not _may_be_hemisphere(table, heading, column):
            continue
        marks = table.cells[column].str.upper()
        wrong = marks.isin(_NEGATIVE) & (values > 0)
        if marks.isin(hemispheres).all() and wrong.any():
            about = (
                f"{heading.text} is {values[wrong].iloc[0]:g} and '{other.text}' "
                f"{marks[wrong].iloc[0]}; accepted are decimal degrees, negative in the south and "
                "west"
            )
            refuse_row(table, wrong, about)


def _refuse_minutes(table: Table, heading: Heading) -> None:
    name = re.escape(heading.name)
    parts = re.compile(rf"{name}\W*_?\W*(m|min|minutes?|s|secs?|seconds?|['\"])\W*")
    for column, other in enumerate(table.headings):
        minutes = other.name == heading.name and other.unit in ("m", "mm")  # lat_deg, lat_mm
        if other is heading or not (minutes or parts.fullmatch(other.name)):
            continue
        if other.name == f"{heading.name}_s" and _is_sigma(table.cells[column]):
            continue
        msg = (
            f"{table.path} has columns '{heading.text}' and '{other.text}'; accepted are "
            "decimal degrees in one column"
        )
        raise InputError(msg)


def _is_sigma(cells: pd.Series) -> bool:
    import pandas as pd

    numbers = pd.to_numeric(cells.str.replace(",", "."), errors="coerce")
    return bool(numbers.between(0.0, _SIGMA, inclusive="left").all())


def _may_be_hemisphere(table: Table, heading: Heading, column: int) -> bool:
    """Tell by the heading of a column, or by its place beside the angles."""
    plain = table.headings[column].name.replace("_", "")
    beside = abs(column - table.headings.index(heading)) == 1
    return beside or plain.startswith(_HEMISPHERE)
