"""Numbers as decimal text, many at once: letter by letter what Python's format writes.

Text stands in arrays of bytes, a row for each number; bytes of 0 are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Letters", "decimal_letters", "join_letters", "letters_of"]

Letters = NDArray[np.uint8]

_BLANK, _POINT, _MINUS, _ZERO = b" .-0"
_LARGEST = 2**31
"""Numbers times their power of ten that are less are written at once."""
_DOUBT = 1e-6
"""A product with a power of ten is as near to what it stands for, or nearer."""


def decimal_letters(values: ArrayLike, digits: int, width: int = 0) -> Letters:
    """Write numbers with some digits behind the point.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers; those that are missing have no text.
    digits : int
        Behind the point.
    width : int, optional
        Blanks fill shorter numbers to this width, on the left.

    Returns
    -------
    ndarray of uint8, shape (n, w)
        As ``f"{value:{width}.{digits}f}"`` is for each.

    Examples
    --------
    >>> bytes(decimal_letters([2.3, -0.15], 2, 6).ravel())
    b'  2.30 -0.15'
    """
    numbers = np.asarray(values, np.float64).ravel()
    missing = np.isnan(numbers)
    scaled = np.abs(numbers) * 10.0**digits
    if missing.any():
        scaled[missing] = 0.0
    if not (scaled < _LARGEST).all():
        return _one_by_one(numbers, digits, width)
    rounded = np.rint(scaled)
    doubtful = np.flatnonzero(np.abs(np.abs(scaled - rounded) - 0.5) <= _DOUBT)
    if doubtful.size:
        texts = (f"{abs(each):.{digits}f}" for each in numbers[doubtful].tolist())
        rounded[doubtful] = [int(text.replace(".", "")) for text in texts]
    below = np.signbit(numbers) & ~missing
    out = _digits_of(rounded.astype(np.uint32), digits, width, sign=bool(below.any()))
    _set_signs(out, np.flatnonzero(below))
    out[missing] = 0
    return out


def _digits_of(whole: NDArray[np.uint32], digits: int, width: int, *, sign: bool) -> Letters:
    """Write whole numbers with a point before the last `digits`, and room for a sign."""
    count = max(len(str(whole.max(initial=0))), digits + 1)
    length = count + (digits > 0)
    out = np.zeros((whole.size, max(length + sign, width)), np.uint8)
    if width:
        out[:, -width:] = _BLANK
    column = out.shape[1]
    for place in range(count):
        column -= 1
        if place == digits and digits:
            out[:, column] = _POINT
            column -= 1
        rest = whole // np.uint32(10)
        figure = whole - rest * np.uint32(10) + np.uint32(_ZERO)
        if place > digits:  # no zeros in front
            np.copyto(out[:, column], figure.astype(np.uint8), where=whole > 0)
        else:
            out[:, column] = figure
        whole = rest
    return out


def _set_signs(out: Letters, rows: NDArray[np.intp]) -> None:
    """Put a minus before the first figure of some rows."""
    if rows.size:
        first = np.argmax(out[rows] > _BLANK, axis=1)
        out[rows, first - 1] = _MINUS


def _one_by_one(numbers: NDArray[np.float64], digits: int, width: int) -> Letters:
    texts = ["" if np.isnan(each) else f"{each:{width}.{digits}f}" for each in numbers.tolist()]
    return letters_of(texts)


def letters_of(texts: Iterable[str], encoding: str = "utf-8") -> Letters:
    """Give texts as bytes.

    Parameters
    ----------
    texts : iterable of str, length n
        Texts.
    encoding : str, optional
        Of their letters.

    Returns
    -------
    ndarray of uint8, shape (n, w)
        One row for each; bytes of 0 fill the shorter ones.

    Examples
    --------
    >>> letters_of(["A", "BC"]).tolist()
    [[65, 0], [66, 67]]
    """
    found = np.array([text.encode(encoding, "replace") for text in texts], "S")
    return found.view(np.uint8).reshape(found.size, -1)


def join_letters(columns: Sequence[Letters | bytes], rows: int) -> bytes:
    """Join columns of text to lines.

    Parameters
    ----------
    columns : sequence of ndarray of uint8, shape (n, w), or bytes
        Text of each row, or what is the same in all.
    rows : int
        How many there are, n.

    Returns
    -------
    bytes
        All rows, one behind the other, without bytes of 0.

    Examples
    --------
    >>> join_letters([letters_of(["A", "BC"]), b";"], 2)
    b'A;BC;'
    """
    widths = [len(each) if isinstance(each, bytes) else each.shape[1] for each in columns]
    out = np.empty((rows, sum(widths)), np.uint8)
    start = 0
    for each, width in zip(columns, widths, strict=True):
        out[:, start : start + width] = (
            np.frombuffer(each, np.uint8) if isinstance(each, bytes) else each
        )
        start += width
    return out.tobytes().translate(None, b"\0")
