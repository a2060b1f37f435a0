"""The part of a coarse grid whose nodes matter, and what the convolutions need round it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Window", "make_window"]

#: Rules by which the rows go on beyond a pole, along the opposite meridian.
BEYOND_POLE = ("half", "pole")

Ends = tuple[bool, str, str]


@dataclass(frozen=True)
class Window:
    """Nodes whose coefficients are wanted, and the nodes that are convolved for them.

    A margin of one node for each convolution keeps what lies beyond it out of the result. Near a
    pole the convolved part holds the opposite meridian as well.

    Attributes
    ----------
    rows, columns : tuple of int
        Wanted rows and columns of the coarse grid.
    edges : tuple
        How the wanted part ends, see `pad_globe`.
    near_rows, near_columns : tuple of int
        Rows and columns that are convolved.
    near_edges : tuple
        How the convolved part ends.
    inner : tuple of tuple of int
        Where the wanted rows and columns lie in the convolved part.

    Examples
    --------
    >>> globe = (True, "half", "half")
    >>> window = make_window((36, 72), globe, rows=(17, 19), columns=(71, 2), margin=3)
    >>> window.columns, window.near_columns
    ((71, 0), (68, 69, 70, 71, 0, 1, 2, 3))
    """

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    edges: Ends
    near_rows: tuple[int, ...]
    near_columns: tuple[int, ...]
    near_edges: Ends
    inner: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def nodes(self) -> int:
        """Number of nodes that are convolved."""
        return len(self.near_rows) * len(self.near_columns)

    @property
    def wanted(self) -> int:
        """Number of nodes whose coefficients are wanted."""
        return len(self.rows) * len(self.columns)

    def cut(self, field: Any) -> Any:
        """Take the wanted nodes.

        Parameters
        ----------
        field : Tensor or ndarray, shape (..., J, I)
            Any quantity; one of a single column keeps it.

        Returns
        -------
        Tensor or ndarray
            Of the wanted rows and columns.
        """
        return _take(field, self.rows, self.columns)

    def cut_near(self, field: Any) -> Any:
        """Take the nodes that are convolved.

        Parameters
        ----------
        field : Tensor or ndarray, shape (..., J, I)
            Any quantity.

        Returns
        -------
        Tensor or ndarray
            Of those rows and columns.
        """
        return _take(field, self.near_rows, self.near_columns)

    def cut_inner(self, field: Any) -> Any:
        """Take the wanted nodes out of those that are convolved.

        Parameters
        ----------
        field : Tensor or ndarray, shape (..., rows, columns)
            On the nodes that :meth:`cut_near` gives.

        Returns
        -------
        Tensor or ndarray
            Of the wanted rows and columns.
        """
        return _take(field, *self.inner)


def _take(field: Any, rows: tuple[int, ...], columns: tuple[int, ...]) -> Any:
    """Rows and columns of a tensor or array: a view where they follow each other."""
    field = field[..., rows[0] : rows[-1] + 1, :]
    if field.shape[-1] == 1:
        return field
    if columns[-1] - columns[0] == len(columns) - 1:
        return field[..., columns[0] : columns[-1] + 1]
    return field[..., list(columns)]


def make_window(
    shape: tuple[int, int],
    edges: Sequence[bool | str],
    *,
    rows: tuple[int, int],
    columns: tuple[int, int],
    margin: int,
) -> Window:
    """Find the nodes that some nodes of a grid depend on.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the coarse grid.
    edges : sequence
        How it ends, see `pad_globe`.
    rows : tuple of int
        First wanted row, and the one after the last.
    columns : tuple of int
        First wanted column, and their number: on a globe they may go on at its first column.
    margin : int
        Convolutions of 3 x 3 that follow each other.

    Returns
    -------
    Window
        An example stands there.
    """
    globe = (bool(edges[0]), str(edges[1]), str(edges[2]))
    count = shape[1]
    start, wide = columns if columns[1] < count else (0, count)
    top, bottom = max(rows[0] - margin, 0), min(rows[1] + margin, shape[0])
    # Rows that the convolutions reach beyond a pole come from the opposite meridian.
    over = (
        rows[0] < margin and globe[1] in BEYOND_POLE,
        rows[1] + margin > shape[0] and globe[2] in BEYOND_POLE,
    )
    near, first, round_globe = _near_columns(count, globe[0], start, wide, margin, any(over))
    north, south = globe[1] if over[0] else "edge", globe[2] if over[1] else "edge"
    whole = globe[0] and wide == count  # else nothing of the wanted part goes on anywhere
    ends = [
        rule if whole and at_end else "edge"
        for rule, at_end in zip(globe[1:], (rows[0] == 0, rows[1] == shape[0]), strict=True)
    ]
    return Window(
        rows=tuple(range(*rows)),
        columns=tuple((start + k) % count for k in range(wide)),
        edges=(whole, ends[0], ends[1]),
        near_rows=tuple(range(top, bottom)),
        near_columns=tuple(near),
        near_edges=(round_globe, north, south),
        inner=(
            tuple(range(rows[0] - top, rows[1] - top)),
            tuple((first + k) % len(near) for k in range(wide)),
        ),
    )


def _near_columns(
    count: int, wrap: bool, start: int, wide: int, margin: int, over_pole: bool
) -> tuple[list[int], int, bool]:
    """Columns to convolve, where the wanted ones begin in them, and whether they close."""
    if not wrap:
        west = max(start - margin, 0)
        return list(range(west, min(start + wide + margin, count))), start - west, False
    strip = [(start - margin + k) % count for k in range(wide + 2 * margin)]
    if (2 if over_pole else 1) * len(strip) >= count:
        return list(range(count)), start, True
    if not over_pole:
        return strip, margin, False
    # Half way round these columns lies the opposite meridian, as on the globe.
    return strip + [(k + count // 2) % count for k in strip], margin, False
