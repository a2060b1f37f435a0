"""Lifted node values as polynomials of the target's height.

What a node contributes to a target depends on the target's height alone. A height model is asked
for its factors at a few heights, and a polynomial through them serves all targets: a dozen products
and sums for each in place of a logarithm and two exponentials for each of its 16 nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.reduce.height_models import HeightModel
from tropdsx.reduce.pairs import CoarseBlock, pairs_of

__all__ = [
    "Heights",
    "Polynomials",
    "as_powers",
    "chebyshev_transform",
    "fit_polynomials",
    "needs_height",
]

#: Heights that a height model is asked at: more where fewer are not enough.
POINTS = (14, 24)

#: What the terms left out of a polynomial come to at most [m].
TOLERANCE = 5e-7

#: Last terms larger than this belong to factors that are no smooth function of height [m].
ROUGH = 4e-6

#: Pairs of a node and a height worked on at once.
PAIRS_AT_ONCE = 65_536


class Heights(NamedTuple):
    """Range of heights that polynomials hold in.

    Attributes
    ----------
    middle, half : float
        Middle of the range and half of its width [m].

    Examples
    --------
    >>> Heights.of(np.array([0.0, 998.0]))
    Heights(middle=499.0, half=500.0)
    """

    middle: float
    half: float

    @classmethod
    def of(cls, height: NDArray[np.float64]) -> Heights | None:
        """Take the range of some heights and a metre on either side; None where all are missing."""
        low, high = np.fmin.reduce(height, axis=None), np.fmax.reduce(height, axis=None)
        if not np.isfinite(low + high):
            return None
        return cls(float(0.5 * (low + high)), float(0.5 * (high - low)) + 1.0)

    def scale(self, height: NDArray[np.float64]) -> NDArray[np.float32]:
        """Bring heights [m] to the range -1 to 1 of the polynomials, in single precision."""
        scaled = np.empty(height.shape, np.float32)
        np.subtract(height, self.middle, out=scaled, casting="same_kind")
        scaled *= np.float32(1.0 / self.half)
        return scaled


@dataclass(frozen=True, eq=False)
class Polynomials:
    """Lifted values of one delay at R x C nodes in N epochs.

    Attributes
    ----------
    coefficients : ndarray of float32, shape (N, D, R, C)
        Of the powers 0 to D - 1 of the scaled height; 0 at a missing node [m].
    missing : ndarray of bool, shape (N, R, C)
        Nodes whose delay, height or state is missing.
    lowest : ndarray of float32, shape (N, R, C)
        Delays at the nodes themselves where they are negative, else 0 [m].
    """

    coefficients: NDArray[np.float32]
    missing: NDArray[np.bool_]
    lowest: NDArray[np.float32]

    def of_rows(self, rows: NDArray[np.intp]) -> Polynomials:
        """Take some rows of nodes."""
        parts = (self.coefficients[:, :, rows], self.missing[:, rows], self.lowest[:, rows])
        return Polynomials(*parts)

    def from_lower_end(self) -> Polynomials:
        """Subtract the values at the lower end of the range, so that they are 0 there."""
        sign = np.where(np.arange(self.coefficients.shape[1]) % 2, -1.0, 1.0)
        at_end = np.einsum("d,ndrc->nrc", sign, self.coefficients.astype(np.float64))
        coefficients = self.coefficients.copy()
        coefficients[:, 0] = self.coefficients[:, 0] - at_end
        return Polynomials(coefficients, self.missing, self.lowest)


@cache
def chebyshev_transform(
    points: int, *, ends: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find where values are wanted, and what makes Chebyshev coefficients of them.

    Parameters
    ----------
    points : int
        How many.
    ends : bool, optional
        Include -1 and 1, so that neighbouring pieces share a point.

    Returns
    -------
    x : ndarray, shape (points,)
        From 1 to -1; with ends from -1 to 1 [1].
    to_terms : ndarray, shape (points, points)
        Coefficients are its product with the values there.

    Examples
    --------
    >>> x, to_terms = chebyshev_transform(3, ends=True)
    >>> ((to_terms @ (2 * x)).round(6) + 0.0).tolist()  # twice the second of the polynomials
    [0.0, 2.0, 0.0]
    """
    if ends:
        x = chebyshev.chebpts2(points)
        return x, np.asarray(np.linalg.inv(chebyshev.chebvander(x, points - 1)), np.float64)
    x = chebyshev.chebpts1(points)[::-1]
    to_terms = np.asarray(chebyshev.chebvander(x, points - 1).T, float) * (2.0 / points)
    to_terms[0] /= 2.0
    return x, to_terms


def fit_polynomials(
    model: HeightModel,
    nodes: NDArray[np.intp],
    coarse: CoarseBlock,
    heights: Heights,
) -> dict[str, Polynomials] | None:
    """Lift the delays of nodes to a few heights and put polynomials through them.

    Parameters
    ----------
    model : HeightModel
        How delays change with height.
    nodes : ndarray of int, shape (R, C)
        Flat places of the nodes in the coarse grid.
    coarse : CoarseBlock
        All nodes and what is known there.
    heights : Heights
        Range of the targets' heights.

    Returns
    -------
    dict of Polynomials or None
        By name, to 0.001 mm; None where the factors are no smooth function of height.

    Examples
    --------
    >>> from tropdsx.reduce.height_models import Kouba
    >>> zwd = {"zwd": np.array([[0.2]], np.float32)}
    >>> coarse = CoarseBlock(np.array([45.0]), np.array([[0.0]]), (), zwd)
    >>> found = fit_polynomials(Kouba(), np.array([[0]]), coarse, Heights(1000.0, 1001.0))
    >>> scaled = Heights(1000.0, 1001.0).scale(np.array([0.0, 2000.0]))
    >>> np.polynomial.polynomial.polyval(scaled, found["zwd"].coefficients[0, :, 0, 0]).round(4)
    array([0.2   , 0.0736], dtype=float32)
    """
    for points in POINTS:
        terms = _terms(model, nodes, coarse, heights, points)
        if all(_is_smooth(each) for each in terms.values()):
            return {
                name: _polynomials(each, coarse.delays[name][:, nodes])
                for name, each in terms.items()
            }
    return None


def needs_height(model: HeightModel, coarse: CoarseBlock) -> bool:
    """Say whether a target whose height is missing is missing in the result.

    Parameters
    ----------
    model : HeightModel
        How delays change with height.
    coarse : CoarseBlock
        All nodes and what is known there.

    Returns
    -------
    bool
        False for a model that leaves heights out of account.

    Examples
    --------
    >>> from tropdsx.reduce.height_models import Kouba, Unlifted
    >>> zwd = {"zwd": np.array([[0.2]], np.float32)}
    >>> coarse = CoarseBlock(np.array([45.0]), np.array([[0.0]]), (), zwd)
    >>> needs_height(Kouba(), coarse), needs_height(Unlifted(), coarse)
    (True, False)
    """
    first = np.zeros(1, np.intp)
    pairs = pairs_of(first, coarse.lat, np.nan_to_num(coarse.height), np.array([np.nan]))
    factors = model.factors(tuple(part[0][first] for part in coarse.state), pairs)
    return bool(np.isnan(factors[0]).all())


def _terms(
    model: HeightModel,
    nodes: NDArray[np.intp],
    coarse: CoarseBlock,
    heights: Heights,
    points: int,
) -> dict[str, NDArray[np.float32]]:
    """Chebyshev coefficients (N, points, R, C) of each delay [m]."""
    x, to_terms = chebyshev_transform(points)
    height_to = (heights.middle + heights.half * x)[:, None, None]
    terms = {
        name: np.empty((coarse.epochs, points, *nodes.shape), np.float32) for name in coarse.delays
    }
    step = max(1, PAIRS_AT_ONCE // (points * nodes.shape[1]))
    for start in range(0, len(nodes), step):
        rows = slice(start, start + step)
        here = nodes[rows]
        index = np.broadcast_to(here, (points, *here.shape))
        pairs = pairs_of(index, coarse.lat, coarse.height, height_to, dtype=np.float64)
        steady = None if coarse.state else model.factors((), pairs)
        for epoch in range(coarse.epochs):
            # The state of a node is the same at all heights.
            parts = (part[epoch][here].astype(np.float64) for part in coarse.state)
            state = tuple(np.broadcast_to(part, index.shape) for part in parts)
            factors = steady or model.factors(state, pairs)
            for name, factor in zip(DELAYS, factors, strict=True):
                if name in terms:
                    lifted = factor * coarse.delays[name][epoch][here].astype(np.float64)
                    terms[name][epoch, :, rows] = np.tensordot(to_terms, lifted, 1)
    return terms


def _sizes(terms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Size of the largest coefficient of each degree; missing nodes do not count [m]."""
    sizes = np.zeros(terms.shape[1], np.float32)
    for epoch in terms:
        of_epoch = np.abs(epoch.reshape(len(epoch), -1))
        np.fmax(sizes, np.fmax.reduce(of_epoch, axis=1, initial=0.0), out=sizes)
    return sizes


def _is_smooth(terms: NDArray[np.float32]) -> bool:
    return bool(_sizes(terms)[-2:].max() < ROUGH)


def _polynomials(terms: NDArray[np.float32], at_nodes: NDArray[np.float32]) -> Polynomials:
    """Leave out what is small, and go from Chebyshev's terms to powers."""
    left_out = np.cumsum(_sizes(terms)[::-1])[::-1]
    kept = max(1, int((left_out > TOLERANCE).sum()))
    return as_powers(terms[:, :kept], np.fmin(at_nodes, 0.0))


def as_powers(terms: NDArray[np.floating], lowest: NDArray[np.float32]) -> Polynomials:
    """Go from Chebyshev's terms to powers of the scaled height.

    Parameters
    ----------
    terms : ndarray, shape (N, D, R, C)
        Coefficients of Chebyshev's polynomials; NaN at missing nodes [m].
    lowest : ndarray of float32, shape (N, R, C)
        Delays at the nodes where they are negative, else 0 [m].

    Returns
    -------
    Polynomials

    Examples
    --------
    The second of Chebyshev's polynomials is 2 x^2 - 1:

    >>> terms = np.array([0.0, 0.0, 1.0]).reshape(1, 3, 1, 1)
    >>> as_powers(terms, np.zeros((1, 1, 1), np.float32)).coefficients.ravel().tolist()
    [-1.0, 0.0, 2.0]
    """
    kept = terms.shape[1]
    powers = np.zeros((kept, kept))
    for degree in range(kept):
        powers[: degree + 1, degree] = chebyshev.cheb2poly(np.eye(kept)[degree])[: degree + 1]
    coefficients = np.empty(terms.shape, np.float32)
    for epoch, of_epoch in zip(coefficients, terms, strict=True):
        epoch[:] = np.tensordot(powers, of_epoch.astype(np.float64), 1)
    missing = ~np.isfinite(coefficients[:, 0])
    np.copyto(coefficients, 0.0, where=missing[:, None])
    return Polynomials(coefficients, missing, lowest)
