"""Interpolation weights along the axes of a coarse grid, for targets along each axis by themselves.

Along each axis the bicubic weights are those of a cubic Hermite spline whose tangents are finite
differences; on a uniform axis they are the cubic convolution weights of Keys (1981,
doi:10.1109/TASSP.1981.1163711) with a = -1/2. At the ends of a region the tangent is one-sided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import GridError
from tropdsx.geoid.convolution import cubic_weights, reflect_rows
from tropdsx.grid.edges import FIRST_BEYOND, Edges, find_edges

__all__ = ["Columns", "Rows", "bracket_axis", "combine_axes", "weigh_axes"]

_INTERPOLATIONS = ("bicubic", "bilinear")

#: Tolerance in units of the node spacing: coordinates stored as float32 still hit their node.
_ON_NODE = 2e-5

#: The same in degrees for grids finer than 1e-4 deg: axes are rounded to 1e-9 deg.
_ON_NODE_DEG = 2e-9

#: Values of the coarse rows that are held at once.
_HELD_AT_ONCE = 2**20


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a coarse grid that combine at each target, K = 4 or 2 of them.

    Attributes
    ----------
    index : ndarray of int, shape (..., K)
        Row of the grid.
    turned : ndarray of bool, shape (..., K)
        Whether the row is met beyond a pole, where its columns are those of the opposite meridian.
    weight : ndarray of float64, shape (..., K)
        Share of each row [1]; they sum to 1, and are NaN where the target lies outside.

    Examples
    --------
    >>> rows, _ = weigh_axes([1.0, 0.0], [0.0, 1.0], 0.25, 0.5, interpolation="bilinear")
    >>> rows.index.tolist(), rows.turned.any(), rows.weight.tolist()
    ([0, 1], np.False_, [0.25, 0.75])
    """

    index: NDArray[np.int64]
    turned: NDArray[np.bool_]
    weight: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns of a coarse grid that combine at each target, K = 4 or 2 of them.

    Attributes
    ----------
    index : ndarray of int, shape (..., K)
        Column of the grid.
    weight : ndarray of float64, shape (..., K)
        Share of each column [1]; they sum to 1, and are NaN where the target lies outside.

    Examples
    --------
    >>> _, columns = weigh_axes([1.0, 0.0], [0.0, 1.0], 0.5, [0.25], interpolation="bilinear")
    >>> columns.index.tolist(), columns.weight.tolist()
    ([[0, 1]], [[0.75, 0.25]])
    """

    index: NDArray[np.int64]
    weight: NDArray[np.float64]


def weigh_axes(
    coarse_lat: ArrayLike,
    coarse_lon: ArrayLike,
    lat: ArrayLike,
    lon: ArrayLike,
    *,
    interpolation: str = "bicubic",
) -> tuple[Rows, Columns]:
    """Find the rows and the columns that interpolate a coarse grid at targets.

    Parameters
    ----------
    coarse_lat : array_like, shape (J,)
        Node latitudes, descending, uniform [deg].
    coarse_lon : array_like, shape (I,)
        Node longitudes, ascending, uniform [deg]. If they go round the globe, the rows go on beyond
        the poles.
    lat, lon : array_like
        Places along each axis, of any shape [deg].
    interpolation : {"bicubic", "bilinear"}
        4 x 4 or 2 x 2 nodes.

    Returns
    -------
    rows : Rows
        In the shape of `lat`, with an axis of nodes behind.
    columns : Columns
        In the shape of `lon`, with an axis of nodes behind.

    Raises
    ------
    GridError
        If the coarse grid has fewer than two nodes along an axis, or the method is unknown.

    Examples
    --------
    >>> rows, columns = weigh_axes([1.0, 0.0], [0.0, 1.0], 0.5, [0.25], interpolation="bilinear")
    >>> rows.weight.tolist(), columns.weight.tolist()
    ([0.5, 0.5], [[0.75, 0.25]])
    """
    if interpolation not in _INTERPOLATIONS:
        msg = f"interpolation {interpolation!r} is unknown; choose one of {_INTERPOLATIONS}"
        raise GridError(msg)
    node_lat, node_lon = np.asarray(coarse_lat, float), np.asarray(coarse_lon, float)
    if node_lat.size < 2 or node_lon.size < 2:
        msg = (
            f"the coarse grid has {node_lat.size} x {node_lon.size} (lat x lon) nodes; "
            "interpolation needs at least 2 x 2"
        )
        raise GridError(msg)
    cubic = interpolation == "bicubic"
    edges = find_edges(node_lat, node_lon, odd_columns=True)
    return (
        _rows(node_lat, np.asarray(lat, float), cubic=cubic, edges=edges),
        _columns(node_lon, np.asarray(lon, float), cubic=cubic, periodic=edges.wrap),
    )


def bracket_axis(nodes: ArrayLike, places: ArrayLike) -> Columns:
    """Find the two nodes around each place on an axis of any steps, and their linear weights.

    Parameters
    ----------
    nodes : array_like, shape (I,)
        At least two nodes in ascending or descending order, in any unit.
    places : array_like, shape (L,)
        Places in the same unit.

    Returns
    -------
    Columns
        Of 2 nodes; without weight (NaN) where a place lies beyond the ends.

    Examples
    --------
    >>> found = bracket_axis([50.0, 47.0, 45.0], [46.0, 44.0])
    >>> found.index.tolist(), found.weight.tolist()
    ([[1, 2], [1, 2]], [[0.5, 0.5], [nan, nan]])
    """
    axis, places = np.asarray(nodes, float), np.asarray(places, float)
    sign = 1.0 if axis[-1] > axis[0] else -1.0
    lower = np.searchsorted(sign * axis, sign * places, side="right") - 1
    lower = np.clip(lower, 0, axis.size - 2)
    share = (places - axis[lower]) / (axis[lower + 1] - axis[lower])
    share = _snap_to_nodes(share, _ON_NODE)
    share = np.where((share >= 0.0) & (share <= 1.0), share, np.nan)
    return Columns(lower[:, None] + np.arange(2), np.stack([1.0 - share, share], axis=-1))


def combine_axes(field: NDArray[np.floating], rows: Rows, columns: Columns) -> NDArray[np.float64]:
    """Interpolate a field to a regular target, along rows and then along columns.

    Parameters
    ----------
    field : ndarray, shape (J, I)
        Values on the coarse grid, in any unit.
    rows, columns : Rows and Columns
        Of M and L targets, by :func:`weigh_axes`.

    Returns
    -------
    ndarray of float64, shape (M, L)
        Interpolated values; NaN where the target lies outside, or a node with a share is missing.

    Examples
    --------
    >>> axes = weigh_axes([1.0, 0.0], [0.0, 1.0], [0.5], [0.0, 0.25], interpolation="bilinear")
    >>> combine_axes(np.array([[4.0, 8.0], [0.0, 0.0]]), *axes).tolist()
    [[2.0, 2.5]]
    """
    total, width = len(rows.index), field.shape[1]
    out = np.empty((total, len(columns.index)))
    # A missing value times a weight of 0 is missing: unused places repeat the heaviest node.
    place = _places_in_use(rows.weight)
    row, turn = (np.take_along_axis(part, place, -1) for part in (rows.index, rows.turned))
    column = np.take_along_axis(columns.index, _places_in_use(columns.weight), -1)
    step = max(1, _HELD_AT_ONCE // max(width, out.shape[1]))
    for start in range(0, total, step):
        part = slice(start, min(start + step, total))
        along = np.zeros((part.stop - start, width))
        for node in range(row.shape[1]):
            values = field[row[part, node]]
            turned = turn[part, node]
            if turned.any():
                values[turned] = np.roll(values[turned], -(width // 2), axis=1)
            along += rows.weight[part, node, None] * values
        band = out[part]
        band[:] = columns.weight[:, 0] * along[:, column[:, 0]]
        for node in range(1, column.shape[1]):
            band += columns.weight[:, node] * along[:, column[:, node]]
    return out


def _places_in_use(weight: NDArray[np.float64]) -> NDArray[np.intp]:
    """List the places (..., K) to fetch from: those without weight repeat the heaviest."""
    heaviest = np.abs(weight).argmax(-1)[..., None]
    return np.where(weight == 0.0, heaviest, np.arange(weight.shape[-1]))


def _hermite(t: NDArray[np.float64], cubic: bool) -> NDArray[np.float64]:
    """Weights of the nodes -1, 0, 1, 2 (bicubic) or 0, 1 (bilinear) at fraction t of the cell."""
    if not cubic:
        return np.stack([1.0 - t, t], axis=-1)
    return cubic_weights(t)


def _on_node(step: float) -> float:
    """Find how far from a node a position in node units still is that node."""
    return max(_ON_NODE, _ON_NODE_DEG / step)


def _snap_to_nodes(position: NDArray[np.float64], close: float) -> NDArray[np.float64]:
    """Move positions in node units that miss a node by rounding onto it."""
    nearest = np.rint(position)
    return np.where(np.abs(position - nearest) < close, nearest, position)


def _split(
    position: NDArray[np.float64], first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Split a position in node units into the lower node of its cell and the fraction of it."""
    lower = np.clip(np.floor(position), first, last).astype(np.int64)
    return lower, position - lower


def _extrapolate_ends(
    nodes: NDArray[np.int64], weight: NDArray[np.float64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Replace nodes beyond the ends by linear extrapolation from the two nodes at that end."""
    weight = weight.copy()
    if nodes.shape[-1] == 4:
        below, above = nodes[..., 0] < 0, nodes[..., 3] > size - 1
        for outside, place, near, far in ((below, 0, 1, 2), (above, 3, 2, 1)):
            lost = np.where(outside, weight[..., place], 0.0)
            weight[..., near] += 2.0 * lost
            weight[..., far] -= lost
            weight[..., place] -= lost
    return np.clip(nodes, 0, size - 1), weight


def _offsets(cubic: bool) -> NDArray[np.int64]:
    return np.arange(-1, 3) if cubic else np.arange(2)


def _columns(
    node_lon: NDArray[np.float64], lon: NDArray[np.float64], *, cubic: bool, periodic: bool
) -> Columns:
    """Columns of each target (..., 4 or 2) and their weights [1]."""
    size = node_lon.size
    step = (node_lon[-1] - node_lon[0]) / (size - 1)
    position, close = ((lon - node_lon[0]) % 360.0) / step, _on_node(step)
    if periodic:
        position = _snap_to_nodes(np.where(position > size - close, 0.0, position), close)
        lower, fraction = _split(position, 0, size - 1)
        return Columns((lower[..., None] + _offsets(cubic)) % size, _hermite(fraction, cubic))
    # A point just west of a region must not wrap to its far east.
    position = np.where(position > size - 1 + close, position - 360.0 / step, position)
    position = _snap_to_nodes(position, close)
    lower, fraction = _split(position, 0, size - 2)
    nodes, weight = _extrapolate_ends(
        lower[..., None] + _offsets(cubic), _hermite(fraction, cubic), size
    )
    weight[~((position >= 0.0) & (position <= size - 1))] = np.nan
    return Columns(nodes, weight)


def _rows(
    node_lat: NDArray[np.float64], lat: NDArray[np.float64], *, cubic: bool, edges: Edges
) -> Rows:
    """Rows of each target (..., 4 or 2), which of them lie across a pole, and their weights [1]."""
    size = node_lat.size
    step = (node_lat[0] - node_lat[-1]) / (size - 1)
    position = _snap_to_nodes((node_lat[0] - lat) / step, _on_node(step))
    north, south = FIRST_BEYOND.get(edges.north), FIRST_BEYOND.get(edges.south)
    low, high = (0 if north is None else -1), (size - 2 if south is None else size - 1)
    lower, fraction = _split(position, low, high)
    nodes, weight = lower[..., None] + _offsets(cubic), _hermite(fraction, cubic)
    inside = (position >= low) & (position <= high + 1)
    nodes, turned = reflect_rows(nodes, size, north, south)
    nodes, weight = _extrapolate_ends(nodes, weight, size)
    weight[~inside] = np.nan
    return Rows(nodes, turned, weight)
