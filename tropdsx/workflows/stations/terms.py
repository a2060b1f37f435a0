"""Factors of a height model over a block of epochs: polynomials of the state that changes in time.

Lifted and combined delays are then products of a sparse matrix (station, terms of nodes), which
holds for the whole block, with powers of the state times the delays at the nodes. Terms too small
to be seen in a delay are left out of the matrix: most of those of the second power, nearly all of
the third.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Argument", "powers_of", "sparse_product"]

SMALLEST = 2e-8
"""Terms that are left out come to less than this each, and to 0.001 mm for all of a station [m]."""
_POINTS = 4
_WHERE = np.cos(np.pi * (np.arange(_POINTS) + 0.5) / _POINTS)
"""Where within the range of the state factors are found (Chebyshev)."""
_TO_POWERS = np.linalg.inv(np.vander(_WHERE, increasing=True))
"""What makes coefficients of 1, x, x^2 and x^3 of values at these places."""
_NARROW = 0.05
"""Half a range, as a share of its middle, within which a state and its reciprocal serve alike."""


@dataclass(frozen=True, eq=False)
class Argument:
    """Argument of the polynomials, -1 to 1 over the range of the state at each of M nodes.

    Attributes
    ----------
    middle, half : ndarray, shape (M,)
        Middle and half width of the range, in the unit of the state or of its reciprocal.
    is_reciprocal : bool
        Whether it is linear in 1 / state: temperatures stand below the heights in the hypsometric
        equation, so that factors bend 15 times less with the reciprocal.

    Examples
    --------
    >>> argument = Argument.of(np.array([270.0]), np.array([290.0]))
    >>> argument(np.array([[270.0, 290.0]], "f4")).round(3).tolist()
    [[1.0, -1.0]]
    >>> argument.points[:, 0].round(1).tolist()
    [270.7, 275.9, 283.5, 289.2]
    """

    middle: NDArray[np.float64]
    half: NDArray[np.float64]
    is_reciprocal: bool

    @classmethod
    def of(cls, low: NDArray[np.floating], high: NDArray[np.floating]) -> Argument:
        """Make one of the least and the largest state of each node."""
        low, high = low.astype(np.float64), high.astype(np.float64)
        # What is missing decides nothing for the others.
        narrow = not ((low <= 0) | (high - low > _NARROW * (high + low))).any()
        if narrow:
            low, high = 1.0 / high, 1.0 / low
        middle = 0.5 * (low + high)
        return cls(middle, np.maximum(0.5 * (high - low), 1e-5 * np.abs(middle)), narrow)

    @property
    def points(self) -> NDArray[np.float64]:
        """States at which factors are wanted, (4, M)."""
        found = self.middle + self.half * _WHERE[:, None]
        return 1.0 / found if self.is_reciprocal else found

    def __call__(
        self, state: NDArray[np.floating], part: slice = slice(None)
    ) -> NDArray[np.float32]:
        """Find the argument of some nodes.

        Parameters
        ----------
        state : ndarray, shape (m, N)
            State of m of the nodes.
        part : slice, optional
            Which of the nodes.

        Returns
        -------
        ndarray of float32, shape (m, N)
        """
        found = np.empty(state.shape, np.float32)
        if self.is_reciprocal:
            np.divide(np.float32(1.0), state, out=found, casting="same_kind")
        else:
            np.copyto(found, state, casting="same_kind")
        found -= self.middle[part, None].astype(np.float32)
        half = self.half[part, None]
        found *= (1.0 / np.where(half > 0, half, 1.0)).astype(np.float32)
        return found


def powers_of(values: NDArray[np.floating], largest: float) -> list[NDArray[np.float32]]:
    """Find the coefficients of the powers of the argument that are seen in a delay.

    Parameters
    ----------
    values : ndarray, shape (4, P, K) or (1, P, K)
        Weight times factor of K nodes of P stations, at the points of the argument, or once where
        the state does not change [1].
    largest : float
        About how large delays get at the nodes [m].

    Returns
    -------
    list of ndarray of float32, shape (P, K)
        Coefficients of 1, x and so on; 0 where a term is left out, and as few powers as serve.

    Examples
    --------
    >>> at_points = 0.5 + 0.1 * np.cos(np.pi * np.array([1, 3, 5, 7]) / 8)
    >>> np.ravel(powers_of(at_points[:, None, None], 2.3)).round(3)
    array([0.5, 0.1], dtype=float32)
    """
    if len(values) == 1:
        return [values[0].astype(np.float32)]
    flat = (_TO_POWERS @ values.reshape(_POINTS, -1)).astype(np.float32)
    terms = flat.reshape(values.shape)
    limit = np.float32(SMALLEST / max(largest, 1e-30))
    for power in range(1, _POINTS):
        # What is missing is missing in the first term, too, and leaves the others.
        np.copyto(terms[power], 0, where=~(np.abs(terms[power]) >= limit))
    seen = [power for power in range(1, _POINTS) if terms[power].any()]
    return list(terms[: max(seen, default=0) + 1])


def sparse_product(
    terms: list[NDArray[np.float32]], index: NDArray[np.int32], nodal: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Add up the terms of each station.

    Parameters
    ----------
    terms : list of ndarray, shape (P, K)
        As :func:`powers_of` gives them, of D powers.
    index : ndarray of int32, shape (P, K)
        Places of the nodes among the M that there are.
    nodal : ndarray of float32, shape (D, M, N)
        Delays times the powers 0 to D - 1 of the argument, in N epochs [m].

    Returns
    -------
    ndarray of float32, shape (P, N)
        Delays at the stations [m].

    Examples
    --------
    >>> delays = np.array([[[0.25, 0.5], [0.75, 1.0]]], "f4")
    >>> sparse_product([np.array([[0.5, 0.5]], "f4")], np.array([[0, 1]], "i4"), delays).tolist()
    [[0.5, 0.75]]
    """
    return np.asarray(_matrix(terms, index, nodal.shape[1]) @ nodal.reshape(-1, nodal.shape[-1]))


def _matrix(terms: list[NDArray[np.float32]], index: NDArray[np.int32], nodes: int) -> Any:
    """Make a matrix (P, D x M) without the terms that are left out."""
    from scipy.sparse import csr_array

    # The highest power first: rounding is least where small terms are added first.
    powers = range(len(terms) - 1, -1, -1)
    values = np.concatenate([terms[power] for power in powers], axis=1)
    columns = np.concatenate([index + np.int32(nodes * power) for power in powers], axis=1)
    kept = values != 0
    pointer = np.zeros(len(values) + 1, np.int32)
    np.cumsum(kept.sum(axis=1), out=pointer[1:])
    return csr_array(
        (values[kept], columns[kept], pointer),
        shape=(len(values), len(terms) * nodes),
    )
