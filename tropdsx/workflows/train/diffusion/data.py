"""Fine fields read, with their backgrounds and what stations on them would tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.grid.thinning import list_phases, parse_thinning, thin, usual_phase
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import Plan, make_plan
from tropdsx.pipeline.run import refine
from tropdsx.workflows.reconstruct.diffusion.setting import setting_of
from tropdsx.workflows.reconstruct.smoothing.nodes import smooth_plan, smooths
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
from tropdsx.workflows.train.diffusion.lessons import Lessons
from tropdsx.workflows.train.diffusion.options import THIN, DiffusionOptions
from tropdsx.workflows.train.diffusion.pseudo_stations import fit_kind, with_stations

__all__ = ["gather_lessons", "lessons_of"]


def gather_lessons(
    data: Fields, options: DiffusionOptions
) -> tuple[list[Lessons], Lessons, dict[str, Any]]:
    """Read fine fields, make their backgrounds, and let stations observe them.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields.
    options : DiffusionOptions
        Split by time, thinning, stations.

    Returns
    -------
    train : list of Lessons
        Of each phase of the thinning.
    validate : Lessons
        Of the phase that products have.
    facts : dict
        Epochs, files, grids and covariance, for the card and to compare runs with.
    """
    fine = require_dates(read_fine_fields(data, options.orography), file_names(data))
    parts = split(fine, options.train, options.validate)
    for ds, which in zip(parts, ("training", "validation"), strict=True):
        require_known(ds, which)
    steps = parse_thinning(options.thin or THIN)
    usual = usual_phase(fine, steps)
    first, plan = lessons_of(parts[0], steps, usual)
    kinds = [fit_kind(first, options, size) for size in options.errors]
    phases = list_phases(steps, options.phases)
    # A single phase is the one that counts.
    phases = [usual] if len(phases) == 1 else phases
    count = -(-options.sets // len(phases))
    train = []
    for number, phase in enumerate(phases):
        bare = first if phase == usual else lessons_of(parts[0], steps, phase)[0]
        own = range(number * count, (number + 1) * count)
        train.append(with_stations(bare, kinds, options, [options.seed, 0], own))
    bare, _ = lessons_of(parts[1], steps, usual)
    every = range(len(options.stations))
    middle = sorted(kinds, key=lambda kind: kind.size)[len(kinds) // 2]
    valid = with_stations(bare, [middle], options, [options.seed, 1], every)
    spacing = {
        name: [round(abs(float(ds[axis][1] - ds[axis][0])), 4) for axis in ("lat", "lon")]
        for name, ds in (("coarse", plan.grid), ("fine", fine))
    }
    facts = {
        "epochs": {
            name: epoch_span(ds) for name, ds in zip(("train", "validate"), parts, strict=True)
        },
        "data": {"files": file_names(data), "nodes": [fine.sizes["lat"], fine.sizes["lon"]]},
        "steps_of_grids": spacing,
        "covariance": vars(middle.covariance),
    }
    return train, valid, facts


def lessons_of(
    ds: xr.Dataset, steps: tuple[int, int], phase: tuple[int, int]
) -> tuple[Lessons, Plan]:
    """Make the background of fine fields from every Nth of their nodes, by physics alone.

    Parameters
    ----------
    ds : Dataset
        zhd, zwd (time, lat, lon) and orography on the standard grid [m].
    steps, phase : tuple of int
        Of the thinning: every how many rows and columns, and from which.

    Returns
    -------
    Lessons
        Without stations.
    Plan
        Of the background.
    """
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
        _smoothed_away(plan, guess),
        free,
        [],
    )
    return lessons, plan


def _smoothed_away(plan: Plan, guess: xr.Dataset) -> NDArray[np.float32]:
    """Compute what full smoothing adds to the wet delay of a background."""
    zwd = guess["zwd"].transpose("time", "lat", "lon").to_numpy()
    if not smooths(plan):
        return np.zeros_like(zwd)
    around = smooth_plan(plan)
    smooth, _ = refine(around, around.grid)
    away = smooth["zwd"].transpose("time", "lat", "lon").to_numpy() - zwd
    return np.nan_to_num(away).astype(np.float32)
