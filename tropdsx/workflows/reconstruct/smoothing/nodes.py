"""Nodes of a coarse grid smoothed by a cubic B-spline: 1/6, 2/3, 1/6 along each axis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.grid.axis_weights import weigh_axes
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.pipeline.options import height_model_of
from tropdsx.pipeline.plan import Plan
from tropdsx.reduce.pairs import pairs_of
from tropdsx.workflows.evaluate.stations import StationLifter
from tropdsx.workflows.reconstruct.residuals import background_at

__all__ = ["nodes_below", "physics_alone", "smooth_plan", "smoothed_away", "smooths"]

Array = NDArray[np.float64]

#: Weights of a node and its two neighbours along an axis.
SPLINE = np.array([1.0, 4.0, 1.0]) / 6.0
#: Grids of more nodes are left as they are: their weather is resolved.
MOST_NODES = 200_000


def smooths(plan: Plan) -> bool:
    """Tell whether a grid is of those that are smoothed.

    Parameters
    ----------
    plan : Plan
        Of a background.

    Returns
    -------
    bool
        False for grids of more than 200,000 nodes.
    """
    return bool(plan.grid.sizes["lat"] * plan.grid.sizes["lon"] <= MOST_NODES)


def physics_alone(plan: Plan) -> Plan:
    """Leave the network out of a plan.

    Parameters
    ----------
    plan : Plan
        With or without one.

    Returns
    -------
    Plan
        Of the same grid and target.
    """
    options = replace(plan.options, model=None, sigma=False, ztd=False)
    return replace(plan, options=options)


def smooth_plan(plan: Plan, nodes: NDArray[np.intp] | None = None) -> Plan:
    """Smooth the wet delay at the nodes of a plan, for physics alone.

    Parameters
    ----------
    plan : Plan
        With ``zwd`` and one ``orography``.
    nodes : ndarray of int, optional
        Which of the J * I nodes; default: all.

    Returns
    -------
    Plan
        Lazy where the grid is. Neighbours are lifted to the height of a node before they count;
        nodes with a missing neighbour stay as they are.
    """
    plan, grid = physics_alone(plan), plan.grid
    names = [name for name in ("zhd", "zwd", "temperature") if name in grid]
    smooth = xr.apply_ufunc(
        _NodeSmoother(plan, tuple(names), nodes),
        grid["time"],
        *(grid[name] for name in names),
        input_core_dims=[[], *([["lat", "lon"]] * len(names))],
        output_core_dims=[["lat", "lon"]],
        dask="parallelized",
        output_dtypes=[np.float32],
    )
    smooth = smooth.transpose(*grid["zwd"].dims).assign_attrs(grid["zwd"].attrs)
    return replace(plan, grid=grid.assign(zwd=smooth))


class _NodeSmoother:
    """Smooth wet delays of blocks of epochs: a function of arrays."""

    def __init__(self, plan: Plan, names: tuple[str, ...], nodes: NDArray[np.intp] | None) -> None:
        grid = plan.grid
        lat, lon = (grid[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
        heights = grid.get("orography", xr.zeros_like(grid["zwd"].isel(time=0)))
        ground = heights.transpose("lat", "lon").to_numpy().astype(float)
        place = _neighbours(lat, lon)
        self.nodes = np.arange(ground.size) if nodes is None else nodes
        place = Stencil(place.index[self.nodes], place.weight[self.nodes])
        pairs = pairs_of(place.index, lat, ground, ground.reshape(-1, 1)[self.nodes])
        model = height_model_of(plan.options)
        self.lift = StationLifter(lat, lon, ground, place, pairs, model, names)
        self.wet = sum(name in ("zhd", "zwd") for name in names) - 1

    def __call__(self, time: NDArray[np.datetime64], *fields: NDArray) -> NDArray[np.float32]:
        """Wet delays of shape (N, lat, lon)."""
        found = self.lift(time, *fields)
        smooth = found[self.wet] if isinstance(found, tuple) else found
        zwd = fields[self.lift.names.index("zwd")]
        out = zwd.reshape(len(zwd), -1).astype(np.float32)  # a copy
        out[:, self.nodes] = np.where(np.isnan(smooth), out[:, self.nodes], smooth)
        return out.reshape(zwd.shape)


def _nodes_around(grid: xr.Dataset, lat: Any, lon: Any) -> NDArray[np.intp]:
    """Nodes that interpolate to any of some places."""
    place = make_stencil(grid["lat"], grid["lon"], np.ravel(lat), np.ravel(lon))
    return np.unique(place.index).astype(np.intp)


def nodes_below(grid: xr.Dataset, fine: xr.Dataset) -> NDArray[np.intp]:
    """Find the nodes that interpolate to any of a fine grid.

    Parameters
    ----------
    grid, fine : Dataset
        With ``lat`` and ``lon`` of both [deg].

    Returns
    -------
    ndarray of int
        Flat places in the (lat, lon) of the coarse grid.

    Examples
    --------
    >>> coarse = xr.Dataset(coords={"lat": [9.0, 6.0, 3.0, 0.0], "lon": [0.0, 5.0, 10.0]})
    >>> nodes_below(coarse, xr.Dataset(coords={"lat": [1.0], "lon": [2.0]})).tolist()
    [3, 4, 5, 6, 7, 8, 9, 10, 11]
    """
    axes = (ds[axis].to_numpy() for ds in (grid, fine) for axis in ("lat", "lon"))
    rows, columns = weigh_axes(*axes)
    width = grid.sizes["lon"]
    column = np.unique(columns.index)
    if rows.turned.any():
        column = np.unique([column, (column + width // 2) % width])
    return (np.unique(rows.index)[:, None] * width + column).ravel()


def _neighbours(lat: Array, lon: Array) -> Stencil:
    """Nine nodes around each node of a grid, across the date line and the poles where it has them.

    Beyond the end of a region its outermost node stands in.
    """
    rows, columns = weigh_axes(lat, lon, lat, lon)
    beside = np.arange(-1, 2)
    at_row, at_column = (
        np.nanargmax(part.weight, axis=-1)[:, None] + beside for part in (rows, columns)
    )
    row = np.take_along_axis(rows.index, at_row, -1)[:, None, :, None]
    turned = np.take_along_axis(rows.turned, at_row, -1)[:, None, :, None]
    column = np.take_along_axis(columns.index, at_column, -1)[None, :, None, :]
    column = (column + np.where(turned, lon.size // 2, 0)) % lon.size
    index = (row * lon.size + column).reshape(lat.size * lon.size, 9)
    weight = np.broadcast_to(np.outer(SPLINE, SPLINE).ravel(), index.shape)
    return Stencil(index.astype(np.int32), weight)


def smoothed_away(plan: Plan, places: xr.Dataset) -> Array | None:
    """Compute what full smoothing changes at places.

    Parameters
    ----------
    plan : Plan
        Of a background.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.

    Returns
    -------
    ndarray of shape (T, n), or None
        By physics [m]; None for grids that are not smoothed: those of more than 200,000 nodes.
    """
    if not smooths(plan):
        return None
    nodes = _nodes_around(plan.grid, places["lat"], places["lon"])
    both = (smooth_plan(plan, nodes), physics_alone(plan))
    smooth, plain = (background_at(each, places) for each in both)
    change = (smooth["zwd"] - plain["zwd"]).transpose("time", "station")
    return np.asarray(change, np.float64)
