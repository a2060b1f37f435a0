"""Sort nodes and epochs into groups of scores: latitude, land or sea, height, season."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.gpt.gpt1 import gpt

__all__ = [
    "HEIGHT_EDGES",
    "SEASONS",
    "Groups",
    "band_names",
    "band_of",
    "groups_of",
    "is_land",
    "season_of",
]

#: Classes of the height above the geoid [m].
HEIGHT_EDGES = (200.0, 500.0, 1000.0, 2000.0)
HEIGHTS = ("below 200 m", "200 to 500 m", "500 to 1000 m", "1000 to 2000 m", "above 2000 m")
SURFACES = ("sea", "land")
SEASONS = ("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov")
BAND = 10  # deg

#: Land starts at this height above GPT's degree 9 geoid, which is good to 6 m. Against ETOPO20 98 %
#: of the area is told rightly; coasts lower than this count as sea.
LAND_HEIGHT = 20.0  # m


@dataclass(frozen=True)
class Groups:
    """The groups that each node of a grid belongs to.

    Attributes
    ----------
    index : ndarray of int, shape (lat, lon)
        One number for the combination of band, surface and height class.
    shape : tuple of int
        Numbers of bands, surfaces and height classes.

    Examples
    --------
    >>> groups = groups_of(np.array([45.0]), np.array([10.0]), [[300.0]])
    >>> groups.shape, groups.size
    ((18, 2, 5), 180)
    """

    index: NDArray[np.int64]
    shape: tuple[int, int, int]

    @property
    def size(self) -> int:
        """Number of combinations."""
        return int(np.prod(self.shape))

    def reduce(self, sums: NDArray) -> tuple[list[str], list[str], NDArray]:
        """Add up combinations to the groups that are reported.

        Parameters
        ----------
        sums : ndarray, shape (4, size, ...)
            Sums by season and combination.

        Returns
        -------
        labels, kinds : list of str
            Name of each group, and "all", "latitude", "surface", "height" or "season".
        grouped : ndarray, shape (groups, ...)
            Their sums.
        """
        table = sums.reshape(len(SEASONS), *self.shape, *sums.shape[2:])
        labels, kinds, grouped = ["all"], ["all"], [table.sum((0, 1, 2, 3))]
        for kind, axis, names in (
            ("latitude", 1, band_names()),
            ("surface", 2, SURFACES),
            ("height", 3, HEIGHTS),
            ("season", 0, SEASONS),
        ):
            others = tuple(each for each in range(4) if each != axis)
            labels += list(names)
            kinds += [kind] * len(names)
            grouped += list(table.sum(others))
        return labels, kinds, np.stack(grouped)


def band_names() -> list[str]:
    """Names of the 10 degree bands, north first.

    Examples
    --------
    >>> band_names()[0], band_names()[8], band_names()[-1]
    ('80N to 90N', '0N to 10N', '80S to 90S')
    """
    north = [f"{lat}N to {lat + BAND}N" for lat in range(80, -BAND, -BAND)]
    return north + [f"{lat}S to {lat + BAND}S" for lat in range(0, 90, BAND)]


def band_of(lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Tell in which 10 degree band each latitude lies.

    Parameters
    ----------
    lat : ndarray
        [deg]

    Returns
    -------
    ndarray of int
        Places in :func:`band_names`. On the edge of two bands that nearer to the equator; on the
        equator the northern one.

    Examples
    --------
    >>> band_of(np.array([90.0, 80.0, 47.5, 0.0, -10.0, -10.1])).tolist()
    [0, 1, 4, 8, 9, 10]
    """
    half = 90 // BAND
    away = np.clip(np.ceil(np.abs(lat) / BAND - 1e-9).astype(int) - 1, 0, half - 1)
    return np.where(np.asarray(lat) >= 0, half - 1 - away, half + away)


def groups_of(lat: NDArray[np.float64], lon: NDArray[np.float64], height: ArrayLike) -> Groups:
    """Sort the nodes of a grid into groups.

    Parameters
    ----------
    lat, lon : ndarray, shape (m,) and (n,)
        Axes [deg].
    height : array_like, shape (m, n)
        Orography [m, ellipsoidal].

    Returns
    -------
    Groups
        A node on the edge of two bands belongs to the one nearer the equator; those on the
        equator to the northern one.

    Examples
    --------
    >>> groups = groups_of(np.array([45.0, -45.0]), np.array([10.0]), [[300.0], [30.0]])
    >>> np.unravel_index(groups.index.ravel(), groups.shape)[0].tolist()
    [4, 13]
    """
    height = np.asarray(height, float)
    shape = (180 // BAND, len(SURFACES), len(HEIGHTS))
    band = band_of(lat)
    above_geoid = height - _undulation(tuple(lat), tuple(lon))
    surface = is_land(lat, lon, height).astype(int)
    level = np.digitize(np.nan_to_num(above_geoid), HEIGHT_EDGES)
    index = np.ravel_multi_index(
        (np.broadcast_to(band[:, None], height.shape), surface, level), shape
    )
    return Groups(index, shape)


def is_land(lat: NDArray[np.float64], lon: NDArray[np.float64], height: ArrayLike) -> NDArray:
    """Tell land from sea by the height above the geoid.

    Parameters
    ----------
    lat, lon, height
        As in :func:`groups_of`.

    Returns
    -------
    ndarray of bool, shape (m, n)
        True where the height is more than 20 m above the geoid of GPT (degree 9, good to 6 m).

    Examples
    --------
    >>> is_land(np.array([47.0]), np.array([19.0, 330.0]), [[150.0, 60.0]]).tolist()
    [[True, False]]
    """
    return np.asarray(height, float) - _undulation(tuple(lat), tuple(lon)) > LAND_HEIGHT


def season_of(times: ArrayLike) -> NDArray[np.int64]:
    """Index of the season of each epoch; those without a date count as the first.

    Parameters
    ----------
    times : array_like of datetime64
        Epochs.

    Returns
    -------
    ndarray of int
        Index into ``SEASONS``.

    Examples
    --------
    >>> season_of(np.array(["2021-12-31", "2022-03-09"], "datetime64[D]")).tolist()
    [0, 1]
    """
    times = np.asarray(times)
    if times.dtype.kind != "M":
        return np.zeros(times.shape, np.int64)
    month = np.where(np.isnat(times), np.datetime64(0, "M"), times.astype("datetime64[M]"))
    return (month.astype(np.int64) % 12 + 1) % 12 // 3


@lru_cache(maxsize=8)
def _undulation(lat: tuple[float, ...], lon: tuple[float, ...]) -> NDArray[np.float64]:
    """Geoid of degree 9 on a grid, kept for the next call [m]; see :func:`tropdsx.atmos.gpt`."""
    found = gpt(np.datetime64("2000-01-01"), np.array(lat)[:, None], np.array(lon)[None, :], 0.0)
    return np.asarray(found.geoid_undulation, float)
