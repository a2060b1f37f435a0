"""Fields of any size in windows that overlap, and joined again without a seam."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

__all__ = ["Windows", "place_windows", "triangle"]


def place_windows(count: int, size: int, overlap: int, *, wrap: bool) -> list[int]:
    """Find where windows begin along one axis.

    Parameters
    ----------
    count : int
        Rows or columns of the grid.
    size, overlap : int
        Of a window, and how much two have in common at least.
    wrap : bool
        Whether the axis closes round the globe: then no place of it is an edge.

    Returns
    -------
    list of int
        First rows or columns.

    Examples
    --------
    >>> place_windows(91, 48, 16, wrap=False), place_windows(144, 48, 16, wrap=True)
    ([0, 22, 43], [0, 29, 58, 86, 115])
    """
    if size >= count and not wrap:
        return [0]
    step = max(size - overlap, 1)
    if wrap:
        number = -(-count // step)
        return [round(k * count / number) for k in range(number)]
    number = -(-(count - size) // step) + 1
    return [round(k * (count - size) / (number - 1)) for k in range(number)]


def triangle(size: int) -> torch.Tensor:
    """Weights that fall from the middle of a window to its ends.

    Parameters
    ----------
    size : int
        Rows or columns.

    Returns
    -------
    Tensor, shape (size,)
        Above zero everywhere [1].

    Examples
    --------
    >>> triangle(5).tolist()
    [1.0, 2.0, 3.0, 2.0, 1.0]
    """
    place = torch.arange(size)
    return torch.minimum(place + 1, size - place).float()


@dataclass(frozen=True)
class Windows:
    """Windows over a grid.

    Attributes
    ----------
    rows, columns : int
        Of the grid.
    size, overlap : int
        Of the windows [cells].
    wrap : bool
        Whether the columns close round the globe.
    only : tuple of tuple of int, optional
        First row and column of the windows that are wanted; default: all. What lies in none of
        them is missing where they are joined.

    Examples
    --------
    >>> windows = Windows(20, 40, size=16, overlap=8, wrap=True)
    >>> field = torch.rand(1, 3, 20, 40)
    >>> bool(torch.allclose(windows.join(windows.cut(field)), field, atol=1e-6))
    True
    """

    rows: int
    columns: int
    size: int = 48
    overlap: int = 16
    wrap: bool = False
    only: tuple[tuple[int, int], ...] | None = None

    def around(self, nodes: torch.Tensor) -> Windows:
        """Keep the windows that say something of some nodes.

        Parameters
        ----------
        nodes : Tensor of int
            Places in the flattened grid.

        Returns
        -------
        Windows
            At these nodes they are joined as all of them would be.
        """
        wanted = torch.zeros(self.rows * self.columns, dtype=torch.bool)
        wanted[nodes] = True
        field = wanted.reshape(1, 1, self.rows, self.columns)
        near = self.cut(field).flatten(1).any(1).tolist()
        kept = tuple(c for c, there in zip(self.corners, near, strict=True) if there)
        return replace(self, only=kept)

    @property
    def height(self) -> int:
        """Rows of a window."""
        return min(self.size, self.rows)

    @property
    def width(self) -> int:
        """Columns of a window."""
        return min(self.size, self.columns)

    @property
    def corners(self) -> list[tuple[int, int]]:
        """First row and column of each window."""
        if self.only is not None:
            return list(self.only)
        south = place_windows(self.rows, self.height, self.overlap, wrap=False)
        east = place_windows(self.columns, self.width, self.overlap, wrap=self.wrap)
        return [(row, column) for row in south for column in east]

    def select(self, corner: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows and columns of a window.

        Parameters
        ----------
        corner : tuple of int
            Its first row and column.

        Returns
        -------
        rows, columns : Tensor of int
            To index the last two axes with.
        """
        rows = torch.arange(corner[0], corner[0] + self.height)
        columns = torch.arange(corner[1], corner[1] + self.width) % self.columns
        return rows, columns

    def cut(self, field: torch.Tensor) -> torch.Tensor:
        """Cut fields into windows.

        Parameters
        ----------
        field : Tensor, shape (N, C, rows, columns)
            Any number of fields.

        Returns
        -------
        Tensor, shape (windows x N, C, height, width)
            All fields of the first window, then of the second.
        """
        parts = []
        for corner in self.corners:
            rows, columns = self.select(corner)
            parts.append(field[..., rows[:, None], columns])
        return torch.cat(parts)

    def join(self, parts: torch.Tensor) -> torch.Tensor:
        """Join windows by their weighted mean.

        Parameters
        ----------
        parts : Tensor, shape (windows x N, C, height, width)
            Of the order of `cut`.

        Returns
        -------
        Tensor, shape (N, C, rows, columns)
        """
        corners = self.corners
        stacked = parts.reshape(len(corners), -1, *parts.shape[1:])
        shape = (*stacked.shape[1:3], self.rows, self.columns)
        total, share = parts.new_zeros(shape), parts.new_zeros(self.rows, self.columns)
        weight = (triangle(self.height)[:, None] * triangle(self.width)).to(parts)
        for part, corner in zip(stacked, corners, strict=True):
            rows, columns = self.select(corner)
            total[..., rows[:, None], columns] += weight * part
            share[rows[:, None], columns] += weight
        return total / share
