"""Formal errors of profiles, of which some may be missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import warn

__all__ = ["complete_errors"]

Array = NDArray[np.float64]


def complete_errors(values: Array, sigma: Array) -> tuple[Array, int]:
    """Give values without a standard deviation the median of the others on their level.

    Parameters
    ----------
    values, sigma : ndarray, shape (n, L)
        Values and their standard deviations, NaN where one is missing.

    Returns
    -------
    sigma : ndarray, shape (n, L)
        Of a level of which nobody has one, the median of all; 1 where nobody has any.
    count : int
        Values that had none; they are warned of.

    Examples
    --------
    >>> from warnings import catch_warnings
    >>> sigma = np.array([[0.1], [0.3], [np.nan]])
    >>> with catch_warnings(action="ignore"):
    ...     complete_errors(np.ones((3, 1)), sigma)[0][2]
    array([0.2])
    """
    lack = np.isfinite(values) & np.isnan(sigma)
    if not lack.any():
        return sigma, 0
    there = np.where(np.isfinite(values), sigma, np.nan)
    if np.isnan(there).all():
        return np.ones_like(sigma), int(lack.sum())
    seen = ~np.isnan(there).all(axis=0)
    usual = np.full(sigma.shape[1], np.nanmedian(there))
    usual[seen] = np.nanmedian(there[:, seen], axis=0)
    warn(
        f"{int(lack.sum())} of {int(np.isfinite(values).sum())} values of profiles have no formal "
        "error: the median of the others on their level is taken"
    )
    return np.where(lack, usual, sigma), int(lack.sum())
