"""Stations on the nodes of a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.diffusion.scene import Setting

__all__ = ["grid_stations", "spread_on_grid"]

Field = NDArray[np.float64]


def grid_stations(setting: Setting, lat: Field, lon: Field) -> NDArray[np.intp]:
    """Find the node that is nearest to each station.

    Parameters
    ----------
    setting : Setting
        The target.
    lat, lon : ndarray, shape (n,)
        Stations [deg].

    Returns
    -------
    ndarray of int, shape (n,)
        Places in the flattened grid; -1 for stations beyond its edges.
    """
    steps = [(axis[-1] - axis[0]) / (axis.size - 1) for axis in (setting.lat, setting.lon)]
    row = np.rint((np.asarray(lat) - setting.lat[0]) / steps[0]).astype(np.intp)
    east = (np.asarray(lon) - setting.lon[0] + steps[1] / 2) % 360.0 - steps[1] / 2
    column = np.rint(east / steps[1]).astype(np.intp)
    rows, columns = setting.shape
    if setting.wrap:
        column %= columns
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return np.where(inside, row * columns + column, -1)


def spread_on_grid(shape: tuple[int, int], nodes: NDArray[np.intp], values: Field) -> Field:
    """Put residuals of stations on their nodes; those that share one are averaged.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    nodes : ndarray of int, shape (n,)
        Of :func:`grid_stations`.
    values : ndarray, shape (n,)
        NaN where a station does not report [m].

    Returns
    -------
    ndarray, shape (J, I)
        NaN where there is none [m].

    Examples
    --------
    >>> spread_on_grid((1, 3), np.array([0, 0, -1]), np.array([1.0, 3.0, 9.0]))
    array([[ 2., nan, nan]])
    """
    there = (nodes >= 0) & np.isfinite(values)
    size = shape[0] * shape[1]
    count = np.bincount(nodes[there], minlength=size)
    total = np.bincount(nodes[there], values[there], minlength=size)
    mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return mean.reshape(shape)
