"""Scores that look at neighbours: structural similarity, gradients and spectra of whole fields.

Pure functions of arrays; gradients and spectra come as sums with their weights, to be added over
epochs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.workflows.evaluate.scores import Array, area_weight, row_bands

__all__ = ["band_ratio", "gradient_squares", "ssim", "zonal_power"]

GRADIENT_LATITUDE = 80.0  # deg; beyond, meridians are too close for differences along a row
SPECTRUM_LATITUDE = 60.0  # deg; beyond, one wavenumber means very different lengths


def ssim(
    fine: ArrayLike, reference: ArrayLike, *, value_range: float | None = None, sigma: float = 1.5
) -> float:
    """Structural similarity of two fields (Wang et al. 2004, doi:10.1109/TIP.2003.819861).

    Parameters
    ----------
    fine, reference : array_like, shape (lat, lon)
        Fields [as data].
    value_range : float, optional
        Range of the values; default: the larger range of the two [as data].
    sigma : float
        Standard deviation of the Gaussian window, cut at 3.5 sigma [nodes].

    Returns
    -------
    float
        Mean over all windows without missing values, 1 for equal fields [1]. Edges are reflected,
        as in torchmetrics, which gives the same number.

    Examples
    --------
    >>> field = np.add.outer(np.arange(12.0), np.arange(15.0))
    >>> ssim(field, field)
    1.0
    """
    f, r = np.asarray(fine), np.asarray(reference)
    half = int(3.5 * sigma + 0.5)
    if min(f.shape) <= half:
        return float("nan")
    if value_range is None:
        value_range = _range_of(f, r)
    total, count = 0.0, 0
    for rows in row_bands(f.shape):
        seen = slice(max(rows.start - half, 0), rows.stop + half)
        index = _similarity(f[seen], r[seen], value_range, sigma, half)
        index = index[rows.start - seen.start :][: rows.stop - rows.start]
        known = np.isfinite(index)
        total, count = total + float(index[known].sum()), count + int(known.sum())
    return total / count if count else float("nan")


def _range_of(fine: Array, reference: Array) -> float:
    """Larger range of two fields, of the nodes that both have."""
    ends = []
    for rows in row_bands(fine.shape):
        f, r = np.asarray(fine[rows], float), np.asarray(reference[rows], float)
        known = np.isfinite(f) & np.isfinite(r)
        if known.any():
            ends.append([(np.min(each[known]), np.max(each[known])) for each in (f, r)])
    if not ends:
        return float("nan")
    low, high = np.min(ends, axis=0)[:, 0], np.max(ends, axis=0)[:, 1]
    return float((high - low).max())


def _similarity(
    fine: Array, reference: Array, value_range: float, sigma: float, half: int
) -> Array:
    """Similarity of the windows of two fields; those with a missing value have none."""
    from scipy.ndimage import correlate1d

    f, r = np.asarray(fine, float), np.asarray(reference, float)
    missing = ~(np.isfinite(f) & np.isfinite(r))
    f, r = np.where(missing, np.nan, f), np.where(missing, np.nan, r)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel /= kernel.sum()

    def smooth(field: Array) -> Array:
        for axis in (0, 1):
            field = correlate1d(field, kernel, axis=axis, mode="mirror")
        return field

    mean_f, mean_r = smooth(f), smooth(r)
    var_f = np.maximum(smooth(f * f) - mean_f**2, 0.0)
    var_r = np.maximum(smooth(r * r) - mean_r**2, 0.0)
    covariance = smooth(f * r) - mean_f * mean_r
    c1, c2 = (0.01 * value_range) ** 2, (0.03 * value_range) ** 2
    with np.errstate(invalid="ignore"):
        index = (2 * mean_f * mean_r + c1) * (2 * covariance + c2)
        index /= (mean_f**2 + mean_r**2 + c1) * (var_f + var_r + c2)
    return index


def gradient_squares(error: ArrayLike, lat: ArrayLike, lon: ArrayLike, *, wrap: bool) -> Array:
    """Sum the squared horizontal gradients of an error.

    Parameters
    ----------
    error : array_like, shape (lat, lon)
        Error [m].
    lat, lon : array_like
        Uniform axes [deg].
    wrap : bool
        Whether the last column is a neighbour of the first.

    Returns
    -------
    ndarray, shape (4,)
        Weighted square of the eastward gradient [m2 km-2], its weight, and the same southward.
        ``sqrt(s[0] / s[1] + s[2] / s[3])`` is the gradient RMSE [m km-1].

    Notes
    -----
    Rows beyond 80 degrees are left out: on them a small error between close meridians would rule.

    Examples
    --------
    >>> slope = np.outer([0.0, 1.0, 2.0], np.ones(3))
    >>> s = gradient_squares(slope, [1.0, 0.0, -1.0], [0.0, 1.0, 2.0], wrap=False)
    >>> round(float(np.sqrt(s[0] / s[1] + s[2] / s[3])), 6)  # 1 m in 111.2 km
    0.008993
    """
    e, phi, lam = (np.asarray(each, float) for each in (error, lat, lon))
    row = area_weight(phi) * (np.abs(phi) <= GRADIENT_LATITUDE)
    degree = np.pi / 180.0 * (MEAN_EARTH_RADIUS / 1000.0)
    step = abs(lam[1] - lam[0]) * degree * np.maximum(area_weight(phi), 1e-6)
    down = abs(phi[1] - phi[0]) * degree
    out = np.zeros(4)
    for rows in row_bands(e.shape):
        part = e[rows]
        east = np.diff(np.concatenate([part, part[:, :1]], axis=1) if wrap else part, axis=1)
        out[:2] += _weighted_squares(east / step[rows, None], row[rows])
        south = np.diff(e[rows.start : rows.stop + 1], axis=0) / down
        both = row[rows.start : rows.stop + 1]
        out[2:] += _weighted_squares(south, np.minimum(both[:-1], both[1:]))
    return out


def _weighted_squares(slope: Array, weight: Array) -> tuple[float, float]:
    """Sum squares by the weights of their rows, and the weights of those that are known."""
    valid = np.isfinite(slope)
    weights = weight[:, None] * valid
    return float((weights * np.where(valid, slope, 0.0) ** 2).sum()), float(weights.sum())


def zonal_power(fields: ArrayLike, lat: ArrayLike, *, wrap: bool) -> tuple[Array, float]:
    """Zonal power spectrum of fields, summed over rows with the weight of their area.

    Parameters
    ----------
    fields : array_like, shape (..., lat, lon)
        Fields on the same nodes; a row that misses a value in one of them is left out [m].
    lat : array_like
        Latitude; rows beyond 60 degrees are left out [deg].
    wrap : bool
        Whether the rows go round the globe. Otherwise each row loses its linear trend and is
        tapered with a Hann window.

    Returns
    -------
    power : ndarray, shape (..., n)
        Weighted variance at n = 1, 2, ... waves along the row [m2]; divide by the weight.
    weight : float
        Sum of the row weights [1].

    Examples
    --------
    >>> wave = np.cos(3 * np.radians(np.arange(0.0, 360, 10)))[None, :]
    >>> power, weight = zonal_power(wave, [0.0], wrap=True)
    >>> (power / weight).round(6).tolist()[:4]
    [0.0, 0.0, 0.5, 0.0]
    """
    x, phi = np.asarray(fields, float), np.asarray(lat, float)
    usable = np.isfinite(x).all(-1)
    rows = usable.reshape(-1, phi.size).all(0) & (np.abs(phi) <= SPECTRUM_LATITUDE)
    weight = area_weight(phi) * rows
    x = np.where(rows[:, None], x, 0.0)
    size = x.shape[-1]
    if not wrap:
        place = np.linspace(-1.0, 1.0, size)
        trend = (x * place).sum(-1, keepdims=True) / (place**2).sum()
        window = np.hanning(size + 2)[1:-1]
        x = (x - x.mean(-1, keepdims=True) - trend * place) * window
        x = x / np.sqrt((window**2).mean())
    power = np.abs(np.fft.rfft(x, axis=-1)[..., 1:]) ** 2 * (2.0 / size**2)
    if size % 2 == 0:
        power[..., -1] /= 2.0  # the shortest wave has one phase only
    return np.einsum("...jk,j->...k", power, weight), float(weight.sum())


def band_ratio(
    fine: ArrayLike, reference: ArrayLike, wavenumber: ArrayLike, edges: ArrayLike
) -> Array:
    """Power of the estimate over that of the truth, by band of wavenumbers.

    Parameters
    ----------
    fine, reference : array_like, shape (n,)
        Power spectra [m2].
    wavenumber : array_like, shape (n,)
        Waves round the globe [1].
    edges : array_like, shape (m + 1,)
        Band b holds edges[b] <= wavenumber < edges[b + 1] [1].

    Returns
    -------
    ndarray, shape (m,)
        Ratio; NaN for a band without waves [1].

    Examples
    --------
    >>> band_ratio([1.0, 1.0, 2.0], [1.0, 1.0, 4.0], [1, 2, 3], [1, 3, 4]).tolist()
    [1.0, 0.5]
    """
    band = np.digitize(np.asarray(wavenumber, float), np.asarray(edges, float)) - 1
    count = len(np.asarray(edges)) - 1
    keep = (band >= 0) & (band < count)
    sums = [
        np.bincount(band[keep], np.asarray(power, float)[keep], minlength=count)
        for power in (fine, reference)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[1] > 0, sums[0] / sums[1], np.nan)
