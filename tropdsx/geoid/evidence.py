"""What heights themselves tell of their zero, beside the shipped terrain and the geoid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.geoid.statements import ELLIPSOID, GEOID
from tropdsx.geoid.terrain import find_open_sea, find_plains, terrain_at
from tropdsx.geoid.undulation import geoid_undulation

__all__ = ["Evidence", "weigh_evidence"]

#: Where the geoid is closer to the ellipsoid the two cannot be told apart, and need not be [m].
_APART = 8.0
#: Places looked at: as many as tell, however fine the terrain.
_MOST = 20_000
#: Share of the open sea that must lie on the one and not on the other. The second: where heights
#: are nothing but sea, so that no shape tells whether they are of the Earth, or hold little of it.
_MOST_OF_THE_SEA, _ALL_SEA = 0.55, 0.8
_FEW = 30
#: Land is what the shipped terrain has this far above the geoid [m].
_LAND = 30.0


class Evidence(NamedTuple):
    """What heights tell of their zero.

    Attributes
    ----------
    zero : str
        "geoid", "ellipsoid", or "" where they do not tell.
    why : str
        What was seen.
    undulation : float
        Typical distance of geoid and ellipsoid there [m].
    of_the_earth : bool
        Whether this is terrain of the Earth: for any other the question has no answer.
    places : int
        How many were looked at.

    Examples
    --------
    >>> Evidence("", "flat", 40.0, of_the_earth=False, places=9).zero
    ''
    """

    zero: str
    why: str
    undulation: float
    of_the_earth: bool
    places: int


def weigh_evidence(
    height: NDArray[np.floating], lat: NDArray[np.floating], lon: NDArray[np.floating]
) -> Evidence:
    """Find out from their values whether heights stand on the geoid or on the ellipsoid.

    At sea the one are near 0 and the others near the undulation. On land the cell means of the
    shipped terrain tell, where it is flat enough.

    Parameters
    ----------
    height, lat, lon : ndarray
        Heights [m] and places [deg]; they broadcast against each other.

    Returns
    -------
    Evidence
        Nothing is told of flat or invented terrain.

    Examples
    --------
    >>> lat, lon = np.arange(60.0, -61.0, -5)[:, None], np.arange(0.0, 360.0, 5)
    >>> above_geoid = np.maximum(terrain_at(lat, lon) - geoid_undulation(lat, lon), 0)
    >>> weigh_evidence(above_geoid, lat, lon).zero
    'geoid'
    >>> weigh_evidence(above_geoid + geoid_undulation(lat, lon), lat, lon).zero
    'ellipsoid'
    """
    reach = _spacing(lat) / 2
    height, lat, lon = _some(height, lat, lon)
    undulation = geoid_undulation(lat, lon)
    typical = float(np.median(np.abs(undulation))) if height.size else 0.0
    if height.size == 0 or np.ptp(height) < 1.0:
        return Evidence("", "flat", typical, of_the_earth=False, places=height.size)
    shipped = terrain_at(lat, lon)
    off = height - shipped
    spread = float(np.sqrt(np.mean((off - np.median(off)) ** 2)))
    like = spread < 0.6 * float(shipped.std()) + 30.0
    sea = find_open_sea(lat, lon, reach)
    all_sea = bool(sea.mean() > 0.95)
    zero, why = _exact_zeros(height, sea, shipped - undulation > _LAND)
    if not zero and (like or all_sea):
        known = sea & (np.abs(undulation) >= _APART)
        least = _ALL_SEA if all_sea or known.sum() < _FEW else _MOST_OF_THE_SEA
        zero, why = _at_sea(height[known], undulation[known], least)
    if like and not zero:
        zero, why = _on_plains(off, undulation, find_plains(lat, lon))
    return Evidence(zero, why, typical, like, height.size)


def _exact_zeros(
    height: NDArray[np.float64], sea: NDArray[np.bool_], land: NDArray[np.bool_]
) -> tuple[str, str]:
    """Tell a terrain of any shape that is 0 at sea and not on land."""
    if sea.sum() < _FEW or land.sum() < _FEW // 3:
        return "", "no terrain of the Earth"
    at_sea, on_land = (float((height[part] == 0).mean()) for part in (sea, land))
    if at_sea > 0.9 and on_land < 0.1:
        return GEOID, f"{at_sea:.0%} of its nodes on the open sea are exactly 0"
    return "", "no terrain of the Earth"


def _at_sea(
    height: NDArray[np.float64], undulation: NDArray[np.float64], least: float
) -> tuple[str, str]:
    if height.size < 4:
        return "", "no open sea"
    near = 0.3 * np.abs(undulation)
    low = float((np.abs(height) < near).mean())
    lifted = float((np.abs(height - undulation) < near).mean())
    if low > least and low > 4 * lifted:
        zeros = float((height == 0).mean())
        exact = f", {zeros:.0%} exactly 0" if zeros > 0.05 else ""
        return GEOID, f"{low:.0%} of its nodes on the open sea are near 0{exact}"
    if lifted > least and lifted > 4 * low:
        return ELLIPSOID, f"{lifted:.0%} of its nodes on the open sea lie on the geoid"
    return "", "the open sea does not tell"


def _on_plains(
    off: NDArray[np.float64], undulation: NDArray[np.float64], plain: NDArray[np.bool_]
) -> tuple[str, str]:
    """Compare with the cell means, where their error is well below the undulation."""
    if plain.sum() < 4:
        return "", "no plain"
    off, apart = off[plain], float(np.median(undulation[plain]))
    middle = float(np.median(off))
    doubt = 3.0 + 2 * 1.25 * 1.4826 * float(np.median(np.abs(off - middle))) / np.sqrt(off.size)
    if abs(apart) >= _APART:
        for zero, expected in ((ELLIPSOID, 0.0), (GEOID, -apart)):
            if abs(middle - expected) + doubt < abs(apart) / 2:
                return zero, f"on plains it is {middle - expected:+.0f} m off the shipped terrain"
    return "", "plains do not tell"


def _some(*arrays: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """Every so many rows and columns of arrays that broadcast, without missing values."""
    shape = np.broadcast_shapes(*(np.shape(each) for each in arrays))
    every = max(1, int(np.ceil((np.prod(shape, dtype=float) / _MOST) ** (1 / max(len(shape), 1)))))
    part = tuple(slice(None, None, every) for _ in shape)
    # Heights that are too many to hold are asked for these alone.
    whole = [len(shape) > 1 and np.shape(each) == shape for each in arrays]
    full = (e if own else np.broadcast_to(e, shape) for e, own in zip(arrays, whole, strict=True))
    parts = [each[part].astype(np.float64).ravel() for each in full]
    known = np.logical_and.reduce([np.isfinite(each) for each in parts])
    return tuple(each[known] for each in parts)


def _spacing(lat: NDArray[np.floating]) -> float:
    """Distance of the rows of a grid [deg]; 1 where there are none."""
    rows = np.unique(np.asarray(lat, float).ravel()[:100_000])
    steps = np.diff(rows)
    steps = steps[steps > 1e-3]
    return float(np.clip(np.median(steps), 1.0, 12.0)) if steps.size else 1.0
