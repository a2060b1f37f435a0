"""Interpolation stencils: which coarse nodes combine at a target point, and with what weights.

A stencil is independent of what is interpolated. :mod:`tropdsx.reduce.lift` lifts each node of a
stencil to the height of the target point before the weights combine them.

The weights are products of those along each axis, see :mod:`tropdsx.grid.axis_weights`: a regular
target needs no more than these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.grid.axis_weights import Rows, weigh_axes

__all__ = ["Stencil", "make_stencil", "turn_vectors"]


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
    vector: bool = False,
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
    vector : bool
        For parts of a vector, see :func:`turn_vectors`.

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
    rows, columns = weigh_axes(coarse_lat, coarse_lon, lat, lon, interpolation=interpolation)
    rows = turn_vectors(rows) if vector else rows
    width = np.asarray(coarse_lon).size
    column = columns.index[..., None, :]
    if rows.turned.any():
        column = (column + np.where(rows.turned, width // 2, 0)[..., :, None]) % width
    index = rows.index[..., :, None] * width + column
    weight = rows.weight[..., :, None] * columns.weight[..., None, :]
    around = index.shape[-2] * index.shape[-1]  # by number: of no place at all, too
    shape = (*np.broadcast_shapes(np.shape(lat), np.shape(lon)), around)
    index, weight = index.reshape(shape), weight.reshape(shape)
    # A missing value times a weight of 0 is missing: unused places repeat the heaviest node.
    heaviest = np.take_along_axis(index, np.abs(weight).argmax(-1)[..., None], axis=-1)
    return Stencil(np.where(weight == 0.0, heaviest, index).astype(np.int32), weight)


def turn_vectors(rows: Rows) -> Rows:
    """Make rows serve parts of a vector, such as gradients: north beyond a pole is south here.

    Parameters
    ----------
    rows : Rows
        By :func:`tropdsx.grid.axis_weights.weigh_axes`.

    Returns
    -------
    Rows
        The same; those across a pole count with the other sign, east as well as north.

    Examples
    --------
    >>> rows, _ = weigh_axes([45.0, -45.0], [0.0, 180.0], 90.0, 0.0, interpolation="bilinear")
    >>> rows.weight.tolist(), turn_vectors(rows).weight.tolist()
    ([0.5, 0.5], [-0.5, 0.5])
    """
    return replace(rows, weight=np.where(rows.turned, -rows.weight, rows.weight))
