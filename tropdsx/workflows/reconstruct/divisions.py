"""Whole stations in parts, of which each is left out once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.patches.places import group_places
from tropdsx.workflows.reconstruct.oi.covariance import Places

__all__ = ["divide_stations"]


def divide_stations(places: Places, folds: int, *, seed: int = 0) -> NDArray[np.intp]:
    """Divide stations into folds, those at one place together.

    Parameters
    ----------
    places : Places
        The n stations.
    folds : int
        How many; no more than there are places.
    seed : int, optional
        Of the order in which places are dealt out.

    Returns
    -------
    ndarray of int, shape (n,)
        Fold of each station.

    Examples
    --------
    >>> divide_stations(Places.at([47.0, 47.01, 50.0], [19.0] * 3), 2).tolist()
    [0, 0, 1]
    """
    member = group_places(places.unit)
    count = int(member.max(initial=-1)) + 1
    dealt = np.empty(count, np.intp)
    dealt[np.random.default_rng(seed).permutation(count)] = np.arange(count) % folds
    return dealt[member]
