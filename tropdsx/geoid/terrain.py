"""The shipped terrain as a yardstick: heights of 1 degree cells, and where the open sea is."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.assets.registry import asset_path
from tropdsx.errors import warn
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["find_open_sea", "find_plains", "tell_default_heights", "terrain_at"]

#: The sea of the shipped terrain lies on its own geoid to this [m].
_AT_SEA_LEVEL = 3.0
#: Cells whose neighbours differ by less are plains [m].
_PLAIN = 150.0
#: Widest search for land around a place of the sea [cells].
_FARTHEST = 6
#: So many stations at height 0 in cells higher than this come of a column that nobody filled [m].
_FEW, _HIGH = 3, 200.0


def terrain_at(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Look up the mean height of the 1 degree cell of each place.

    Parameters
    ----------
    lat, lon : array_like
        Places in any revolution; they broadcast against each other [deg].

    Returns
    -------
    ndarray of float64
        Ellipsoidal height of the cell (ITU-R P.1511-2 on EGM2008) [m].

    Examples
    --------
    >>> bool(terrain_at(30.5, 88.5) > 3000.0)
    True
    """
    return _terrain()[_cells(lat, lon)]


def tell_default_heights(
    source: object, height: NDArray[np.float64], lat: ArrayLike, lon: ArrayLike
) -> None:
    """Warn of stations at height 0 on high ground: their column was filled by default.

    Parameters
    ----------
    source : object
        What lists the stations, for the message.
    height : ndarray, shape (P,)
        Heights [m].
    lat, lon : array_like, shape (P,)
        Places [deg].

    Examples
    --------
    >>> tell_default_heights("a.csv", np.zeros(4), [0.0] * 4, [-30.0] * 4)
    """
    zero = np.asarray(height) == 0.0
    if int(zero.sum()) < _FEW:
        return
    terrain = terrain_at(lat, lon)
    odd = zero & (terrain > _HIGH)
    if int(odd.sum()) >= _FEW:
        text = (
            f"{source}: {int(odd.sum())} of {odd.size} stations have the height 0, and the terrain "
            f"around them lies at {np.median(terrain[odd]):.0f} m: were their heights filled in by "
            "default? Delays change by about 0.3 mm for each metre"
        )
        warn(text, topic="stations at height 0")


def find_open_sea(lat: ArrayLike, lon: ArrayLike, reach: float = 1.0) -> NDArray[np.bool_]:
    """Tell which places have nothing but sea around them.

    Parameters
    ----------
    lat, lon : array_like
        Places in any revolution; they broadcast against each other [deg].
    reach : float, default 1
        How far from its own cell the sea must go on [deg].

    Returns
    -------
    ndarray of bool
        True at sea.

    Examples
    --------
    >>> find_open_sea([0.0, 48.0], [-30.0, 16.0]).tolist()
    [True, False]
    """
    return _open_sea(int(np.clip(np.ceil(reach), 1, _FARTHEST)))[_cells(lat, lon)]


def find_plains(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.bool_]:
    """Tell at which places a cell mean says something of the height of a point.

    Parameters
    ----------
    lat, lon : array_like
        Places in any revolution; they broadcast against each other [deg].

    Returns
    -------
    ndarray of bool
        True where the cells around differ by less than 150 m.

    Examples
    --------
    >>> find_plains([60.5, 46.5], [72.5, 8.5]).tolist()  # western Siberia, the Alps
    [True, False]
    """
    return _plains()[_cells(lat, lon)]


def _cells(lat: ArrayLike, lon: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    lat, lon = np.broadcast_arrays(np.asarray(lat, float), np.asarray(lon, float))
    row = np.clip(np.rint(89.5 - np.nan_to_num(lat)), 0, 179).astype(np.intp)
    return row, np.floor(np.nan_to_num(lon) % 360.0).astype(np.intp) % 360


@lru_cache(maxsize=1)
def _terrain() -> NDArray[np.float64]:
    return load_netcdf(asset_path("orography_1deg"))["orography"].to_numpy().astype(np.float64)


@lru_cache(maxsize=_FARTHEST)
def _open_sea(cells: int) -> NDArray[np.bool_]:
    lat, lon = 89.5 - np.arange(180.0)[:, None], 0.5 + np.arange(360.0)
    above = _terrain() - geoid_undulation(lat, lon)
    low, high = _around(above, cells)
    return np.asarray((low > -_AT_SEA_LEVEL) & (high < _AT_SEA_LEVEL))


@lru_cache(maxsize=1)
def _plains() -> NDArray[np.bool_]:
    low, high = _around(_terrain(), 1)
    return np.asarray(high - low < _PLAIN)


def _around(
    field: NDArray[np.float64], cells: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value within some cells of each; the outermost rows go on."""
    low = high = field
    for axis in (0, 1):
        wide = np.pad(
            np.stack([low, high]),
            [(0, 0), *((cells, cells) if axis == each else (0, 0) for each in (0, 1))],
            mode="wrap" if axis else "edge",
        )
        windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * cells + 1, axis=axis + 1)
        low, high = windows[0].min(-1), windows[1].max(-1)
    return low, high
