"""Cells that real stations see: where they lie on a grid, and a mask that hides all others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.validity import count_share

__all__ = ["mask_stations", "station_cells"]

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
    rows = _nearest(lat, np.ravel(np.asarray(station_lat, np.float64)), None)
    columns = _nearest(lon, np.ravel(np.asarray(station_lon, np.float64)), 360.0)
    inside = (rows >= 0) & (columns >= 0)
    cells[rows[inside], columns[inside]] = True
    return cells


def _nearest(nodes: NDArray, places: NDArray, period: float | None) -> NDArray[np.intp]:
    """Find the node in whose cell each place lies; -1 where it lies in none."""
    away = np.abs(places[:, None] - nodes.astype(np.float64))
    steps = np.abs(np.diff(nodes.astype(np.float64)))
    if period:
        away = np.minimum(away % period, period - away % period)
        steps = np.minimum(steps, period - steps)
    nearest = away.argmin(axis=1)
    half = float(np.median(steps)) / 2.0 if steps.size else 0.5
    # A place half the way between two nodes belongs to one of them, whatever its last digit.
    return np.where(away[np.arange(places.size), nearest] <= half * (1 + 1e-9), nearest, -1)


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
