"""Scores of values against true values, point by point: pure functions of arrays.

Everything that is a mean over area is built from weighted sums, so that the scores of a long series
are those of the summed parts: add the sums of the epochs, then ask for the scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MOMENTS", "QUANTILES", "area_weight", "moments", "scores_of", "within"]

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
