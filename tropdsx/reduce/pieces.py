"""Profiles of delay over height as polynomials, piece by piece between two heights.

A profile from the levels of a model bends at each of them, so that one polynomial over the whole
height of a terrain would be off by half a millimetre. Pieces of 500 m are not, and neighbours agree
where they meet.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tropdsx.reduce.polynomials import Heights, Polynomials, as_powers, chebyshev_transform

__all__ = ["cut_pieces", "fit_pieces", "rungs_of"]

#: Height of a piece at most [m], and heights in each, both ends included.
PIECE, POINTS = 500.0, 7


def cut_pieces(low: float, high: float) -> list[Heights]:
    """Cut a range of heights into pieces.

    Parameters
    ----------
    low, high : float
        Lowest and highest height [m].

    Returns
    -------
    list of Heights
        From the lowest to the highest, a metre beyond both.

    Examples
    --------
    >>> [(piece.middle, piece.half) for piece in cut_pieces(1.0, 799.0)]
    [(200.0, 200.0), (600.0, 200.0)]
    """
    ends = np.linspace(low - 1.0, high + 1.0, int(np.ceil((high - low + 2.0) / PIECE)) + 1)
    return [Heights(float(0.5 * (a + b)), float(0.5 * (b - a))) for a, b in pairwise(ends)]


def rungs_of(pieces: list[Heights]) -> NDArray[np.float64]:
    """List the heights at which profiles are wanted; neighbouring pieces share one.

    Parameters
    ----------
    pieces : list of Heights
        Of :func:`cut_pieces`.

    Returns
    -------
    ndarray, shape (H,)
        From the lowest to the highest [m].

    Examples
    --------
    >>> rungs_of(cut_pieces(1.0, 799.0)).size
    13
    """
    x, _ = chebyshev_transform(POINTS, ends=True)
    heights = [piece.middle + piece.half * x for piece in pieces]
    return np.concatenate([heights[0], *(each[1:] for each in heights[1:])])


def fit_pieces(pieces: list[Heights], values: NDArray[np.floating]) -> list[Polynomials]:
    """Put a polynomial through each piece of profiles.

    Parameters
    ----------
    pieces : list of Heights
        Of :func:`cut_pieces`.
    values : ndarray, shape (N, H, R, C)
        Delays at the rungs of N epochs and R x C nodes [m].

    Returns
    -------
    list of Polynomials
        One for each piece.

    Raises
    ------
    ValueError
        If there are other than H rungs.

    Examples
    --------
    >>> pieces = cut_pieces(0.0, 1000.0)
    >>> profile = 0.2 * np.exp(-rungs_of(pieces) / 2000.0)
    >>> found = fit_pieces(pieces, profile[None, :, None, None])
    >>> scaled = pieces[0].scale(np.array([100.0]))
    >>> value = np.polynomial.polynomial.polyval(scaled, found[0].coefficients[0, :, 0, 0])
    >>> [round(float(each), 5) for each in (value[0], 0.2 * np.exp(-0.05))]
    [0.19025, 0.19025]
    """
    _, to_terms = chebyshev_transform(POINTS, ends=True)
    step = POINTS - 1
    if values.shape[1] != len(pieces) * step + 1:
        msg = f"{values.shape[1]} rungs given, {len(pieces)} pieces have {len(pieces) * step + 1}"
        raise ValueError(msg)
    found = []
    for number in range(len(pieces)):
        own = values[:, number * step : number * step + POINTS].astype(np.float64)
        terms = np.moveaxis(np.tensordot(to_terms, own, (1, 1)), 0, 1)
        found.append(as_powers(terms, np.zeros((len(own), *own.shape[2:]), np.float32)))
    return found
