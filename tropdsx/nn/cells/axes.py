"""Where the rows and columns of a fine grid lie in the cells of a coarse one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch

__all__ = ["AxisPlaces", "GridPlaces"]

#: Places in a cell closer than this are one place [cells].
SAME_PLACE = 1e-5


@dataclass(frozen=True, eq=False)
class AxisPlaces:
    """Cell and place in it of each row, or each column, of a fine grid.

    Attributes
    ----------
    cell : Tensor of int64, shape (M,)
        Number of the cell; cell 0 lies before the first node.
    part : Tensor of float64, shape (M,)
        Place in the cell, 0...1 from its northern or western node.

    Examples
    --------
    >>> part = torch.tensor([0.5, 0.0, 0.5], dtype=torch.float64)
    >>> rows = AxisPlaces(torch.tensor([1, 2, 2]), part)
    >>> rows.distinct[0].tolist(), list(rows.runs(1, 3)), rows.cells
    ([0.0, 0.5], [(2, slice(1, 3, None))], 2)
    """

    cell: torch.Tensor
    part: torch.Tensor

    @property
    def cells(self) -> int:
        """Number of cells that hold something."""
        return len(self._runs)

    @cached_property
    def distinct(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The different places in a cell (Q,), and which of them each one has (M,)."""
        key = torch.round(self.part / SAME_PLACE).long()
        kinds, which = torch.unique(key, return_inverse=True)
        first = torch.full((len(kinds),), len(key), dtype=torch.long, device=key.device)
        order = torch.arange(len(key), device=key.device)
        return self.part[first.scatter_reduce(0, which, order, "amin")], which

    @cached_property
    def smooth(self) -> torch.Tensor:
        """Share of the southern or eastern node (M,), float32 [1]."""
        return (self.part * self.part * (3 - 2 * self.part)).float()

    @cached_property
    def on_node(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows that lie on a row of nodes, and which: 0 is the one before the first."""
        at = torch.nonzero((self.part == 0) | (self.part == 1))[:, 0]
        return at, self.cell[at] + self.part[at].long()

    def runs(self, start: int, stop: int) -> Iterator[tuple[int, slice]]:
        """Go through the cells that some rows lie in.

        Parameters
        ----------
        start, stop : int
            First row, and the one after the last.

        Yields
        ------
        cell : int
            Number of a cell.
        rows : slice
            Those of the rows that it holds.
        """
        for cell, first, last in self._runs:
            if first < stop and last > start:
                yield cell, slice(max(first, start), min(last, stop))

    @cached_property
    def _runs(self) -> list[tuple[int, int, int]]:
        cells, counts = torch.unique_consecutive(self.cell, return_counts=True)
        ends = torch.cumsum(counts, 0)
        starts = ends - counts
        return list(zip(cells.tolist(), starts.tolist(), ends.tolist(), strict=True))


class GridPlaces(NamedTuple):
    """Places of the rows and of the columns of a fine grid: they separate.

    Attributes
    ----------
    rows, columns : AxisPlaces
        Of both axes.

    Examples
    --------
    >>> axis = AxisPlaces(torch.tensor([1, 1]), torch.tensor([0.0, 0.5], dtype=torch.float64))
    >>> GridPlaces(axis, axis).rows.cells
    1
    """

    rows: AxisPlaces
    columns: AxisPlaces
