"""Target points by the cell of the coarse grid that they lie in: the geometry of the reduction.

All target points of a cell combine the same nodes, so that each node value is fetched once for the
whole cell. Points on a node or on a line between nodes need fewer nodes, and get fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.gravity import normal_gravity
from tropdsx.atmos.height import lift_zhd
from tropdsx.grid.stencil import stencil
from tropdsx.reduce.geometry import Geometry
from tropdsx.reduce.pairs import Pairs

__all__ = ["Cells", "cells_of", "row_bands"]

#: Target points whose geometry is found and kept together [1]; about 16 MB.
BAND_POINTS = 65_536

#: Pairs of a node and a target worked on at once [1]: a dozen such arrays fit the cache of a core.
PAIRS_AT_ONCE = 24_576


class Member(NamedTuple):
    """One target point of each of C cells.

    pairs: K nodes beside C targets; weight: (K, C) float32 [1]; place: (C,) flat place of the
    target in the fine grid.
    """

    pairs: Pairs
    weight: NDArray[np.float32]
    place: NDArray[np.intp]


class Cells(NamedTuple):
    """C cells whose targets combine K nodes each: index (K, C) of the nodes, and the targets."""

    index: NDArray[np.intp]
    members: tuple[Member, ...]


def row_bands(geometry: Geometry) -> Iterator[tuple[int, int]]:
    """Rows (start, stop) of the fine grid whose geometry is kept together.

    Parameters
    ----------
    geometry : Geometry
        Both grids.

    Yields
    ------
    tuple of int
    """
    total, width = geometry.fine_height.shape
    rows = max(1, BAND_POINTS // width)
    yield from ((start, min(start + rows, total)) for start in range(0, total, rows))


@lru_cache(maxsize=20)
def cells_of(geometry: Geometry, interpolation: str, start: int, stop: int) -> tuple[Cells, ...]:
    """Group the targets of the fine rows start ... stop by their cells.

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
        Every target is in one of them.
    """
    places = geometry.places
    found = stencil(
        places.lat,
        places.lon,
        places.fine_lat[start:stop, None],
        places.fine_lon[None, :],
        interpolation=interpolation,
    )
    nodes = found.weight.shape[-1]
    index, weight = found.index.reshape(-1, nodes), found.weight.reshape(-1, nodes)
    # Nodes in use first; the others are marked, so that points with the same nodes look the same.
    order = np.argsort(weight == 0.0, axis=1, kind="stable")
    index = np.take_along_axis(index, order, axis=1)
    weight = np.take_along_axis(weight, order, axis=1)
    index[weight == 0.0] = -1
    first = start * places.fine_lon.size
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
    lat = geometry.places.lat[index // geometry.places.lon.size]
    height_from = geometry.height.reshape(-1)[index]
    height_to = geometry.fine_height.reshape(-1)[place]
    # Without gravity the pressure stays, and what is left of the lift is Davis' ratio.
    ratio = lift_zhd(1.0, lat, height_from, height_to, 288.15, gravity=0.0)
    gravity = normal_gravity(lat, 0.5 * (height_from + height_to))
    rise = height_to - height_from
    single = (
        np.ascontiguousarray(each, np.float32)
        for each in (lat, height_from, height_to, rise, gravity, ratio)
    )
    return Member(Pairs(index, *single), np.ascontiguousarray(weight, np.float32), place)
