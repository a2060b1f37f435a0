"""A background whose nodes have errors of their own: their wet delay is smoothed, near stations.

A coarse grid of point values shows weather that its nodes cannot resolve, and interpolation carries
it to places where it is not. What smoothing by a cubic B-spline (1/6, 2/3, 1/6 along each axis)
takes away is known everywhere; how much of it should go, the residuals of stations tell: it is one
more coefficient of their estimate, and zero where they do not ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.pipeline.options import is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine
from tropdsx.workflows.reconstruct.oi.covariance import Places
from tropdsx.workflows.reconstruct.smoothing.nodes import (
    nodes_below,
    physics_alone,
    smooth_plan,
    smoothed_away,
)

__all__ = ["Smoothing", "nearness"]

Array = NDArray[np.float64]

#: Distance at which the share of stations is down by 1/e [km], and that below which it is nothing.
REACH, LEAST = 2000.0, 0.05


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
        around = smooth_plan(plan, nodes_below(plan.grid, fine))
        smooth, _ = refine(around, around.grid)
        plain = (
            fine if is_physics(plan.options.model) else refine(physics_alone(plan), plan.grid)[0]
        )
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
            Of :func:`~tropdsx.workflows.reconstruct.smoothing.nodes.smoothed_away` [m].
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
