"""The learned analysis at stations that are left out: neither it nor its covariance sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine
from tropdsx.system.workers import Progress
from tropdsx.workflows.reconstruct.diffusion.at_places import STEPS, AtPlaces
from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import AS_IS
from tropdsx.workflows.reconstruct.diffusion.calibration.stations import (
    analysis_of_others,
    calibrate,
    calibration_rows,
)
from tropdsx.workflows.reconstruct.diffusion.estimator import Model
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.setting import setting_of, warn_of_other_grids
from tropdsx.workflows.reconstruct.oi.screening import Screening
from tropdsx.workflows.reconstruct.preparation import hours_of, places_of
from tropdsx.workflows.reconstruct.smoothing.background import nearness
from tropdsx.workflows.reconstruct.smoothing.nodes import nodes_below, smooth_plan
from tropdsx.workflows.reconstruct.smoothing.share import screen_smoothed

__all__ = ["predict_learned"]

Array = NDArray[np.float64]


class _Background(NamedTuple):
    """Wet delay on the grid that the network sees, and what full smoothing adds to it."""

    zwd: NDArray[np.float32]
    away: NDArray[np.float32] | None

    def smoothed(self, share: Array) -> NDArray[np.float32]:
        """Smooth by a share of the nodes, above zero where it was."""
        if self.away is None:
            return self.zwd
        added = share.reshape(self.zwd.shape[1:]) * self.away
        return np.maximum(self.zwd + added, np.minimum(self.zwd, 0)).astype(np.float32)


class _Fold(NamedTuple):
    """What is used, what is left out, how much is smoothed at nodes and stations, analyses."""

    screening: Screening
    out: NDArray[np.intp]
    at_nodes: Array
    at_stations: Array
    analyses: dict[str, AtPlaces]


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
    away: Array | None = None,
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
        Of :func:`~tropdsx.workflows.reconstruct.divisions.divide_stations`.
    model, sampling
        Checkpoint, and what is drawn of it.
    relative : ndarray, shape (n,)
        Noise of each station beside that of the others, over the scale.
    away : ndarray, shape (T, n), optional
        What smoothing adds to the background, over the scale, of
        :func:`~tropdsx.workflows.reconstruct.smoothing.nodes.smoothed_away`; default: it is not
        smoothed.
    progress : callable, optional
        Called with (epochs done, epochs in all).
    **given
        ``prior`` and ``fit`` of :func:`~tropdsx.workflows.reconstruct.oi.screening.screen`.

    Returns
    -------
    dict
        "mean" and, where there are members, "diffusion": residual minus estimate, and its expected
        standard deviation with that of the observation, (T, n), over the scale. Each fold is
        calibrated by the others alone.
    """
    warn_of_other_grids(plan, model.card["steps_of_grids"])
    kinds = {"mean": replace(sampling, members=0)} | (
        {"diffusion": sampling} if sampling.members else {}
    )
    setting = setting_of(plan, replace(typical, target=plan.target))
    rows = calibration_rows(residuals)
    few = _background(plan, rows, smooth=away is not None)
    folded = []
    for fold in np.unique(folds):
        used, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        screening, share = screen_smoothed(
            residuals[:, used],
            hours_of(compared),
            places_of(compared)[used],
            None if away is None else away[:, used],
            relative=relative[used],
            **given,
        )
        near = [
            share * nearness(places_of(compared)[used], there)
            for there in (setting.places, places_of(compared)[out])
        ]
        others = compared.isel(station=used)
        found = AS_IS
        if sampling.calibration != "none":
            found = calibrate(setting, others, screening, few.smoothed(near[0]), rows, model)
        analyses = {
            name: replace(
                analysis_of_others(setting, compared, (used, out), screening, model, each),
                calibration=found,
            )
            for name, each in kinds.items()
        }
        folded.append(_Fold(screening, out, near[0], near[1], analyses))
    return _predict(plan, compared, residuals, away, relative, folded, progress)


def _background(plan: Plan, rows: slice | NDArray[np.intp], *, smooth: bool) -> _Background:
    """Lift some epochs to the target."""
    part = replace(plan, grid=plan.grid.isel(time=rows))
    fine, _ = refine(part, part.grid)
    zwd = fine["zwd"].transpose("time", "lat", "lon").to_numpy()
    if not smooth:
        return _Background(zwd, None)
    around = smooth_plan(part, nodes_below(part.grid, fine))
    away = refine(around, around.grid)[0]["zwd"].transpose("time", "lat", "lon").to_numpy() - zwd
    return _Background(zwd, np.nan_to_num(away))


def _predict(
    plan: Plan,
    compared: xr.Dataset,
    residuals: Array,
    away: Array | None,
    relative: Array,
    folded: list[_Fold],
    progress: Progress | None,
) -> dict[str, tuple[Array, Array]]:
    """Run over the epochs, some at a time."""
    times = compared["time"].to_numpy()
    nothing = np.full(residuals.shape, np.nan)
    found = {name: (nothing.copy(), nothing.copy()) for name in folded[0].analyses}
    for start in range(0, times.size, STEPS):
        rows = slice(start, start + STEPS)
        fields = _background(plan, rows, smooth=away is not None)
        for fold in folded:
            noise = fold.screening.covariance.noise * relative[fold.out]
            zwd, truth = fields.smoothed(fold.at_nodes), residuals[rows, fold.out]
            if away is not None:
                truth = truth - fold.at_stations * away[rows, fold.out]
            for name, analyse in fold.analyses.items():
                carried = analyse(zwd, fold.screening.residuals[rows], times[rows])
                error, sigma = found[name]
                error[rows, fold.out] = truth - np.stack([one.mean for one in carried])
                spread = np.stack([one.sigma for one in carried])
                sigma[rows, fold.out] = np.hypot(spread, noise)
        if progress is not None:
            progress(min(rows.stop, times.size), times.size)
    return found
