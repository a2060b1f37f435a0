"""How variable the wet delay is at a place: moist air errs more than dry air.

Residuals are divided by this scale before they are interpolated, and estimates multiplied by it, so
that one covariance serves poles and tropics: standard deviations go with the square root of the
typical wet delay of the climate, at sea level. That of mountains is as large: there lifting errs
more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine
from tropdsx.system.workers import compute_here
from tropdsx.workflows.reconstruct.residuals import background_at

__all__ = ["scale_at", "scale_of", "scale_on_target", "typical_plan"]

Array = NDArray[np.float64]

#: Wet delay at which the scale is one [m], and its limits.
REFERENCE, LEAST, MOST = 0.1, 0.3, 3.0
#: Epochs of which the mean is taken.
EPOCHS = 8


def scale_of(zwd: NDArray) -> Array:
    """Scale of the residuals where the typical wet delay is known.

    Parameters
    ----------
    zwd : ndarray
        Mean wet delay; one is the scale where it is missing [m].

    Returns
    -------
    ndarray
        Same shape [1].

    Examples
    --------
    >>> scale_of(np.array([0.1, 0.4, 0.001, np.nan]))
    array([1. , 2. , 0.3, 1. ])
    """
    typical = np.nan_to_num(np.asarray(zwd, np.float64), nan=REFERENCE)
    return np.clip(np.sqrt(np.maximum(typical, 0.0) / REFERENCE), LEAST, MOST)


def typical_plan(plan: Plan) -> Plan:
    """Make a plan of the mean grid, for physics alone.

    Parameters
    ----------
    plan : Plan
        Of any number of epochs, of which eight are read at most.

    Returns
    -------
    Plan
        Of one epoch, in memory.
    """
    grid, count = plan.grid, plan.grid.sizes["time"]
    rows = np.unique(np.linspace(0, count - 1, min(count, EPOCHS)).astype(int))
    middle = rows[rows.size // 2 :][:1]
    if "time" in grid.get("orography", xr.DataArray(0)).dims:
        rows = middle  # each terrain has delays of its own
    part = compute_here(grid.isel(time=rows))
    one = part.isel(time=[0]).assign_coords(time=grid["time"].to_numpy()[middle])
    for name in part.data_vars:
        if "time" in part[name].dims:
            mean = part[name].mean("time", keep_attrs=True).expand_dims(time=one["time"])
            one[name] = mean.transpose(*part[name].dims).astype(part[name].dtype)
    options = replace(plan.options, model=None, sigma=False, ztd=False)
    return replace(plan, grid=one, options=options)


def scale_at(typical: Plan, places: xr.Dataset) -> Array:
    """Scale of the residuals at places.

    Parameters
    ----------
    typical : Plan
        Of :func:`typical_plan`.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.

    Returns
    -------
    ndarray, shape (n,)
        [1]
    """
    level = places.assign_coords(height=xr.zeros_like(places["height"]))
    return scale_of(background_at(typical, level)["zwd"].isel(time=0).to_numpy())


def scale_on_target(typical: Plan) -> Array:
    """Scale of the residuals on the fine grid.

    Parameters
    ----------
    typical : Plan
        Of :func:`typical_plan`.

    Returns
    -------
    ndarray, shape (lat, lon)
        [1]
    """
    sea = typical.target.fine
    if "orography" in sea:
        sea = sea.assign_coords(orography=xr.zeros_like(sea["orography"]))
    fine, _ = refine(replace(typical, target=replace(typical.target, fine=sea)), typical.grid)
    return scale_of(fine["zwd"].isel(time=0).transpose("lat", "lon").to_numpy())
