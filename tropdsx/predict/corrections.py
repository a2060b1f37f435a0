"""Add corrections to a first guess, where it is trusted less than the network."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.predict.session import Handle, load_network

__all__ = ["add_correction", "count_floored", "find_frozen", "sigma_factor"]

#: A correction leaves this share of the first guess, so that a delay stays positive [1].
LEAST_SHARE = 0.1


def add_correction(
    first: NDArray[np.float32],
    correction: NDArray[np.float32],
    frozen: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Add corrections to a first guess, of which a part stays in any case.

    Parameters
    ----------
    first : ndarray of float32, shape (..., lat, lon)
        First guess; missing and negative ones stay [m].
    correction : ndarray of float32, shape (..., lat, lon)
        Corrections; overwritten [m].
    frozen : ndarray of bool, shape (lat, lon), optional
        Where the first guess stays.

    Returns
    -------
    ndarray of float32
        The delays, in the memory of `correction` [m].

    Examples
    --------
    >>> first = np.array([[0.1, 0.1, np.nan]], np.float32)
    >>> add_correction(first, np.array([[0.02, -0.2, 0.01]], np.float32)).round(3).tolist()
    [[0.11999999731779099, 0.009999999776482582, nan]]
    """
    if frozen is not None:
        correction[..., frozen] = 0.0
    correction += first
    np.maximum(correction, np.float32(LEAST_SHARE) * first, out=correction)
    if not first.min(initial=np.inf) > 0:
        np.copyto(correction, first, where=~(first > 0))
    return correction


def count_floored(first: NDArray[np.float32], found: NDArray[np.float32]) -> NDArray[np.int64]:
    """Count the delays at their floor: `LEAST_SHARE` of the first guess, which is never below zero.

    Parameters
    ----------
    first : ndarray of float32, shape (N, ...)
        First guess [m].
    found : ndarray of float32, shape (N, ...)
        What :func:`add_correction` made of it [m].

    Returns
    -------
    ndarray of int64, shape (N,)
        Of each epoch.

    Examples
    --------
    >>> first = np.full((1, 3), 0.1, np.float32)
    >>> count_floored(first, add_correction(first, np.array([[0.02, -0.2, -0.08]], np.float32)))
    array([1])
    """
    floored = (found <= np.float32(LEAST_SHARE) * first) & (first >= 0)
    return np.count_nonzero(floored.reshape(len(first), -1), axis=1)


def find_frozen(
    handle: Handle, name: str, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Find where validation found the first guess of a delay to be better than the network.

    Parameters
    ----------
    handle : Handle
        The network.
    name : str
        "zhd" or "zwd".
    lat, lon : ndarray
        Places, of shapes that broadcast: (M, 1) and (L,) for a grid [deg].

    Returns
    -------
    ndarray of bool or None
        True where the first guess stays; None where it stays nowhere.
    """
    table = _freeze_table(handle, name)
    if table is None:
        return None
    row = np.clip(((90.0 - lat) * table.shape[0] / 180.0).astype(int), 0, table.shape[0] - 1)
    column = ((lon % 360.0) * table.shape[1] / 360.0).astype(int) % table.shape[1]
    return table[row, column]


@lru_cache(maxsize=8)
def _freeze_table(handle: Handle, name: str) -> NDArray[np.bool_] | None:
    """Cells of the globe whose first guess stays."""
    tensors = load_network(handle).tensors
    if f"freeze_{name}" not in tensors:
        return None
    table = tensors[f"freeze_{name}"].cpu().numpy().astype(bool)
    return table if table.any() else None


def sigma_factor(handle: Handle) -> NDArray[np.float32]:
    """Take the factors on the standard deviations of zhd and zwd from the card of a network [1].

    Parameters
    ----------
    handle : Handle
        The network.

    Returns
    -------
    ndarray of float32, shape (2,)
        In the order zhd, zwd.
    """
    factors = load_network(handle).card.get("sigma_factor", {})
    return np.array([factors.get(name, 1.0) for name in DELAYS], np.float32)
