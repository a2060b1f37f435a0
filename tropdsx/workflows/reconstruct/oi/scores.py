"""How good estimates with a sigma are: errors, continuous ranked probability score, coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["PROBABILITIES", "crps_of_normal", "score_estimates"]

Array = NDArray[np.float64]

PROBABILITIES = (0.5, 0.9, 0.95)
"""Of the intervals whose coverage is told."""


def crps_of_normal(error: Array, sigma: Array) -> Array:
    """Continuous ranked probability score of normal estimates.

    Parameters
    ----------
    error : ndarray
        Truth minus estimate.
    sigma : ndarray
        Standard deviation of the estimate; zero for one without, whose score is its absolute error.

    Returns
    -------
    ndarray
        In the unit of the error, the less the better.

    Notes
    -----
    Gneiting and Raftery (2007), doi:10.1198/016214506000001437, equation 21.

    Examples
    --------
    >>> crps_of_normal(np.array([0.0, 2.0]), np.array([1.0, 0.0])).round(4)
    array([0.2337, 2.    ])
    """
    known = sigma > 0
    z = np.divide(error, sigma, out=np.zeros_like(error), where=known)
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    score = sigma * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return np.where(sigma == 0, np.abs(error), score)


def score_estimates(error: Array, sigma: Array, truth: Array) -> dict[str, float | Array]:
    """Score estimates at places and times whose truth is known.

    Parameters
    ----------
    error : ndarray
        Truth minus estimate; missing ones do not count.
    sigma : ndarray
        Standard deviation of the error, NaN for estimates without; same shape.
    truth : ndarray
        What was observed, for the share of its variance that is explained; same shape.

    Returns
    -------
    dict
        ``count``, ``rmse``, ``mae``, ``bias`` (estimate minus truth), ``r2``, ``crps``, and
        ``coverage`` of the intervals of `PROBABILITIES`; NaN where nothing is known.

    Examples
    --------
    >>> error = np.array([1.0, -1.0, np.nan])
    >>> found = score_estimates(error, np.full(3, 1.0), np.array([0.0, 4.0, 9.0]))
    >>> found["count"], found["rmse"], found["r2"], found["coverage"]
    (2, 1.0, 0.75, array([0., 1., 1.]))
    """
    known = np.isfinite(error)
    error, sigma, truth = error[known], sigma[known], truth[known]
    if not error.size:
        nothing = dict.fromkeys(("rmse", "mae", "bias", "r2", "crps"), np.nan)
        return {"count": 0, **nothing, "coverage": np.full(len(PROBABILITIES), np.nan)}
    spread = float(np.var(truth))
    reach = np.abs(error) / np.where(sigma > 0, sigma, np.nan)
    limits = ndtri(0.5 + np.asarray(PROBABILITIES) / 2)
    with_sigma = bool(np.isfinite(reach).all())
    return {
        "count": int(error.size),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "bias": float(-np.mean(error)),
        "r2": 1.0 - float(np.mean(error**2)) / spread if spread else np.nan,
        "crps": float(np.mean(crps_of_normal(error, np.nan_to_num(sigma)))),
        "coverage": np.array(
            [np.mean(reach < limit) if with_sigma else np.nan for limit in limits]
        ),
    }
