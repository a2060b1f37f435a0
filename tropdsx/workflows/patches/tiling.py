"""Square windows on a grid: where they start, which cells they hold, where their centre lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import DomainError

__all__ = ["cells_of", "centre_longitude", "cut", "find_starts", "overlap"]


def find_starts(count: int, size: int, stride: int, *, wrap: bool = False) -> list[int]:
    """Find the first cells of windows along an axis, so that every cell lies in one.

    Parameters
    ----------
    count : int
        Cells of the axis.
    size : int
        Cells of a window.
    stride : int
        Cells from one window to the next, at most `size`.
    wrap : bool, default False
        The axis closes round the globe: windows go on beyond its end. Otherwise the last window is
        moved back until it ends with the axis.

    Returns
    -------
    list of int
        Ascending.

    Raises
    ------
    DomainError
        If a window is longer than the axis, or the stride would leave cells out.

    Examples
    --------
    >>> find_starts(75, 64, 32), find_starts(128, 64, 64, wrap=True)
    ([0, 11], [0, 64])
    """
    if not 1 <= stride <= size:
        msg = f"stride {stride} with size {size} leaves cells out; accepted are 1 to size"
        raise DomainError(msg)
    if size > count:
        msg = f"patches of {size} cells on an axis of {count}; give a size of at most {count}"
        raise DomainError(msg)
    if wrap:
        return list(range(0, count, stride)) if size < count else [0]
    starts = list(range(0, count - size + 1, stride))
    return starts if starts[-1] == count - size else [*starts, count - size]


def cells_of(start: int, size: int, count: int) -> NDArray[np.intp]:
    """List the cells of a window; beyond the end the axis begins again.

    Parameters
    ----------
    start, size, count : int
        First cell, cells of the window, cells of the axis.

    Returns
    -------
    ndarray of int, shape (size,)

    Examples
    --------
    >>> cells_of(6, 4, 8).tolist()
    [6, 7, 0, 1]
    """
    return (start + np.arange(size)) % count


def cut(field: NDArray, y0: int, x0: int, size: int, columns: int | None = None) -> NDArray:
    """Cut a window out of a field, round the globe if need be.

    Parameters
    ----------
    field : ndarray, shape (..., J, I)
        Any type; values are not changed.
    y0, x0 : int
        First row and column.
    size : int
        Rows and columns of the window.
    columns : int, optional
        Columns after which the field begins again; default: all.

    Returns
    -------
    ndarray, shape (..., size, size)
        A copy.

    Examples
    --------
    >>> cut(np.arange(12).reshape(3, 4), 1, 3, 2).tolist()
    [[7, 4], [11, 8]]
    """
    columns = field.shape[-1] if columns is None else columns
    rows = field[..., y0 : y0 + size, :]
    if x0 + size <= columns:
        return rows[..., x0 : x0 + size].copy()
    return rows[..., cells_of(x0, size, columns)]


def centre_longitude(west: float, east: float) -> float:
    """Find the longitude half the way from the western to the eastern end.

    Parameters
    ----------
    west, east : float
        Ends of an arc that runs eastwards from the first to the second, however long [deg].

    Returns
    -------
    float
        From -180, exclusive, to 180 where `west` is negative, otherwise from 0 to 360 [deg].

    Examples
    --------
    >>> centre_longitude(10, 200), centre_longitude(170, -170), centre_longitude(0.5, 359.5)
    (105.0, 180.0, 180.0)
    """
    middle = (west + (east - west) % 360.0 / 2.0) % 360.0
    return float(middle - 360.0 if west < 0.0 and middle > 180.0 else middle)


def overlap(starts: list[int], size: int, count: int, *, wrap: bool = False) -> bool:
    """Say whether two windows along an axis share a cell.

    Parameters
    ----------
    starts : list of int
        First cells of windows, ascending.
    size, count : int
        Cells of a window and of the axis.
    wrap : bool, default False
        The axis closes round the globe.

    Returns
    -------
    bool

    Examples
    --------
    >>> overlap([0, 64], 64, 128), overlap([0, 11], 64, 75)
    (False, True)
    """
    if len(starts) < 2:
        return False
    steps = [int(step) for step in np.diff(starts)]
    if wrap:
        steps.append(starts[0] + count - starts[-1])
    return min(steps) < size
