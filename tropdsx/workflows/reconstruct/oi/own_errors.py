"""Constant errors that stations have of their own, told from a field that stays.

Which stations are wrong is found for all at once: each has an error of its own, of a variance that
is its likeliest. Those that the field explains get none, and those that have one say little of
their neighbours, so that two wrong stations side by side do not vouch for each other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Places
from tropdsx.workflows.reconstruct.oi.network import (
    NEAREST,
    TILE,
    nearest_stations,
    split_places,
)

__all__ = ["compare_medians", "own_variances"]

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

#: Steps towards the likeliest variances; they stay above this part of the largest square.
STEPS, LEAST = 40, 1e-8


def own_variances(values: Array, matrix: Array) -> Array:
    """Find the variances of the errors that values have of their own.

    Parameters
    ----------
    values : ndarray, shape (k,)
        At stations.
    matrix : ndarray, shape (k, k)
        Covariance that they have without such errors.

    Returns
    -------
    ndarray, shape (k,)
        The likeliest ones, nearly zero for most.

    Notes
    -----
    Sparse Bayesian learning: Tipping (2001), Journal of Machine Learning Research 1, 211-244, with
    the steps of MacKay (1992), doi:10.1162/neco.1992.4.3.415.

    Examples
    --------
    >>> field = np.full((4, 4), 1.0) + 0.01 * np.eye(4)
    >>> np.sqrt(own_variances(np.array([0.0, 5.0, 0.1, 5.1]) + 0.3, field)).round()
    array([0., 5., 0., 5.])
    """
    most = float(np.max(values**2, initial=0.0))
    if not most:
        return np.zeros(values.size)
    own = np.full(values.size, float(np.mean(values**2)))
    for _ in range(STEPS):
        inverse = np.linalg.inv(matrix + np.diag(own))
        error, share = own * (inverse @ values), own * np.diag(inverse)
        own = np.maximum(error**2 / np.maximum(share, LEAST), LEAST * most)
    return own


def _left_out(values: Array, matrix: Array, own: Array) -> tuple[Array, Array]:
    """Compare each value with the others; the spread that it has without an error of its own."""
    inverse = np.linalg.inv(matrix + np.diag(own))
    precision = np.diag(inverse)
    spread = np.sqrt(np.maximum(1.0 / precision - own, 0.0))
    return inverse @ values / precision, spread


def compare_medians(
    values: Array, places: Places, between: Callable[[Rows], Array]
) -> tuple[Array, Array]:
    """Compare each value with what the others say of it, those with errors of their own less.

    Parameters
    ----------
    values : ndarray, shape (n,)
        At stations; NaN where there is none.
    places : Places
        The n stations.
    between : callable
        Gives the covariance (k, k) of the values of k stations, by their numbers.

    Returns
    -------
    error : ndarray, shape (n,)
        Value minus its estimate from the others; NaN where there is none.
    sigma : ndarray, shape (n,)
        Standard deviation that this has without an error of its own.

    Examples
    --------
    >>> line = Places.at([47.0, 47.1, 47.2], [19.0] * 3)
    >>> error, sigma = compare_medians(np.array([0.0, 0.5, 0.0]), line, lambda _: np.eye(3))
    >>> error.round(2), sigma.round(2)
    (array([0. , 0.5, 0. ]), array([1., 1., 1.]))
    """
    error, sigma = np.full(values.size, np.nan), np.full(values.size, np.nan)
    there = np.flatnonzero(np.isfinite(values))
    here = places[there]
    tile = there.size if there.size <= NEAREST else TILE
    for members in split_places(here, tile):
        near = nearest_stations(here, here[members], max(tile, NEAREST))
        rows, own = there[near], np.isin(near, members)
        matrix = between(rows)
        found = _left_out(values[rows], matrix, own_variances(values[rows], matrix))
        error[rows[own]], sigma[rows[own]] = (each[own] for each in found)
    return error, sigma
