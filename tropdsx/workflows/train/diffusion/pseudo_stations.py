"""Stations that observe fine fields, and what optimal interpolation makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance, thin_epochs
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.smoothing.background import nearness
from tropdsx.workflows.reconstruct.smoothing.share import fit_share
from tropdsx.workflows.train.diffusion.drawn_stations import (
    Drawn,
    draw_at_nodes,
    draw_networks,
    places_of_nodes,
)
from tropdsx.workflows.train.diffusion.errors import AT_STATIONS, ErrorFields, draw_errors
from tropdsx.workflows.train.diffusion.lessons import Lessons, StationSet
from tropdsx.workflows.train.diffusion.options import DiffusionOptions

__all__ = ["Kind", "fit_kind", "with_stations"]

Field = NDArray[np.float64]

#: Stations that the covariance is fitted to.
FITTED = 1000
#: Fields of errors that are drawn, of which any two are mixed.
FIELDS = 192
#: Standard deviation of what a station is always off [m]; share of blunders that nothing tells
#: from observations, and how far they are off [m]. All in parts of the size of the errors.
BIAS, BLUNDERS, BLUNDER = 2e-3, 0.005, 0.01


@dataclass(frozen=True)
class Kind:
    """How far fields err, and what their stations make of it.

    Attributes
    ----------
    covariance : Covariance
        Of the residual.
    size : float
        Of the errors of the fine fields [1].
    share : float
        How much of the background is smoothed [1].
    """

    covariance: Covariance
    size: float = 0.0
    share: float = 0.0


class _Seen(NamedTuple):
    """What stations observe beyond the background, what smoothing takes of it, and errors."""

    values: Field
    away: Field
    lacking: NDArray[np.float16] | None


def fit_kind(lessons: Lessons, options: DiffusionOptions, size: float) -> Kind:
    """Fit the covariance of the residual, and how much of the background should be smoothed.

    Parameters
    ----------
    lessons : Lessons
        Of the training.
    options : DiffusionOptions
        seed.
    size : float
        Of the errors of the fine fields [1].

    Returns
    -------
    Kind
    """
    rng = np.random.default_rng([options.seed, 2])
    anywhere = np.asarray(np.isfinite(lessons.residual).any(0))
    most = int((lessons.free & anywhere & (lessons.area > 1e-3)).sum())
    drawn = _draw(lessons, min(FITTED, most), anywhere, size, rng)
    hours = (lessons.times - lessons.times[0]) / np.timedelta64(1, "h")
    rows = thin_epochs(hours)
    few = replace(
        lessons,
        times=lessons.times[rows],
        residual=lessons.residual[rows],
        away=lessons.away[rows],
    )
    errors = draw_errors(AT_STATIONS, FIELDS, rng) if size else None
    seen = _observe(few, drawn, size, options.noise if size else 0.0, errors, rng)
    covariance = fit_covariance(seen.values, drawn.places, seed=options.seed)
    noise = np.full(len(drawn.places), covariance.noise)
    share = fit_share(seen.values, seen.away, hours[rows], drawn.places, covariance, noise)
    if share:
        left = seen.values - share * seen.away
        covariance = fit_covariance(left, drawn.places, seed=options.seed)
    return Kind(covariance, size, share)


def _draw(
    lessons: Lessons, count: int, known: NDArray[np.bool_], size: float, rng: np.random.Generator
) -> Drawn:
    """Draw stations at nodes, where fields are the truth, or as they really lie."""
    return (draw_networks if size else draw_at_nodes)(lessons, count, known, rng)


def _observe(
    lessons: Lessons,
    drawn: Drawn,
    size: float,
    noise: float,
    errors: ErrorFields | None,
    rng: np.random.Generator,
) -> _Seen:
    """Let stations observe the fields with their errors, and with errors of their own."""
    scale = drawn.of(lessons.setting.scale)
    values, away = drawn.of(lessons.residual), drawn.of(lessons.away) / scale
    if noise:
        values = values + rng.normal(0.0, noise, values.shape) / scale
    if errors is None:
        return _Seen(values, away, None)
    turn = rng.uniform(0.0, 2 * np.pi, len(values))
    first, second = (rng.integers(errors.count, size=len(values)) for _ in range(2))
    second = np.where(first == second, (second + 1) % errors.count, second)

    def mixed(fields: NDArray[np.float32]) -> NDArray[np.float32]:
        one, other = size * np.cos(turn), size * np.sin(turn)
        found = one[:, None] * fields[first] + other[:, None] * fields[second]
        return np.asarray(found, np.float32)

    own = rng.normal(0.0, BIAS, len(scale)) + BLUNDER * np.where(
        rng.random(values.shape) < BLUNDERS, rng.standard_normal(values.shape), 0.0
    )
    values = values + mixed(errors.at(drawn.places)) + size * own / scale
    every = mixed(errors.at(places_of_nodes(lessons)))
    lacking = every.reshape(len(values), *lessons.free.shape).astype(np.float16)
    return _Seen(values, away, lacking)


def with_stations(
    lessons: Lessons,
    kinds: Sequence[Kind],
    options: DiffusionOptions,
    seed: list[int],
    numbers: Iterable[int],
) -> Lessons:
    """Draw sets of stations, and interpolate what they observe.

    Parameters
    ----------
    lessons : Lessons
        Fields.
    kinds : sequence of Kind
        How far the fields err.
    options : DiffusionOptions
        stations, sets, noise, and what the ambient objective hides.
    seed : list of int
        Of the random numbers.
    numbers : iterable of int
        Of the sets, which have the numbers of stations in turn, and after all of these the next
        kind.

    Returns
    -------
    Lessons
        With their sets.
    """
    drawn = any(kind.size for kind in kinds)
    errors = draw_errors(AT_STATIONS, FIELDS, np.random.default_rng([*seed, 3])) if drawn else None
    found = []
    for number in numbers:
        rng = np.random.default_rng([*seed, number])
        known = np.ones(lessons.free.shape, bool)
        if options.objective == "ambient":
            known = draw_mask(options.mask, known, options.hide, options.seed, f"{seed}-{number}")
        turn, which = divmod(number, len(options.stations))
        kind = kinds[turn % len(kinds)]
        anywhere = np.asarray(np.isfinite(lessons.residual).any(0))
        there = _draw(lessons, options.stations[which], anywhere, kind.size, rng)
        own = errors if kind.size else None
        seen = _observe(lessons, there, kind.size, options.noise, own, rng)
        seen.values[:, ~known.ravel()[there.nodes]] = np.nan
        found.append(_interpolated(lessons, kind, there, seen, known, options.noise))
    return replace(lessons, sets=found)


def _interpolated(
    lessons: Lessons,
    kind: Kind,
    drawn: Drawn,
    seen: _Seen,
    known: NDArray[np.bool_],
    noise: float,
) -> StationSet:
    """Smooth the background near the stations, and interpolate what they observe beyond it."""
    everywhere, shape = places_of_nodes(lessons), known.shape
    share = None
    values = seen.values
    if kind.share and len(drawn.places):
        share = (kind.share * nearness(drawn.places, everywhere)).reshape(shape).astype(np.float32)
        values = values - kind.share * seen.away
    # What stations were fitted to had their noise already, where fields have errors.
    level = 0.0 if kind.size else noise / drawn.of(lessons.setting.scale)
    errors = np.hypot(kind.covariance.noise, level) * np.ones(len(drawn.places))
    increment = np.zeros((len(values), *shape), np.float32)
    sigma = np.sqrt(kind.covariance.variance_at(everywhere)).reshape(shape).astype(np.float32)
    if len(drawn.places):
        interpolate = Interpolator(kind.covariance, drawn.places, everywhere, errors)
        alike = bool((np.isnan(values) == np.isnan(values[0])).all())
        sigmas = np.empty((1 if alike else len(values), *shape), np.float32)
        for epoch, row in enumerate(values):
            estimate = interpolate(row)
            increment[epoch] = estimate.mean.reshape(shape)
            sigmas[min(epoch, len(sigmas) - 1)] = estimate.sigma.reshape(shape)
        sigma = sigmas[0] if alike else sigmas
    residuals = values.astype(np.float32)
    return StationSet(drawn.nodes, residuals, increment, sigma, known, share, seen.lacking)
