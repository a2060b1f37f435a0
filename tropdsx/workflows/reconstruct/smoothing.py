"""A background whose nodes have errors of their own: their wet delay is smoothed, near stations.

A coarse grid of point values shows weather that its nodes cannot resolve, and interpolation carries
it to places where it is not. What smoothing by a cubic B-spline (1/6, 2/3, 1/6 along each axis)
takes away is known everywhere; how much of it should go, the residuals of stations tell: it is one
more coefficient of their estimate, and zero where they do not ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial import cKDTree

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.grid.axis_weights import weigh_axes
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.pipeline.options import height_model_of, is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine
from tropdsx.reduce.pairs import pairs_of
from tropdsx.workflows.evaluate.stations import StationLifter
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.fit import INDEPENDENT, thin_epochs
from tropdsx.workflows.reconstruct.oi.screening import Screening, screen
from tropdsx.workflows.reconstruct.residuals import background_at

__all__ = [
    "Smoothing",
    "fit_share",
    "nearness",
    "screen_smoothed",
    "smooth_plan",
    "smoothed_away",
]

Array = NDArray[np.float64]

#: Weights of a node and its two neighbours along an axis.
SPLINE = np.array([1.0, 4.0, 1.0]) / 6.0
#: Distance at which the share of stations is down by 1/e [km], and that below which it is nothing.
REACH, LEAST = 2000.0, 0.05
#: A share is believed that is so many of its standard deviations; of so many epochs at most.
SURE, EPOCHS = 3.0, 60
#: Grids of more nodes are left as they are: their weather is resolved.
MOST_NODES = 200_000


@dataclass(frozen=True, eq=False)
class Smoothing:
    """How much of a background is smoothed, and around which stations.

    Attributes
    ----------
    share : float
        From 0 for the interpolated nodes to 1 for the spline [1].
    stations : Places
        Those that are used.
    epochs : ndarray of bool, shape (T,)
        Those at which any of them reports.
    """

    share: float
    stations: Places
    epochs: NDArray[np.bool_]

    def on_target(self, plan: Plan, fine: xr.Dataset) -> xr.Dataset:
        """Smooth the wet delay on the target of a plan.

        Parameters
        ----------
        plan : Plan
            Of the background.
        fine : Dataset
            ``zwd`` (time, lat, lon) on its target [m].

        Returns
        -------
        Dataset
            Lazy where it was.
        """
        around = smooth_plan(plan, _nodes_below(plan.grid, fine))
        smooth, _ = refine(around, around.grid)
        plain = fine if is_physics(plan.options.model) else refine(*_physics(plan))[0]
        lat, lon = np.meshgrid(fine["lat"], fine["lon"], indexing="ij")
        near = nearness(self.stations, Places.at(lat, lon)).reshape(lat.shape)
        part = xr.DataArray((self.share * near).astype(np.float32), dims=("lat", "lon"))
        there = xr.DataArray(self.epochs.astype(np.float32), dims=("time",))
        zwd = fine["zwd"]
        added = (smooth["zwd"].variable - plain["zwd"].variable) * part.variable * there.variable
        return fine.assign(zwd=_above_zero(zwd, added.transpose(*zwd.dims)))

    def at_places(self, plan: Plan, delays: xr.Dataset) -> xr.Dataset:
        """Smooth the wet delay at places.

        Parameters
        ----------
        plan : Plan
            Of the background.
        delays : Dataset
            ``zwd`` (time, station) [m] with ``lat``, ``lon`` [deg] and ``height`` [m].

        Returns
        -------
        Dataset
            In memory.
        """
        away = smoothed_away(plan, delays)
        if away is None:
            return delays
        added = self.at(np.nan_to_num(away), Places.at(delays["lat"], delays["lon"]))
        zwd = delays["zwd"].transpose("time", "station")
        return delays.assign(zwd=_above_zero(zwd, added))

    def at(self, away: Array, places: Places) -> Array:
        """Compute what is added to the delays at places.

        Parameters
        ----------
        away : ndarray, shape (T, n)
            Of :func:`smoothed_away` [m].
        places : Places
            The n places.

        Returns
        -------
        ndarray, shape (T, n)
            [m]
        """
        return self.share * nearness(self.stations, places) * away * self.epochs[:, None]


def _above_zero(zwd: xr.DataArray, added: Any) -> xr.DataArray:
    """Add to wet delays, which stay above zero where they were; a gap adds nothing."""
    moved = zwd + xr.where(np.isnan(added), 0, added)
    return np.maximum(moved, np.minimum(zwd, 0)).astype(np.float32).assign_attrs(zwd.attrs)


def nearness(stations: Places, here: Places) -> Array:
    """How far what stations say of smoothing holds.

    Parameters
    ----------
    stations, here : Places
        n of them, and m places.

    Returns
    -------
    ndarray, shape (m,)
        From 1 beside a station to 0 at 6,000 km [1].

    Examples
    --------
    >>> nearness(Places.at([0.0], [0.0]), Places.at([0.0, 10.0, 0.0], [0.0, 0.0, 90.0])).round(2)
    array([1.  , 0.55, 0.  ])
    """
    if not len(stations):
        return np.zeros(len(here))
    chord, _ = cKDTree(stations.unit).query(here.unit)
    arc = 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0)) * MEAN_EARTH_RADIUS / 1000.0
    return np.maximum(np.exp(-arc / REACH) - LEAST, 0.0) / (1.0 - LEAST)


def _physics(plan: Plan) -> tuple[Plan, xr.Dataset]:
    options = replace(plan.options, model=None, sigma=False, ztd=False)
    return replace(plan, options=options), plan.grid


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
    plan, grid = _physics(plan)
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


def _nodes_below(grid: xr.Dataset, fine: xr.Dataset) -> NDArray[np.intp]:
    """Nodes that interpolate to any of a fine grid."""
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
    if plan.grid.sizes["lat"] * plan.grid.sizes["lon"] > MOST_NODES:
        return None
    nodes = _nodes_around(plan.grid, places["lat"], places["lon"])
    both = (smooth_plan(plan, nodes), _physics(plan)[0])
    smooth, plain = (background_at(each, places) for each in both)
    change = (smooth["zwd"] - plain["zwd"]).transpose("time", "station")
    return np.asarray(change, np.float64)


def fit_share(
    residuals: Array,
    away: Array,
    hours: Array,
    places: Places,
    covariance: Covariance,
    noise: Array,
) -> float:
    """Find how much of a background should be smoothed.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where there is none.
    away : ndarray, shape (T, n)
        What full smoothing adds to the background, in the same unit.
    hours : ndarray, shape (T,)
        Times, ascending [h].
    places : Places
        The n stations.
    covariance : Covariance
        Of the residuals.
    noise : ndarray, shape (n,)
        Standard deviations of the stations' noise.

    Returns
    -------
    float
        Generalised least squares over epochs 12 h apart, from 0 to 1; 0 unless it is three times
        its standard deviation.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> places = Places.at(rng.uniform(45, 50, 20), rng.uniform(5, 15, 20))
    >>> away, hours = rng.normal(0, 0.01, (30, 20)), np.arange(30) * 12.0
    >>> round(fit_share(0.6 * away, away, hours, places, Covariance(), np.full(20, 1e-3)), 1)
    0.6
    """
    rows = thin_epochs(hours, INDEPENDENT)
    rows = rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, EPOCHS)).astype(int))]
    matrix = covariance.between(places, places) + np.diag(noise**2 + 1e-6 * covariance.variance)
    known = np.isfinite(residuals) & np.isfinite(away)
    weight = pull = 0.0
    for row in rows:
        at = np.flatnonzero(known[row])
        if at.size:
            factor = cho_factor(matrix[np.ix_(at, at)], lower=True, check_finite=False)
            scaled = cho_solve(factor, away[row, at], check_finite=False)
            weight += float(scaled @ away[row, at])
            pull += float(scaled @ residuals[row, at])
    if not weight or pull < SURE * np.sqrt(weight):
        return 0.0
    return min(pull / weight, 1.0)


def screen_smoothed(
    residuals: Array, hours: Array, places: Places, away: Array | None, **given: Any
) -> tuple[Screening, float]:
    """Fit the covariance of residuals and how much of their background should be smoothed.

    Parameters
    ----------
    residuals, hours, places
        See :func:`tropdsx.workflows.reconstruct.oi.screening.screen`.
    away : ndarray of shape (T, n), or None
        Of :func:`smoothed_away`, in the unit of the residuals; None for no smoothing.
    **given
        For :func:`~tropdsx.workflows.reconstruct.oi.screening.screen`.

    Returns
    -------
    screening : Screening
        Of what is left when the background is smoothed.
    share : float
        How much of it is.
    """
    found = screen(residuals, hours, places, **given)
    if away is None or not len(places):
        return found, 0.0
    share = fit_share(found.residuals, away, hours, places, found.covariance, found.noise)
    return (screen(residuals - share * away, hours, places, **given) if share else found), share
