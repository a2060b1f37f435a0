"""Where targets lie between the coarse nodes, in the form that a nodal network takes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import WET_SCALE_HEIGHT
from tropdsx.grid.edges import find_edges, pad_field

__all__ = ["TargetTable", "locate_targets"]

#: A target that is so close to a node is the node [cells].
ON_NODE = 1e-6


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


def locate_targets(
    lat: NDArray[Any],
    lon: NDArray[Any],
    orography: NDArray[Any],
    target_lat: NDArray[Any],
    target_lon: NDArray[Any],
    target_height: NDArray[Any],
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
    y = (lat[0] - target_lat) / ((lat[0] - lat[-1]) / (len(lat) - 1))
    step_lon = (lon[-1] - lon[0]) / (len(lon) - 1)
    x = (target_lon - lon[0]) / step_lon
    if edges.wrap:
        x = np.mod(x, len(lon))
    # Rounding must not move a target off its node.
    x, y = (np.where(np.abs(v - np.round(v)) < ON_NODE, np.round(v), v) for v in (x, y))
    x = np.where(x == len(lon), 0.0, x) if edges.wrap else x
    row = np.clip(np.floor(y), -1, len(lat) - 1).astype(np.int64)
    col = np.clip(np.floor(x), -1, len(lon) - 1).astype(np.int64)
    fy, fx = np.clip(y - row, 0, 1), np.clip(x - col, 0, 1)
    width = len(lon) + 2
    around = [(0, 0), (0, 1), (1, 0), (1, 1)]
    corners = np.stack([(row + 1 + a) * width + (col + 1 + b) for a, b in around], -1)
    offset = np.stack([np.stack([fy - a, fx - b], -1) for a, b in around], -2)
    # Smoothstep: the blend of the four corner functions has a continuous gradient.
    sy, sx = (v * v * (3 - 2 * v) for v in (fy, fx))
    weight = np.stack([(sy if a else 1 - sy) * (sx if b else 1 - sx) for a, b in around], -1)
    heights = pad_field(np.nan_to_num(np.asarray(orography, float)), 1, edges)
    height_step = (np.asarray(target_height, float)[:, None] - heights.ravel()[corners]) / 1000.0
    wet_factor = np.exp(-np.asarray(target_height, float) / WET_SCALE_HEIGHT)
    single = (part.astype(np.float32) for part in (offset, weight, height_step, wet_factor))
    return TargetTable(corners, *single)
