"""Targets on rows and columns: weights along each axis, and polynomials combined band by band.

The weights of a regular target are products of those of its row and its column, so that the
polynomials of the nodes are combined along rows, then along columns, and evaluated at the heights.
Nothing is kept for a single target: a terrain model of millions of them needs no more memory than
its heights and its result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tropdsx.grid.axis_weights import Columns, Rows, weigh_axes
from tropdsx.reduce.geometry import GridPair
from tropdsx.reduce.polynomials import Heights, Polynomials

__all__ = ["SeparableTarget", "Tile", "find_separable", "join_axes", "keep_nodes"]

#: Targets worked on at once: their arrays fit the cache of a core.
TARGETS_AT_ONCE = 16_384

#: Most columns of nodes that a tile combines.
NODES_OF_A_TILE = 12


@dataclass(frozen=True, eq=False)
class Tile:
    """Some neighbouring columns of the fine grid, and the columns of nodes that they combine.

    Attributes
    ----------
    columns : slice
        Of the fine grid.
    nodes : ndarray of int, shape (K,)
        Places in the columns of nodes of the target.
    weight : ndarray of float32, shape (K, width)
        Share of each column of nodes in each fine column [1].
    """

    columns: slice
    nodes: NDArray[np.intp]
    weight: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SeparableTarget:
    """A fine grid beside a coarse one; made by :func:`find_separable`.

    Attributes
    ----------
    nodes : ndarray of int, shape (R, C)
        Flat places of the coarse nodes in use. A row of nodes that is met beyond a pole stands
        there once more, turned to the opposite meridian.
    row_weight : ndarray of float32, shape (M, R)
        Share of each row of nodes in each fine row [1].
    tiles : tuple of Tile
        All fine columns.
    """

    nodes: NDArray[np.intp]
    row_weight: NDArray[np.float32]
    tiles: tuple[Tile, ...]

    @property
    def rows_at_once(self) -> int:
        """Fine rows in a band."""
        widest = max(tile.columns.stop - tile.columns.start for tile in self.tiles)
        return max(1, TARGETS_AT_ONCE // widest)

    def bands(self) -> Iterator[tuple[slice, NDArray[np.intp]]]:
        """Cut the fine rows into bands of a good size.

        Yields
        ------
        rows : slice
            Of the fine grid.
        used : ndarray of int
            Rows of nodes that they combine.
        """
        step = self.rows_at_once
        for start in range(0, len(self.row_weight), step):
            rows = slice(start, min(start + step, len(self.row_weight)))
            yield rows, np.flatnonzero((self.row_weight[rows] != 0).any(axis=0))

    def combine(
        self,
        pieces: Sequence[tuple[Heights, Polynomials]],
        fine_height: NDArray[np.float64],
        out: NDArray[np.float32],
    ) -> None:
        """Evaluate polynomials at the targets.

        Parameters
        ----------
        pieces : sequence of (Heights, Polynomials)
            Polynomials of the nodes, N epochs, and the range of heights that they hold in. A single
            one serves all targets; several meet at their ends, from the lowest to the highest.
        fine_height : ndarray, shape (M, L)
            Heights of the targets; beyond several pieces the nearest end counts [m].
        out : ndarray of float32, shape (N, M, L)
            Is filled; NaN where a node in use is missing, or a target lies outside [m].
        """
        for rows, used in self.bands():
            weight = np.ascontiguousarray(self.row_weight[rows][:, used])
            present = _present(pieces, fine_height[rows])
            scaled = [heights.scale(fine_height[rows]) for heights, _ in present]
            nodes = [every.of_rows(used) for _, every in present]
            if len(pieces) > 1:
                # Each piece adds what a target rises within it, so that no target is picked out.
                nodes[1:] = [each.from_lower_end() for each in nodes[1:]]
                scaled = [np.clip(each, -1.0, 1.0, out=each) for each in scaled]
            self._fill(out[:, rows], weight, nodes, scaled)

    def _fill(
        self,
        out: NDArray[np.float32],
        weight: NDArray[np.float32],
        nodes: Sequence[Polynomials],
        scaled: Sequence[NDArray[np.float32]],
    ) -> None:
        """Evaluate the polynomials of some rows of nodes in a band of targets, and add them."""
        for epoch in range(len(out)):
            along = [np.matmul(weight, each.coefficients[epoch]) for each in nodes]
            gaps = [each.missing[epoch] for each in nodes]
            lowest = nodes[0].lowest[epoch]
            below = bool((lowest < 0).any())
            for tile in self.tiles:
                found = np.zeros((), np.float32)
                for part, height in zip(along, scaled, strict=True):
                    value = _evaluate(part[:, :, tile.nodes], tile.weight, height[:, tile.columns])
                    found = value if part is along[0] else np.add(found, value, out=found)
                # Beside a steep front the cubic swings below zero, where no delay is.
                floor = _least(lowest, weight, tile) if below else np.float32(0.0)
                np.maximum(found, floor, out=found)
                for number, (gap, height) in enumerate(zip(gaps, scaled, strict=True)):
                    if gap.any():
                        # A piece that a target does not rise into is none of its business.
                        reached = height[:, tile.columns] > -1.0 if number else True
                        found[_touches(gap, weight, tile) & reached] = np.nan
                out[epoch][:, tile.columns] = found


def _present(
    pieces: Sequence[tuple[Heights, Polynomials]], height: NDArray[np.float64]
) -> Sequence[tuple[Heights, Polynomials]]:
    """Take the pieces from the lowest to the highest of some heights [m]."""
    low, high = np.fmin.reduce(height, axis=None), np.fmax.reduce(height, axis=None)
    held = [
        piece
        for piece in pieces
        if piece[0].middle - piece[0].half <= high and piece[0].middle + piece[0].half >= low
    ]
    return held or (pieces[-1:] if low > pieces[-1][0].middle else pieces[:1])


def _evaluate(
    along: NDArray[np.float32], weight: NDArray[np.float32], scaled: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Combine polynomials (D, rows, K) along the columns and evaluate them, by Horner's rule."""
    found = np.matmul(along[-1], weight)
    term = np.empty_like(found)
    for coefficients in along[-2::-1]:
        found *= scaled
        found += np.matmul(coefficients, weight, out=term)
    return found


def _touches(
    missing: NDArray[np.bool_], weight: NDArray[np.float32], tile: Tile
) -> NDArray[np.bool_]:
    """Find the targets that a missing node has a share in."""
    along = (weight != 0).astype(np.float32) @ missing[:, tile.nodes].astype(np.float32)
    return np.asarray(along @ (tile.weight != 0).astype(np.float32) > 0.5)


def _least(
    lowest: NDArray[np.float32], weight: NDArray[np.float32], tile: Tile
) -> NDArray[np.float32]:
    """Find the least delay among the nodes that have a share in each target, at most 0 [m]."""
    rows = np.where(weight[:, :, None] != 0, lowest[None, :, tile.nodes], 0.0).min(axis=1)
    return np.asarray(
        np.where(tile.weight[None] != 0, rows[:, :, None], 0.0).min(axis=1), np.float32
    )


@lru_cache(maxsize=8)
def find_separable(grids: GridPair, interpolation: str) -> SeparableTarget:
    """Find the weights of a fine grid along its axes.

    Parameters
    ----------
    grids : GridPair
        Axes of both grids.
    interpolation : {"bicubic", "bilinear"}
        Kind of weights.

    Returns
    -------
    SeparableTarget

    Examples
    --------
    Between two nodes in every direction, of 3 x 4 that there are:

    >>> axes = ([10.0, 0.0, -10.0], [0.0, 10.0, 20.0, 30.0], [7.5, 5.0], [12.0, 15.0])
    >>> found = find_separable(GridPair(*(np.array(axis) for axis in axes)), "bilinear")
    >>> found.nodes.tolist(), found.row_weight.tolist()
    ([[1, 2], [5, 6]], [[0.75, 0.25], [0.5, 0.5]])
    """
    places = (grids.lat, grids.lon, grids.fine_lat, grids.fine_lon)
    rows, columns = weigh_axes(*places, interpolation=interpolation)
    return join_axes(rows, columns, (grids.lat.size, grids.lon.size))


def join_axes(rows: Rows, columns: Columns, shape: tuple[int, int]) -> SeparableTarget:
    """Put the weights along both axes together.

    Parameters
    ----------
    rows, columns : Rows and Columns
        Of M and L targets, by :func:`tropdsx.grid.axis_weights.weigh_axes`.
    shape : tuple of int
        Rows and columns of the coarse grid.

    Returns
    -------
    SeparableTarget

    Examples
    --------
    >>> axes = weigh_axes([1.0, 0.0], [0.0, 1.0], [0.5], [0.5], interpolation="bilinear")
    >>> join_axes(*axes, (2, 2)).nodes.tolist()
    [[0, 1], [2, 3]]
    """
    height, width = shape
    row_key = rows.index + np.where(rows.turned, height, 0)
    used_rows = np.unique(row_key[rows.weight != 0])
    used_columns = np.unique(columns.index[columns.weight != 0])
    turn = np.where(used_rows >= height, width // 2, 0)
    column = (used_columns[None, :] + turn[:, None]) % width
    nodes = (used_rows % height)[:, None] * width + column
    row_weight = np.zeros((len(row_key), used_rows.size), np.float32)
    place = np.clip(np.searchsorted(used_rows, row_key), 0, used_rows.size - 1)
    np.add.at(row_weight, (np.arange(len(place))[:, None], place), rows.weight)
    place = np.clip(np.searchsorted(used_columns, columns.index), 0, used_columns.size - 1)
    return SeparableTarget(nodes, row_weight, tuple(_tiles(place, columns.weight)))


def _tiles(place: NDArray[np.intp], weight: NDArray[np.float64]) -> Iterator[Tile]:
    """Cut fine columns into tiles of few columns of nodes; many share a tile of a terrain model."""
    start, seen = 0, set[int]()
    for column in range(len(place) + 1):
        more = set(place[column][weight[column] != 0].tolist()) if column < len(place) else None
        if more is None or (seen and len(seen | more) > NODES_OF_A_TILE):
            nodes = np.array(sorted(seen), np.intp)
            share = np.zeros((nodes.size, column - start), np.float32)
            at = np.clip(np.searchsorted(nodes, place[start:column]), 0, nodes.size - 1)
            np.add.at(share, (at, np.arange(column - start)[:, None]), weight[start:column])
            yield Tile(slice(start, column), nodes, share)
            start, seen = column, set()
        seen |= more or set()


def keep_nodes(
    grids: GridPair,
    height: NDArray[np.float64],
    fine_height: NDArray[np.float64],
    delays: NDArray[np.float32],
    fine: NDArray[np.float32],
) -> None:
    """Give targets at the place and height of a node the very value of that node.

    Parameters
    ----------
    grids : GridPair
        Axes of both grids.
    height, fine_height : ndarray, shape (J, I) and (M, L)
        Heights of nodes and targets [m].
    delays : ndarray of float32, shape (N, J * I)
        At the nodes [m].
    fine : ndarray of float32, shape (N, M, L)
        At the targets; is corrected in place [m].

    Examples
    --------
    >>> axes = np.array([10.0, 0.0]), np.array([0.0, 10.0])
    >>> fine, flat = np.zeros((1, 2, 2), np.float32), np.zeros((2, 2))
    >>> delays = np.array([[0.125, 0.25, 0.375, 0.5]], np.float32)
    >>> keep_nodes(GridPair(*axes, *axes), flat, flat + [0.0, 9.0], delays, fine)
    >>> fine.tolist()
    [[[0.125, 0.0], [0.375, 0.0]]]
    """
    places = (grids.lat, grids.lon, grids.fine_lat, grids.fine_lon)
    rows, columns = weigh_axes(*places, interpolation="bilinear")
    row, column = (np.flatnonzero((part.weight == 1.0).any(axis=-1)) for part in (rows, columns))
    at = np.ix_(row, column)
    node = (
        np.take_along_axis(part.index, part.weight.argmax(-1)[:, None], axis=-1)[:, 0]
        for part in (rows, columns)
    )
    flat = np.add.outer(next(node)[row] * grids.lon.size, next(node)[column])
    same = height.reshape(-1)[flat] == fine_height[at]
    for values, out in zip(delays, fine, strict=True):
        out[at] = np.where(same, values[flat], out[at])
