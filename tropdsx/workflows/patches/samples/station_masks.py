"""Cells that real stations see: where they lie on a grid, and a mask that hides all others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import DomainError
from tropdsx.grid.matching import find_nearest_nodes
from tropdsx.workflows.patches.validity import count_share

__all__ = ["mask_stations", "station_cells", "station_nodes"]

Cells = NDArray[np.bool_]


def station_cells(
    lat: NDArray[np.floating],
    lon: NDArray[np.floating],
    station_lat: ArrayLike,
    station_lon: ArrayLike,
) -> Cells:
    """Find the cells of a grid in which stations lie.

    Parameters
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Nodes of the grid or of a window on it, in any order and any longitude convention [deg].
    station_lat, station_lon : array_like, shape (n,)
        Stations [deg].

    Returns
    -------
    ndarray of bool, shape (J, I)
        True where a station is nearest to this node, and no further from it than half the spacing.

    Examples
    --------
    >>> station_cells(np.array([1.0, 0.0]), np.array([359.0, 0.0]), [0.3, 9.0], [-0.8, 0.0])
    array([[False, False],
           [ True, False]])
    """
    cells = np.zeros((lat.size, lon.size), dtype=np.bool_)
    row, column, inside = station_nodes(lat, lon, station_lat, station_lon)
    cells[row[inside], column[inside]] = True
    return cells


def station_nodes(
    lat: NDArray[np.floating],
    lon: NDArray[np.floating],
    station_lat: ArrayLike,
    station_lon: ArrayLike,
) -> tuple[NDArray[np.intp], NDArray[np.intp], Cells]:
    """Find the node nearest to each station, and whether it lies on the grid.

    Parameters
    ----------
    lat, lon, station_lat, station_lon
        As for :func:`station_cells`.

    Returns
    -------
    row, column : ndarray of int, shape (n,)
        Of the nearest node.
    inside : ndarray of bool, shape (n,)
        Whether it is no further away than half the spacing.

    Examples
    --------
    >>> station_nodes(np.array([1.0, 0.0]), np.array([359.0, 0.0]), [0.3, 9.0], [-0.8, 0.0])[2]
    array([ True, False])
    """
    row, column = find_nearest_nodes(lat, station_lat), find_nearest_nodes(lon, station_lon, 360.0)
    near = [away <= _half_a_step(nodes) for nodes, (_, away) in ((lat, row), (lon, column))]
    return row[0], column[0], near[0] & near[1]


def _half_a_step(nodes: NDArray[np.floating]) -> float:
    steps = np.abs(np.diff(np.unwrap(nodes.astype(np.float64), period=360.0)))
    # A place half the way between two nodes belongs to one of them, whatever its last digit.
    return float(np.median(steps)) / 2.0 * (1 + 1e-9) if steps.size else 0.5


def mask_stations(
    valid: Cells, share: float, rng: np.random.Generator, *, stations: Cells
) -> Cells:
    """Hide all cells but those of stations.

    Parameters
    ----------
    valid : ndarray of bool, shape (J, I)
        Cells that can be hidden.
    share : float
        Share of the stations' cells that is hidden, too: the nearest whole number of them.
    rng : Generator
        Random numbers.
    stations : ndarray of bool, shape (J, I)
        Cells with a station: :func:`station_cells`.

    Returns
    -------
    ndarray of bool, shape (J, I)
        Hidden cells: all, where no station lies on a valid cell.

    Raises
    ------
    DomainError
        If the shapes differ.

    Examples
    --------
    >>> stations = np.eye(10, dtype=bool)
    >>> rng = np.random.default_rng(0)
    >>> int(mask_stations(np.ones((10, 10), bool), 0.3, rng, stations=stations).sum())
    93
    """
    if stations.shape != valid.shape:
        msg = f"stations on {stations.shape} cells, values on {valid.shape}; give the same grid"
        raise DomainError(msg)
    there = np.flatnonzero(valid & stations)
    hidden = valid.copy()
    seen = rng.permutation(there)[count_share(share, there.size) :]
    hidden.ravel()[seen] = False
    return hidden
