"""Lift every node for every target, cell by cell of the coarse grid.

All target points of a cell combine the same nodes, so that each node value is fetched once for the
whole cell. Points on a node or on a line between nodes need fewer nodes, and get fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.stencil import make_stencil
from tropdsx.reduce.geometry import Geometry
from tropdsx.reduce.height_models import HeightModel
from tropdsx.reduce.pairs import CoarseBlock, Pairs, pairs_of

__all__ = ["Cells", "Member", "cells_of", "lift_directly", "row_bands"]

#: Target points whose geometry is found and kept together [1]; about 16 MB.
BAND_POINTS = 65_536

#: Pairs of a node and a target worked on at once [1]: a dozen such arrays fit the cache of a core.
PAIRS_AT_ONCE = 24_576


@dataclass(frozen=True)
class Member:
    """One target point of each of C cells, and the K nodes that it combines.

    Attributes
    ----------
    pairs : Pairs
        The nodes beside the targets, shape (K, C).
    weight : ndarray of float32, shape (K, C)
        Share of each node in its target [1].
    place : ndarray of int, shape (C,)
        Flat place of the targets in the fine grid.
    """

    pairs: Pairs
    weight: NDArray[np.float32]
    place: NDArray[np.intp]


@dataclass(frozen=True)
class Cells:
    """C cells of a coarse grid whose targets combine K nodes each; made by :func:`cells_of`.

    Attributes
    ----------
    index : ndarray of int, shape (K, C)
        Flat place of the nodes in the coarse grid.
    members : tuple of Member
        The first target of every cell, the second of every cell, and so on.
    """

    index: NDArray[np.intp]
    members: tuple[Member, ...]


def row_bands(geometry: Geometry) -> Iterator[tuple[int, int]]:
    """Cut the fine grid into bands of rows whose geometry is kept together.

    Parameters
    ----------
    geometry : Geometry
        Both grids.

    Yields
    ------
    start, stop : int
        Rows of the fine grid.

    Examples
    --------
    >>> from tropdsx.reduce.geometry import GridPair
    >>> fine = np.linspace(10.0, 0.0, 600), np.linspace(0.0, 10.0, 600)
    >>> grids = GridPair(np.array([10.0, 0.0]), np.array([0.0, 10.0]), *fine)
    >>> geometry = Geometry.from_heights(grids, np.zeros((2, 2)), np.zeros((600, 600)))
    >>> list(row_bands(geometry))[-1]
    (545, 600)
    """
    total, width = geometry.fine_height.shape
    rows = max(1, BAND_POINTS // width)
    yield from ((start, min(start + rows, total)) for start in range(0, total, rows))


@lru_cache(maxsize=20)
def cells_of(geometry: Geometry, interpolation: str, start: int, stop: int) -> tuple[Cells, ...]:
    """Group the targets of some fine rows by their cells.

    Parameters
    ----------
    geometry : Geometry
        Both grids.
    interpolation : {"bicubic", "bilinear"}
        Kind of stencil.
    start, stop : int
        Rows of the fine grid.

    Returns
    -------
    tuple of Cells
        Every target is a member of one of them; cells of as many nodes and targets stand together.

    Examples
    --------
    Two cells of two targets each, all of them between two nodes:

    >>> from tropdsx.reduce.geometry import GridPair
    >>> axes = ([10.0, 0.0], [0.0, 10.0, 20.0], [10.0], [2.0, 8.0, 12.0, 18.0])
    >>> grids = GridPair(*(np.array(axis) for axis in axes))
    >>> geometry = Geometry.from_heights(grids, np.zeros((2, 3)), np.zeros((1, 4)))
    >>> cells, = cells_of(geometry, "bilinear", 0, 1)
    >>> cells.index.tolist(), [member.place.tolist() for member in cells.members]
    ([[0, 1], [1, 2]], [[0, 2], [1, 3]])
    """
    grids = geometry.grids
    found = make_stencil(
        grids.lat,
        grids.lon,
        grids.fine_lat[start:stop, None],
        grids.fine_lon[None, :],
        interpolation=interpolation,
    )
    nodes = found.weight.shape[-1]
    index, weight = found.index.reshape(-1, nodes), found.weight.reshape(-1, nodes)
    # Nodes in use first; the others are marked, so that points with the same nodes look the same.
    order = np.argsort(weight == 0.0, axis=1, kind="stable")
    index = np.take_along_axis(index, order, axis=1)
    weight = np.take_along_axis(weight, order, axis=1)
    index[weight == 0.0] = -1
    first = start * grids.fine_lon.size
    cells = []
    for targets in _same_shape(index):
        used = int((index[targets[0, 0]] >= 0).sum())
        for some in np.array_split(targets, -(-targets.shape[0] * used // PAIRS_AT_ONCE)):
            at = np.ascontiguousarray(index[some[:, 0], :used].T).astype(np.intp)
            members = tuple(
                _member(geometry, at, weight[column, :used].T, first + column) for column in some.T
            )
            cells.append(Cells(at, members))
    return tuple(cells)


def _same_shape(index: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Targets (cells, targets of a cell), for each number of nodes and of targets that occurs."""
    rows = np.ascontiguousarray(index).view(f"V{index.itemsize * index.shape[1]}")[:, 0]
    _, cell, count = np.unique(rows, return_inverse=True, return_counts=True)
    by_cell = np.split(np.argsort(cell, kind="stable"), np.cumsum(count)[:-1])
    used = (index >= 0).sum(axis=1)
    groups: dict[tuple[int, int], list[NDArray[np.intp]]] = {}
    for targets in by_cell:
        groups.setdefault((int(used[targets[0]]), targets.size), []).append(targets)
    return [np.stack(group) for group in groups.values()]


def _member(
    geometry: Geometry,
    index: NDArray[np.intp],
    weight: NDArray[np.float64],
    place: NDArray[np.intp],
) -> Member:
    height_to = geometry.fine_height.reshape(-1)[place]
    pairs = pairs_of(index, geometry.grids.lat, geometry.height, height_to)
    return Member(pairs, np.ascontiguousarray(weight, np.float32), place)


def lift_directly(
    geometry: Geometry,
    interpolation: str,
    model: HeightModel,
    coarse: CoarseBlock,
    fine: Mapping[str, NDArray[np.float32]],
) -> None:
    """Lift and combine nodes by the height model itself, target by target.

    This is the definition of the reduction. It serves targets that are few beside the nodes, and
    height models that no polynomial follows; :mod:`tropdsx.reduce.separable` serves the others.

    Parameters
    ----------
    geometry : Geometry
        Both grids.
    interpolation : {"bicubic", "bilinear"}
        How the lifted nodes combine.
    model : HeightModel
        How delays change with height.
    coarse : CoarseBlock
        All nodes and what is known there.
    fine : mapping of ndarray of float32, shape (N, M, L)
        Is filled [m].

    Examples
    --------
    >>> from tropdsx.reduce.geometry import GridPair
    >>> from tropdsx.reduce.height_models import Kouba
    >>> axes = np.array([10.0, 5.0]), np.array([0.0, 5.0])
    >>> flat = np.zeros((2, 2))
    >>> geometry = Geometry.from_heights(GridPair(*axes, *axes), flat, flat + 500.0)
    >>> coarse = CoarseBlock(axes[0], flat, (), {"zwd": np.full((1, 4), 0.2, np.float32)})
    >>> fine = np.empty((1, 2, 2), np.float32)
    >>> lift_directly(geometry, "bicubic", Kouba(), coarse, {"zwd": fine})
    >>> [round(float(value), 4) for value in fine[0, 0]]
    [0.1558, 0.1558]
    """
    out = {name: field.reshape(len(field), -1) for name, field in fine.items()}
    for start, stop in row_bands(geometry):
        for cells in cells_of(geometry, interpolation, start, stop):
            _combine(cells, model, coarse, out)


def _combine(
    cells: Cells,
    model: HeightModel,
    coarse: CoarseBlock,
    fine: Mapping[str, NDArray[np.float32]],
) -> None:
    """Lift and combine the nodes of some cells for each of their target points.

    All targets of a cell share its nodes, so values are fetched once for all of them; the
    epochs run innermost, so that what depends on the place alone stays in the cache.
    """
    delays, epochs = coarse.delays, range(coarse.epochs)
    states = [tuple(part[epoch][cells.index] for part in coarse.state) for epoch in epochs]
    values = [{name: delays[name][epoch][cells.index] for name in delays} for epoch in epochs]
    # Beside a steep front the cubic swings below zero, where no delay is.
    least = [{name: np.minimum(each[name].min(axis=0), 0) for name in each} for each in values]
    for member in cells.members:
        steady = None if coarse.state else model.factors((), member.pairs)
        for epoch in epochs:
            factors = steady or model.factors(states[epoch], member.pairs)
            for name, factor in zip(DELAYS, factors, strict=True):
                if name in delays:
                    lifted = values[epoch][name] * factor
                    lifted *= member.weight
                    combined = np.maximum(lifted.sum(axis=0), least[epoch][name])
                    fine[name][epoch, member.place] = combined
