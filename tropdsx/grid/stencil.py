"""Interpolation stencils: which coarse nodes combine at a target point, and with what weights.

A stencil is independent of what is interpolated. :mod:`tropdsx.reduce.lift` lifts each node of a
stencil to the height of the target point before the weights combine them.

Along each axis the bicubic weights are those of a cubic Hermite spline whose tangents are finite
differences; on a uniform axis they are the cubic convolution weights of Keys (1981,
doi:10.1109/TASSP.1981.1163711) with a = -1/2. At the ends of a region the tangent is one-sided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import GridError
from tropdsx.grid.edges import FIRST_BEYOND, Edges, find_edges

__all__ = ["INTERPOLATIONS", "Stencil", "make_stencil"]

INTERPOLATIONS = ("bicubic", "bilinear")

#: Tolerance in units of the node spacing: coordinates stored as float32 still hit their node.
_ON_NODE = 2e-5

#: The same in degrees for grids finer than 1e-4 deg: axes are rounded to 1e-9 deg.
_ON_NODE_DEG = 2e-9


@dataclass(frozen=True, eq=False)
class Stencil:
    """Nodes and weights of each target point.

    Attributes
    ----------
    index : ndarray of int32, shape (..., K)
        Flat index into the coarse (lat, lon) grid. Unused places repeat a used node.
    weight : ndarray of float64, shape (..., K)
        Weights [1]; each point's weights sum to 1, and are NaN where the point lies outside.

    Examples
    --------
    >>> place = make_stencil([1.0, 0.0], [0.0, 1.0], 0.5, [0.0, 0.5], interpolation="bilinear")
    >>> place.apply(np.array([[4.0, 8.0], [0.0, 0.0]])).tolist()
    [2.0, 3.0]
    """

    index: NDArray[np.int32]
    weight: NDArray[np.float64]

    def gather(self, values: NDArray) -> NDArray:
        """Take the values of a field at the nodes of each target point.

        Parameters
        ----------
        values : ndarray, shape (..., J, I)
            Field on the coarse grid, in any unit.

        Returns
        -------
        ndarray, shape (..., *targets, K)
            The same values, of the same type.
        """
        return values.reshape(*values.shape[:-2], -1)[..., self.index]

    def combine(self, nodes: NDArray) -> NDArray[np.float64]:
        """Weigh and add what each target point has at its nodes.

        Parameters
        ----------
        nodes : ndarray, shape (..., *targets, K)
            Values at the nodes, as :meth:`gather` gives them, in any unit.

        Returns
        -------
        ndarray, shape (..., *targets)
            Interpolated values in the unit of `nodes`, NaN where the point lies outside.
        """
        return np.asarray((nodes * self.weight).sum(-1))

    def apply(self, values: NDArray) -> NDArray[np.float64]:
        """Interpolate a field to the target points.

        Parameters
        ----------
        values : ndarray, shape (..., J, I)
            Field on the coarse grid, in any unit; leading dimensions, such as time, are kept.

        Returns
        -------
        ndarray, shape (..., *targets)
            Interpolated values in the unit of `values`, NaN where the point lies outside.
        """
        return self.combine(self.gather(values))


def make_stencil(
    coarse_lat: ArrayLike,
    coarse_lon: ArrayLike,
    lat: ArrayLike,
    lon: ArrayLike,
    *,
    interpolation: str = "bicubic",
) -> Stencil:
    """Find the nodes and weights that interpolate a coarse grid at target points.

    Parameters
    ----------
    coarse_lat : array_like, shape (J,)
        Node latitudes, descending, uniform [deg].
    coarse_lon : array_like, shape (I,)
        Node longitudes, ascending, uniform [deg]. If they go round the globe, the stencil is
        periodic and continues across a pole on the opposite meridian (half a step beside it where
        their number is odd).
    lat, lon : array_like
        Target coordinates; they broadcast against each other [deg].
    interpolation : {"bicubic", "bilinear"}
        4 x 4 or 2 x 2 nodes.

    Returns
    -------
    Stencil
        Index and weight of shape ``broadcast(lat, lon).shape + (16 or 4,)``.

    Raises
    ------
    GridError
        If the coarse grid has fewer than two nodes along an axis, or the method is unknown.

    Examples
    --------
    >>> s = make_stencil([10.0, 5.0, 0.0], [0.0, 5.0, 10.0], 5.0, 2.5, interpolation="bilinear")
    >>> s.index.tolist(), s.weight.tolist()
    ([3, 4, 3, 3], [0.5, 0.5, 0.0, 0.0])
    """
    if interpolation not in INTERPOLATIONS:
        msg = f"interpolation {interpolation!r} is unknown; choose one of {INTERPOLATIONS}"
        raise GridError(msg)
    node_lat, node_lon = np.asarray(coarse_lat, float), np.asarray(coarse_lon, float)
    if node_lat.size < 2 or node_lon.size < 2:
        msg = (
            f"the coarse grid has {node_lat.size} x {node_lon.size} (lat x lon) nodes; "
            "interpolation needs at least 2 x 2"
        )
        raise GridError(msg)
    lat, lon = np.broadcast_arrays(np.asarray(lat, float), np.asarray(lon, float))
    cubic = interpolation == "bicubic"
    edges = find_edges(node_lat, node_lon, odd_columns=True)
    rows, turned, row_weight = _rows(node_lat, lat, cubic=cubic, edges=edges)
    columns, column_weight = _columns(node_lon, lon, cubic=cubic, periodic=edges.wrap)
    width = node_lon.size
    column = columns[..., None, :]
    if turned.any():
        column = (column + np.where(turned, width // 2, 0)[..., :, None]) % width
    index = rows[..., :, None] * width + column
    weight = row_weight[..., :, None] * column_weight[..., None, :]
    shape = (*lat.shape, -1)
    index, weight = index.reshape(shape), weight.reshape(shape)
    # A missing value times a weight of 0 is missing: unused places repeat the heaviest node.
    heaviest = np.take_along_axis(index, np.abs(weight).argmax(-1)[..., None], axis=-1)
    return Stencil(np.where(weight == 0.0, heaviest, index).astype(np.int32), weight)


def _hermite(t: NDArray[np.float64], cubic: bool) -> NDArray[np.float64]:
    """Weights of the nodes -1, 0, 1, 2 (bicubic) or 0, 1 (bilinear) at fraction t of the cell."""
    if not cubic:
        return np.stack([1.0 - t, t], axis=-1)
    t2, t3 = t * t, t * t * t
    return 0.5 * np.stack(
        [-t3 + 2 * t2 - t, 3 * t3 - 5 * t2 + 2, -3 * t3 + 4 * t2 + t, t3 - t2], axis=-1
    )


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
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Columns of each target (..., 4 or 2) and their weights [1]."""
    size = node_lon.size
    step = (node_lon[-1] - node_lon[0]) / (size - 1)
    position, close = ((lon - node_lon[0]) % 360.0) / step, _on_node(step)
    if periodic:
        position = _snap_to_nodes(np.where(position > size - close, 0.0, position), close)
        lower, fraction = _split(position, 0, size - 1)
        return (lower[..., None] + _offsets(cubic)) % size, _hermite(fraction, cubic)
    # A point just west of a region must not wrap to its far east.
    position = np.where(position > size - 1 + close, position - 360.0 / step, position)
    position = _snap_to_nodes(position, close)
    lower, fraction = _split(position, 0, size - 2)
    nodes, weight = _extrapolate_ends(
        lower[..., None] + _offsets(cubic), _hermite(fraction, cubic), size
    )
    weight[~((position >= 0.0) & (position <= size - 1))] = np.nan
    return nodes, weight


def _rows(
    node_lat: NDArray[np.float64], lat: NDArray[np.float64], *, cubic: bool, edges: Edges
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]:
    """Rows of each target (..., 4 or 2), which of them lie across a pole, and their weights [1]."""
    size = node_lat.size
    step = (node_lat[0] - node_lat[-1]) / (size - 1)
    position = _snap_to_nodes((node_lat[0] - lat) / step, _on_node(step))
    north, south = FIRST_BEYOND.get(edges.north), FIRST_BEYOND.get(edges.south)
    low, high = (0 if north is None else -1), (size - 2 if south is None else size - 1)
    lower, fraction = _split(position, low, high)
    nodes, weight = lower[..., None] + _offsets(cubic), _hermite(fraction, cubic)
    inside = (position >= low) & (position <= high + 1)
    turned = np.zeros(nodes.shape, bool)
    if north is not None:
        beyond = nodes < 0
        nodes = np.where(beyond, north - 1 - nodes, nodes)
        turned |= beyond
    if south is not None:
        beyond = nodes > size - 1
        nodes = np.where(beyond, 2 * size - 1 - south - nodes, nodes)
        turned |= beyond
    nodes, weight = _extrapolate_ends(nodes, weight, size)
    weight[~inside] = np.nan
    return nodes, turned, weight
