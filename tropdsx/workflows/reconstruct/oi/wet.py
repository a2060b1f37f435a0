"""Wet delays with what stations add to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_wet"]


def add_wet(zwd: NDArray, increment: NDArray) -> NDArray[np.float32]:
    """Add to wet delays, which stay above zero where they were.

    Parameters
    ----------
    zwd, increment : ndarray
        Of shapes that broadcast [m].

    Returns
    -------
    ndarray of float32
        [m]

    Examples
    --------
    >>> add_wet(np.array([0.1, 0.01]), np.array([0.02, -0.02])).round(3).tolist()
    [0.11999999731779099, 0.0]
    """
    return np.maximum(zwd + increment, np.minimum(zwd, 0.0)).astype(np.float32)
