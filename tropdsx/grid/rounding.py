"""How far stored coordinates may lie from those that were meant, by their type and digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["EXACT", "FOUR_DECIMALS", "NO_ACCIDENT", "Rounding", "few_digits", "find_rounding"]

EXACT = 1e-9
"""Rounding of the standard grid [deg]: 0.1 mm on the ground, 4e-6 of a step of an arc-second."""

FOUR_DECIMALS = 5e-5
"""Largest rounding that is looked for on any grid [deg]: half of the fourth decimal."""

SHARE_OF_STEP = 0.0025
"""On a coarse grid a larger one is, up to this [fraction of the step].

So three decimals do from a step of 0.2 deg on. Gaussian latitudes, which are not evenly spaced, are
off by 0.6 % of a step or more.
"""

_MOST_DECIMALS = 9

NO_ACCIDENT = 5
"""Nodes that, once all rounded, are not evenly spaced to the last digit by accident."""


class Rounding(NamedTuple):
    """How far stored coordinates may lie from those that were meant.

    Parameters
    ----------
    binary : ndarray, shape (n,)
        Because they are float32 or float16, or were so once [deg].
    decimal : ndarray, shape (n,)
        Because they have a few decimals only [deg].

    Examples
    --------
    >>> Rounding(np.zeros(2), np.full(2, 5e-5)).total
    array([5.e-05, 5.e-05])
    """

    binary: NDArray[np.float64]
    decimal: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """Both together [deg]."""
        return self.binary + self.decimal

    def take(self, order: NDArray[np.intp]) -> Rounding:
        """Put the coordinates in another order, or leave some out.

        Parameters
        ----------
        order : ndarray of int, shape (m,)
            Places of those that are wanted.

        Returns
        -------
        Rounding
        """
        return Rounding(self.binary[order], self.decimal[order])


def find_rounding(values: ArrayLike) -> Rounding:
    """Find how far stored coordinates may lie from those that were meant.

    Parameters
    ----------
    values : array_like, shape (n,)
        Coordinates as stored [deg].

    Returns
    -------
    Rounding
        Half of the last digit, where the coordinates are rounded at all.

    Examples
    --------
    >>> find_rounding([10.0, 10.0008, 10.0017]).decimal
    array([5.e-05, 5.e-05, 5.e-05])
    >>> find_rounding([10, 11, 12]).total, find_rounding([0.1, 0.2, 0.3]).total
    (array([0., 0., 0.]), array([0., 0., 0.]))
    """
    stored = np.asarray(values)
    exact = stored.astype(np.float64)
    binary = _binary_rounding(stored, exact)
    decimal = _decimal_rounding(exact, np.maximum(binary, EXACT / 100))
    step = float(np.median(np.abs(np.diff(exact)))) if exact.size > 1 else 0.0
    largest = max(FOUR_DECIMALS, SHARE_OF_STEP * step) * (1 + 1e-9)
    return Rounding(binary, np.where(decimal <= largest, decimal, 0.0))


def few_digits(values: ArrayLike) -> NDArray[np.float64]:
    """Find half of the last digit of coordinates, however large it is.

    Parameters
    ----------
    values : array_like, shape (n,)
        Coordinates as stored [deg].

    Returns
    -------
    ndarray, shape (n,)
        Zero where they have all their digits [deg].

    Examples
    --------
    >>> few_digits([10.0, 10.33, 10.67]).round(6)
    array([0.005, 0.005, 0.005])
    """
    exact = np.asarray(values).astype(np.float64)
    noise = np.maximum(np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64), EXACT / 100)
    return _decimal_rounding(exact, noise)


def _binary_rounding(stored: NDArray, exact: NDArray[np.float64]) -> NDArray[np.float64]:
    narrow = stored.dtype.kind == "f" and stored.dtype.itemsize <= 4
    # A few numbers may be float32 by accident.
    was_narrow = stored.dtype.kind == "f" and exact.size >= NO_ACCIDENT
    if not narrow and not (was_narrow and np.array_equal(exact, exact.astype(np.float32))):
        return np.zeros(exact.size)
    kind = np.float16 if stored.dtype.itemsize == 2 else np.float32
    # Computed in that type as first + step * n, the product is rounded as well.
    product = np.abs(exact - exact[:1])
    if (np.abs(np.diff(exact)) > 180.0).any():
        product = np.minimum(product, np.abs(360.0 - product))
    half_digit = np.spacing(np.abs(exact).astype(kind)).astype(np.float64) / 2
    return half_digit + product * float(np.finfo(kind).eps)


def _decimal_rounding(
    exact: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Half of the last digit: all values have as many decimals, or as many digits altogether."""
    size = np.abs(exact)
    counted = size > 1e-200  # not of memory that was never written, whose scale overflows
    before = np.floor(np.log10(size, out=np.zeros(exact.size), where=counted)).astype(int) + 1
    decimals = next((n for n in range(_MOST_DECIMALS) if _fits(exact, n, noise)), 99)
    digits = next(n for n in range(99) if _fits(exact, n - before, noise))
    half = 0.5 * np.maximum(10.0**-decimals, 10.0 ** (before - digits))
    # That float32 have no more digits than their own rounding leaves tells nothing.
    return np.where(half > 2 * noise, half, 0.0)


def _fits(exact: NDArray[np.float64], decimals: ArrayLike, noise: NDArray[np.float64]) -> bool:
    scale = np.broadcast_to(10.0 ** np.asarray(decimals, dtype=np.float64), exact.shape)
    some = slice(None, None, max(1, exact.size // 50))  # rules most out at little cost
    for part in (some, slice(None)):
        scaled = exact[part] * scale[part]
        if (np.abs(scaled - np.rint(scaled)) > noise[part] * scale[part]).any():
            return False
    return True
