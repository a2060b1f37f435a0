"""Where targets lie between the coarse nodes, in the form that a nodal network takes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import WET_SCALE_HEIGHT
from tropdsx.grid.edges import FIRST_BEYOND, Edges, find_edges, pad_field
from tropdsx.nn.cells.window import Window, make_window
from tropdsx.reduce.geometry import GridPair

__all__ = [
    "TargetTable",
    "count_within",
    "find_window",
    "grid_window",
    "locate_columns",
    "locate_grid",
    "locate_rows",
    "locate_targets",
    "wet_factor",
]

#: A target that is so close to a node is the node [cells].
ON_NODE = 1e-6

Places = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Cell of each target along one axis, -1 before the first node, and its place in it, 0...1."""


class TargetTable(NamedTuple):
    """Where P targets lie between the nodes; made by :func:`locate_targets`.

    The four corners of a target's cell stand in the order NW, NE, SW, SE.

    Attributes
    ----------
    corners, offset, weight, height_step, wet_factor : ndarray
        As :class:`tropdsx.nn.points.Targets` describes them, of which these are the arrays: int64
        the first, float32 the others.
    """

    corners: NDArray[np.int64]
    offset: NDArray[np.float32]
    weight: NDArray[np.float32]
    height_step: NDArray[np.float32]
    wet_factor: NDArray[np.float32]


def locate_rows(lat: NDArray[Any], target: NDArray[Any]) -> Places:
    """Find between which rows of nodes latitudes lie.

    Parameters
    ----------
    lat : ndarray, shape (J,)
        Axis of the coarse grid, descending, uniform [deg].
    target : ndarray, shape (P,)
        Latitudes [deg].

    Returns
    -------
    cell : ndarray of int64, shape (P,)
        Row before the target, -1...J - 1.
    part : ndarray, shape (P,)
        Place between it and the next one, 0...1.

    Examples
    --------
    >>> locate_rows(np.array([50.0, 45.0]), np.array([52.0, 49.0]))
    (array([-1,  0]), array([0.6, 0.2]))
    """
    return _split((lat[0] - target) / ((lat[0] - lat[-1]) / (len(lat) - 1)), len(lat))


def locate_columns(lon: NDArray[Any], target: NDArray[Any], *, wrap: bool) -> Places:
    """Find between which columns of nodes longitudes lie.

    Parameters
    ----------
    lon : ndarray, shape (I,)
        Axis of the coarse grid, ascending, uniform [deg].
    target : ndarray, shape (P,)
        Longitudes [deg].
    wrap : bool
        Whether the columns close round the globe.

    Returns
    -------
    cell, part : ndarray, shape (P,)
        As :func:`locate_rows`; where the columns close, 0...I - 1.

    Examples
    --------
    >>> locate_columns(np.arange(0.0, 360, 90), np.array([-45.0]), wrap=True)
    (array([3]), array([0.5]))
    >>> locate_columns(np.arange(330.0, 391, 10), np.array([8.0]), wrap=False)
    (array([3]), array([0.8]))
    """
    if not wrap:  # the turn of each target that is nearest to the region
        target = target + 360.0 * np.round(((lon[0] + lon[-1]) / 2 - target) / 360.0)
    x = (target - lon[0]) / ((lon[-1] - lon[0]) / (len(lon) - 1))
    return _split(np.mod(x, len(lon)) if wrap else x, len(lon), wrap)


def _split(place: NDArray[np.float64], count: int, wrap: bool = False) -> Places:
    # Rounding must not move a target off its node.
    place = np.where(np.abs(place - np.round(place)) < ON_NODE, np.round(place), place)
    place = np.where(place == count, 0.0, place) if wrap else place
    cell = np.clip(np.floor(place), -1, count - 1).astype(np.int64)
    return cell, np.clip(place - cell, 0, 1)


def wet_factor(height: NDArray[Any]) -> NDArray[np.float32]:
    """ZWD at a height per ZWD at h = 0.

    Parameters
    ----------
    height : ndarray
        Ellipsoidal height [m].

    Returns
    -------
    ndarray of float32
        The factor [1].

    Examples
    --------
    >>> wet_factor(np.array([0.0, 2000.0])).round(4).tolist()
    [1.0, 0.367900013923645]
    """
    factor = np.multiply(height, -1.0 / WET_SCALE_HEIGHT, dtype=np.float32, casting="unsafe")
    return np.exp(factor, out=factor)


def find_window(
    shape: tuple[int, int],
    edges: Edges,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    margin: int,
) -> Window:
    """Find the nodes that matter for the targets of some cells.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the coarse grid.
    edges : Edges
        How it ends.
    rows, columns : ndarray of int64
        Cells that hold targets, see :func:`locate_rows` and :func:`locate_columns`.
    margin : int
        Convolutions of 3 x 3 that follow each other.

    Returns
    -------
    Window
        The corners of all these cells, and what they depend on.

    Examples
    --------
    >>> globe = Edges(True, "half", "half")
    >>> window = find_window((36, 72), globe, np.array([20]), np.array([71]), 3)
    >>> window.rows, window.columns, window.nodes
    ((20, 21), (71, 0), 64)
    """
    first, last = int(rows.min()), int(rows.max())
    over = (first < 0 and edges.north in FIRST_BEYOND) or (
        last == shape[0] - 1 and edges.south in FIRST_BEYOND
    )
    if not edges.wrap:
        west = max(int(columns.min()), 0)
        span = west, min(int(columns.max()) + 2, shape[1]) - west
    else:
        # Beyond a pole lie the columns of the opposite meridian.
        span = (0, shape[1]) if over else _shortest_arc(columns, shape[1])
    return make_window(
        shape,
        edges,
        rows=(max(first, 0), min(last + 2, shape[0])),
        columns=span,
        margin=margin,
    )


@lru_cache(maxsize=8)
def grid_window(margin: int, grids: GridPair) -> Window:
    """Find the nodes that matter for a fine grid, see :func:`find_window`."""
    edges, (rows, _), (columns, _) = locate_grid(grids)
    return find_window((grids.lat.size, grids.lon.size), edges, rows, columns, margin)


def locate_grid(grids: GridPair) -> tuple[Edges, Places, Places]:
    """Find how a coarse grid ends, and between which of its nodes rows and columns lie."""
    edges = find_edges(grids.lat, grids.lon)
    rows = locate_rows(grids.lat, grids.fine_lat)
    return edges, rows, locate_columns(grids.lon, grids.fine_lon, wrap=edges.wrap)


def _shortest_arc(columns: NDArray[np.int64], count: int) -> tuple[int, int]:
    """First of the columns round the globe that hold the corners of some cells, and how many."""
    corners = np.unique(np.concatenate([columns, columns + 1]) % count)
    gaps = np.diff(corners, append=corners[0] + count)
    widest = int(gaps.argmax())
    wide = count - int(gaps[widest]) + 1
    # Round the whole globe the first column is the first.
    return (0, count) if wide == count else (int(corners[(widest + 1) % len(corners)]), wide)


def locate_targets(
    lat: NDArray[Any],
    lon: NDArray[Any],
    orography: NDArray[Any],
    target_lat: NDArray[Any],
    target_lon: NDArray[Any],
    target_height: NDArray[Any],
    *,
    window: Window | None = None,
) -> TargetTable:
    """Locate targets among the nodes of a coarse grid.

    Parameters
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes of the coarse grid, lat descending, lon ascending, uniform [deg].
    orography : ndarray, shape (J, I)
        Height of the nodes [m].
    target_lat, target_lon : ndarray, shape (P,)
        Places of the targets; for a grid pass its raveled mesh [deg].
    target_height : ndarray, shape (P,)
        Heights of the targets [m].
    window : Window, optional
        Part of the grid that holds them, to count the corners in; default: all of it.

    Returns
    -------
    TargetTable
        Everything about the targets that does not change with time.

    Examples
    --------
    A target in the middle of a cell, 1 km above its corners:

    >>> lat, lon = np.array([50.0, 45.0]), np.array([0.0, 5.0])
    >>> place = [np.array([value]) for value in (47.5, 2.5, 1000.0)]
    >>> table = locate_targets(lat, lon, np.zeros((2, 2)), *place)
    >>> table.weight.tolist(), table.height_step.tolist()
    ([[0.25, 0.25, 0.25, 0.25]], [[1.0, 1.0, 1.0, 1.0]])
    """
    edges = find_edges(lat, lon)
    (row, fy), (col, fx) = (
        locate_rows(lat, target_lat),
        locate_columns(lon, target_lon, wrap=edges.wrap),
    )
    orography = np.nan_to_num(np.asarray(orography, float))
    if window is not None:
        row, col = count_within(window, row, col, len(lon))
        orography, edges = window.cut(orography), Edges(*window.edges)
    heights = pad_field(orography, 1, edges)
    around = [(0, 0), (0, 1), (1, 0), (1, 1)]
    width = heights.shape[1]
    corners = np.stack([(row + 1 + a) * width + (col + 1 + b) for a, b in around], -1)
    offset = np.stack([np.stack([fy - a, fx - b], -1) for a, b in around], -2)
    # Smoothstep: the blend of the four corner functions has a continuous gradient.
    sy, sx = (v * v * (3 - 2 * v) for v in (fy, fx))
    weight = np.stack([(sy if a else 1 - sy) * (sx if b else 1 - sx) for a, b in around], -1)
    height_step = (np.asarray(target_height, float)[:, None] - heights.ravel()[corners]) / 1000.0
    wet = np.exp(-np.asarray(target_height, float) / WET_SCALE_HEIGHT)
    single = (part.astype(np.float32) for part in (offset, weight, height_step, wet))
    return TargetTable(corners, *single)


def count_within(
    window: Window, rows: NDArray[np.int64], columns: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count cells from the first node of a window.

    Parameters
    ----------
    window : Window
        Part of a coarse grid.
    rows, columns : ndarray of int64
        Cells in the whole grid.
    count : int
        Its columns.

    Returns
    -------
    rows, columns : ndarray of int64
        The same cells in the window, -1 before its first node.
    """
    columns = columns - window.columns[0]
    # Only where the columns close can a cell lie before the first one of the window.
    return rows - window.rows[0], np.where(columns < -1, columns + count, columns)
