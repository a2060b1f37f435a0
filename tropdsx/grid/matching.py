"""Which nodes of one grid lie on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import GridError
from tropdsx.grid.spacing import ROUNDING, wrap_longitude

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

__all__ = ["find_nearest_nodes", "is_same_axis", "match_nodes", "node_tolerance"]

QUARTER_STEP = 0.25
"""How far two stored forms of one node may lie apart on a fine grid [fraction of the step].

Four decimals move a node of a grid of 1/3600 deg by 0.18 of a step; nodes of cells that are shifted
by half a cell lie half a step apart, and are others.
"""


def match_nodes(field: xr.DataArray, lat: ArrayLike, lon: ArrayLike) -> xr.DataArray:
    """Pick the nodes of a field that lie on a given grid, exactly and without interpolation.

    Parameters
    ----------
    field : DataArray
        Standard field with dims (..., lat, lon), in any unit.
    lat, lon : array_like
        Nodes wanted, shapes (m,), (n,), any longitude convention [deg].

    Returns
    -------
    DataArray
        Field on (..., m, n) with `lat` and `lon` as wanted.

    Raises
    ------
    GridError
        If a wanted node lies farther than :func:`node_tolerance` from every node of the field;
        the text names the first one.

    Examples
    --------
    >>> import xarray as xr
    >>> nodes = {"lat": [10.0, 0.0], "lon": [350.0, 355.0, 360.0]}
    >>> heights = xr.DataArray([[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]], nodes)
    >>> match_nodes(heights, [0.0], [-10.0, 0.0]).values
    array([[ 8., 10.]])
    """
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    rows, lat_off = find_nearest_nodes(field["lat"].values, lat)
    columns, lon_off = find_nearest_nodes(field["lon"].values, lon, period=360.0)
    for name, have, wanted, off in (
        ("latitude", field["lat"], lat, lat_off),
        ("longitude", field["lon"], lon, lon_off),
    ):
        wrong = off > node_tolerance(have, wanted)
        if wrong.any():
            msg = (
                f"the {field.name or 'field'} ({_extent(field)}) has no node at {name} "
                f"{wanted[wrong][0]:g} of the grid ({lat.size} x {lon.size}); accepted is a field "
                "that holds every node. Give the one made for this grid, or interpolate it first."
            )
            raise GridError(msg)
    picked = field.isel(lat=rows, lon=columns)
    return picked.assign_coords(lat=("lat", lat), lon=("lon", lon))


def node_tolerance(*axes: ArrayLike) -> float:
    """Find how far two coordinates may lie apart and still mean one node.

    Parameters
    ----------
    *axes : array_like, shape (n,)
        Axes of the grids that are compared [deg].

    Returns
    -------
    float
        What is rounded off two coordinates as float32 or with four decimals, 1.2e-4 deg, and no
        more than a quarter of the finest step [deg].

    Examples
    --------
    >>> node_tolerance([0.0, 1.0, 2.0]), round(node_tolerance([0.0, 0.0002], [0.0, 1.0]), 9)
    (0.00012, 5e-05)
    """
    steps = [np.abs(np.diff(np.asarray(axis, dtype=np.float64))) for axis in axes]
    usual = [float(np.median(each)) for each in steps if each.size]
    return min([2 * ROUNDING, *(QUARTER_STEP * step for step in usual if step > 0)])


def is_same_axis(one: ArrayLike, other: ArrayLike) -> bool:
    """Say whether two axes have the same nodes in the same order, stored in whatever precision.

    Parameters
    ----------
    one, other : array_like, shape (n,)
        Coordinates as stored [deg].

    Returns
    -------
    bool
        False also where they have different numbers of nodes.

    Examples
    --------
    >>> axis = 10 + np.arange(3) / 1200
    >>> is_same_axis(axis, axis.astype("f4")), is_same_axis(axis, axis + 0.5 / 1200)
    (True, False)
    """
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if one.shape != other.shape:
        return False
    return bool((np.abs(one - other) <= node_tolerance(one, other)).all())


def find_nearest_nodes(
    have: ArrayLike, want: ArrayLike, period: float | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the node nearest to each wanted coordinate, and how far it lies.

    Parameters
    ----------
    have : array_like, shape (n,)
        Nodes in any order [deg].
    want : array_like, shape (m,)
        Wanted coordinates [deg].
    period : float, optional
        360 for longitudes [deg]; without it the axis ends at its outermost nodes.

    Returns
    -------
    index : ndarray of int, shape (m,)
        Place of the nearest node in `have`.
    distance : ndarray, shape (m,)
        How far it lies from what is wanted [deg].

    Examples
    --------
    >>> find_nearest_nodes([0.0, 120.0, 240.0], [-120.0, 359.0], period=360.0)[0]
    array([2, 0])
    """
    have = np.asarray(have, dtype=np.float64)
    want = np.asarray(want, dtype=np.float64)
    if period is not None:
        have, want = wrap_longitude(have), wrap_longitude(want)
    order = np.argsort(have, kind="stable")
    right = np.searchsorted(have[order], want)
    pair = np.stack([right - 1, right])
    pair = pair % have.size if period is not None else np.clip(pair, 0, have.size - 1)
    distance = np.abs(have[order][pair] - want)
    if period is not None:
        distance = np.minimum(distance, period - distance)
    nearer = distance.argmin(axis=0)
    taken = np.arange(want.size)
    return order[pair[nearer, taken]], distance[nearer, taken]


def _extent(field: xr.DataArray) -> str:
    lat, lon = np.asarray(field["lat"]), np.asarray(field["lon"])
    return f"lat {lat[0]:g} to {lat[-1]:g}, lon {lon[0]:g} to {lon[-1]:g}, {lat.size} x {lon.size}"
