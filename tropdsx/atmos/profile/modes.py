"""Modes of profiles: few numbers in place of many levels, also where levels are missing.

Empirical orthogonal functions (Lorenz, 1956), as the probabilistic principal components of Tipping
and Bishop (1999, doi:10.1111/1467-9868.00196): a profile is the mean, plus patterns times scores,
plus noise. Scores of variance 1 are then known with an error where levels are missing, as below the
bottom of the sea or under the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import DomainError

__all__ = ["Modes", "Scores", "fit_modes"]

Array = NDArray[np.float64]

_STEPS, _CLOSE = 200, 1e-6
"""Steps of a fit at most, and the relative change of the noise at which it ends."""
_LEAST = 1e-6
"""Noise is at least this share of the standard deviation of all values."""


class Scores(NamedTuple):
    """Scores of profiles.

    Attributes
    ----------
    mean, sigma : ndarray, shape (n, K)
        Expected scores and their standard deviation [1].
    """

    mean: Array
    sigma: Array


@dataclass(frozen=True, eq=False)
class Modes:
    """Mean profile and patterns; the scores have variance 1.

    Attributes
    ----------
    mean : ndarray, shape (L,)
        Mean profile [unit of the profiles].
    patterns : ndarray, shape (K, L)
        What a score of 1 adds; orthogonal, the largest first [unit of the profiles].
    noise : float
        Standard deviation of what the patterns leave [unit of the profiles].
    explained : ndarray, shape (K,)
        Share of the variance of the profiles in each pattern [1].
    residual : ndarray, shape (L,)
        RMS of what the patterns leave at each level: the error of decoding [unit].

    Examples
    --------
    >>> depth = np.linspace(0.0, 1.0, 20)
    >>> profiles = 5.0 + np.outer([1.0, -2.0, 3.0, 0.5], np.exp(-depth))
    >>> modes = fit_modes(profiles, 1)
    >>> float(modes.explained[0].round(6)), float(modes.residual.max().round(6))
    (1.0, 0.0)
    """

    mean: Array
    patterns: Array
    noise: float
    explained: Array
    residual: Array

    def encode(self, profiles: Array) -> Scores:
        """Find the scores of profiles.

        Parameters
        ----------
        profiles : ndarray, shape (n, L)
            NaN where a level is missing [unit of the profiles].

        Returns
        -------
        Scores
            Of a profile without any level: 0 with a standard deviation of 1.
        """
        return _encode(profiles, self.mean, self.patterns.T, self.noise)[0]

    def decode(self, scores: Array) -> Array:
        """Make profiles of scores.

        Parameters
        ----------
        scores : ndarray, shape (n, K)
            Any [1].

        Returns
        -------
        ndarray, shape (n, L)
            On all levels [unit of the profiles].
        """
        return self.mean + scores @ self.patterns

    def decode_sigma(self, sigma: Array) -> Array:
        """Carry the standard deviations of independent scores to the levels.

        Parameters
        ----------
        sigma : ndarray, shape (n, K)
            Of each score [1].

        Returns
        -------
        ndarray, shape (n, L)
            With what the patterns leave [unit of the profiles].
        """
        return np.sqrt(sigma**2 @ self.patterns**2 + self.residual**2)


def fit_modes(profiles: Array, count: int) -> Modes:
    """Fit modes to profiles, of which any may lack levels.

    Parameters
    ----------
    profiles : ndarray, shape (n, L)
        NaN where a level is missing [any unit].
    count : int
        Patterns K: at most the levels, and fewer than the profiles.

    Returns
    -------
    Modes
        The principal components where no level is missing, else the maximum likelihood given what
        is there. A level that no profile has stays NaN in the mean.

    Raises
    ------
    DomainError
        If there are too few profiles or levels for so many patterns.

    Examples
    --------
    >>> rng, depth = np.random.default_rng(0), np.linspace(0.0, 1.0, 30)
    >>> truth = rng.normal(size=(200, 2)) @ np.stack([np.exp(-3 * depth), depth])
    >>> seen = np.where(depth < rng.uniform(0.3, 1.2, (200, 1)), truth, np.nan)  # to the bottom
    >>> modes = fit_modes(seen, 2)
    >>> bool(np.abs(modes.decode(modes.encode(seen).mean) - truth).max() < 0.02)
    True
    """
    there = np.isfinite(profiles)
    used, known = there.any(axis=1), there.any(axis=0)
    if not 1 <= count <= min(int(known.sum()), int(used.sum()) - 1):
        msg = f"{count} patterns of {int(used.sum())} profiles on {int(known.sum())} levels; "
        msg += "accepted are 1 up to the levels, and fewer than the profiles"
        raise DomainError(msg)
    mean = np.full(profiles.shape[1], np.nan)
    patterns = np.zeros((count, mean.size))
    values = profiles[np.ix_(used, known)]
    mean[known], inner, noise = _principal(values, count)
    if not there[np.ix_(used, known)].all():
        mean[known], inner, noise = _maximise(values, mean[known], inner, noise)
    # Scores turn with the patterns, and keep their variance.
    left, sizes, _ = np.linalg.svd(inner, full_matrices=False)
    patterns[:, known] = (left * sizes).T
    # Of the model: where levels are missing, what was seen has another variance than the whole.
    total = float((sizes**2).sum() + known.sum() * noise**2) or 1.0
    found = Modes(mean, patterns, noise, sizes**2 / total, np.full(mean.size, np.nan))
    residual = np.full(mean.size, np.nan)
    error = values - found.decode(found.encode(profiles[used]).mean)[:, known]
    residual[known] = np.sqrt(np.nanmean(error**2, axis=0))
    return Modes(mean, patterns, noise, found.explained, residual)


def _principal(values: Array, count: int) -> tuple[Array, Array, float]:
    """Principal components; a missing value counts as the mean, which is a start."""
    mean = np.nanmean(values, axis=0)
    anomalies = np.nan_to_num(values - mean, nan=0.0)
    _, sizes, rows = np.linalg.svd(anomalies, full_matrices=False)
    variances = sizes**2 / len(values)
    left = variances[count:].sum() / max(values.shape[1] - count, 1)
    least = _LEAST * float(np.sqrt(np.mean(anomalies**2)))
    noise = max(float(np.sqrt(left)), least, 1e-150)
    scale = np.sqrt(np.maximum(variances[:count] - noise**2, 0.0))
    return mean, rows[:count].T * scale, noise


def _maximise(
    values: Array, mean: Array, patterns: Array, noise: float
) -> tuple[Array, Array, float]:
    """Maximise the likelihood of what is there, by expectation and maximisation in turn."""
    there = np.isfinite(values)
    count, least = patterns.shape[1], _LEAST * float(np.nanstd(values))
    filled = np.where(there, values, 0.0)
    for _ in range(_STEPS):
        scores, spread = _encode(values, mean, patterns, noise)
        ones = np.ones((len(values), 1))
        design = np.concatenate([scores.mean, ones], axis=1)
        moments = design[:, :, None] * design[:, None, :]
        moments[:, :count, :count] += spread
        normal = np.einsum("nl,nij->lij", there, moments)
        normal += 1e-12 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(count + 1)
        right = np.einsum("ni,nl->li", design, filled)
        both = np.linalg.solve(normal, right[..., None])[..., 0]
        patterns, mean = both[:, :count], both[:, count]
        error = np.where(there, values - mean - scores.mean @ patterns.T, 0.0) ** 2
        error += there * np.einsum("li,nij,lj->nl", patterns, spread, patterns)
        before, noise = noise, max(float(np.sqrt(error.sum() / there.sum())), least)
        if abs(noise - before) < _CLOSE * before:
            break
    return mean, patterns, noise


def _encode(values: Array, mean: Array, patterns: Array, noise: float) -> tuple[Scores, Array]:
    """Find expected scores and their covariances: one factor for all with the same levels."""
    there = np.isfinite(values) & np.isfinite(mean)
    kinds, kind = np.unique(there, axis=0, return_inverse=True)
    count = patterns.shape[1]
    expected, spread = np.zeros((len(values), count)), np.zeros((len(values), count, count))
    for number, levels in enumerate(kinds):
        rows = np.flatnonzero(np.ravel(kind) == number)
        seen = patterns[levels]
        inverse = np.linalg.inv(np.eye(count) + seen.T @ seen / noise**2)
        away = values[np.ix_(rows, levels)] - mean[levels]
        expected[rows] = away @ seen @ inverse / noise**2
        spread[rows] = inverse
    sigma = np.sqrt(np.maximum(np.diagonal(spread, axis1=1, axis2=2), 0.0))
    return Scores(expected, sigma), spread
