"""Fine fields made from medium-scale ones: real weather at 1 degree where no 1 degree truth exists.

VMF1 (2 x 2.5 degrees) resolves most of what a 5 degree grid misses. Its fields at h = 0 are
resampled to 1 degree without loss (Fourier series on the doubled sphere), what it has too much of
at its shortest waves is damped, and small-scale noise is added, so that thinning to 5 degrees has
25 phases with the right kind of alias. Only ZWD, and ZHD over sea, are lessons: over land the
vertical part would be circular.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.errors import GridError
from tropdsx.grid.edges import Edges, find_edges, pad_field
from tropdsx.grid.stencil import make_stencil
from tropdsx.predict.channels import node_input
from tropdsx.workflows.train.nodal.pairs import PairSet, area_weight, cells, neighbours

__all__ = ["Texture", "make_texture", "resample", "texture_pair"]

DAMPED_FROM, DAMPED_TO, DAMPING = 30, 40, 0.25  # wavenumbers; VMF1 has 1/3 too much beyond
NOISE_FIELDS, NOISE_FROM, NOISE_SLOPE = 48, 60, -2.2
WINDOW = (36, 72)  # nodes of a 5 degree grid: larger grids are cut to windows of this size
SEA = 50.0  # [m] a target below this is sea for ZHD lessons


class Texture(NamedTuple):
    """Fields at h = 0 on a fine grid: dry, wet (time, lat, lon) [m], orography [m], noise [m]."""

    lat: np.ndarray
    lon: np.ndarray
    dry: np.ndarray
    wet: np.ndarray
    orography: np.ndarray
    noise: np.ndarray
    before: np.ndarray
    after: np.ndarray


def resample(field: np.ndarray, size: int = 180) -> np.ndarray:
    """Resample pole-to-pole fields to a grid of cell centres by Fourier series.

    Parameters
    ----------
    field : ndarray
        (time, rows, columns) with both poles as rows and an even number of columns. [any]
    size : int, default 180
        Rows of the result; it has twice as many columns. [1]

    Returns
    -------
    ndarray
        (time, size, 2 size), rows at 90 - (i + 1/2) 180/size, short waves damped. [as field]
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
        Standard global grid with both poles as rows, with zhd, zwd, orography. [m]
    target : Dataset
        lat, lon at cell centres (89.5, 0.5 ...) and orography. [m]
    seed : int, default 0
        Of the small-scale noise. [1]

    Returns
    -------
    Texture
        Fields at h = 0. [m]
    """
    lat, lon = fine["lat"].to_numpy(), fine["lon"].to_numpy()
    edges = find_edges(lat, lon)
    if edges != Edges(True, "pole", "pole") or len(lon) % 2:
        msg = "texture needs a global grid with both poles as rows (as VMF1); leave it out"
        raise GridError(msg)
    dry, wet = reduction_to_sea(fine["orography"].to_numpy(), lat)
    size = target.sizes["lat"]
    # The series starts at the first column; the target's first column may lie elsewhere.
    turn = -round(float((target["lon"][0] - lon[0]) * size / 180 - 0.5))
    fields = [
        np.roll(resample(fine[v].to_numpy() * f, size), turn, -1)
        for v, f in (("zhd", dry), ("zwd", wet))
    ]
    noise = _noise(target["lat"].to_numpy(), np.random.default_rng(seed))
    return Texture(
        target["lat"].to_numpy(),
        target["lon"].to_numpy(),
        *fields,
        target["orography"].to_numpy().astype(np.float32),
        noise,
        *neighbours(fine["time"].values),
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


def texture_pair(
    texture: Texture,
    step: int,
    rng: np.random.Generator,
    *,
    flip_chance: float = 0.5,
    window: tuple[int, int] = WINDOW,
) -> PairSet:
    """Draw one pair (one epoch): random time, phase, hemisphere, noise and, if fine, window.

    Parameters
    ----------
    texture : Texture
        From `make_texture`. [m]
    step : int
        Thinning both ways. [1]
    rng : numpy.random.Generator
        Source of all choices. [1]
    flip_chance : float, default 0.5
        How often north and south are exchanged. [1]
    window : tuple of int, default (36, 72)
        At most so many rows and columns of nodes; more of them are cut to a region. [1]

    Returns
    -------
    PairSet
        With one epoch; target and node heights play no part in it and are left zero. [m]
    """
    epoch = rng.integers(len(texture.wet))
    phase = tuple(int(p) for p in rng.integers(step, size=2))
    south = -1 if rng.random() < flip_chance else 1
    epochs = [epoch, texture.before[epoch], texture.after[epoch]]
    cut = _window(texture, step, phase, window, rng)
    wet = [cut((texture.wet[e] + _shifted(texture.noise, rng))[::south]) for e in epochs]
    dry = [cut(texture.dry[e][::south]) for e in epochs]
    height = cut(texture.orography[::south])
    lat = cut((south * texture.lat[::south])[:, None] + 0 * texture.lon)[:, 0]
    lon = texture.lon[: height.shape[1]]
    whole = height.shape[1] == len(texture.lon)
    phase = phase if whole else (0, 0)
    rows = np.arange(phase[0], len(lat), step)
    columns = phase[1] + step * np.arange(len(lon) // step if whole else -(-len(lon) // step))
    # Off the symmetric phase the rows beyond the pole are not nodes; half a step is close enough.
    edges = Edges(True, "half", "half") if whole else Edges(False, "edge", "edge")

    def nodes(field: np.ndarray) -> np.ndarray:
        return field[rows[:, None], columns]

    node_height = nodes(height)
    to_sea = reduction_to_sea(node_height, lat[rows])
    now, before, after = (
        (nodes(d)[None] / to_sea[0], nodes(w)[None] / to_sea[1])
        for d, w in zip(dry, wet, strict=True)
    )
    channels, scales = node_input(
        *now,
        node_height,
        lat[rows],
        lon[columns % len(lon)] if whole else lon[columns],
        before=before if epochs[1] >= 0 else None,
        after=after if epochs[2] >= 0 else None,
    )
    top = cells(height, (step, step), phase, whole)
    factor = np.exp(-top / 2000)
    sea = (top < SEA) & _all_sea(node_height, edges)
    left = [_beyond_bicubic(f[0], nodes(f[0]), step, phase, edges) for f in (dry, wet)]
    residual = np.stack([left[0] + np.where(sea, 0.0, np.nan), left[1] * factor])
    return PairSet(
        "texture",
        (step, step),
        edges,
        channels,
        scales,
        residual[None].astype(np.float32),
        area_weight(lat, (step, step), phase),
        np.zeros_like(top),
        np.zeros_like(node_height),
        factor,
        lat[rows],
        lon[columns],
    )


def _window(
    texture: Texture,
    step: int,
    phase: tuple[int, int],
    window: tuple[int, int],
    rng: np.random.Generator,
) -> Callable[[np.ndarray], np.ndarray]:
    """Cut fields (lat, lon) to a random window that starts and ends at nodes, if they are large."""
    rows = (len(texture.lat) - 1 - phase[0]) // step + 1
    columns = len(texture.lon) // step
    if rows <= window[0] and columns <= window[1]:
        return lambda field: field
    top = phase[0] + step * int(rng.integers(max(rows - window[0], 0) + 1))
    left = phase[1] + step * int(rng.integers(columns))
    tall = step * (min(rows, window[0]) - 1) + 1
    wide = step * (min(columns, window[1]) - 1) + 1
    return lambda field: np.roll(field, -left, 1)[top : top + tall, :wide]


def _shifted(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One of the noise fields, turned by any longitude."""
    return np.roll(noise[rng.integers(len(noise))], rng.integers(noise.shape[-1]), -1)


def _beyond_bicubic(
    fine: np.ndarray, nodes: np.ndarray, step: int, phase: tuple[int, int], edges: Edges
) -> np.ndarray:
    """Truth minus bicubic interpolation at h = 0, in the order of `cells`."""
    axis = np.arange(4.0)
    kernel = np.zeros((step, 4))
    for q in range(step):
        place = make_stencil(axis[::-1], axis, 1.0, 1.0 + q / step)
        np.add.at(kernel[q], place.index % 4, place.weight)
    x = pad_field(nodes, 2, edges)
    if not edges.wrap:  # beyond a region the field goes on straight, as in `stencil`
        for axis in (0, 1):
            x = np.moveaxis(x, axis, 0)
            x[1], x[-2] = 2 * x[2] - x[3], 2 * x[-3] - x[-4]
            x = np.moveaxis(x, 0, axis)
    rows, columns = nodes.shape[0] - 1, nodes.shape[1] - (0 if edges.wrap else 1)
    tall = [sum(w * x[1 + k : 1 + k + rows] for k, w in enumerate(kernel[q])) for q in range(step)]
    guess = [
        sum(w * t[:, 1 + k : 1 + k + columns] for k, w in enumerate(kernel[q]))
        for t in tall
        for q in range(step)
    ]
    return cells(fine, (step, step), phase, edges.wrap) - np.stack(guess)


def _all_sea(height: np.ndarray, edges: Edges) -> np.ndarray:
    """Cells whose sixteen nodes are all low, (lat - 1, lon)."""
    low = pad_field((height < 2 * SEA).astype(float), 2, edges)
    rows, columns = height.shape[0], height.shape[1] - (0 if edges.wrap else 1)
    parts = [low[1 + i : rows + i, 1 + j : 1 + j + columns] for i in range(4) for j in range(4)]
    return np.min(parts, 0) > 0
