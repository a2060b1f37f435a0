"""Which cells of a patch hold a value: told by missing values alone, never by a value."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import DomainError

__all__ = ["count_missing", "count_share", "exact_share", "is_kept", "valid_cells"]


def valid_cells(values: NDArray) -> NDArray[np.bool_]:
    """Say where there is a value.

    Parameters
    ----------
    values : ndarray, any shape
        NaN where nothing is known; 0, the mean, or any other number is a value.

    Returns
    -------
    ndarray of bool, same shape

    Examples
    --------
    >>> valid_cells(np.array([0.0, np.nan, -999.0])).tolist()
    [True, False, True]
    """
    return np.isfinite(values)


def count_missing(values: NDArray) -> int:
    """Count the cells without a value.

    Parameters
    ----------
    values : ndarray, any shape
        NaN where nothing is known.

    Returns
    -------
    int

    Examples
    --------
    >>> count_missing(np.array([0.0, np.nan, 1.0]))
    1
    """
    return int(values.size - np.count_nonzero(valid_cells(values)))


def exact_share(share: float, what: str = "share") -> Fraction:
    """Read a share as the decimal number that was written, not as its nearest binary one.

    Parameters
    ----------
    share : float
        From 0 to 1.
    what : str
        How the message calls it.

    Returns
    -------
    Fraction

    Raises
    ------
    DomainError
        If it is no number from 0 to 1.

    Examples
    --------
    >>> exact_share(0.1)
    Fraction(1, 10)
    """
    if not 0.0 <= float(share) <= 1.0:
        msg = f"{what} is {share}; accepted is a number from 0 to 1"
        raise DomainError(msg)
    return Fraction(str(float(share)))


def count_share(share: float, count: int) -> int:
    """Find the whole number nearest to a share of so many.

    Parameters
    ----------
    share : float
        From 0 to 1.
    count : int
        All of them.

    Returns
    -------
    int
        Halves go up.

    Examples
    --------
    >>> count_share(0.15, 10), count_share(0.97, 100)
    (2, 97)
    """
    return int(exact_share(share) * count + Fraction(1, 2))


def is_kept(missing: int, cells: int, max_nodata: float) -> bool:
    """Say whether a patch has few enough cells without a value.

    Parameters
    ----------
    missing, cells : int
        Cells without a value, and all cells.
    max_nodata : float
        Largest share of them that is accepted, itself included.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_kept(3, 10, 0.3), is_kept(4, 10, 0.3)  # 0.3 * 10 == 3 in exact numbers
    (True, False)
    """
    return missing <= exact_share(max_nodata, "max_nodata") * cells
