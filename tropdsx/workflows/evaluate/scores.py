"""Scores of values against true values, point by point: functions of arrays.

Everything that is a mean over area is built from weighted sums, so that the scores of a long series
are those of the summed parts: add the sums of the epochs, then ask for the scores.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MOMENTS",
    "QUANTILES",
    "SquareSums",
    "area_weight",
    "moments",
    "row_bands",
    "scores_of",
    "within",
]

#: Sums kept of each pair (f, r) of weight w: w, w e, w e2, w |e|, w f, w r, w f2, w r2, w f r.
MOMENTS = (
    "weight",
    "error",
    "square",
    "absolute",
    "fine",
    "reference",
    "fine2",
    "reference2",
    "product",
)

QUANTILES = {50: 0.674489750196, 90: 1.644853626951, 95: 1.959963984540}  # two-sided, Gaussian

#: Values of a field worked on at once: temporaries do not grow with the grid [1].
AT_ONCE = 2**19

Array = NDArray[np.float64]


def area_weight(lat: ArrayLike) -> Array:
    """Relative area of the cells of a row.

    Parameters
    ----------
    lat : array_like
        Latitude [deg].

    Returns
    -------
    ndarray
        cos(lat), never negative [1].

    Examples
    --------
    >>> area_weight([0.0, 60.0, 90.0]).round(3).tolist()
    [1.0, 0.5, 0.0]
    """
    return np.clip(np.cos(np.radians(np.asarray(lat, float))), 0.0, None)


def moments(fine: ArrayLike, reference: ArrayLike, weight: ArrayLike = 1.0) -> Array:
    """Terms of the sums that the scores are made of; 0 where one of the pair is missing.

    Parameters
    ----------
    fine, reference : array_like, same shape
        Estimate and truth [any].
    weight : array_like, optional
        Broadcasts against them; 0 leaves a point out [1].

    Returns
    -------
    ndarray, shape (9, ...)
        In the order of ``MOMENTS``; sum over any axes but the first.

    Examples
    --------
    >>> moments([1.0, 2.0, np.nan], [1.0, 3.0, 5.0]).sum(-1)[:4].tolist()
    [2.0, -1.0, 1.0, 1.0]
    """
    f, r = np.asarray(fine, float), np.asarray(reference, float)
    valid = np.isfinite(f) & np.isfinite(r)
    f, r = np.where(valid, f, 0.0), np.where(valid, r, 0.0)
    error = f - r
    terms = np.stack([valid, error, error**2, np.abs(error), f, r, f * f, r * r, f * r])
    return np.asarray(terms * np.asarray(weight, float))


def scores_of(sums: ArrayLike) -> dict[str, Array]:
    """Scores from summed moments; NaN where nothing was summed.

    Parameters
    ----------
    sums : array_like, shape (9, ...)
        Sums of :func:`moments`.

    Returns
    -------
    dict of ndarray
        ``rmse``, ``mae``, ``bias`` [as data]; ``relative_bias`` (bias over mean reference),
        ``correlation``, ``r2`` (share of the reference's variance that is explained) [1].

    Examples
    --------
    >>> found = scores_of(moments([1.0, 2.0, 3.5], [1.0, 2.0, 3.0]).sum(-1))
    >>> {name: round(float(value), 3) for name, value in found.items()}  # doctest: +ELLIPSIS
    {'rmse': 0.289, 'mae': 0.167, 'bias': 0.167, ... 'correlation': 0.993, 'r2': 0.875}
    """
    w, error, square, absolute, f, r, f2, r2, product = np.asarray(sums, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where(w > 0, w, np.nan)
        mean_f, mean_r = f / w, r / w
        var_f, var_r = f2 / w - mean_f**2, r2 / w - mean_r**2
        # Sums of squares cancel to rounding where a field is constant: no correlation there.
        varies = (var_f > 1e-12 * f2 / w) & (var_r > 1e-12 * r2 / w)
        var_f, var_r = np.where(varies, var_f, np.nan), np.where(varies, var_r, np.nan)
        return {
            "rmse": np.sqrt(square / w),
            "mae": absolute / w,
            "bias": error / w,
            "relative_bias": np.where(mean_r == 0, np.nan, (error / w) / mean_r),
            "correlation": np.clip((product / w - mean_f * mean_r) / np.sqrt(var_f * var_r), -1, 1),
            "r2": 1.0 - square / w / var_r,
        }


def within(error: ArrayLike, sigma: ArrayLike) -> Array:
    r"""Say for each probability whether the error lies in the interval that sigma gives.

    Parameters
    ----------
    error, sigma : array_like, same shape
        Error and its stated standard deviation [as data].

    Returns
    -------
    ndarray, shape (4, ...)
        1 where both are known, then 1 where \|error\| <= z sigma for 50, 90 and 95 % [1].

    Examples
    --------
    >>> within([0.5, 1.8, 5.0], 1.0).sum(-1).tolist()
    [3.0, 1.0, 1.0, 2.0]
    """
    error, sigma = np.broadcast_arrays(np.asarray(error, float), np.asarray(sigma, float))
    known = np.isfinite(error) & np.isfinite(sigma)
    size = np.abs(np.where(known, error, np.inf))
    inside = [known & (size <= z * np.where(known, sigma, 0.0)) for z in QUANTILES.values()]
    return np.stack([known, *inside]).astype(float)


def row_bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut the rows of a field into bands of a bounded number of values.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.

    Yields
    ------
    slice
        Rows of a band; all of a field of usual size.

    Examples
    --------
    >>> list(row_bands((181, 360))), len(list(row_bands((1801, 3600))))
    ([slice(0, 181, None)], 13)
    """
    step = max(1, AT_ONCE // max(shape[1], 1))
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))


class SquareSums:
    """Sums of the RMSE map of one delay alone: a quarter of the memory of all scores.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.

    Examples
    --------
    >>> sums = SquareSums((1, 2))
    >>> sums.add(np.array([[2.41, 2.4]]), np.array([[2.4, np.nan]]), 0)
    >>> sums.maps()["rmse"].round(6).tolist(), sums.values
    ([[0.01, nan]], 1)
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.count = np.zeros(shape, np.int32)
        self.squares = np.zeros(shape)

    def add(
        self, fine: NDArray, reference: NDArray, season: int, sigma: NDArray | None = None
    ) -> None:
        """Add one epoch; see :meth:`tropdsx.workflows.evaluate.sums.Sums.add`."""
        del season, sigma
        for rows in row_bands(self.count.shape):
            error = np.subtract(fine[rows], reference[rows], dtype=float)
            known = np.isfinite(error)
            self.count[rows] += known
            self.squares[rows] += np.where(known, error, 0.0) ** 2

    @property
    def values(self) -> int:
        """Number of values that were compared."""
        return int(self.count.sum())

    def maps(self) -> dict[str, NDArray]:
        """RMSE of each node, shape (m, n)."""
        known = np.where(self.count > 0, self.count, np.nan)
        return {"rmse": np.sqrt(self.squares / known)}
