"""Modes of the profiles, their scores carried by the surface and by optimal interpolation.

A profile is a mean plus a few patterns times scores. Each score is a linear function of the surface
field, whose coefficients are estimated together with the rest (universal kriging: Matheron, 1969;
Cressie, 1993, section 3.4), plus a residual field of its own covariance. Scores of different modes
are taken as independent, as the modes make them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.profile.modes import Modes, Scores, fit_modes
from tropdsx.workflows.reconstruct.levels.estimates import PRIOR, LevelEstimate, scaled
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.network import AT_ONCE, StationNetwork, solve_together

__all__ = ["estimate_modes", "usual_count"]

Array = NDArray[np.float64]

_MOST = 8
"""Modes at most, where the caller names no number."""
_BLOCK = 32_768
"""Targets that are estimated at once: their weights are in memory."""
_WEIGHT = 10.0
"""How many columns count for sigma as computed, against those that tell how large it is."""


class _Field(NamedTuple):
    """A score at targets, and at each column from the others."""

    mean: Array
    sigma: Array
    loo_mean: Array
    loo_sigma: Array
    about: dict[str, Any]


def usual_count(columns: int, levels: int) -> int:
    """Say how many modes are taken where the caller names no number.

    Parameters
    ----------
    columns, levels : int
        Observed columns and their levels.

    Returns
    -------
    int
        Eight at most, one for each ten columns.

    Examples
    --------
    >>> usual_count(149, 11), usual_count(30, 11), usual_count(4, 50)
    (8, 3, 1)
    """
    return max(1, min(_MOST, levels, columns // 10))


def estimate_modes(
    values: Array,
    surface: tuple[Array, Array],
    columns: Places,
    targets: Places,
    *,
    count: int | None = None,
    prior: Covariance = PRIOR,
) -> LevelEstimate:
    """Estimate profiles from those of other places and from the surface field.

    Parameters
    ----------
    values : ndarray, shape (n, L)
        Observed profiles, NaN where a level is missing.
    surface : tuple of ndarray, shapes (n,) and (m,)
        Surface field at columns and targets, any unit.
    columns, targets : Places
        The n columns and m targets; heights are the numbers of their lowest levels, or all 0.
    count : int, optional
        Modes; default: :func:`usual_count`.
    prior : Covariance
        What is believed of the scores before, deviations as shares of their spread.

    Returns
    -------
    LevelEstimate
        Sigma is scaled on each level so that it agrees with the errors at columns that are left
        out; `about` has the modes and what was fitted.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> places = Places.at(rng.uniform(40, 50, 60), rng.uniform(0, 15, 60))
    >>> surface = rng.normal(size=60)
    >>> values = np.outer(surface, [1.0, 0.5]) + 10.0
    >>> found = estimate_modes(values[:40], (surface[:40], surface[40:]), places[:40], places[40:])
    >>> bool(np.abs(found.mean - values[40:]).max() < 0.05)
    True
    """
    count = usual_count(len(columns), values.shape[1]) if count is None else count
    modes = fit_modes(values, count)
    scores = modes.encode(values)
    drifts = _drifts(*surface)
    fields = [
        _krige(Scores(*each), drifts, columns, targets, prior)
        for each in zip(scores.mean.T, scores.sigma.T, strict=True)
    ]
    mean, sigma, loo_mean, loo_sigma = (
        np.stack([getattr(field, name) for field in fields], axis=1)
        for name in ("mean", "sigma", "loo_mean", "loo_sigma")
    )
    loo = values - modes.decode(loo_mean)
    factor = _calibrate(loo, modes.decode_sigma(loo_sigma))
    return LevelEstimate(
        modes.decode(mean),
        modes.decode_sigma(sigma) * factor,
        loo,
        _about(modes, fields, factor),
    )


def _drifts(here: Array, there: Array) -> list[Array]:
    """Give the constant and the surface, as long as it tells the columns apart."""
    centre, spread = float(here.mean()), float(here.std())
    ones = [np.ones((each.size, 1)) for each in (here, there)]
    if spread <= 1e-9 * max(1.0, abs(centre)):
        return ones
    scaled_surface = [(each[:, None] - centre) / spread for each in (here, there)]
    return [np.hstack(pair) for pair in zip(ones, scaled_surface, strict=True)]


def _about(modes: Modes, fields: list[_Field], factor: Array) -> dict[str, Any]:
    return {
        "modes": modes,
        "explained": modes.explained,
        "decode_rmse": modes.residual,
        "sigma_factor": factor,
        "scores": [field.about for field in fields],
    }


def _calibrate(error: Array, sigma: Array) -> Array:
    """Find by how much errors at left-out columns are larger than they should be, by level."""
    ratio = (error / sigma) ** 2
    count = np.isfinite(ratio).sum(axis=0)
    return np.sqrt((np.nansum(ratio, axis=0) + _WEIGHT) / (count + _WEIGHT))


def _krige(
    score: Scores, drifts: list[Array], columns: Places, targets: Places, prior: Covariance
) -> _Field:
    """Interpolate one score: ordinary least squares for a start, then generalised ones."""
    here, there = drifts
    spread = max(float(score.mean.std()), 1e-9)
    start = scaled(prior, spread)
    relative = np.sqrt(1.0 + (score.sigma / start.noise) ** 2)
    weight = 1.0 / (score.sigma**2 + 0.1)
    trend = np.linalg.solve(here.T @ (weight[:, None] * here), here.T @ (weight * score.mean))
    covariance = fit_covariance(
        (score.mean - here @ trend)[None], columns, prior=start, noise=relative
    )
    noise = covariance.noise * relative
    some = np.unique(np.linspace(0, len(columns) - 1, min(len(columns), AT_ONCE)).astype(np.intp))
    inverse = solve_together(covariance, columns, noise, some).inverse
    normal = here[some].T @ inverse @ here[some]
    trend = np.linalg.solve(normal, here[some].T @ inverse @ score.mean[some])
    residuals = score.mean - here @ trend
    mean, total = np.empty((2, len(targets)))
    for first in range(0, len(targets), _BLOCK):
        part = slice(first, first + _BLOCK)
        interpolate = Interpolator(covariance, columns, targets[part], noise)
        found = interpolate(residuals)
        mean[part] = found.mean + there[part] @ trend
        # What the columns do not know of the trend: universal kriging.
        lack = there[part] - np.stack([interpolate(each).mean for each in here.T], axis=1)
        extra = np.einsum("ij,ij->i", lack @ np.linalg.inv(normal), lack)
        total[part] = np.sqrt(found.sigma**2 + extra)
    error, sigma = StationNetwork(covariance, columns, noise).leave_one_out(residuals)
    own = np.sqrt(np.maximum(sigma**2 - noise**2, 0.0))
    about = {"covariance": covariance, "slope": float(trend[1:].sum())}
    return _Field(mean, total, score.mean - error, own, about)
