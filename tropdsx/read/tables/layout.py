"""Read a table of text cell by cell: nothing is taken for a number, a date or a missing value."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tropdsx.errors import InputError, warn
from tropdsx.read.tables.foreign import describe_binary, describe_foreign
from tropdsx.read.tables.headings import Heading, read_heading
from tropdsx.read.tables.widths import BLANKS, refuse_short, too_many, with_whole_remarks
from tropdsx.read.text import describe_error, list_some, open_text
from tropdsx.system.names import exists, expand_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "cells_of", "list_headings", "read_table"]

_SEPARATORS = (";", "\t", ",", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""Byte order marks, which spreadsheets write before text, and what they stand for."""
_HEAD = 4096
"""Bytes that are looked at before the rest is read, which of fields may not fit into memory."""
_NO_TEXT = "{} is no table of text: it holds bytes that no text has."
_TITLES = 40
"""So many lines may stand above the headings."""
_TOO_MANY = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


@dataclass(frozen=True)
class Table:
    r"""Cells of a table as text.

    Attributes
    ----------
    path : str or Path
        The file, for messages.
    headings : list of Heading
        One for each column.
    cells : DataFrame
        Columns by their place from 0, the index is the number of the line in the file.
    separator : str
        What stands between cells.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("station;lat\n0001;46,9\n")
    ...     table = read_table(file.name, {"station"})
    >>> table.separator, table.cells.loc[2].to_list()
    (';', ['0001', '46,9'])
    """

    path: str | Path
    headings: list[Heading]
    cells: pd.DataFrame
    separator: str


def read_table(path: str | Path, known: Collection[str], *, assumed: Sequence[str] = ()) -> Table:
    r"""Read a table of text, with one line of headings.

    Parameters
    ----------
    path : str or Path
        Plain, .xz or .gz. Cells stand between semicolons, tabs, commas, bars or blanks; lines that
        begin with # are comments, but the last of them may hold the headings.
    known : collection of str
        Names of columns, of which a line of headings has one.
    assumed : sequence of str, optional
        Headings of a table of as many columns that has none: its first line begins with digits.

    Returns
    -------
    Table
        Blanks around cells and lines without any cell are taken away.

    Raises
    ------
    InputError
        If the file is missing, damaged, no table, or has lines of more cells than headings.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("# station lat\nNA    46.9\n")
    ...     read_table(file.name, {"station"}).cells.loc[2].to_list()
    ['NA', '46.9']
    """
    text = _read(path)
    if (foreign := describe_foreign(text)) is not None:
        msg = f"{path} is no table: it is {foreign}"
        raise InputError(msg)
    lines, comment = _split(text)
    if not lines:
        msg = f"{path} holds no table: it has no line of headings."
        raise InputError(msg)
    if comment is None or not _knows(comment, known):
        lines = _below_titles(path, lines, known)
    first = lines[0][1]
    if comment is not None and not _knows(first, known) and _knows(comment, known):
        first, assumed = comment, ()
    elif not (assumed and _begins_with_data(first, known, len(assumed))):
        del lines[0]
        assumed = ()
    if not lines:
        msg = f"{path} has headings but no rows."
        raise InputError(msg)
    separator = _find_separator(first)
    names = list(assumed) or _cells_of(first, separator)
    headings = [read_heading(name) for name in names]
    lines = with_whole_remarks(lines, names) if separator == BLANKS else lines
    return Table(path, headings, _parse(path, lines, separator, len(names)), separator)


def _read(path: str | Path) -> str:
    """Read the whole text, whatever program wrote it."""
    file = expand_name(path)
    if not isinstance(file, Path) or not exists(file) or not file.is_file():
        msg = f"no such file: {path}"
        raise InputError(msg)
    with open_text(file) as stream:
        data = stream.read(_HEAD)
        coding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
        if (foreign := describe_binary(data)) is not None:
            msg = f"{path} is {foreign}."
            raise InputError(msg)
        if coding != "utf-16" and b"\0" in data:
            raise InputError(_NO_TEXT.format(path))
        data += stream.read()
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise InputError(_NO_TEXT.format(path))
    return text


def _split(text: str) -> tuple[list[tuple[int, str]], str | None]:
    """Split into lines with their numbers, and find the last comment above them."""
    lines: list[tuple[int, str]] = []
    comment = None
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, row in enumerate(rows, 1):
        line = row.strip(" ")
        if line.startswith(("#", "%")):
            comment = comment if lines else line.lstrip("#% ")
        elif line.strip(' ;,|\t"'):
            lines.append((number, line))
    return lines, comment


def _below_titles(
    path: str | Path, lines: list[tuple[int, str]], known: Collection[str]
) -> list[tuple[int, str]]:
    """Leave out lines above the headings: a title, or a header that says where it ends."""
    ends = [k for k, (_, line) in enumerate(lines[:_TITLES]) if line.endswith("END OF HEADER")]
    start = ends[-1] + 1 if ends else 0
    if _begins_with_data(lines[0][1], known, len(lines[0][1].split())):
        return lines
    known_there = [_count_names(line, known) for _, line in lines[start:_TITLES]]
    place = start + known_there.index(max(known_there, default=0)) if any(known_there) else 0
    if place == 0:
        return lines
    warn(f"{path}: {place} lines above the headings '{lines[place][1][:40]}' are left out")
    return lines[place:]


def _count_names(line: str, known: Collection[str]) -> int:
    """Count the names of columns that a line holds; rows of data hold none."""
    cells = _cells_of(line, _find_separator(line))
    if len(cells) < 2 or any(cell[:1].isdigit() for cell in cells):
        return 0
    return sum(read_heading(each).name in known for each in cells)


def _find_separator(line: str) -> str:
    counts = {each: len(_cells_of(line, each)) for each in _SEPARATORS}
    best = max(counts, key=counts.__getitem__)
    if counts[best] > 1:
        return best
    return BLANKS if len(line.split()) > 1 else ","


def _cells_of(line: str, separator: str) -> list[str]:
    if separator == BLANKS:
        return line.split()
    cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    while cells and not cells[-1]:  # a separator at the end of each line
        cells.pop()
    return cells


def _knows(line: str, known: Collection[str]) -> bool:
    return any(read_heading(each).name in known for each in _cells_of(line, _find_separator(line)))


def _begins_with_data(line: str, known: Collection[str], width: int) -> bool:
    cells = _cells_of(line, _find_separator(line))
    return len(cells) == width and all(c[:1].isdigit() for c in cells) and not _knows(line, known)


def _parse(
    path: str | Path, lines: list[tuple[int, str]], separator: str, width: int
) -> pd.DataFrame:
    import pandas as pd

    numbers = [number for number, _ in lines]
    # A separator at the end stands for no cell; a cell that is missing there is empty anyway.
    text = "\n".join(
        line.rstrip(f"{separator} " if len(separator) == 1 else " ") for _, line in lines
    )
    refuse_short(path, lines, separator, width)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a first line that is longer
            cells = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                header=None,
                names=range(width),
                index_col=False,
                dtype=str,
                na_filter=False,
                skipinitialspace=True,
                skip_blank_lines=False,
            )
    except pd.errors.ParserWarning as error:
        saw = len(_cells_of(lines[0][1], separator))
        raise InputError(too_many(path, numbers[0], width, saw, separator)) from error
    except ValueError as error:
        found = _TOO_MANY.search(str(error))
        if found is None:
            msg = f"{path} is no table ({describe_error(error)})"
            raise InputError(msg) from error
        line = numbers[int(found[2]) - 1]
        raise InputError(too_many(path, line, width, int(found[3]), separator)) from error
    if len(cells) != len(numbers):
        msg = f"{path} is no table of one line a row: a quote is not closed."
        raise InputError(msg)
    cells.index = pd.Index(numbers)
    return cells.fillna("").apply(lambda column: column.str.strip())


def list_headings(table: Table) -> str:
    """List the headings of a table for a message.

    Parameters
    ----------
    table : Table
        As read.

    Returns
    -------
    str
        As the file spells them.

    Examples
    --------
    >>> list_headings(Table("a.csv", [read_heading("Lat [deg]")], None, ","))
    'Lat [deg]'
    """
    return list_some([heading.text for heading in table.headings], 12)


def cells_of(table: Table, heading: Heading) -> pd.Series:
    """Take the cells of a column.

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

    Examples
    --------
    >>> import pandas as pd
    >>> heading = read_heading("lat")
    >>> cells_of(Table("a.csv", [heading], pd.DataFrame([["46.9"]], [2]), ","), heading)[2]
    '46.9'
    """
    return table.cells[table.headings.index(heading)]
