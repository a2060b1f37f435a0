"""Parts of a correction on a fine grid, row by row, without anything kept for each target.

A correction is linear in the height of the target. So it has two parts, the correction at h = 0 and
its slope, and sigma has two more; each is a function of the place in the cell, blended over the
four corners. Rows and columns of a regular grid separate. Where targets lie in few different places
of their cells, all places are evaluated in all cells, and rows and columns pick theirs. Where they
lie in many, the parts are polynomials of the place: two small matrix products for each cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from tropdsx.nn.cells.axes import GridPlaces
from tropdsx.nn.cells.chebyshev import interpolation_matrix, to_coefficients

__all__ = ["FieldParts", "PickedParts", "PolynomialParts", "find_tails"]


#: Sizes of coefficients do not fall evenly, and what is left out is taken for lower degrees.
CAUTION = 8


class FieldParts(Protocol):
    """What gives the parts of corrections on some rows of a fine grid."""

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Evaluate some rows.

        Parameters
        ----------
        start, stop : int
            First row, and the one after the last.

        Returns
        -------
        Tensor, shape (N, 2, parts, stop - start, lon)
            For zhd and zwd.
        """


@dataclass(frozen=True, eq=False)
class PickedParts:
    """Parts at all places in all cells, of which rows and columns pick theirs.

    Attributes
    ----------
    table : Tensor, shape (N, 2, parts, places of rows * cells, places of columns * cells)
        The values.
    row_at, column_at : Tensor of int64, shape (M,) and (L,)
        Where each row and column finds its own.

    Examples
    --------
    >>> table = torch.arange(4.0).reshape(1, 1, 1, 2, 2)
    >>> PickedParts(table, torch.tensor([1, 0]), torch.tensor([0])).rows(0, 1).tolist()
    [[[[[2.0]]]]]
    """

    table: torch.Tensor
    row_at: torch.Tensor
    column_at: torch.Tensor

    @classmethod
    def pick(cls, values: torch.Tensor, grid: GridPlaces) -> PickedParts:
        """Take values (N, 2, parts, places, cells south, cells east) at all different places."""
        (south, rows), (east, columns) = (axis.distinct for axis in grid)
        cells = values.shape[-2:]
        table = values.unflatten(3, (len(south), len(east))).transpose(-3, -2)
        return cls(
            table.flatten(-2).flatten(-3, -2),
            rows * cells[0] + grid.rows.cell,
            columns * cells[1] + grid.columns.cell,
        )

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Evaluate some rows, see `FieldParts`."""
        some = self.table.index_select(-2, self.row_at[start:stop])
        return some.index_select(-1, self.column_at)


@dataclass(frozen=True, eq=False)
class PolynomialParts:
    """Parts as polynomials in each cell, through its Chebyshev places.

    Attributes
    ----------
    values : Tensor, shape (cells south, cells east, N * 2 * parts, n, n)
        Values at the places.
    parts : int
        Number of parts.
    grid : GridPlaces
        Where rows and columns lie.
    south, east : Tensor, shape (M, n) and (n, L)
        Matrices from those values to the rows and columns.

    Examples
    --------
    >>> from tropdsx.nn.cells.axes import AxisPlaces
    >>> middle = AxisPlaces(torch.tensor([0]), torch.tensor([0.5], dtype=torch.float64))
    >>> values = torch.arange(9.0).reshape(1, 1, 1, 9, 1, 1)
    >>> PolynomialParts.fit(values.expand(1, 2, 1, 9, 1, 1), GridPlaces(middle, middle)).rows(0, 1)
    tensor([[[[[4.]]],
    <BLANKLINE>
    <BLANKLINE>
             [[[4.]]]]])
    """

    values: torch.Tensor
    parts: int
    grid: GridPlaces
    south: torch.Tensor
    east: torch.Tensor

    @classmethod
    def fit(cls, values: torch.Tensor, grid: GridPlaces) -> PolynomialParts:
        """Take values (N, 2, parts, n * n, cells south, cells east) at the Chebyshev places."""
        size = round(values.shape[3] ** 0.5)
        south, east = (interpolation_matrix(size, axis.part).float() for axis in grid)
        cells = values.unflatten(3, (size, size)).permute(5, 6, 0, 1, 2, 3, 4)
        return cls(
            cells.flatten(2, 4).contiguous(), values.shape[2], grid, south, east.T.contiguous()
        )

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Evaluate some rows, see `FieldParts`."""
        fields, size = self.values.shape[2:4]
        out = self.values.new_empty(fields, stop - start, self.east.shape[1])
        for row, some in self.grid.rows.runs(start, stop):
            lines = torch.matmul(self.south[some], self.values[row])  # (cells, fields, rows, n)
            part = out[:, some.start - start : some.stop - start]
            for column, others in self.grid.columns.runs(0, out.shape[-1]):
                found = torch.mm(lines[column].reshape(-1, size), self.east[:, others])
                part[..., others] = found.unflatten(0, part.shape[:2])
        return out.unflatten(0, (-1, 2, self.parts))


def find_tails(values: torch.Tensor) -> torch.Tensor:
    """Estimate what polynomials leave out, from how their coefficients fall off.

    Parameters
    ----------
    values : Tensor, shape (N, 2, parts, n * n, cells south, cells east)
        At the Chebyshev places.

    Returns
    -------
    Tensor, shape (parts,)
        Largest error, in the unit of the part: the sizes of the two highest degrees, continued as
        they fall from the two before, times `CAUTION`; as often themselves where they do not fall.

    Examples
    --------
    >>> from tropdsx.nn.cells.chebyshev import chebyshev_places
    >>> place = chebyshev_places(8).float()
    >>> plane, corner = place[:, None] + place, (place[:, None] - place).abs()
    >>> [bool(find_tails(f.reshape(1, 1, 1, 64, 1, 1)) < 1e-5) for f in (plane, corner)]
    [True, False]
    """
    size = round(values.shape[3] ** 0.5)
    matrix = to_coefficients(size).to(device=values.device, dtype=values.dtype)
    cells = values.unflatten(3, (size, size)).permute(2, 0, 1, 5, 6, 3, 4)
    sizes = torch.matmul(torch.matmul(matrix, cells), matrix.T).abs_()
    last, before = (
        (sizes[..., two, :].sum((-2, -1)) + sizes[..., two].sum((-2, -1))).flatten(1).amax(1)
        for two in (slice(-2, None), slice(-4, -2))
    )
    return CAUTION * torch.where(before > 2 * last, last * last / (before - last), last)
