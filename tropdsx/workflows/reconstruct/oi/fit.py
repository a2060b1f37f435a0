"""Covariances fitted to the residuals at hand, by maximum likelihood pooled over epochs.

Residuals of one epoch are jointly normal. What few stations cannot tell is held by a prior: each
parameter is log-normal about the numbers that the caller gives (Covariance's own, by default).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths, rise_of

__all__ = ["fit_covariance", "thin_epochs"]

Array = NDArray[np.float64]

#: Residuals of epochs this far apart count as independent [h].
INDEPENDENT = 12.0
#: Epochs and stations that a fit looks at: more would only take longer.
EPOCHS, STATIONS, CLUSTER = 60, 200, 20
#: Standard deviation of the logarithm of a parameter, before any residual was seen.
PRIOR = 0.3
#: A fit moves no parameter further than this factor from the prior; the power stays below 2.
FURTHEST, STEEPEST = 10.0, 1.9
_PARAMETERS = (
    "local",
    "local_length",
    "local_power",
    "local_height",
    "regional",
    "regional_length",
    "mountain",
    "noise",
)


def thin_epochs(hours: Array, apart: float = INDEPENDENT) -> NDArray[np.intp]:
    """Choose epochs that are so far apart that each says something new.

    Parameters
    ----------
    hours : ndarray, shape (T,)
        Times, ascending [h].
    apart : float, optional
        Least distance [h].

    Returns
    -------
    ndarray of int
        Their places.

    Examples
    --------
    >>> thin_epochs(np.arange(0.0, 30.0, 6.0))
    array([0, 2, 4])
    """
    chosen: list[int] = []
    for place, hour in enumerate(hours):
        if not chosen or hour - hours[chosen[-1]] >= apart:
            chosen.append(place)
    return np.asarray(chosen, np.intp)


def fit_covariance(
    residuals: Array,
    places: Places,
    *,
    prior: Covariance | None = None,
    noise: Array | None = None,
    own: Array | None = None,
    seed: int = 0,
) -> Covariance:
    """Fit a covariance to the residuals of independent epochs.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where nothing was observed.
    places : Places
        The n stations.
    prior : Covariance, optional
        What is believed before; parts of it that are zero stay zero.
    noise : ndarray, shape (n,), optional
        Noise of each station beside that of the others; default: all alike [1].
    own : ndarray, shape (n,), optional
        Standard deviation that comes to the noise of each, and is known; default: none.
    seed : int, optional
        Of the choice of stations where there are more than 200.

    Returns
    -------
    Covariance
        The mode of the posterior.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> places = Places.at(rng.uniform(40, 50, 30), rng.uniform(0, 15, 30))
    >>> truth = Covariance(local=0.02)
    >>> root = np.linalg.cholesky(truth.between(places, places) + 1e-5 * np.eye(30))
    >>> found = fit_covariance(rng.normal(size=(60, 30)) @ root.T, places)
    >>> 0.017 < found.local < 0.023
    True
    """
    prior = prior or Covariance()
    relative = np.ones(len(places)) if noise is None else np.asarray(noise, np.float64)
    known = np.zeros(len(places)) if own is None else np.asarray(own, np.float64)
    residuals, used = _fewer(residuals, places, seed)
    places, relative, known = places[used], relative[used], np.diag(known[used] ** 2)
    sets = _by_pattern(residuals)
    names = [name for name in _PARAMETERS if getattr(prior, name) > 0]
    if not sets:
        return prior
    arc, drop = arc_lengths(places, places), np.abs(places.height[:, None] - places.height)
    rise = rise_of(places)
    start = np.log([getattr(prior, name) for name in names])

    def cost(log: Array) -> tuple[float, Array]:
        away = (log - start) / PRIOR
        trial = replace(prior, **dict(zip(names, np.exp(log).tolist(), strict=True)))
        nugget = np.diag((trial.noise * relative) ** 2)
        high = trial.of_mountains(arc, rise, rise)
        loss, inner = _likelihood(trial.at_distance(arc, drop) + high + nugget + known, sets)
        slopes = _derivatives(trial, arc, drop) | {"mountain": 2 * high, "noise": 2 * nugget}
        slope = [0.5 * float(np.sum(inner * slopes[name])) for name in names]
        return loss + 0.5 * float(away @ away), np.asarray(slope) + away / PRIOR

    room = np.log(FURTHEST)
    most = {"local_power": np.log(STEEPEST)}
    bounds = [
        (at - room, min(at + room, most.get(name, np.inf)))
        for name, at in zip(names, start, strict=True)
    ]
    best = minimize(
        cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60}
    )
    return replace(prior, **dict(zip(names, np.exp(best.x).tolist(), strict=True)))


def _fewer(residuals: Array, places: Places, seed: int) -> tuple[Array, NDArray[np.intp]]:
    """Thin epochs evenly, and stations to clusters: short distances must not get lost."""
    count = np.isfinite(residuals).sum(axis=1)
    rows = np.flatnonzero(count > 1)
    rows = rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, EPOCHS)).astype(int))]
    used = np.flatnonzero(np.isfinite(residuals[rows]).any(axis=0))
    if used.size > STATIONS:
        used = used[_clusters(places[used], np.random.default_rng(seed))]
    return residuals[np.ix_(rows, used)], used


def _clusters(places: Places, rng: np.random.Generator) -> NDArray[np.intp]:
    """Choose clusters of neighbours around stations that are drawn by chance."""
    chosen: dict[int, None] = {}
    while len(chosen) < STATIONS:
        centre = places.unit[rng.integers(len(places))]
        near = np.argsort(-(places.unit @ centre), kind="stable")[:CLUSTER]
        chosen |= dict.fromkeys(near.tolist())
    return np.sort(np.asarray(list(chosen)[:STATIONS], np.intp))


def _by_pattern(residuals: Array) -> list[tuple[NDArray[np.intp], Array]]:
    """Bring epochs with the same stations together: one factor serves them all."""
    there = np.isfinite(residuals)
    patterns, group = np.unique(there, axis=0, return_inverse=True)
    found = []
    for number, pattern in enumerate(patterns):
        at = np.flatnonzero(pattern)
        if at.size:
            found.append((at, residuals[np.ravel(group) == number][:, at]))
    return found


def _derivatives(trial: Covariance, arc: Array, drop: Array) -> dict[str, Array]:
    """Differentiate the covariance by the logarithm of each parameter."""
    far = replace(trial, local=0.0).at_distance(arc, drop)
    near = replace(trial, regional=0.0).at_distance(arc, drop)
    decay = trial.decay(arc)
    logarithm = np.log(decay, out=np.zeros_like(decay), where=decay > 0)
    return {
        "local": 2 * near,
        "local_length": near * decay * trial.local_power,
        "local_power": -near * decay * logarithm,
        "local_height": near * drop / trial.local_height,
        "regional": 2 * far,
        "regional_length": far * arc / trial.regional_length,
    }


def _likelihood(
    matrix: Array, sets: Sequence[tuple[NDArray[np.intp], Array]]
) -> tuple[float, Array]:
    """Minus the log-likelihood, and the matrix whose product with dK/dp is twice its slope."""
    loss, inner = 0.0, np.zeros_like(matrix)
    for at, values in sets:
        factor = cho_factor(matrix[np.ix_(at, at)], lower=True)
        weighted = cho_solve(factor, values.T)
        inverse = cho_solve(factor, np.eye(at.size))
        loss += 0.5 * float(np.sum(values.T * weighted))
        loss += len(values) * float(np.sum(np.log(np.diag(factor[0]))))
        inner[np.ix_(at, at)] += len(values) * inverse - weighted @ weighted.T
    return loss, inner
