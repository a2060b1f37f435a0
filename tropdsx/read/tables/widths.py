"""Rows of tables that have more or fewer cells than there are headings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tropdsx.errors import InputError
from tropdsx.read.tables.headings import read_heading
from tropdsx.read.text import parse_numbers

__all__ = ["BLANKS", "refuse_short", "too_many", "with_whole_remarks"]

BLANKS = r"\s+"
"""Separator of tables between blanks."""
_REMARKS = {"staorigname", "remark", "remarks", "comment", "comments", "note", "notes"}
"""A last column of these may be empty, or hold several words."""


def with_whole_remarks(
    lines: Sequence[tuple[int, str]], names: Sequence[str]
) -> list[tuple[int, str]]:
    """Make one cell of remarks at the end of rows between blanks, also where there is none.

    Parameters
    ----------
    lines : sequence of (int, str)
        Numbers and texts of the rows.
    names : sequence of str
        Headings.

    Returns
    -------
    list of (int, str)
        The same where the last column is no remark. A row without one has to end in a number:
        behind any other cell that is missing, the remark would take the place of one.

    Examples
    --------
    >>> with_whole_remarks([(2, "A 47.0"), (3, "B 48.0 on the roof")], ["id", "lat", "Remarks"])
    [(2, 'A 47.0 -'), (3, 'B 48.0 on_the_roof')]
    """
    if read_heading(names[-1]).name not in _REMARKS:
        return list(lines)
    width = len(names)
    rows = [(number, line, line.split()) for number, line in lines]
    return [
        (number, " ".join([*row[: width - 1], "_".join(row[width - 1 :]) or "-"]))
        if len(row) >= width or (len(row) == width - 1 and parse_numbers(row[-1]))
        else (number, line)
        for number, line, row in rows
    ]


def refuse_short(
    path: str | Path, lines: Sequence[tuple[int, str]], separator: str, width: int
) -> None:
    """Refuse rows between blanks that lack a cell: which one it is cannot be told.

    Parameters
    ----------
    path : str or Path
        The file, for messages.
    lines : sequence of (int, str)
        Numbers and texts of the rows.
    separator : str
        What stands between cells.
    width : int
        How many headings there are [1].

    Raises
    ------
    InputError
        The text names the first line.
    """
    short = [(n, line) for n, line in lines if separator == BLANKS and len(line.split()) < width]
    if short:
        number, line = short[0]
        more = f" (and {len(short) - 1} more)" if len(short) > 1 else ""
        msg = (
            f"{path}, line {number}{more}: {len(line.split())} cells, but {width} headings. Mark "
            "cells that are missing by '-', or separate them by commas."
        )
        raise InputError(msg)


def too_many(path: str | Path, line: int, width: int, saw: int, separator: str) -> str:
    """Say that a row has more cells than there are headings.

    Parameters
    ----------
    path : str or Path
        The file.
    line : int
        Number of the line [1].
    width, saw : int
        How many headings and cells there are [1].
    separator : str
        What stands between them.

    Returns
    -------
    str
        For a message.

    Examples
    --------
    >>> too_many("a.csv", 2, 3, 4, ";")
    'a.csv, line 2: 4 cells, but 3 headings. Give each row as many cells as there are headings.'
    """
    hint = {
        ",": "Separate cells by semicolons where numbers have decimal commas",
        BLANKS: "Separate cells by commas where names have blanks",
    }.get(separator, "Give each row as many cells as there are headings")
    return f"{path}, line {line}: {saw} cells, but {width} headings. {hint}."
