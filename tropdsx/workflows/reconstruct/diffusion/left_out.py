"""The learned analysis at stations that are left out: neither it nor its covariance sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.pipeline.plan import Plan
from tropdsx.system.workers import Progress
from tropdsx.workflows.reconstruct.diffusion.at_places import AtPlaces, fine_blocks, make_carrier
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.estimator import Model
from tropdsx.workflows.reconstruct.diffusion.places import grid_stations
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.diffusion.setting import setting_of, warn_of_other_grids
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.screening import Screening, screen
from tropdsx.workflows.reconstruct.preparation import hours_of, places_of

__all__ = ["predict_learned"]

Array = NDArray[np.float64]


def predict_learned(
    plan: Plan,
    typical: Plan,
    compared: xr.Dataset,
    residuals: Array,
    folds: NDArray[np.intp],
    *,
    model: Model,
    sampling: Sampling,
    relative: Array,
    progress: Progress | None = None,
    **given: Any,
) -> dict[str, tuple[Array, Array]]:
    """Predict each fold of stations from the others, by a network.

    Parameters
    ----------
    plan : Plan
        Of the background; the network sees its target.
    typical : Plan
        Of :func:`~tropdsx.workflows.reconstruct.variability.typical_plan`.
    compared : Dataset
        ``lat``, ``lon``, ``height`` of the n stations and the times.
    residuals : ndarray, shape (T, n)
        Observation minus background, over the scale; NaN where there is none.
    folds : ndarray of int, shape (n,)
        Of :func:`~tropdsx.workflows.reconstruct.leave_out.divide_stations`.
    model, sampling
        Checkpoint, and what is drawn of it.
    relative : ndarray, shape (n,)
        Noise of each station beside that of the others, over the scale.
    progress : callable, optional
        Called with (epochs done, epochs in all).
    **given
        ``prior`` and ``fit`` of :func:`~tropdsx.workflows.reconstruct.oi.screening.screen`.

    Returns
    -------
    dict
        "mean" and, where there are members, "diffusion": residual minus estimate, and its expected
        standard deviation with that of the observation, (T, n), over the scale.
    """
    setting = setting_of(plan, replace(typical, target=plan.target))
    warn_of_other_grids(plan, model.card["steps_of_grids"])
    kinds = {"mean": replace(sampling, members=0)} | (
        {"diffusion": sampling} if sampling.members else {}
    )
    times = compared["time"].to_numpy()
    found = {name: (np.full(residuals.shape, np.nan), residuals * np.nan) for name in kinds}
    parts = []
    for fold in np.unique(folds):
        used, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        screening = screen(
            residuals[:, used],
            hours_of(compared),
            places_of(compared)[used],
            relative=relative[used],
            **given,
        )
        parts.append((screening, out, _at(setting, compared, (used, out), screening, model, kinds)))
    for rows, zwd in fine_blocks(plan):
        for screening, out, analyse in parts:
            noise = screening.covariance.noise * relative[out]
            for name, each in analyse.items():
                carried = each(zwd, screening.residuals[rows], times[rows])
                error, sigma = found[name]
                error[rows, out] = residuals[rows, out] - np.stack([one.mean for one in carried])
                sigma[rows, out] = np.hypot(np.stack([one.sigma for one in carried]), noise)
        if progress is not None:
            progress(min(rows.stop, times.size), times.size)
    return found


def _at(
    setting: Setting,
    compared: xr.Dataset,
    parts: tuple[NDArray[np.intp], NDArray[np.intp]],
    screening: Screening,
    model: Model,
    kinds: dict[str, Sampling],
) -> dict[str, AtPlaces]:
    """Make the analyses at the stations of a fold, of the stations of all others."""
    used, out = (compared.isel(station=part) for part in parts)
    places, covariance = places_of(used), screening.covariance
    carrier = make_carrier(setting, out.coords.to_dataset(), covariance)
    to_nodes, to_places = (
        Interpolator(covariance, places, there, screening.noise)
        for there in (setting.places, places_of(out))
    )
    nodes = grid_stations(setting, used["lat"].to_numpy(), used["lon"].to_numpy())
    return {
        name: AtPlaces(
            Analysis(
                to_nodes,
                setting,
                nodes,
                screening.noise,
                model,
                replace(sampling, return_members=False, return_intermediates=0),
                needed=carrier.nodes,
            ),
            to_places,
            carrier,
        )
        for name, sampling in kinds.items()
    }
