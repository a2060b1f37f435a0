"""Stations at one place belong together: to one part, and with the windows that they lie in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.errors import DomainError, warn
from tropdsx.read.text import list_some
from tropdsx.workflows.patches.layout import Layout
from tropdsx.workflows.patches.samples.station_masks import station_nodes
from tropdsx.workflows.patches.tiling import cells_of

__all__ = ["TOGETHER", "Window", "find_windows", "group_places", "join_windows", "unit_vectors"]

TOGETHER = 3.0
"""Stations this near to each other, also through others, are one place [km]."""

Window = tuple[int, int]
"""First row and column."""


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Give places on a sphere as vectors.

    Parameters
    ----------
    lat, lon : array_like, shape (n,)
        [deg].

    Returns
    -------
    ndarray, shape (n, 3)
        [1]

    Examples
    --------
    >>> unit_vectors([90.0], [12.0]).round()
    array([[0., 0., 1.]])
    """
    north, east = np.radians(np.ravel(lat)), np.radians(np.ravel(lon))
    ring = np.cos(north)
    return np.stack([ring * np.cos(east), ring * np.sin(east), np.sin(north)], axis=-1)


def group_places(unit: NDArray[np.floating], together: float = TOGETHER) -> NDArray[np.intp]:
    """Group stations by place.

    Parameters
    ----------
    unit : ndarray, shape (n, 3)
        Of :func:`unit_vectors`.
    together : float, optional
        Stations this near to each other, also through others, are one place [km].

    Returns
    -------
    ndarray of int, shape (n,)
        Number of the place of each, from 0, in the order of their first stations.

    Examples
    --------
    >>> group_places(unit_vectors([47.0, 50.0, 47.01], [19.0, 19.0, 19.0]))
    array([0, 1, 0])
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    chord = 2.0 * np.sin(together * 1000.0 / MEAN_EARTH_RADIUS / 2.0)
    pairs = KDTree(unit).query_pairs(chord, output_type="ndarray")
    links = csr_array((np.ones(len(pairs)), pairs.T), shape=(len(unit), len(unit)))
    member = connected_components(links, directed=False)[1]
    _, first, place = np.unique(member, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[np.ravel(place)]


def find_windows(layout: Layout, stations: Mapping[str, tuple[float, float]]) -> dict[str, Window]:
    """Find the window in which each station lies.

    Parameters
    ----------
    layout : Layout
        Windows that share no cell.
    stations : mapping of str to tuple of float
        Latitude and longitude by name [deg].

    Returns
    -------
    dict of str to tuple of int
        First row and column, by name; others lie in no window, which is warned of.

    Raises
    ------
    DomainError
        If no station lies in a window.
    """
    lat, lon = np.array([*stations.values()], dtype=np.float64).reshape(-1, 2).T
    row, column, inside = station_nodes(layout.lat, layout.lon[: layout.width], lat, lon)
    window = np.full((layout.lat.size, layout.width), -1)
    for number, (y0, x0) in enumerate(layout.windows):
        window[y0 : y0 + layout.size, cells_of(x0, layout.size, layout.width)] = number
    place = zip(stations, np.where(inside, window[row, column], -1).tolist(), strict=True)
    found = {name: layout.windows[k] for name, k in place if k >= 0}
    lost = [name for name in stations if name not in found]
    if not found:
        msg = f"none of {len(stations)} stations lies on the grid ({list_some(lost, 3)}); give "
        raise DomainError(msg + "stations of its area, latitude and longitude in degrees")
    if lost:
        warn(f"{len(lost)} of {len(stations)} stations lie in no patch: {list_some(lost, 3)}")
    return found


def join_windows(
    found: Mapping[str, Window],
    stations: Mapping[str, tuple[float, float]],
    together: float = TOGETHER,
) -> dict[Window, str]:
    """Join windows that share a place.

    Parameters
    ----------
    found : mapping of str to tuple of int
        Of :func:`find_windows`.
    stations : mapping of str to tuple of float
        Latitude and longitude by name [deg].
    together : float, optional
        See :func:`group_places`.

    Returns
    -------
    dict of tuple of int to str
        What windows with stations belong to: the name of the first window of theirs.

    Examples
    --------
    >>> at = {"A": (47.0, 19.0), "B": (47.01, 19.0), "C": (50.0, 19.0)}
    >>> join_windows({"A": (0, 0), "B": (8, 0), "C": (16, 0)}, at)
    {(0, 0): '0/0', (8, 0): '0/0', (16, 0): '16/0'}
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    windows = sorted(set(found.values()))
    number = {window: k for k, window in enumerate(windows)}
    own = np.array([number[found[name]] for name in found])
    member = group_places(unit_vectors(*np.array([stations[name] for name in found]).T), together)
    first = np.unique(member, return_index=True)[1]
    links = csr_array((np.ones(own.size), (own, own[first][member])), shape=(len(windows),) * 2)
    owner = connected_components(links, directed=False)[1]
    lead = np.unique(owner, return_index=True)[1][owner]
    return {w: "/".join(map(str, windows[k])) for w, k in zip(windows, lead.tolist(), strict=True)}
