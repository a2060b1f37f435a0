"""Numbers of rows between blanks, as Fortran and C write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import InputError

__all__ = ["epochs_of", "numbers_of_rows", "whole_lines"]

_GAPS = r"\*+|[-+]?nan|[-+]?inf"
"""What is written where a number has no value, or does not fit into its width."""


def whole_lines(path: Path, text: str) -> list[str]:
    r"""Split a text of rows of one width, the last of which may be cut.

    Parameters
    ----------
    path : Path
        The file, for messages.
    text : str
        All of it: in a number that is cut, digits are missing and nothing else tells.

    Returns
    -------
    list of str
        Its lines.

    Raises
    ------
    InputError
        If no line end closes the last one, and it is shorter than the line before.

    Examples
    --------
    >>> whole_lines(Path("a"), "1.25 2.50\n1.25 2.60")
    ['1.25 2.50', '1.25 2.60']
    """
    lines = text.splitlines()
    last = lines[-1].rstrip() if lines else ""
    whole = text.endswith(("\n", "\r")) or not last
    if not whole and (len(lines) < 2 or len(last) < len(lines[-2].rstrip())):
        msg = f"{path} ends inside its last row '{last[:60]}'; it is incomplete. Fetch it again"
        raise InputError(msg)
    return lines


def numbers_of_rows(path: Path, rows: Sequence[Sequence[str]], width: int) -> NDArray[np.float64]:
    """Read the numbers of rows.

    Parameters
    ----------
    path : Path
        The file, for messages.
    rows : sequence of sequence of str
        Words of each row, of which the first `width` are numbers.
    width : int
        How many numbers each row has [1].

    Returns
    -------
    ndarray, shape (N, width)
        Missing where stars stand; exponents may be spelled D.

    Raises
    ------
    InputError
        If a row is shorter, or a word is no number.

    Examples
    --------
    >>> numbers_of_rows(Path("a"), [["1.5D-1", "*****"]], 2).tolist()
    [[0.15, nan]]
    """
    import pandas as pd

    short = next((row for row in rows if len(row) < width), None)
    if short is not None:
        msg = (
            f"{path}: the row '{' '.join(short)[:60]}' has {len(short)} words, others {width} and "
            "more; the file is incomplete. Fetch it again, or take the row out"
        )
        raise InputError(msg)
    words = pd.Series([word for row in rows for word in row[:width]], dtype=str)
    words = words.str.replace(r"(?<=\d)[dD](?=[-+]?\d)", "E", regex=True)
    numbers = pd.to_numeric(words, errors="coerce").astype(np.float64)
    wrong = numbers.isna() & ~words.str.fullmatch(_GAPS, case=False)
    if wrong.any():
        row = " ".join(rows[int(np.argmax(wrong)) // width])
        msg = f"{path}: '{words[wrong].iloc[0]}' in the row '{row[:60]}' is no number"
        raise InputError(msg)
    found = numbers.to_numpy().reshape(-1, width)
    return np.where(np.isfinite(found), found, np.nan)


def epochs_of(path: Path, parts: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Make epochs of their parts.

    Parameters
    ----------
    path : Path
        The file, for messages.
    parts : ndarray, shape (N, 6) or (N, 5)
        Year, month, day, hour, minute, second, or year, day of the year and these; 24 h and
        60 s are those of the next.

    Returns
    -------
    ndarray of datetime64[ns], shape (N,)
        In the time system of the file.

    Raises
    ------
    InputError
        If a part is missing or out of its range.

    Examples
    --------
    >>> epochs_of(Path("a"), np.array([[2020.0, 60.0, 24.0, 0.0, 0.0]])).astype("M8[m]")
    array(['2020-03-01T00:00'], dtype='datetime64[m]')
    """
    with_months = parts.shape[1] == 6
    month = parts[:, 1] if with_months else np.ones(len(parts))
    year, day, clock = parts[:, 0], parts[:, -4], parts[:, -3:]
    good = np.isfinite(parts).all(axis=1)
    good &= (year % 1 == 0) & (year >= 1950) & (year <= 2100)
    good &= (month % 1 == 0) & (month >= 1) & (month <= 12) & (day % 1 == 0) & (day >= 1)
    good &= ((clock >= 0) & (clock <= (24.0, 60.0, 60.0))).all(axis=1)
    count = np.where(good, (year - 1970) * 12 + month - 1, 0).astype(np.int64)
    start = count.astype("M8[M]")
    end = (start + (1 if with_months else 12)).astype("M8[D]")
    date = start.astype("M8[D]") + np.where(good, day - 1, 0).astype(np.int64)
    good &= date < end
    if not good.all():
        wrong = " ".join(f"{part:g}" for part in parts[int(np.argmin(good))])
        msg = f"{path}: '{wrong}' is no epoch; the file is damaged. Fetch it again"
        raise InputError(msg)
    nanoseconds = np.rint(clock @ (3600.0, 60.0, 1.0) * 1e9).astype(np.int64)
    return date.astype("M8[ns]") + nanoseconds.astype("m8[ns]")
