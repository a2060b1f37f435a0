"""How much of a background should be smoothed: one more coefficient of the residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.fit import thin_epochs
from tropdsx.workflows.reconstruct.oi.screening import Screening, screen

__all__ = ["fit_share", "screen_smoothed"]

Array = NDArray[np.float64]

#: A share is believed that is so many of its standard deviations; of so many epochs at most.
SURE, EPOCHS = 3.0, 60


def fit_share(
    residuals: Array,
    away: Array,
    hours: Array,
    places: Places,
    covariance: Covariance,
    noise: Array,
) -> float:
    """Find how much of a background should be smoothed.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where there is none.
    away : ndarray, shape (T, n)
        What full smoothing adds to the background, in the same unit.
    hours : ndarray, shape (T,)
        Times, ascending [h].
    places : Places
        The n stations.
    covariance : Covariance
        Of the residuals.
    noise : ndarray, shape (n,)
        Standard deviations of the stations' noise.

    Returns
    -------
    float
        Generalised least squares over epochs 12 h apart, from 0 to 1; 0 unless it is three times
        its standard deviation.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> places = Places.at(rng.uniform(45, 50, 20), rng.uniform(5, 15, 20))
    >>> away, hours = rng.normal(0, 0.01, (30, 20)), np.arange(30) * 12.0
    >>> round(fit_share(0.6 * away, away, hours, places, Covariance(), np.full(20, 1e-3)), 1)
    0.6
    """
    rows = thin_epochs(hours)
    rows = rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, EPOCHS)).astype(int))]
    matrix = covariance.between(places, places) + np.diag(noise**2 + 1e-6 * covariance.variance)
    known = np.isfinite(residuals) & np.isfinite(away)
    weight = pull = 0.0
    for row in rows:
        at = np.flatnonzero(known[row])
        if at.size:
            factor = cho_factor(matrix[np.ix_(at, at)], lower=True, check_finite=False)
            scaled = cho_solve(factor, away[row, at], check_finite=False)
            weight += float(scaled @ away[row, at])
            pull += float(scaled @ residuals[row, at])
    if not weight or pull < SURE * np.sqrt(weight):
        return 0.0
    return min(pull / weight, 1.0)


def screen_smoothed(
    residuals: Array, hours: Array, places: Places, away: Array | None, **given: Any
) -> tuple[Screening, float]:
    """Fit the covariance of residuals and how much of their background should be smoothed.

    Parameters
    ----------
    residuals, hours, places
        See :func:`tropdsx.workflows.reconstruct.oi.screening.screen`.
    away : ndarray of shape (T, n), or None
        Of :func:`~tropdsx.workflows.reconstruct.smoothing.nodes.smoothed_away`, in the unit of the
        residuals; None for no smoothing.
    **given
        For :func:`~tropdsx.workflows.reconstruct.oi.screening.screen`.

    Returns
    -------
    screening : Screening
        Of what is left when the background is smoothed.
    share : float
        How much of it is.
    """
    found = screen(residuals, hours, places, **given)
    if away is None or not len(places):
        return found, 0.0
    share = fit_share(found.residuals, away, hours, places, found.covariance, found.noise)
    return (screen(residuals - share * away, hours, places, **given) if share else found), share
