"""Where stations are, and which places are none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tropdsx.errors import warn
from tropdsx.read.text import list_some

__all__ = ["HEIGHTS", "Place", "are_apart", "without_nowhere"]

HEIGHTS = (-500.0, 9000.0)
"""Ellipsoidal heights of stations on the Earth [m]."""
_APART = (1e-3, 5.0)
"""Places of one station that differ by more are told [deg, m]."""


class Place(NamedTuple):
    """Where a station is.

    Attributes
    ----------
    lat, lon : float
        Geodetic latitude, longitude [deg].
    height : float
        Ellipsoidal height [m].

    Examples
    --------
    >>> Place(48.2, 16.4, 200.0).height
    200.0
    """

    lat: float
    lon: float
    height: float


def are_apart(one: Place, other: Place) -> bool:
    """Tell whether two places are not those of one antenna.

    Parameters
    ----------
    one, other : Place
        As two files, or two parts of one, give them.

    Returns
    -------
    bool
        True from about 100 m, or 5 m of height, on.

    Examples
    --------
    >>> are_apart(Place(48.2, 359.9999, 200.0), Place(48.2, -0.0002, 201.0))
    False
    """
    turn = (one.lon - other.lon + 180.0) % 360.0 - 180.0
    far = max(abs(one.lat - other.lat), abs(turn)) > _APART[0]
    return far or abs(one.height - other.height) > _APART[1]


def without_nowhere(path: Path, places: Mapping[str, Place]) -> dict[str, Place]:
    """Leave out places that are none on the Earth, such as zeros or heights of 9999 m.

    Parameters
    ----------
    path : Path
        The file, for messages.
    places : mapping of str to Place
        By the names of stations.

    Returns
    -------
    dict of str to Place
        The others; a warning lists those that are left out.

    Examples
    --------
    >>> without_nowhere(Path("a.snx"), {"WTZR": Place(49.1, 12.9, 666.0)})["WTZR"].lat
    49.1
    """
    low, high = HEIGHTS
    lost = [n for n, at in places.items() if not (low <= at.height <= high and abs(at.lat) <= 90)]
    if lost:
        warn(f"{path}: coordinates of {list_some(lost)} are no place on the Earth: left out")
    return {name: place for name, place in places.items() if name not in lost}
