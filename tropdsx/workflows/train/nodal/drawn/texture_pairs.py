"""Pairs of coarse and fine fields drawn from a texture.

Thinning to 5 degrees has 25 phases with the right kind of alias. Only ZWD, and ZHD over sea, are
lessons: over land the vertical part would be circular.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tropdsx.atmos.constants import WET_SCALE_HEIGHT
from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.grid.edges import Edges, pad_field
from tropdsx.grid.stencil import make_stencil
from tropdsx.predict.channels import node_input
from tropdsx.workflows.train.nodal.drawn.warping import (
    Warping,
    draw_displacement,
    find_places,
    take_ground,
)
from tropdsx.workflows.train.nodal.pairs import PairSet, area_weight, sort_into_cells
from tropdsx.workflows.train.texture import Texture

__all__ = ["beyond_bicubic", "draw_texture_pair"]

WINDOW = (36, 72)  # nodes of a 5 degree grid: larger grids are cut to windows of this size
SEA = 50.0  # [m] a target below this is sea for ZHD lessons
HIGH = 1000.0  # [m] stands for the unknown height of land


def draw_texture_pair(
    texture: Texture,
    step: int,
    rng: np.random.Generator,
    *,
    flip_chance: float = 0.5,
    window: tuple[int, int] = WINDOW,
    warping: Warping | None = None,
) -> PairSet:
    """Draw one pair (one epoch): random time, phase, hemisphere, noise and, if fine, window.

    Parameters
    ----------
    texture : Texture
        From `make_texture`.
    step : int
        Thinning both ways.
    rng : numpy.random.Generator
        Source of all choices.
    flip_chance : float, default 0.5
        How often north and south are exchanged [1].
    window : tuple of int, default (36, 72)
        At most so many rows and columns of nodes; more of them are cut to a region.
    warping : Warping, optional
        Bends the fields now and then.

    Returns
    -------
    PairSet
        With one epoch; target and node heights play no part in it and are left zero.

    Examples
    --------
    >>> lat, lon = 90 - (np.arange(12) + 0.5) * 15, (np.arange(24) + 0.5) * 15
    >>> field = np.full((1, 12, 24), 0.2, np.float32)
    >>> alone = np.array([-1])
    >>> texture = Texture(lat, lon, 11 * field, field, 0 * field[0], 0 * field, alone, alone)
    >>> draw_texture_pair(texture, 3, np.random.default_rng(0)).residual.shape
    (1, 2, 9, 3, 8)
    """
    texture, epoch = _maybe_bent(texture, warping, rng)
    drawn = _draw(texture, step, rng, flip_chance, window, epoch)
    lat, lon, rows, columns = drawn.lat, drawn.lon, drawn.rows, drawn.columns
    phase, edges = drawn.phase, drawn.edges

    def nodes(field: np.ndarray) -> np.ndarray:
        return field[rows[:, None], columns]

    node_height = nodes(drawn.height)
    to_sea = reduction_to_sea(node_height, lat[rows])
    now, before, after = (
        (nodes(zhd)[None] / to_sea[0], nodes(zwd)[None] / to_sea[1])
        for zhd, zwd in zip(drawn.zhd, drawn.zwd, strict=True)
    )
    channels, scales = node_input(
        *now,
        node_height,
        lat[rows],
        lon[columns % len(lon)] if edges.wrap else lon[columns],
        before=before if drawn.known[0] else None,
        after=after if drawn.known[1] else None,
    )
    top = sort_into_cells(drawn.height, (step, step), phase, edges.wrap)
    factor = np.exp(-top / WET_SCALE_HEIGHT)
    left = [beyond_bicubic(f[0], nodes(f[0]), step, phase, edges) for f in (drawn.zhd, drawn.zwd)]
    residual = np.stack([left[0] + np.where(_is_sea(drawn, step), 0.0, np.nan), left[1] * factor])
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


class _Drawn(NamedTuple):
    """Fine fields at h = 0 of one epoch, and those before and after it, maybe cut to a window.

    ground: high where ZHD is no lesson; height, unless the texture knows its land otherwise.
    """

    zhd: list[np.ndarray]
    zwd: list[np.ndarray]
    height: np.ndarray
    ground: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    phase: tuple[int, int]
    rows: np.ndarray
    columns: np.ndarray
    edges: Edges
    known: tuple[bool, bool]


def _draw(
    texture: Texture,
    step: int,
    rng: np.random.Generator,
    flip_chance: float,
    window: tuple[int, int],
    epoch: int | None,
) -> _Drawn:
    """Draw epoch, unless it is given, phase, hemisphere, window and noise, in this order."""
    if epoch is None:
        epoch = int(rng.integers(len(texture.zwd)))
    row, column = (int(p) for p in rng.integers(step, size=2))
    south = -1 if rng.random() < flip_chance else 1
    epochs = [epoch, texture.before[epoch], texture.after[epoch]]
    cut = _window(texture, step, (row, column), window, rng)
    zwd = [cut((texture.zwd[e] + _shifted(texture.noise, rng))[::south]) for e in epochs]
    zhd = [cut(texture.zhd[e][::south]) for e in epochs]
    height = cut(texture.orography[::south])
    ground = height if texture.land is None else HIGH * cut(texture.land[::south])
    lat = cut((south * texture.lat[::south])[:, None] + 0 * texture.lon)[:, 0]
    lon = texture.lon[: height.shape[1]]
    whole = height.shape[1] == len(texture.lon)
    phase = (row, column) if whole else (0, 0)
    rows = np.arange(phase[0], len(lat), step)
    columns = phase[1] + step * np.arange(len(lon) // step if whole else -(-len(lon) // step))
    # Off the symmetric phase the rows beyond the pole are not nodes; half a step is close enough.
    edges = Edges(True, "half", "half") if whole else Edges(False, "edge", "edge")
    known = bool(epochs[1] >= 0), bool(epochs[2] >= 0)
    return _Drawn(zhd, zwd, height, ground, lat, lon, phase, rows, columns, edges, known)


def _maybe_bent(
    texture: Texture, warping: Warping | None, rng: np.random.Generator
) -> tuple[Texture, int | None]:
    """Now and then draw an epoch, and bend it and its neighbours; it becomes the first."""
    if warping is None or not warping.wanted(rng):
        return texture, None
    epoch = int(rng.integers(len(texture.zwd)))
    neighbours = [int(texture.before[epoch]), int(texture.after[epoch])]
    axes = texture.lat, texture.lon
    bent = draw_displacement(*axes, rng)
    rows, columns = (np.arange(len(axis)) for axis in axes)
    places = find_places(axes, rows, columns, bent)
    known = [epoch, *(number for number in neighbours if number >= 0)]

    def take(name: str) -> np.ndarray:
        field = getattr(texture, name)
        return np.stack([warping.take((name, e), field[e], places, wrap=True) for e in known])

    alone = np.full(len(known), -1)
    before, after = alone.copy(), alone.copy()
    for place, number in zip((before, after), neighbours, strict=True):
        if number >= 0:
            place[0] = known.index(number)
    height = take_ground(texture.orography, places)
    fields = {"zhd": take("zhd"), "zwd": take("zwd"), "orography": height}
    return texture._replace(**fields, before=before, after=after), 0


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


def beyond_bicubic(
    fine: np.ndarray, nodes: np.ndarray, step: int, phase: tuple[int, int], edges: Edges
) -> np.ndarray:
    """Truth minus bicubic interpolation at h = 0, in the order of `sort_into_cells`."""
    place_of = np.arange(4.0)
    kernel = np.zeros((step, 4))
    for q in range(step):
        place = make_stencil(place_of[::-1], place_of, 1.0, 1.0 + q / step)
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
    return sort_into_cells(fine, (step, step), phase, edges.wrap) - np.stack(guess)


def _is_sea(drawn: _Drawn, step: int) -> np.ndarray:
    """Targets whose ZHD is a lesson, in the order of `sort_into_cells`."""
    low = sort_into_cells(drawn.ground, (step, step), drawn.phase, drawn.edges.wrap) < SEA
    return low & _all_sea(drawn.ground[drawn.rows[:, None], drawn.columns], drawn.edges)


def _all_sea(height: np.ndarray, edges: Edges) -> np.ndarray:
    """Cells whose sixteen nodes are all low, (lat - 1, lon)."""
    low = pad_field((height < 2 * SEA).astype(float), 2, edges)
    rows, columns = height.shape[0], height.shape[1] - (0 if edges.wrap else 1)
    parts = [low[1 + i : rows + i, 1 + j : 1 + j + columns] for i in range(4) for j in range(4)]
    return np.min(parts, 0) > 0
