"""Where targets lie between the coarse nodes, as a network is told."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tropdsx.atmos.constants import WET_SCALE_HEIGHT
from tropdsx.grid.edges import find_edges, pad_field

__all__ = ["PointTable", "point_table"]


class PointTable(NamedTuple):
    """Where P targets lie between the nodes; corners in the order NW, NE, SW, SE.

    index (P, 4) int64 into the flattened grid padded by one node on each side; offset (P, 4, 2)
    (y southward, x eastward) from the corner [cells]; weight (P, 4) [1]; height_step (P, 4) target
    minus corner [km]; wet_factor (P,) ZWD at the target height per ZWD at h = 0 [1].
    """

    index: np.ndarray
    offset: np.ndarray
    weight: np.ndarray
    height_step: np.ndarray
    wet_factor: np.ndarray


def point_table(
    lat: np.ndarray,
    lon: np.ndarray,
    orography: np.ndarray,
    target_lat: np.ndarray,
    target_lon: np.ndarray,
    target_height: np.ndarray,
) -> PointTable:
    """Locate P targets among the nodes.

    Parameters
    ----------
    lat, lon : ndarray
        Axes of the coarse grid, lat descending, lon ascending, uniform. [degrees]
    orography : ndarray
        Height of the nodes, (lat, lon). [m]
    target_lat, target_lon, target_height : ndarray
        Targets, (P,); for a grid pass its raveled mesh. [degrees, degrees, m]

    Returns
    -------
    PointTable
        Everything about the targets that does not change with time, float32.
    """
    edges = find_edges(lat, lon)
    y = (lat[0] - target_lat) / ((lat[0] - lat[-1]) / (len(lat) - 1))
    step_lon = (lon[-1] - lon[0]) / (len(lon) - 1)
    x = (target_lon - lon[0]) / step_lon
    if edges.wrap:
        x = np.mod(x, len(lon))
    # A target within a millionth of a cell of a node is the node; rounding must not move it.
    x, y = (np.where(np.abs(v - np.round(v)) < 1e-6, np.round(v), v) for v in (x, y))
    x = np.where(x == len(lon), 0.0, x) if edges.wrap else x
    row = np.clip(np.floor(y), -1, len(lat) - 1).astype(np.int64)
    col = np.clip(np.floor(x), -1, len(lon) - 1).astype(np.int64)
    fy, fx = np.clip(y - row, 0, 1), np.clip(x - col, 0, 1)
    width = len(lon) + 2
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
    index = np.stack([(row + 1 + a) * width + (col + 1 + b) for a, b in corners], -1)
    offset = np.stack([np.stack([fy - a, fx - b], -1) for a, b in corners], -2)
    # Smoothstep: the blend of the four corner functions has a continuous gradient.
    sy, sx = (v * v * (3 - 2 * v) for v in (fy, fx))
    weight = np.stack([(sy if a else 1 - sy) * (sx if b else 1 - sx) for a, b in corners], -1)
    node_height = pad_field(np.nan_to_num(np.asarray(orography, float)), 1, edges).ravel()[index]
    height_step = (np.asarray(target_height, float)[:, None] - node_height) / 1000.0
    wet_factor = np.exp(-np.asarray(target_height, float) / WET_SCALE_HEIGHT)
    f4 = np.float32
    return PointTable(
        index, offset.astype(f4), weight.astype(f4), height_step.astype(f4), wet_factor.astype(f4)
    )
