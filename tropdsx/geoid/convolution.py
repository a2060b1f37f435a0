"""Cubic convolution on the globe, for the table of the geoid and for every grid: rows and weights.

It stands here, below the grids, because these ask for the geoid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cubic_weights", "reflect_rows"]


def cubic_weights(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh the four nodes around places by cubic convolution (Keys 1981, a = -1/2).

    Parameters
    ----------
    t : ndarray
        Places between the second and the third of the nodes, 0 to 1 [steps].

    Returns
    -------
    ndarray, shape (..., 4)
        Weights [1]; they sum to 1.

    Examples
    --------
    >>> cubic_weights(np.array([0.0, 0.5])).tolist()
    [[0.0, 1.0, 0.0, 0.0], [-0.0625, 0.5625, 0.5625, -0.0625]]
    """
    t2, t3 = t * t, t * t * t
    return 0.5 * np.stack(
        [-t3 + 2 * t2 - t, 3 * t3 - 5 * t2 + 2, -3 * t3 + 4 * t2 + t, t3 - t2], axis=-1
    )


def reflect_rows(
    rows: NDArray[np.int64], size: int, north: int | None, south: int | None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find the rows of a grid that lie beyond its poles, where it goes on on the other meridian.

    Parameters
    ----------
    rows : ndarray of int
        Counted from the northern row on; below 0, or `size` and more, beyond.
    size : int
        Rows of the grid.
    north, south : int or None
        Row that follows beyond the pole, counted from the outermost one: 1 where that is the pole,
        0 where the pole lies half a step beyond. None where nothing follows: rows stay.

    Returns
    -------
    rows : ndarray of int
        Of the grid.
    turned : ndarray of bool
        Which of them are to be taken on the opposite meridian.

    Examples
    --------
    >>> rows, turned = reflect_rows(np.array([-1, 0, 180, 181]), 181, 1, 1)
    >>> rows.tolist(), turned.tolist()
    ([1, 0, 180, 179], [True, False, False, True])
    """
    turned = np.zeros(rows.shape, bool)
    if north is not None:
        beyond = rows < 0
        rows = np.where(beyond, north - 1 - rows, rows)
        turned |= beyond
    if south is not None:
        beyond = rows > size - 1
        rows = np.where(beyond, 2 * size - 1 - south - rows, rows)
        turned |= beyond
    return rows, turned
