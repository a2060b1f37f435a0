"""Coarse-fine pairs for training: the lesson is what physics leaves over of a thinned field.

The inputs are prepared by the code that prediction uses (`reduce`, `nodes`), at every phase of the
thinning, so that one series of fine fields gives many different lessons.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.edges import Edges, find_edges
from tropdsx.predict.channels import node_input
from tropdsx.reduce.lift import reduce_to_orography

__all__ = ["PairSet", "cells", "left_over", "neighbours", "pair_set"]


class PairSet(NamedTuple):
    """Pairs of one thinning: all epochs on the same coarse grid.

    channels (T, C, lat, lon) [1] and scales (T, 2, lat, lon) [m] as `nodes.node_input` gives them;
    residual (T, 2, Q, lat - 1, lon) truth minus first guess at the Q targets of each cell, NaN
    where unknown [m]; weight (Q, lat - 1, 1) area, 0 at the nodes [1]; target_height
    (Q, lat - 1, lon) and node_height (lat, lon) [km]; wet_factor (Q, lat - 1, lon) [1]; lat and
    lon, axes of the nodes [degrees].
    """

    name: str
    steps: tuple[int, int]
    edges: Edges
    channels: np.ndarray
    scales: np.ndarray
    residual: np.ndarray
    weight: np.ndarray
    target_height: np.ndarray
    node_height: np.ndarray
    wet_factor: np.ndarray
    lat: np.ndarray
    lon: np.ndarray

    @property
    def spacing(self) -> float:
        """Geometric mean of the two steps of the coarse grid [degrees]."""
        return float(np.sqrt(abs(self.lat[1] - self.lat[0]) * abs(self.lon[1] - self.lon[0])))


def left_over(fine: xr.Dataset, coarse: xr.Dataset) -> np.ndarray:
    """Truth minus first guess at all fine nodes, (time, 2, lat, lon), order zhd, zwd.

    Parameters
    ----------
    fine, coarse : Dataset
        Standard grids with zhd, zwd and orography. [m]

    Returns
    -------
    ndarray
        NaN where truth or first guess is missing. [m]
    """
    guess = reduce_to_orography(coarse, fine[["orography"]])
    parts = [fine[v].to_numpy() - guess[v].to_numpy() for v in ("zhd", "zwd")]
    return np.stack(parts, 1).astype(np.float32)


def cells(
    field: np.ndarray, steps: tuple[int, int], phase: tuple[int, int], wrap: bool = True
) -> np.ndarray:
    """Sort fine nodes (..., lat, lon) by place in the coarse cell: (..., Q, lat - 1, lon).

    Without periodic longitude the last column of nodes closes the last cell, so there is one
    column of cells less.
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


def neighbours(time: np.ndarray, hours: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Find for each epoch the place of the epoch `hours` earlier and later, -1 if there is none.

    Examples
    --------
    >>> t = np.array(["2022-01-01T00", "2022-01-01T06", "2022-01-02T00"], "datetime64[h]")
    >>> [n.tolist() for n in neighbours(t)]
    [[-1, 0, -1], [1, -1, -1]]
    """
    place = {t: i for i, t in enumerate(time)}
    step = np.timedelta64(hours, "h")
    return (
        np.array([place.get(t - step, -1) for t in time]),
        np.array([place.get(t + step, -1) for t in time]),
    )


def pair_set(
    fine: xr.Dataset,
    residual: np.ndarray,
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
        Standard grid with zhd, zwd and orography. [m]
    residual : ndarray
        From `left_over`, (time, 2, lat, lon). [m]
    steps, phase : tuple of int
        Thinning. [1]
    flip : bool, default False
        Exchange north and south: the mirror image of an atmosphere about the equator is a possible
        atmosphere. The residual is flipped too, so the climatology stays that of the true place.
        [1]
    name : str
        Kept for messages. [1]

    Returns
    -------
    PairSet
        Ready for batches. [m]
    """
    lat, lon = fine["lat"].to_numpy(), fine["lon"].to_numpy()
    wrap = find_edges(lat, lon).wrap
    fields = [fine[v].to_numpy() for v in ("zhd", "zwd")] + [fine["orography"].to_numpy(), residual]
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
    others = [tuple(_at(f, place) for f in (zhd, zwd)) for place in neighbours(fine["time"].values)]
    channels, scales = node_input(
        zhd, zwd, node_height, node_lat, node_lon, before=others[0], after=others[1]
    )
    top = cells(height, steps, phase, wrap).astype(np.float32)
    return PairSet(
        name,
        steps,
        find_edges(node_lat, node_lon),
        channels,
        scales,
        cells(residual, steps, phase, wrap),
        area_weight(lat, steps, phase),
        top / 1000,
        (node_height / 1000).astype(np.float32),
        np.exp(-top / 2000),
        node_lat,
        node_lon,
    )


def area_weight(lat: np.ndarray, steps: tuple[int, int], phase: tuple[int, int]) -> np.ndarray:
    """Cosine of latitude in the order of `cells`, (Q, lat - 1, 1); 0 at the nodes."""
    rows = (len(lat) - 1 - phase[0]) // steps[0]
    cosine = np.cos(np.radians(lat[phase[0] : phase[0] + rows * steps[0]])).clip(0)
    weight = np.repeat(cosine.reshape(rows, steps[0]).T, steps[1], 0)[:, :, None]
    weight[0] = 0.0
    return weight.astype(np.float32)


def _at(field: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Take the epochs at `place`; all NaN where it is -1."""
    return np.where((place >= 0)[:, None, None], field[place], np.nan)
