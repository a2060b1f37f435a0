"""Nodes of fine fields taken for stations, and what optimal interpolation makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import InputError
from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance, thin_epochs
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.train.diffusion.lessons import Lessons, StationSet
from tropdsx.workflows.train.diffusion.options import DiffusionOptions

__all__ = ["fit_to_nodes", "with_stations"]

Field = NDArray[np.float64]

#: Stations that the covariance is fitted to.
FITTED = 1000


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


def with_stations(
    lessons: Lessons,
    covariance: Covariance,
    options: DiffusionOptions,
    seed: list[int],
    numbers: Iterable[int],
) -> Lessons:
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
    numbers : iterable of int
        Of the sets, which have the numbers of stations in turn.

    Returns
    -------
    Lessons
        With their sets.
    """
    found = []
    for number in numbers:
        rng = np.random.default_rng([*seed, number])
        known = np.ones(lessons.free.shape, bool)
        if options.objective == "ambient":
            known = draw_mask(options.mask, known, options.hide, options.seed, f"{seed}-{number}")
        count = options.stations[number % len(options.stations)]
        anywhere = np.asarray(np.isfinite(lessons.residual).any(0))
        nodes = _draw_nodes(lessons, count, anywhere, rng)
        values = lessons.residual.reshape(len(lessons.times), -1)[:, nodes].astype(np.float64)
        scale = lessons.setting.scale.ravel()[nodes]
        values = values + rng.normal(0.0, options.noise, values.shape) / scale
        values[:, ~known.ravel()[nodes]] = np.nan
        errors = np.hypot(covariance.noise, options.noise / scale)
        found.append(_observe(lessons, covariance, nodes, values, known, errors))
    return replace(lessons, sets=found)


def _observe(
    lessons: Lessons,
    covariance: Covariance,
    nodes: NDArray[np.intp],
    values: Field,
    known: NDArray[np.bool_],
    errors: Field,
) -> StationSet:
    """Interpolate what a set observes, epoch by epoch."""
    shape, epochs = lessons.free.shape, len(values)
    increment = np.zeros((epochs, *shape), np.float32)
    places = _places(lessons)
    sigma = np.sqrt(covariance.variance_at(places)).reshape(shape).astype(np.float32)
    if nodes.size:
        interpolate = Interpolator(covariance, places[nodes], places, errors)
        alike = bool((np.isnan(values) == np.isnan(values[0])).all())
        sigmas = np.empty((epochs, *shape), np.float32)
        for epoch in range(epochs):
            estimate = interpolate(values[epoch])
            increment[epoch] = estimate.mean.reshape(shape)
            sigmas[epoch] = estimate.sigma.reshape(shape)
        sigma = sigmas[0].copy() if alike else sigmas
    return StationSet(nodes, values.astype(np.float32), increment, sigma, known)
