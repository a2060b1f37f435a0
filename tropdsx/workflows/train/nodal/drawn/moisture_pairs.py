"""Pairs drawn from wet delays at no known height: moisture fields of weather models.

Precipitable water times a factor is real texture down to the nodes of a weather model, in seasons
and climates that pairs of delay grids do not have. The ground it belongs to is not at hand, so
these fields are learned at h = 0, where no height function takes part; ZHD is learned from them
over sea alone, where a land mask tells it.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.edges import Edges, find_edges
from tropdsx.grid.thinning import middle_phase, thin
from tropdsx.predict.channels import node_input
from tropdsx.workflows.train.nodal.drawn.texture_pairs import beyond_bicubic, draw_texture_pair
from tropdsx.workflows.train.nodal.pairs import (
    PairSet,
    area_weight,
    find_residual,
    make_pair_set,
)
from tropdsx.workflows.train.texture import Texture

__all__ = ["MoistureFields", "check_moisture_pairs", "draw_moisture_pairs", "find_moisture"]


class MoistureFields(NamedTuple):
    """Wet delays at h = 0.

    Attributes
    ----------
    lat, lon : ndarray
        Axes, descending and ascending [deg].
    zwd : ndarray, shape (time, lat, lon)
        Wet delay; a model's own ground counts as h = 0 [m].
    zhd : ndarray or None
        Hydrostatic delay at h = 0; learned over sea alone, and of globes alone [m].
    land : ndarray, shape (lat, lon)
        1 on land, 0 on sea, 1 where it is not known [1].
    nodes : int
        Every how many nodes are targets.
    step : int
        Every how many targets are input nodes.

    Examples
    --------
    >>> zwd = np.zeros((1, 4, 6))
    >>> fields = MoistureFields(np.zeros(4), np.zeros(6), zwd, None, zwd[0], 2, 5)
    >>> fields.wrap
    False
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    zwd: NDArray[np.float32]
    zhd: NDArray[np.float32] | None
    land: NDArray[np.float32]
    nodes: int
    step: int

    @property
    def wrap(self) -> bool:
        """Whether the fields go round the globe."""
        lon = self.lon
        return bool(len(lon) > 2 and abs(lon[-1] - lon[0] + lon[1] - lon[0] - 360) < 1e-3)

    @property
    def spacing(self) -> float:
        """Step of the input nodes [deg]."""
        return float(abs(self.lat[1] - self.lat[0])) * self.nodes * self.step


def find_moisture(ds: xr.Dataset, nodes: int, step: int) -> MoistureFields:
    """Take the fields out of a standard grid, and refuse what no pair can be drawn from.

    Parameters
    ----------
    ds : Dataset
        Standard grid with zwd and, if they are known, zhd [m] and land_binary_mask [1].
    nodes, step : int
        As in `MoistureFields`.

    Returns
    -------
    MoistureFields
        In memory.

    Raises
    ------
    GridError
        If a region holds too few nodes, or the rows of a globe are no multiple.

    Examples
    --------
    >>> axes = {"time": [0], "lat": np.arange(40.0, 20, -1), "lon": np.arange(0.0, 25)}
    >>> ds = xr.Dataset({"zwd": (tuple(axes), np.full((1, 20, 25), 0.3))}, axes)
    >>> find_moisture(ds, 1, 5).zhd is None
    True
    """
    zwd = ds["zwd"].transpose("time", "lat", "lon").to_numpy().astype(np.float32)
    zhd = None
    if "zhd" in ds and np.isfinite(ds["zhd"]).any():
        zhd = ds["zhd"].transpose("time", "lat", "lon").to_numpy().astype(np.float32)
    lat, lon = (ds[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    land = np.ones(zwd.shape[1:], np.float32)
    if "land_binary_mask" in ds:
        land = ds["land_binary_mask"].transpose("lat", "lon").to_numpy().astype(np.float32)
    found = MoistureFields(lat, lon, zwd, zhd, land, nodes, step)
    every = nodes * step
    if found.wrap:
        fits = len(lat) % every == 0 and len(lon) % every == 0
    else:
        fits = min(len(lat), len(lon)) >= 3 * every
    if not fits:
        msg = (
            f"moisture fields of {len(lat)} x {len(lon)} nodes cannot be thinned by {nodes} and "
            f"{step}: a globe needs multiples of {every} rows and columns, a region at least "
            f"{3 * every} of each"
        )
        raise GridError(msg)
    return found


def draw_moisture_pairs(
    fields: MoistureFields, rng: np.random.Generator, size: int, *, flip_chance: float = 0.5
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

    Returns
    -------
    list of PairSet
        Of one epoch each, without heights; the residual of ZHD is NaN where it is no lesson.

    Examples
    --------
    >>> axes = {"time": [0], "lat": np.arange(40.0, 20, -1), "lon": np.arange(0.0, 25)}
    >>> ds = xr.Dataset({"zwd": (tuple(axes), np.full((1, 20, 25), 0.3))}, axes)
    >>> pairs = draw_moisture_pairs(find_moisture(ds, 1, 5), np.random.default_rng(0), 2)
    >>> len(pairs), pairs[0].residual.shape[1:3]
    (2, (2, 25))
    """
    if fields.wrap:
        return [
            draw_texture_pair(_as_texture(fields, rng), fields.step, rng, flip_chance=flip_chance)
            for _ in range(size)
        ]
    rows, columns = (_offsets(len(axis), fields, rng) for axis in (fields.lat, fields.lon))
    return [_draw_region(fields, rows, columns, rng, flip_chance) for _ in range(size)]


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


def _as_texture(fields: MoistureFields, rng: np.random.Generator) -> Texture:
    """Take the targets of a random offset as a texture without terrain and noise."""
    row, column = (
        slice(int(first), None, fields.nodes) for first in rng.integers(fields.nodes, size=2)
    )
    zwd = fields.zwd[:, row, column]
    zhd = np.full_like(zwd, np.nan) if fields.zhd is None else fields.zhd[:, row, column]
    flat, alone = np.zeros(zwd.shape[1:], np.float32), np.full(len(zwd), -1)
    axes, land = (fields.lat[row], fields.lon[column]), fields.land[row, column]
    return Texture(*axes, zhd, zwd, flat, flat[None], alone, alone, land)


def _offsets(count: int, fields: MoistureFields, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw the first target of an axis; return the targets from the first to the last node."""
    every = fields.nodes * fields.step
    nodes = (count - every) // every  # of whatever offset
    first = int(rng.integers(count - nodes * every))
    return first + fields.nodes * np.arange(nodes * fields.step + 1)


def _draw_region(
    fields: MoistureFields,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    rng: np.random.Generator,
    flip_chance: float,
) -> PairSet:
    """Make the pair of one epoch and hemisphere."""
    step, epoch = fields.step, int(rng.integers(len(fields.zwd)))
    south = -1 if rng.random() < flip_chance else 1
    lat, lon = (south * fields.lat[rows])[::south], fields.lon[columns]

    def cut(field: NDArray[np.float32]) -> NDArray[np.float32]:
        return field[epoch, rows[:, None], columns][::south]

    wet = cut(fields.zwd)
    nodes = wet[::step, ::step]
    given = None if fields.zhd is None else cut(fields.zhd)[None, ::step, ::step]
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
