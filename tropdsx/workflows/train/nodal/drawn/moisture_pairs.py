"""Pairs drawn from wet delays at no known height: moisture fields of weather models.

Precipitable water times a factor is real texture down to the nodes of a weather model, in seasons
and climates that pairs of delay grids do not have. The ground it belongs to is not at hand, so
these fields are learned at h = 0, where no height function takes part; ZHD is learned from them
over sea alone, where a land mask tells it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import TropdsxWarning
from tropdsx.grid.edges import Edges, find_edges
from tropdsx.grid.thinning import middle_phase, thin
from tropdsx.predict.channels import node_input
from tropdsx.workflows.train.nodal.drawn.moisture_fields import MoistureFields
from tropdsx.workflows.train.nodal.drawn.texture_pairs import beyond_bicubic, draw_texture_pair
from tropdsx.workflows.train.nodal.drawn.warping import (
    REGION_LENGTHS,
    Warping,
    draw_displacement,
    find_places,
    take_ground,
)
from tropdsx.workflows.train.nodal.pairs import (
    PairSet,
    area_weight,
    find_residual,
    make_pair_set,
)
from tropdsx.workflows.train.texture import Texture

__all__ = ["check_moisture_pairs", "draw_moisture_pairs"]


def draw_moisture_pairs(
    fields: MoistureFields,
    rng: np.random.Generator,
    size: int,
    *,
    flip_chance: float = 0.5,
    warping: Warping | None = None,
) -> list[PairSet]:
    """Draw pairs of one shape: random times, phases, hemispheres and, if fine, windows.

    Parameters
    ----------
    fields : MoistureFields
        From `find_moisture`.
    rng : numpy.random.Generator
        Source of all choices.
    size : int
        Number of pairs.
    flip_chance : float, default 0.5
        How often north and south are exchanged [1].
    warping : Warping, optional
        Bends the fields now and then.

    Returns
    -------
    list of PairSet
        Of one epoch each, without heights; the residual of ZHD is NaN where it is no lesson.

    Examples
    --------
    >>> from tropdsx.workflows.train.nodal.drawn.moisture_fields import find_moisture
    >>> axes = {"time": [0], "lat": np.arange(40.0, 20, -1), "lon": np.arange(0.0, 25)}
    >>> ds = xr.Dataset({"zwd": (tuple(axes), np.full((1, 20, 25), 0.3))}, axes)
    >>> pairs = draw_moisture_pairs(find_moisture(ds, 1, 5), np.random.default_rng(0), 2)
    >>> len(pairs), pairs[0].residual.shape[1:3]
    (2, (2, 25))
    """
    if fields.wrap:
        return [
            draw_texture_pair(
                _as_texture(fields, rng, warping), fields.step, rng, flip_chance=flip_chance
            )
            for _ in range(size)
        ]
    rows, columns = (_offsets(len(axis), fields, rng) for axis in (fields.lat, fields.lon))
    return [_draw_region(fields, rows, columns, rng, flip_chance, warping) for _ in range(size)]


def check_moisture_pairs(ds: xr.Dataset, nodes: int, step: int, name: str) -> PairSet:
    """Make the pairs of all epochs at the middle phase, for validation.

    Parameters
    ----------
    ds : Dataset
        As `find_moisture` has it.
    nodes, step : int
        As in `MoistureFields`.
    name : str
        For messages.

    Returns
    -------
    PairSet
        At h = 0; the residual of ZHD is NaN.

    Examples
    --------
    >>> axes = {"time": np.array(["2020-07-02"], "M8[ns]")}
    >>> axes |= {"lat": np.arange(40.0, 20, -1), "lon": np.arange(0.0, 25)}
    >>> ds = xr.Dataset({"zwd": (tuple(axes), np.full((1, 20, 25), 0.3))}, axes)
    >>> check_moisture_pairs(ds, 1, 5, "flat").lat.tolist()
    [38.0, 33.0, 28.0, 23.0]
    """
    fine = ds.isel(lat=slice(nodes // 2, None, nodes), lon=slice(nodes // 2, None, nodes))
    fine = fine[[v for v in DELAYS if v in fine]]
    if "zhd" not in fine:
        fine["zhd"] = xr.full_like(fine["zwd"], np.nan)
    fine["orography"] = xr.zeros_like(fine["zwd"].isel(time=0, drop=True))
    steps = (step, step)
    phase = middle_phase(steps)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*coarse zhd values are missing", TropdsxWarning)
        residual = find_residual(fine, thin(fine, steps, phase))
    residual[:, 0] = np.nan
    return make_pair_set(fine, residual, steps, phase, name=name)


def _as_texture(
    fields: MoistureFields, rng: np.random.Generator, warping: Warping | None
) -> Texture:
    """Take the targets of a random offset as a texture without terrain and noise."""
    first = (int(each) for each in rng.integers(fields.nodes, size=2))
    rows, columns = (
        np.arange(start, count, fields.nodes)
        for start, count in zip(first, fields.land.shape, strict=True)
    )
    if warping is not None and warping.wanted(rng):
        zhd, zwd, land = _bend_globe(fields, rows, columns, rng, warping)
    else:
        at = (..., slice(rows[0], None, fields.nodes), slice(columns[0], None, fields.nodes))
        zwd, land = fields.zwd[at], fields.land[at]  # views: all epochs need not be copied
        zhd = None if fields.zhd is None else fields.zhd[at]
    if zhd is None:
        zhd = np.full_like(zwd, np.nan)
    flat, alone = np.zeros(land.shape, np.float32), np.full(len(zwd), -1)
    axes = fields.lat[rows], fields.lon[columns]
    return Texture(*axes, zhd, zwd, flat, flat[None], alone, alone, land)


def _bend_globe(
    fields: MoistureFields,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
    warping: Warping,
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32], NDArray[np.float32]]:
    """Draw an epoch of a globe and bend it: ZHD if there is one, ZWD, each (1, j, i), and land."""
    epoch = int(rng.integers(len(fields.zwd)))
    bent = draw_displacement(fields.lat[rows], fields.lon[columns], rng)
    places = find_places((fields.lat, fields.lon), rows, columns, bent)

    def take(name: str, field: NDArray[np.float32]) -> NDArray[np.float32]:
        return warping.take((name, epoch), field[epoch], places, wrap=True)[None]

    zhd = None if fields.zhd is None else take("zhd", fields.zhd)
    coast = take_ground(fields.land, places) > 0
    return zhd, take("zwd", fields.zwd), coast.astype(np.float32)


def _offsets(count: int, fields: MoistureFields, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw the first target of an axis; return the targets from the first to the last node."""
    every = fields.nodes * fields.step
    nodes = (count - every) // every  # of whatever offset
    first = int(rng.integers(count - nodes * every))
    return first + fields.nodes * np.arange(nodes * fields.step + 1)


def _cutter(
    fields: MoistureFields,
    epoch: int,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
    warping: Warping | None,
) -> Callable[[str, NDArray[np.float32]], NDArray[np.float32]]:
    """Make what takes the targets of a region out of a field, which may be bent."""
    if warping is None or not warping.wanted(rng):
        return lambda _, field: field[epoch, rows[:, None], columns]
    bent = draw_displacement(fields.lat[rows], fields.lon[columns], rng, REGION_LENGTHS)
    bent -= bent.mean((1, 2), keepdims=True)  # a shift would only leave the region
    places = find_places((fields.lat, fields.lon), rows, columns, bent)
    return lambda name, field: warping.take((name, epoch), field[epoch], places, wrap=False)


def _draw_region(
    fields: MoistureFields,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
    flip_chance: float,
    warping: Warping | None,
) -> PairSet:
    """Make the pair of one epoch and hemisphere."""
    step, epoch = fields.step, int(rng.integers(len(fields.zwd)))
    south = -1 if rng.random() < flip_chance else 1
    lat, lon = (south * fields.lat[rows])[::south], fields.lon[columns]
    cut = _cutter(fields, epoch, rows, columns, rng, warping)
    wet = cut("zwd", fields.zwd)[::south]
    nodes = wet[::step, ::step]
    given = None
    if fields.zhd is not None:
        given = cut("zhd", fields.zhd)[None, ::south][:, ::step, ::step]
    flat = np.zeros(nodes.shape)
    edges = find_edges(lat[::step], lon[::step])
    channels, scales = node_input(given, nodes[None], flat, lat[::step], lon[::step])
    left = beyond_bicubic(wet, nodes, step, (0, 0), Edges(False, "edge", "edge"))
    zero = np.zeros(left.shape)
    return PairSet(
        "moisture",
        (step, step),
        edges,
        channels,
        scales,
        np.stack([zero + np.nan, left])[None].astype(np.float32),
        area_weight(lat, (step, step), (0, 0)),
        zero,
        flat,
        zero + 1.0,
        lat[::step],
        lon[::step],
    )
