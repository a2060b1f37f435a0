"""Profiles where there are none, level by level: the ordinary ways, for comparison and as fallback.

Arrays alone: observed columns have n places and L levels, targets m places.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator

__all__ = [
    "NEAREST",
    "PRIOR",
    "LevelEstimate",
    "estimate_climatology",
    "estimate_idw",
    "estimate_oi",
    "scaled",
]

Array = NDArray[np.float64]

PRIOR = Covariance(
    local=0.7,
    local_length=200.0,
    local_power=1.0,
    local_height=3.0,
    regional=0.7,
    regional_length=1500.0,
    noise=0.1,
)
"""Covariance before any profile was seen: deviations as shares of that of the data, lengths of the
open ocean [km], and the number of levels by which the bottoms of two places may differ."""

NEAREST = 8
"""Columns that count for inverse distances."""
_FEWEST = 5
"""With fewer columns on a level there is nothing to fit: their mean is taken."""
_PIECE = 4096


class LevelEstimate(NamedTuple):
    """What is known of profiles at targets.

    Attributes
    ----------
    mean : ndarray, shape (m, L)
        NaN on levels that nobody observes.
    sigma : ndarray, shape (m, L)
        Standard deviation of its error; NaN from a method that has none.
    loo : ndarray, shape (n, L), or None
        Observed minus estimated from the other columns.
    about : dict
        What the method found.
    """

    mean: Array
    sigma: Array
    loo: Array | None
    about: dict[str, Any]


def scaled(prior: Covariance, spread: float) -> Covariance:
    """Give deviations that are shares of a spread their unit.

    Parameters
    ----------
    prior : Covariance
        With deviations as shares [1].
    spread : float
        Standard deviation of the data, above 0.

    Returns
    -------
    Covariance
        In the unit of the data.

    Examples
    --------
    >>> scaled(PRIOR, 2.0).local
    1.4
    """
    shares = {name: getattr(prior, name) * spread for name in ("local", "regional", "noise")}
    return replace(prior, **shares)


def estimate_climatology(values: Array, targets: int) -> LevelEstimate:
    """Take the mean of the observed columns on each level.

    Parameters
    ----------
    values : ndarray, shape (n, L)
        NaN where a level is missing.
    targets : int
        How many places.

    Returns
    -------
    LevelEstimate
        Sigma is the standard deviation of the columns (divisor n - 1); NaN of a single one.

    Examples
    --------
    >>> found = estimate_climatology(np.array([[1.0], [3.0]]), 1)
    >>> found.mean, found.sigma.round(3)
    (array([[2.]]), array([[1.414]]))
    """
    count = np.isfinite(values).sum(axis=0)
    total = np.nansum(values, axis=0)
    mean = np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)
    squares = np.nansum((values - mean) ** 2, axis=0)
    spread = np.divide(squares, count - 1, out=np.full(count.size, np.nan), where=count > 1)
    others = (total - values) / np.where(count > 1, count - 1, np.nan)
    shape = (targets, count.size)
    sigma = np.broadcast_to(np.sqrt(spread), shape)
    return LevelEstimate(np.broadcast_to(mean, shape), sigma, values - others, {})


def estimate_idw(values: Array, columns: Places, targets: Places) -> LevelEstimate:
    """Weight the nearest columns by the inverse square of their distance, on each level.

    Parameters
    ----------
    values : ndarray, shape (n, L)
        NaN where a level is missing.
    columns, targets : Places
        The n columns and m targets.

    Returns
    -------
    LevelEstimate
        Without sigma.

    Examples
    --------
    >>> places = Places.at([0.0, 0.0], [0.0, 4.0])
    >>> estimate_idw(np.array([[1.0], [3.0]]), places, Places.at([0.0], [1.0])).mean.round(6)
    array([[1.2]])
    """
    mean = np.full((len(targets), values.shape[1]), np.nan)
    for first in range(0, len(targets), _PIECE):
        rows = slice(first, first + _PIECE)
        away = np.maximum(arc_lengths(targets[rows], columns), 1e-3)
        for level, there in enumerate(np.isfinite(values).T):
            if there.any():
                mean[rows, level] = _weighted(away[:, there], values[there, level])
    return LevelEstimate(mean, np.full(mean.shape, np.nan), None, {"nearest": NEAREST})


def _weighted(away: Array, values: Array) -> Array:
    count = min(NEAREST, values.size)
    nearest = np.argpartition(away, count - 1, axis=1)[:, :count]
    weight = 1.0 / np.take_along_axis(away, nearest, axis=1) ** 2
    return np.asarray((weight * values[nearest]).sum(axis=1) / weight.sum(axis=1))


def estimate_oi(
    values: Array, columns: Places, targets: Places, prior: Covariance = PRIOR
) -> LevelEstimate:
    """Interpolate each level by itself, with a covariance fitted to its columns.

    Parameters
    ----------
    values : ndarray, shape (n, L)
        NaN where a level is missing.
    columns, targets : Places
        The n columns and m targets; heights are the numbers of their lowest levels.
    prior : Covariance
        What is believed before, deviations as shares of the spread.

    Returns
    -------
    LevelEstimate
        The mean and spread of the columns on a level with fewer than five.

    Examples
    --------
    >>> places = Places.at(np.linspace(0, 9, 10), [0.0] * 10)
    >>> truth = np.sin(np.linspace(0, 9, 10))[:, None]
    >>> found = estimate_oi(truth, places, Places.at([4.5], [0.0]))
    >>> bool(abs(found.mean[0, 0] - np.sin(4.5)) < 0.3)
    True
    """
    plain = estimate_climatology(values, len(targets))
    mean, sigma = np.array(plain.mean), np.array(plain.sigma)
    for level, there in enumerate(np.isfinite(values).T):
        known = values[there, level]
        if known.size < _FEWEST or not np.ptp(known):
            continue
        spread = float(known.std(ddof=1))
        here = columns[there]
        residuals = known - known.mean()
        covariance = fit_covariance(residuals[None], here, prior=scaled(prior, spread))
        found = Interpolator(covariance, here, targets)(residuals)
        mean[:, level], sigma[:, level] = known.mean() + found.mean, found.sigma
    return LevelEstimate(mean, sigma, None, {})
