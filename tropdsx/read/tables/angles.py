"""Read angles: decimal degrees, or degrees, minutes and seconds, in a cell or in columns.

What other columns say of them is kept or refused, never dropped: minutes, seconds, the hemisphere.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import InputError, warn
from tropdsx.read.tables.columns import MISSING, numbers_of, refuse_row
from tropdsx.read.tables.headings import Heading
from tropdsx.read.tables.layout import Table, cells_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_whole", "read_angles"]

_HEMISPHERE = ("lat", "lon", "ns", "ew", "hem", "dir")
"""How headings of hemispheres begin, without underscores."""
_NEGATIVE = ("S", "W")
_NUMBER = r"\d{1,2}(?:[.,]\d+)?"
_SPELLED = re.compile(
    r"(?P<before>[NSEW])?\s*(?P<sign>[-+\u2212])?\s*(?P<degrees>\d{1,3}(?:[.,]\d+)?)"
    r"(?:\s*(?P<letters>deg|d)|\s*[°º:]\s*|(?=\s|$|[NSEW]))"
    rf"(?:\s*(?P<minutes>{_NUMBER})(?:\s*(?:'(?!')|′|’|:|(?(letters)(?:min|m)|:)|(?=\s|$|[NSEW])))"
    rf"(?:\s*(?P<seconds>{_NUMBER})\s*(?:\"|″|”|''|(?(letters)(?:sec|s)|''))?)?)?"
    r"\s*(?P<behind>[NSEW])?"
)
"""An angle as people write it: 47 03 12.5 N, 47°03'12.5"N, -33:54.2, S33.9, 47d03m12.5s.

Capital letters are hemispheres, small ones units.
"""
_SIGMA = 0.1
"""Standard deviations of coordinates are below it in any unit that is usual; 3 m as seconds."""


def read_angles(
    table: Table, heading: Heading, hemispheres: tuple[str, str], names: Heading | None = None
) -> pd.Series:
    """Read angles of a column, with what other columns say of them.

    Parameters
    ----------
    table : Table
        As read.
    heading : Heading
        Column of decimal degrees, of degrees alone beside columns of minutes and seconds, or of
        all in one: 47 03 12.5 N.
    hemispheres : tuple of str
        What letters may say of them, the negative first: ("S", "N") or ("W", "E").
    names : Heading, optional
        Column of names, which may be such letters.

    Returns
    -------
    Series of float
        [deg], negative in the south and west, by number of the line; missing ones are nan.

    Raises
    ------
    InputError
        If a cell is no such angle, or what other columns say cannot be told.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> from tropdsx.read.tables.headings import read_heading
    >>> headings = [read_heading(text) for text in ("lat_deg", "lat_min", "lat_sec")]
    >>> table = Table("a.csv", headings, pd.DataFrame([["-47", "3", "36"]], index=[2]), ",")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     read_angles(table, headings[0], ("S", "N")).round(4).to_list()
    [-47.06]
    """
    minutes, seconds = (_part(table, heading, what) for what in ("min", "sec"))
    if minutes is not None:
        found = _of_columns(table, heading, minutes, seconds)
        return _signed(table, heading, found, hemispheres, names)
    cells = cells_of(table, heading)
    if cells.str.contains(r"[^-+.,\deE]|^E|E$").any() and _are_spelled(cells):
        return _of_cells(table, heading, hemispheres)
    degrees = "decimal degrees, negative in the south and west, or such as 47 03 12.5 N"
    values = numbers_of(table, heading, degrees)
    check_whole(table, heading, values, hemispheres, names)
    return values


def _part(table: Table, heading: Heading, what: str) -> Heading | None:
    """Find the column of the minutes or seconds, named or marked as such."""
    known = {"min": r"min|minutes?|'|′", "sec": r"s|secs?|seconds?|''|″|\""}[what]
    parts = re.compile(rf"{re.escape(heading.name)}\W*_?\W*({known})\W*")
    return next((each for each in table.headings if parts.fullmatch(each.name)), None)


def _of_columns(
    table: Table, heading: Heading, minutes: Heading, seconds: Heading | None
) -> pd.Series:
    """Put degrees, minutes and seconds of columns together; the sign stands before the degrees."""
    columns = [heading, minutes, *([] if seconds is None else [seconds])]
    parts = [numbers_of(table, each, "whole degrees, minutes, seconds") for each in columns]
    limits = [360.0, 60.0, 60.0][: len(parts)]
    good = parts[0].notna() | True
    for place, (part, limit) in enumerate(zip(parts, limits, strict=True)):
        whole = (part % 1 == 0) if place < len(parts) - 1 else True
        low = -limit if place == 0 else 0.0
        good &= part.between(low, limit, inclusive="neither" if place == 0 else "left") & whole
    texts = "', '".join(each.text for each in columns)
    if not good.all():
        about = f"'{texts}' are no whole degrees, minutes and seconds, or one is missing"
        refuse_row(table, ~good, f"{about}; accepted are these, or decimal degrees in one column")
    size = sum(part.abs() / 60.0**place for place, part in enumerate(parts))
    south = cells_of(table, heading).str.startswith("-")
    values = size.where(~south, -size)
    _tell(table, f"'{texts}'", values.iloc[0])
    return values


def _signed(
    table: Table,
    heading: Heading,
    values: pd.Series,
    hemispheres: tuple[str, str],
    names: Heading | None,
) -> pd.Series:
    """Take the sign of a column of hemispheres, where there is one."""
    for column, other in enumerate(table.headings):
        marks = table.cells[column].str.upper()
        if other == names or not marks.isin(hemispheres).all():
            continue
        if _may_be_hemisphere(table, heading, column) and (values >= 0).all():
            return values.where(marks != hemispheres[0], -values)
    check_whole(table, heading, values, hemispheres, names, parts=False)
    return values


def _are_spelled(cells: pd.Series) -> bool:
    texts = cells[~cells.str.lower().isin(MISSING)]
    return bool(texts.size) and bool(texts.str.fullmatch(_SPELLED.pattern).all())


def _of_cells(table: Table, heading: Heading, hemispheres: tuple[str, str]) -> pd.Series:
    """Read angles that are written out, one part after the other."""
    cells = cells_of(table, heading)
    found = cells.str.extract(_SPELLED)
    parts = [
        found[n].str.replace(",", ".").astype(float) for n in ("degrees", "minutes", "seconds")
    ]
    letter = found["before"].fillna(found["behind"])
    broken = [(part % 1 != 0) & rest.notna() for part, rest in itertools.pairwise(parts)]
    bad = broken[0] | broken[1] | (parts[1] >= 60) | (parts[2] >= 60)
    bad |= found["before"].notna() & found["behind"].notna()
    bad |= letter.notna() & (found["sign"].notna() | ~letter.isin(hemispheres))
    bad &= parts[0].notna()
    if bad.any():
        about = (
            f"{heading.text} '{cells[bad].iloc[0][:40]}' is no angle; accepted are decimal "
            f"degrees, negative in the south and west, or such as 47 03 12.5 {hemispheres[1]}"
        )
        refuse_row(table, bad, about)
    size = sum(part.fillna(0.0) / 60.0**place for place, part in enumerate(parts))
    south = (letter == hemispheres[0]) | found["sign"].isin(["-", "\u2212"])
    values = size.where(~south, -size).where(parts[0].notna())
    first = int(np.argmax(found["minutes"].notna() | letter.notna()))
    _tell(table, f"'{heading.text}' ('{cells.iloc[first]}')", values.iloc[first])
    return values


def _tell(table: Table, what: str, first: float) -> None:
    warn(
        f"{table.path}: {what} are read as degrees, minutes and seconds; the first is {first:.7g} "
        "degrees"
    )


def check_whole(
    table: Table,
    heading: Heading,
    values: pd.Series,
    hemispheres: tuple[str, str],
    names: Heading | None = None,
    *,
    parts: bool = True,
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
    parts : bool, optional
        Look for minutes and seconds, too.

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
    if parts:
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
