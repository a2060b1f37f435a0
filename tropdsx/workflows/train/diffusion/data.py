"""What a reconstruction is learned from: fine fields, and what stations on them would tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError
from tropdsx.grid.thinning import parse_thinning, thin, usual_phase
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import Plan, make_plan
from tropdsx.pipeline.run import refine
from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting
from tropdsx.workflows.reconstruct.diffusion.setting import setting_of
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance, thin_epochs
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.variability import typical_plan
from tropdsx.workflows.train.data import (
    Fields,
    epoch_span,
    file_names,
    read_fine_fields,
    require_dates,
    require_known,
    split,
)
from tropdsx.workflows.train.diffusion.options import THIN, DiffusionOptions

__all__ = ["Lessons", "StationSet", "fit_to_nodes", "gather_lessons", "lessons_of", "make_sets"]

Field = NDArray[np.float64]

SPLIT = ("train", "validate")
#: Stations that the covariance is fitted to.
FITTED = 1000


@dataclass(frozen=True, eq=False)
class StationSet:
    """Pseudo-stations, and what optimal interpolation makes of them at all epochs.

    Attributes
    ----------
    nodes : ndarray of int, shape (n,)
        Their places in the flattened grid.
    residuals : ndarray of float32, shape (T, n)
        What they observe beyond the background, over the scale; NaN where hidden or unknown [m].
    increment : ndarray of float32, shape (T, J, I)
        Over the scale [m].
    sigma : ndarray of float32, shape (J, I), or (T, J, I) where gaps change
        Over the scale [m].
    known : ndarray of bool, shape (J, I)
        Where stations may be; all but what the ambient objective hides.
    """

    nodes: NDArray[np.intp]
    residuals: NDArray[np.float32]
    increment: NDArray[np.float32]
    sigma: NDArray[np.float32]
    known: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Lessons:
    """Backgrounds and truth on the fine grid, and sets of stations.

    Attributes
    ----------
    times : ndarray of datetime64, shape (T,)
        Epochs.
    setting : Setting
        The fine grid.
    zwd : ndarray of float32, shape (T, J, I)
        Wet delay of the background [m].
    residual : ndarray of float32, shape (T, J, I)
        Total delay beyond the background, over the scale; NaN where it is not known [m].
    free : ndarray of bool, shape (J, I)
        Nodes that are none of the coarse grid.
    sets : list of StationSet
        Stations.
    """

    times: NDArray[np.datetime64]
    setting: Setting
    zwd: NDArray[np.float32]
    residual: NDArray[np.float32]
    free: NDArray[np.bool_]
    sets: list[StationSet]

    @property
    def area(self) -> Field:
        """Area of each node, (J, I) [1]."""
        return np.cos(np.radians(self.setting.lat))[:, None] * np.ones(self.setting.lon.size)

    def scene(self, epoch: int, number: int) -> Scene:
        """Give what is known of an epoch to one set of stations.

        Parameters
        ----------
        epoch, number : int
            Which epoch, which set.

        Returns
        -------
        Scene
        """
        found = self.sets[number]
        shown = np.full(self.free.size, np.nan)
        shown[found.nodes] = found.residuals[epoch]
        known = found.known & np.isfinite(self.zwd[epoch])
        sigma = found.sigma if found.sigma.ndim == 2 else found.sigma[epoch]
        return Scene(
            self.zwd[epoch], found.increment[epoch], sigma, shown.reshape(known.shape), known
        )


def gather_lessons(
    data: Fields, options: DiffusionOptions
) -> tuple[Lessons, Lessons, dict[str, Any]]:
    """Read fine fields, make their backgrounds, and let stations observe them.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields.
    options : DiffusionOptions
        Split by time, thinning, stations.

    Returns
    -------
    train, validate : Lessons
    facts : dict
        Epochs, files, grids and covariance, for the card and to compare runs with.
    """
    fine = require_dates(read_fine_fields(data, options.orography), file_names(data))
    parts = split(fine, options.train, options.validate)
    covariance, found = None, []
    for number, (ds, which) in enumerate(zip(parts, SPLIT, strict=True)):
        require_known(ds, "training" if which == "train" else "validation")
        bare, plan = lessons_of(ds, parse_thinning(options.thin or THIN))
        if covariance is None:
            covariance = fit_to_nodes(bare, options)
        count = options.sets if which == "train" else len(options.stations)
        chosen = replace(options, sets=count)
        sets = make_sets(bare, covariance, chosen, seed=[options.seed, number])
        found.append(Lessons(**(vars(bare) | {"sets": sets})))
    steps = {
        name: [round(abs(float(ds[axis][1] - ds[axis][0])), 4) for axis in ("lat", "lon")]
        for name, ds in (("coarse", plan.grid), ("fine", fine))
    }
    facts = {
        "epochs": {name: epoch_span(ds) for name, ds in zip(SPLIT, parts, strict=True)},
        "data": {"files": file_names(data), "nodes": [fine.sizes["lat"], fine.sizes["lon"]]},
        "steps_of_grids": steps,
        "covariance": vars(covariance),
    }
    return found[0], found[1], facts


def lessons_of(ds: xr.Dataset, steps: tuple[int, int]) -> tuple[Lessons, Plan]:
    """Make the background of fine fields from every Nth of their nodes, by physics alone.

    Parameters
    ----------
    ds : Dataset
        zhd, zwd (time, lat, lon) and orography on the standard grid [m].
    steps : tuple of int
        Rows and columns of the thinning.

    Returns
    -------
    Lessons
        Without stations.
    Plan
        Of the background.
    """
    phase = usual_phase(ds, steps)
    coarse = thin(ds, steps, phase)
    # A coarse model is complete where observations of the fine field have gaps.
    plan = make_plan(coarse, Options(target=ds[["orography"]], model=None))
    guess, _ = refine(plan, plan.grid)
    guess = guess.transpose("time", "lat", "lon")
    setting = setting_of(plan, typical_plan(plan))
    truth = ds["zhd"].astype(np.float64) + ds["zwd"]
    residual = (
        truth.transpose("time", "lat", "lon").to_numpy()
        - (guess["zhd"].astype(np.float64) + guess["zwd"]).to_numpy()
    )
    free = np.ones(setting.shape, bool)
    free[phase[0] :: steps[0], phase[1] :: steps[1]] = False
    lessons = Lessons(
        ds["time"].to_numpy(),
        setting,
        guess["zwd"].to_numpy().astype(np.float32),
        (residual / setting.scale).astype(np.float32),
        free,
        [],
    )
    return lessons, plan


def _places(lessons: Lessons, nodes: NDArray[np.intp] | slice = slice(None)) -> Places:
    lat, lon = np.meshgrid(lessons.setting.lat, lessons.setting.lon, indexing="ij")
    return Places.at(lat, lon, lessons.setting.orography)[nodes]


def _draw_nodes(
    lessons: Lessons, count: int, known: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw nodes by their area, none of them of the coarse grid."""
    nodes = np.flatnonzero(lessons.free & known & (lessons.area > 1e-3))
    if count > nodes.size:
        msg = (
            f"{count} pseudo-stations asked for, but only {nodes.size} nodes are none of the "
            "coarse grid: give fewer (--stations)"
        )
        raise InputError(msg)
    share = lessons.area.ravel()[nodes]
    return np.sort(rng.choice(nodes, count, replace=False, p=share / share.sum()))


def fit_to_nodes(lessons: Lessons, options: DiffusionOptions) -> Covariance:
    """Fit the covariance of the residual to stations that are drawn by chance.

    Parameters
    ----------
    lessons : Lessons
        Of the training.
    options : DiffusionOptions
        seed.

    Returns
    -------
    Covariance
    """
    rng = np.random.default_rng([options.seed, 2])
    anywhere = np.asarray(np.isfinite(lessons.residual).any(0))
    most = int((lessons.free & anywhere & (lessons.area > 1e-3)).sum())
    nodes = _draw_nodes(lessons, min(FITTED, most), anywhere, rng)
    hours = (lessons.times - lessons.times[0]) / np.timedelta64(1, "h")
    seen = lessons.residual.reshape(len(hours), -1)[:, nodes].astype(np.float64)
    return fit_covariance(seen[thin_epochs(hours)], _places(lessons, nodes), seed=options.seed)


def make_sets(
    lessons: Lessons, covariance: Covariance, options: DiffusionOptions, *, seed: list[int]
) -> list[StationSet]:
    """Draw sets of stations, and interpolate what they observe.

    Parameters
    ----------
    lessons : Lessons
        Fields.
    covariance : Covariance
        Of their residual.
    options : DiffusionOptions
        stations, sets, noise, and what the ambient objective hides.
    seed : list of int
        Of the random numbers.

    Returns
    -------
    list of StationSet
        Of the numbers of stations in turn.
    """
    found = []
    for number in range(options.sets):
        rng = np.random.default_rng([*seed, number])
        known = np.ones(lessons.free.shape, bool)
        if options.objective == "ambient":
            known = draw_mask(options.mask, known, options.hide, options.seed, f"{seed}-{number}")
        count = options.stations[number % len(options.stations)]
        nodes = _draw_nodes(lessons, count, np.ones_like(known), rng)
        values = lessons.residual.reshape(len(lessons.times), -1)[:, nodes].astype(np.float64)
        scale = lessons.setting.scale.ravel()[nodes]
        values = values + rng.normal(0.0, options.noise, values.shape) / scale
        values[:, ~known.ravel()[nodes]] = np.nan
        found.append(_observe(lessons, covariance, nodes, values, known))
    return found


def _observe(
    lessons: Lessons,
    covariance: Covariance,
    nodes: NDArray[np.intp],
    values: Field,
    known: NDArray[np.bool_],
) -> StationSet:
    """Interpolate what a set observes, epoch by epoch."""
    shape, epochs = lessons.free.shape, len(values)
    increment = np.zeros((epochs, *shape), np.float32)
    places = _places(lessons)
    sigma = np.sqrt(covariance.variance_at(places)).reshape(shape).astype(np.float32)
    if nodes.size:
        interpolate = Interpolator(covariance, places[nodes], places)
        alike = bool((np.isnan(values) == np.isnan(values[0])).all())
        sigmas = np.empty((epochs, *shape), np.float32)
        for epoch in range(epochs):
            estimate = interpolate(values[epoch])
            increment[epoch] = estimate.mean.reshape(shape)
            sigmas[epoch] = estimate.sigma.reshape(shape)
        sigma = sigmas[0].copy() if alike else sigmas
    return StationSet(nodes, values.astype(np.float32), increment, sigma, known)
