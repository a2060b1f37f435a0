"""Coarse-fine pairs for training: the lesson is what physics leaves over of a thinned field.

The inputs are prepared by the code that prediction uses (`reduce`, `predict.channels`), at every
phase of the thinning, so that one series of fine fields gives many different lessons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.constants import WET_SCALE_HEIGHT
from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.time.epochs import NEIGHBOUR_HOURS, neighbour_rows
from tropdsx.errors import GridError
from tropdsx.grid.edges import Edges, find_edges
from tropdsx.grid.thinning import list_phases, thin
from tropdsx.predict.channels import node_input
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.system.telling import told

__all__ = [
    "PairSet",
    "area_weight",
    "find_residual",
    "make_pair_set",
    "make_pair_sets",
    "sort_into_cells",
]


class PairSet(NamedTuple):
    """Pairs of one thinning: all T epochs on the same coarse grid, Q targets in each of its cells.

    Attributes
    ----------
    name : str
        For messages.
    steps : tuple of int
        Thinning.
    edges : Edges
        How the coarse grid ends.
    channels : ndarray, shape (T, C, lat, lon)
        What the network sees [1], see `predict.channels.node_input`.
    scales : ndarray, shape (T, 2, lat, lon)
        Roughness of zhd and zwd [m].
    residual : ndarray, shape (T, 2, Q, lat - 1, lon)
        Truth minus first guess [m]; NaN where unknown.
    weight : ndarray, shape (Q, lat - 1, 1)
        Area [1]; 0 at the nodes.
    target_height : ndarray, shape (Q, lat - 1, lon)
        Height of the targets [km].
    node_height : ndarray, shape (lat, lon)
        Height of the nodes [km].
    wet_factor : ndarray, shape (Q, lat - 1, lon)
        ZWD at the height of a target per ZWD at h = 0 [1].
    lat, lon : ndarray
        Axes of the nodes [deg].

    Examples
    --------
    >>> axes = {"lat": np.array([60.0, 30.0, 0.0]), "lon": np.array([0.0, 40.0])}
    >>> empty = dict.fromkeys(PairSet._fields, np.zeros(0))
    >>> round(PairSet(**{**empty, **axes}).spacing, 1)
    34.6
    """

    name: str
    steps: tuple[int, int]
    edges: Edges
    channels: NDArray[np.float32]
    scales: NDArray[np.float32]
    residual: NDArray[np.float32]
    weight: NDArray[np.float32]
    target_height: NDArray[np.floating]
    node_height: NDArray[np.floating]
    wet_factor: NDArray[np.floating]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    @property
    def spacing(self) -> float:
        """Geometric mean of the two steps of the coarse grid [deg]."""
        return float(np.sqrt(abs(self.lat[1] - self.lat[0]) * abs(self.lon[1] - self.lon[0])))


def find_residual(fine: xr.Dataset, coarse: xr.Dataset) -> NDArray[np.float32]:
    """Subtract the first guess from the truth at all fine nodes.

    Parameters
    ----------
    fine, coarse : Dataset
        Standard grids with zhd, zwd and orography [m].

    Returns
    -------
    ndarray, shape (time, 2, lat, lon)
        Of zhd, zwd; NaN where truth or first guess is missing [m].
    """
    guess = reduce_to_orography(coarse, fine[["orography"]])
    parts = [fine[v].to_numpy() - guess[v].to_numpy() for v in DELAYS]
    return np.stack(parts, 1).astype(np.float32)


def sort_into_cells(
    field: np.ndarray, steps: tuple[int, int], phase: tuple[int, int], wrap: bool = True
) -> np.ndarray:
    """Sort fine nodes by their place in the coarse cell, whose own node comes first.

    Parameters
    ----------
    field : ndarray, shape (..., lat, lon)
        Values at the fine nodes.
    steps, phase : tuple of int
        Thinning: every how many rows and columns, and from which.
    wrap : bool, default True
        Longitude is periodic; else the last column of nodes closes the last cell, so there is one
        column of cells less.

    Returns
    -------
    ndarray, shape (..., Q, lat - 1, lon)
        Values at the Q targets of each cell, rows and columns counted in coarse nodes.

    Examples
    --------
    >>> sort_into_cells(np.arange(12).reshape(3, 4), (2, 2), (0, 0))[:, 0].tolist()
    [[0, 2], [1, 3], [4, 6], [5, 7]]
    """
    rows = ((field.shape[-2] - 1 - phase[0]) // steps[0]) * steps[0]
    if wrap:
        columns = field.shape[-1] // steps[1] * steps[1]
        field = np.roll(field, -phase[1], -1)
    else:
        columns = ((field.shape[-1] - 1 - phase[1]) // steps[1]) * steps[1]
        field = field[..., phase[1] :]
    field = field[..., phase[0] : phase[0] + rows, :columns]
    parts = [
        field[..., y :: steps[0], x :: steps[1]] for y in range(steps[0]) for x in range(steps[1])
    ]
    return np.stack(parts, -3)


def make_pair_set(
    fine: xr.Dataset,
    residual: NDArray[np.float32],
    steps: tuple[int, int],
    phase: tuple[int, int],
    *,
    flip: bool = False,
    name: str = "",
) -> PairSet:
    """Gather the pairs of one thinning.

    Parameters
    ----------
    fine : Dataset
        Standard grid with zhd, zwd and orography [m].
    residual : ndarray, shape (time, 2, lat, lon)
        From `find_residual` [m].
    steps, phase : tuple of int
        Thinning.
    flip : bool, default False
        Exchange north and south: the mirror image of an atmosphere about the equator is a possible
        atmosphere. The residual is flipped too, so the climatology stays that of the true place.
    name : str
        Kept for messages.

    Returns
    -------
    PairSet
        Ready for batches.

    Raises
    ------
    GridError
        If fewer than 2 x 2 nodes are left.
    """
    lat, lon = fine["lat"].to_numpy(), fine["lon"].to_numpy()
    wrap = find_edges(lat, lon).wrap
    fields = [fine[v].to_numpy() for v in DELAYS] + [fine["orography"].to_numpy(), residual]
    if flip:
        last = phase[0] + (len(lat) - 1 - phase[0]) // steps[0] * steps[0]
        phase, lat = (len(lat) - 1 - last, phase[1]), -lat[::-1]
        fields = [f[..., ::-1, :] for f in fields]
    zhd, zwd, height, residual = fields
    rows = np.arange(phase[0], len(lat), steps[0])
    count = len(lon) // steps[1] if wrap else (len(lon) - 1 - phase[1]) // steps[1] + 1
    columns = phase[1] + steps[1] * np.arange(count)
    if len(rows) < 2 or count < 2:
        msg = f"{name}: thinning by {steps} leaves fewer than 2 x 2 nodes; use smaller steps"
        raise GridError(msg)
    zhd, zwd, node_height = (f[..., rows[:, None], columns] for f in (zhd, zwd, height))
    node_lat, node_lon = lat[rows], lon[columns]
    before, after = (_neighbour(fine["time"].values, hours, zhd, zwd) for hours in NEIGHBOUR_HOURS)
    channels, scales = node_input(
        zhd, zwd, node_height, node_lat, node_lon, before=before, after=after
    )
    top = sort_into_cells(height, steps, phase, wrap).astype(np.float32)
    return PairSet(
        name,
        steps,
        find_edges(node_lat, node_lon),
        channels,
        scales,
        sort_into_cells(residual, steps, phase, wrap),
        area_weight(lat, steps, phase),
        top / 1000,
        (node_height / 1000).astype(np.float32),
        np.exp(-top / WET_SCALE_HEIGHT),
        node_lat,
        node_lon,
    )


def make_pair_sets(
    fine: xr.Dataset,
    steps: tuple[int, int],
    *,
    count: int | None = None,
    flips: Sequence[bool] = (False,),
    phase: tuple[int, int] | None = None,
) -> list[PairSet]:
    """Make the pairs of one thinning at several phases.

    Parameters
    ----------
    fine : Dataset
        Standard grid with zhd, zwd, orography [m].
    steps : tuple of int
        Thinning.
    count : int, optional
        Number of phases; all if not given.
    flips : sequence of bool
        Without and with north and south exchanged.
    phase : tuple of int, optional
        This phase alone.

    Returns
    -------
    list of PairSet
        One for each phase and hemisphere.

    Examples
    --------
    >>> axes = {"time": np.array(["2022-03-09"], "M8[ns]"), "lat": np.arange(90.0, -91, -15)}
    >>> axes["lon"] = np.arange(0, 360, 15.0)
    >>> flat = xr.DataArray(np.full((1, 13, 24), 0.2), axes, tuple(axes))
    >>> fine = xr.Dataset({"zhd": flat + 2.1, "zwd": flat}).assign(orography=0 * flat[0])
    >>> [pairs.lat[0].item() for pairs in make_pair_sets(fine, (2, 2), count=2)]
    [90.0, 75.0]
    """
    sets = []
    name = f"{steps[0]}x{steps[1]}"
    phases = [phase] if phase is not None else list_phases(steps, count)
    for place in told(phases, f"preparing {name} pairs"):
        residual = find_residual(fine, thin(fine, steps, place))
        sets += [make_pair_set(fine, residual, steps, place, flip=f, name=name) for f in flips]
    return sets


def area_weight(
    lat: NDArray[np.float64], steps: tuple[int, int], phase: tuple[int, int]
) -> NDArray[np.float32]:
    """Weigh targets by area, in the order of `sort_into_cells`.

    Parameters
    ----------
    lat : ndarray
        Rows of the fine grid [deg].
    steps, phase : tuple of int
        Thinning.

    Returns
    -------
    ndarray, shape (Q, lat - 1, 1)
        Cosine of latitude [1]; 0 at the nodes.

    Examples
    --------
    >>> area_weight(np.array([60.0, 30.0, 0.0]), (2, 1), (0, 0)).ravel().round(3).tolist()
    [0.0, 0.8659999966621399]
    """
    rows = (len(lat) - 1 - phase[0]) // steps[0]
    cosine = np.cos(np.radians(lat[phase[0] : phase[0] + rows * steps[0]])).clip(0)
    weight = np.repeat(cosine.reshape(rows, steps[0]).T, steps[1], 0)[:, :, None]
    weight[0] = 0.0
    return weight.astype(np.float32)


def _neighbour(time: np.ndarray, hours: int, *fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take the epochs some hours away; all NaN where there is none."""
    row, found = neighbour_rows(time, hours)
    zhd, zwd = (np.where(found[:, None, None], field[row], np.nan) for field in fields)
    return zhd, zwd
