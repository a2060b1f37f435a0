"""Height of the geoid above the ellipsoid, from the shipped table (EGM2008)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.assets.registry import asset_path
from tropdsx.atmos.arrays import check_latitude
from tropdsx.geoid.convolution import cubic_weights, reflect_rows
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["geoid_undulation"]

#: The table has a node at each whole degree, poles included.
_ROWS, _COLUMNS = 181, 360
#: Coordinates stored as float32 still hit their node [deg].
_ON_NODE = 2e-5
#: Places for which the 16 nodes around them are held in memory at once.
_AT_ONCE = 2**17


def geoid_undulation(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Find the height of the geoid above the WGS84 ellipsoid.

    Parameters
    ----------
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].

    Returns
    -------
    ndarray
        Undulation: ellipsoidal height = orthometric height + undulation [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    EGM2008 (Pavlis et al. 2012, doi:10.1029/2011JB008916) at whole degrees, in steps of 0.5 m,
    bicubic between them: 0.5 m rms of the full model, which is 0.15 mm of a zenith delay; 9 m at
    most, in the Himalaya and the Andes. Give a finer geoid where that matters.

    Examples
    --------
    >>> round(float(geoid_undulation(48.2, 16.37)))
    46
    """
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    check_latitude(lat)
    # Rows and columns, as of a terrain model.
    if lat.ndim == 2 and lat.shape[1] == 1 and lon.ndim and lon.size == lon.shape[-1] > 1:
        return _interpolate_grid(lat[:, 0], lon.reshape(-1))
    north, east = (part.ravel() for part in np.broadcast_arrays(lat, lon))
    out = np.empty(north.shape)
    for start in range(0, north.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        out[part] = _interpolate(north[part], east[part])
    return np.asarray(out.reshape(np.broadcast_shapes(lat.shape, lon.shape)))


def _interpolate(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cubic convolution of the 4 x 4 nodes around each place."""
    # A place that is not known has no undulation.
    known = np.isfinite(lat) & np.isfinite(lon)
    row, beyond, row_weight = _rows_around(np.where(known, lat, 0.0))
    column, column_weight = _around(np.where(known, lon, 0.0) % 360.0, _COLUMNS)
    column = column[:, None, :] + np.where(beyond, _COLUMNS // 2, 0)[:, :, None]
    nodes = _table()[row[:, :, None], column % _COLUMNS]
    weight = row_weight[:, :, None] * column_weight[:, None, :]
    found = (nodes * weight).reshape(lat.size, 16).sum(-1)
    return np.where(known, found, np.nan)


def _interpolate_grid(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate as `_interpolate` at M rows and L columns: along the rows first."""
    known = np.isfinite(lat)[:, None] & np.isfinite(lon)
    row, beyond, row_weight = _rows_around(np.nan_to_num(lat))
    column, column_weight = _around(np.nan_to_num(lon) % 360.0, _COLUMNS)
    turned = np.roll(_table(), _COLUMNS // 2, axis=1)
    along = np.zeros((lat.size, _COLUMNS))
    for node in range(4):
        nodes = np.where(beyond[:, node, None], turned[row[:, node]], _table()[row[:, node]])
        along += row_weight[:, node, None] * nodes
    out = np.zeros((lat.size, lon.size))
    step = max(1, _AT_ONCE // lon.size)
    for start in range(0, lat.size, step):
        part = slice(start, start + step)
        for node in range(4):
            out[part] += column_weight[:, node] * along[part, column[:, node] % _COLUMNS]
    if not known.all():
        out[~known] = np.nan
    return out


def _rows_around(
    lat: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]:
    """Four rows around each latitude, which of them lie beyond a pole, and their weights."""
    row, weight = _around(90.0 - lat, _ROWS - 1)
    return *reflect_rows(row, _ROWS, 1, 1), weight


def _around(
    position: NDArray[np.float64], last: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Four nodes around each position, counted in degrees, and their weights."""
    nearest = np.rint(position)
    position = np.where(np.abs(position - nearest) < _ON_NODE, nearest, position)
    lower = np.minimum(np.floor(position), last).astype(np.int64)
    return lower[:, None] + np.arange(-1, 3), cubic_weights(position - lower)


@lru_cache(maxsize=1)
def _table() -> NDArray[np.float64]:
    """Undulation [m] at latitudes 90 to -90 (rows) and longitudes 0 to 359 (columns)."""
    table = load_netcdf(asset_path("geoid"))["geoid_undulation"].transpose("lat", "lon")
    return table.to_numpy().astype(np.float64)
