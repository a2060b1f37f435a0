"""Fine fields made from medium-scale ones: real weather at 1 degree where no 1 degree truth exists.

VMF1 (2 x 2.5 degrees) resolves most of what a 5 degree grid misses. Its fields at h = 0 are
resampled to 1 degree without loss (Fourier series on the doubled sphere), what it has too much of
at its shortest waves is damped, and small-scale noise is made, to be added where pairs are drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.time.epochs import NEIGHBOUR_HOURS, neighbour_rows
from tropdsx.errors import GridError
from tropdsx.grid.edges import Edges, find_edges

__all__ = ["Texture", "make_texture", "resample"]

Array = NDArray[np.float32]

DAMPED_FROM, DAMPED_TO, DAMPING = 30, 40, 0.25  # wavenumbers; VMF1 has 1/3 too much beyond
NOISE_FIELDS, NOISE_FROM, NOISE_SLOPE = 48, 60, -2.2


class Texture(NamedTuple):
    """Fields at h = 0 on a fine grid of cell centres.

    Attributes
    ----------
    lat, lon : ndarray
        Axes [deg].
    zhd, zwd : ndarray, shape (time, lat, lon)
        Delays at h = 0 [m].
    orography : ndarray, shape (lat, lon)
        Heights [m].
    noise : ndarray, shape (fields, lat, lon)
        Small-scale ZWD [m], of which one is added at a time.
    before, after : ndarray of int, shape (time,)
        Place of the epoch six hours earlier and later; -1 where there is none.
    land : ndarray or None
        1 where ZHD at h = 0 is no lesson, else 0, (lat, lon) [1]; by default it follows from the
        orography.

    Examples
    --------
    >>> zero = np.zeros((2, 3))
    >>> Texture(zero[:, 0], zero[0], *[zero[None]] * 2, zero, zero[None], *[np.array([-1])] * 2).zwd
    array([[[0., 0., 0.],
            [0., 0., 0.]]])
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    zhd: Array
    zwd: Array
    orography: Array
    noise: Array
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    land: Array | None = None


def resample(field: np.ndarray, size: int = 180) -> Array:
    """Resample pole-to-pole fields to a grid of cell centres by Fourier series.

    Parameters
    ----------
    field : ndarray, shape (time, rows, columns)
        With both poles as rows and an even number of columns [any].
    size : int, default 180
        Rows of the result; it has twice as many columns.

    Returns
    -------
    ndarray, shape (time, size, 2 size)
        Rows at 90 - (i + 1/2) 180/size, short waves damped [as field].

    Examples
    --------
    >>> lat = np.radians(np.arange(90.0, -91, -2))  # the poles and 89 rows between
    >>> field = np.sin(lat)[None, :, None] ** 2 * np.ones((1, 91, 144))
    >>> rows = np.radians(89.5 - np.arange(180))
    >>> bool(np.abs(resample(field)[0, :, 0] - np.sin(rows) ** 2).max() < 1e-6)
    True
    """
    rows, columns = field.shape[-2:]
    # Over the pole the field goes on along the opposite meridian: periodic both ways.
    beyond = np.roll(field[:, rows - 2 : 0 : -1], columns // 2, -1)
    wave = np.fft.fft2(np.concatenate([field, beyond], 1))
    tall, wide = 2 * rows - 2, columns
    for axis, n in ((1, tall), (2, wide)):
        k = np.abs(np.fft.fftfreq(n, 1 / n))
        factor = 1 - DAMPING * np.clip((k - DAMPED_FROM) / (DAMPED_TO - DAMPED_FROM), 0, 1)
        factor[n // 2] *= 0.5
        wave *= factor[:, None] if axis == 1 else factor
    full = np.zeros((len(field), 2 * size, 2 * size), complex)
    row = np.fft.fftfreq(tall, 1 / tall).astype(int) % (2 * size)
    column = np.fft.fftfreq(wide, 1 / wide).astype(int) % (2 * size)
    full[:, row[:, None], column] = wave
    shift = np.exp(1j * np.pi / (2 * size) * np.fft.fftfreq(2 * size, 1 / (2 * size)))
    fine = np.fft.ifft2(full * shift[:, None] * shift).real[:, :size]
    return (fine * (4 * size * size / (tall * wide))).astype(np.float32)


def make_texture(fine: xr.Dataset, target: xr.Dataset, *, seed: int = 0) -> Texture:
    """Resample the fields of `fine` to the grid of `target`.

    Parameters
    ----------
    fine : Dataset
        Standard global grid with both poles as rows, with zhd, zwd, orography [m].
    target : Dataset
        lat, lon at cell centres (89.5, 0.5 ...) [deg] and orography [m].
    seed : int, default 0
        Of the small-scale noise.

    Returns
    -------
    Texture
        Fields at h = 0.

    Raises
    ------
    GridError
        If the grid is not global, or its first row is no pole.

    Examples
    --------
    >>> region = xr.Dataset(coords={"lat": [50.0, 48.0], "lon": [10.0, 12.5]})
    >>> make_texture(region, region)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: texture needs a global grid with both poles as rows (as VMF1); ...
    """
    lat, lon = fine["lat"].to_numpy(), fine["lon"].to_numpy()
    edges = find_edges(lat, lon)
    if edges != Edges(True, "pole", "pole") or len(lon) % 2:
        msg = "texture needs a global grid with both poles as rows (as VMF1); leave it out"
        raise GridError(msg)
    to_sea = reduction_to_sea(fine["orography"].to_numpy(), lat)
    size = target.sizes["lat"]
    # The series starts at the first column; the target's first column may lie elsewhere.
    turn = -round(float((target["lon"][0] - lon[0]) * size / 180 - 0.5))
    zhd, zwd = (
        np.roll(resample(fine[v].to_numpy() * f, size), turn, -1)
        for v, f in zip(DELAYS, to_sea, strict=True)
    )
    before, after = (
        np.where(found, row, -1)
        for row, found in (neighbour_rows(fine["time"].values, hours) for hours in NEIGHBOUR_HOURS)
    )
    noise = _noise(target["lat"].to_numpy(), np.random.default_rng(seed))
    return Texture(
        target["lat"].to_numpy(),
        target["lon"].to_numpy(),
        zhd,
        zwd,
        target["orography"].to_numpy().astype(np.float32),
        noise,
        before,
        after,
    )


def _noise(lat: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return random fields with the steep spectrum of the smallest scales, 1.5 to 5.5 mm."""
    n = len(lat)
    k = np.hypot(np.fft.fftfreq(n, 1 / n)[:, None], np.fft.rfftfreq(2 * n, 0.5 / n))
    size = (np.maximum(k, 1) / 72) ** NOISE_SLOPE * np.clip((k - NOISE_FROM) / 15, 0, 1)
    shape = (NOISE_FIELDS, *size.shape)
    wave = size * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    field = np.fft.irfft2(wave, s=(n, 2 * n))
    amplitude = 0.0015 + 0.004 * np.cos(np.radians(lat))[:, None] ** 2
    return (field / field.std() * amplitude).astype(np.float32)
