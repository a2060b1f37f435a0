"""Terrain beside the shipped one: in another unit, turned round, moved, or the floor of the sea."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.geoid.terrain import find_open_sea, terrain_at
from tropdsx.geoid.undulation import geoid_undulation

__all__ = ["Cause", "explain_terrain", "find_sea_floor", "is_a_tenth", "sample_grid"]

#: Places looked at: as many as tell, however fine the terrain.
_MOST = 6_000
#: Misfit to the shipped terrain, in units of its relief, that terrain of the Earth does not reach
#: (real models: 0.1 to 0.25, in boxes of 10 deg up to 0.6), and that an explanation must get below,
#: on most of the globe and in a region.
_WRONG, _RIGHT, _RIGHT_IN_REGION = 0.5, 0.4, 0.3
#: Nodes that there must be, and in a region.
_LEAST, _LEAST_IN_REGION = 20, 40
#: Terrain of the Earth is this share of the shipped one or more [1], where that is not low [m].
_TENTH, _LOW = 0.3, 60.0
#: Terrain finer than this [deg] is compared by the means of cells, of which it holds this share at
#: least; the misfit of an explanation, over the heights themselves (real terrain: mostly 0.1).
_FINE, _FILLED, _CLOSE = 0.5, 0.8, 0.3
#: Ground lower than this tells nothing [m].
_HIGH = 100.0
#: Feet in metres.
_FOOT = 0.3048
#: Lower than the sea is anywhere above its geoid [m], and the share of the sea that must be.
_BELOW_THE_SEA, _SHARE = -30.0, 0.25

#: What heights may have been multiplied with, best known first.
_FACTORS = (
    (1 / STANDARD_GRAVITY, "divided by 9.80665 once too often"),
    (STANDARD_GRAVITY, "a geopotential [m2 s-2] that was not divided by 9.80665"),
    (1 / _FOOT, "in feet"),
    (_FOOT, "metres divided by feet"),
    (1e-3, "in km"),
    (1e3, "in mm"),
    (1e2, "in cm"),
    (-1.0, "depths, positive downward"),
)


class Cause(NamedTuple):
    """What turns the shipped terrain into other heights.

    Attributes
    ----------
    text : str
        In words.
    factor : float
        What heights were multiplied with; 1 where they lie in the wrong place.

    Examples
    --------
    >>> Cause("in feet", 3.28).text
    'in feet'
    """

    text: str
    factor: float = 1.0


def explain_terrain(
    height: NDArray[np.floating], lat: NDArray[np.floating], lon: NDArray[np.floating]
) -> Cause | None:
    """Find out whether heights are the Earth's terrain in another unit or another place.

    Parameters
    ----------
    height : ndarray, shape (J, I)
        Heights [m].
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].

    Returns
    -------
    Cause or None
        None for terrain that is right, for flat and invented terrain, and where there is too
        little of it.

    Examples
    --------
    >>> lat, lon = np.arange(88.0, -90.0, -4.0), np.arange(2.0, 360.0, 4.0)
    >>> height = terrain_at(lat[:, None], lon)
    >>> explain_terrain(height, lat, lon) is None
    True
    >>> explain_terrain(height / 9.80665, lat, lon).text
    'divided by 9.80665 once too often'
    >>> explain_terrain(height[::-1], lat, lon).text
    'mirrored north-south'
    """
    ends = (lat[0] + lat[-1], lon[0] + lon[-1])
    globe = abs(lat[0] - lat[-1]) > 120.0 and lon.max() - lon.min() > 300.0
    height, lat, lon = sample_grid(height, lat, lon, _MOST)
    if not globe and _step(lat) < _FINE:
        return _explain_cells(*_cell_means(height, lat, lon))
    known = np.isfinite(height)
    enough = known.sum() >= (_LEAST if globe else _LEAST_IN_REGION)
    if not enough or np.ptp(height[known]) < 1.0:
        return None
    shipped = terrain_at(lat[:, None], lon)[known]
    relief = float(shipped.std()) + 30.0
    own = _misfit(height[known], shipped, relief)
    if relief < 60.0 or own < _WRONG:
        return None
    found = [
        (_misfit(height[known] / factor, shipped, relief), Cause(text, factor))
        for factor, text in _FACTORS
    ]
    for text, there in _places(lat, lon, ends) if globe else ():
        found.append((_misfit(height[known], terrain_at(*there)[known], relief), Cause(text)))
    misfit, cause = min(found, key=lambda each: each[0])
    return cause if misfit < min(_RIGHT if globe else _RIGHT_IN_REGION, own / 2) else None


def _cell_means(
    height: NDArray[np.float64], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean heights of the 1 degree cells that fine terrain fills; the shipped ones, of both zeros.

    Returns
    -------
    means : ndarray, shape (N,)
        Of the terrain [m].
    shipped : ndarray, shape (2, N)
        Above the ellipsoid and above the geoid [m].
    """
    row, column = (np.floor(axis).astype(int) for axis in (lat, lon))
    row, column = row - row.min(), column - column.min()
    place = row[:, None] * (column.max() + 1) + column
    known = np.isfinite(height)
    count = np.bincount(place[known], minlength=place.max() + 1)
    total = np.bincount(place[known], height[known], minlength=place.max() + 1)
    filled = np.flatnonzero(count > _FILLED / (_step(lat) * _step(lon)))
    first = np.searchsorted(np.sort(place, axis=None), filled)
    where = np.argsort(place, axis=None, kind="stable")[first]
    south, west = np.floor(lat)[where // lon.size], np.floor(lon)[where % lon.size]
    shipped = terrain_at(south + 0.5, west + 0.5)
    above_geoid = shipped - geoid_undulation(south + 0.5, west + 0.5)
    return total[filled] / count[filled], np.stack([shipped, above_geoid])


def _explain_cells(height: NDArray[np.float64], shipped: NDArray[np.float64]) -> Cause | None:
    """Explain mean heights of a few cells, which real terrain meets better than its points do."""
    sizes = np.sqrt((shipped**2).mean(axis=1)) if height.size else np.zeros(2)
    if sizes.max() < _HIGH or np.ptp(height) < 1.0:
        return None

    def misfit(factor: float) -> float:
        off = np.sqrt(((height / factor - shipped) ** 2).mean(axis=1))
        return float(np.min(off / sizes, where=sizes >= _HIGH, initial=np.inf))

    least, cause = min(
        ((misfit(factor), Cause(text, factor)) for factor, text in _FACTORS),
        key=lambda each: each[0],
    )
    return cause if misfit(1.0) > _WRONG and least < _CLOSE else None


def is_a_tenth(
    height: NDArray[np.floating], lat: NDArray[np.floating], lon: NDArray[np.floating]
) -> bool:
    """Tell heights that are a tenth of the terrain: divided by gravity once too often.

    Parameters
    ----------
    height : ndarray, shape (J, I)
        Heights above the geoid [m].
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].

    Returns
    -------
    bool
        False also where the terrain is low or flat, so that nothing can be told.

    Examples
    --------
    >>> lat, lon = np.array([34.0, 32.0]), np.array([84.0, 86.0])
    >>> is_a_tenth(np.full((2, 2), 480.0) + lat, lat, lon)
    True
    """
    height, lat, lon = sample_grid(height, lat, lon, _MOST)
    known = np.isfinite(height)
    place = np.broadcast_arrays(lat[:, None], lon)
    lat, lon = (each[known] for each in place)
    shipped = terrain_at(lat, lon) - geoid_undulation(lat, lon)
    power = float((shipped**2).mean()) if shipped.size else 0.0
    if power < _LOW**2 or np.ptp(height[known]) < 1.0:
        return False
    tenth = float((height[known] * shipped).mean()) < _TENTH * power
    off = float(((STANDARD_GRAVITY * height[known] - shipped) ** 2).mean())
    return tenth and off < 0.3 * float(((height[known] - shipped) ** 2).mean())


def find_sea_floor(
    height: NDArray[np.floating], lat: NDArray[np.floating], lon: NDArray[np.floating]
) -> str:
    """Find out whether heights follow the floor of the sea.

    Parameters
    ----------
    height : ndarray, shape (J, I)
        Heights above geoid or ellipsoid [m].
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].

    Returns
    -------
    str
        What was found; empty where the sea is at its surface.

    Examples
    --------
    >>> lat, lon = np.array([0.0, -1.0]), np.array([-30.0, -29.0])
    >>> find_sea_floor(np.full((2, 2), -400.0), lat, lon)
    '100 % of the open sea lies below its surface (down to -400 m)'
    """
    height, lat, lon = sample_grid(height, lat, lon, _MOST)
    sea = find_open_sea(lat[:, None], lon, _step(lat) / 2) & np.isfinite(height)
    if sea.sum() < 4:
        return ""
    low = height[sea]
    # Whichever of the two they count from, the surface is at 0 or at the undulation.
    below = np.maximum(low, low - geoid_undulation(lat[:, None], lon)[sea]) < _BELOW_THE_SEA
    if below.mean() < _SHARE or below.sum() < 4:
        return ""
    share, deepest = 100 * below.mean(), low.min()
    return f"{share:.0f} % of the open sea lies below its surface (down to {deepest:.0f} m)"


def sample_grid(
    field: NDArray[np.floating], lat: NDArray[np.floating], lon: NDArray[np.floating], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Take every so many rows and columns of a grid.

    Parameters
    ----------
    field : ndarray, shape (..., J, I)
        Values.
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].
    most : int
        About how many nodes are wanted.

    Returns
    -------
    tuple of ndarray
        Field and axes.

    Examples
    --------
    >>> sample_grid(np.zeros((100, 200)), np.arange(100.0), np.arange(200.0), 200)[0].shape
    (10, 20)
    """
    every = max(1, int(np.sqrt(lat.size * lon.size / most)))
    part = slice(None, None, every)
    return (
        np.asarray(field[..., part, part], float),
        np.asarray(lat[part], float),
        np.asarray(lon[part], float),
    )


def _misfit(height: NDArray[np.float64], shipped: NDArray[np.float64], relief: float) -> float:
    return float(np.sqrt(np.mean((height - shipped) ** 2))) / relief


def _places(
    lat: NDArray[np.float64], lon: NDArray[np.float64], ends: tuple[float, float]
) -> Iterator[tuple[str, tuple[NDArray[np.float64], NDArray[np.float64]]]]:
    """Places that rows and columns may really belong to; `ends`: sum of first and last of each."""
    south_up, westward = ends[0] - lat[:, None], ends[1] - lon
    yield "mirrored north-south", (south_up, lon)
    yield "mirrored east-west", (lat[:, None], westward)
    yield "turned by 180 deg in the plane", (south_up, westward)
    for turn in (180, *range(5, 180, 5), *range(-175, 0, 5)):
        yield f"moved by {turn} deg of longitude", (lat[:, None], lon - turn)


def _step(lat: NDArray[np.float64]) -> float:
    return float(np.abs(np.diff(lat)).min()) if lat.size > 1 else 1.0
