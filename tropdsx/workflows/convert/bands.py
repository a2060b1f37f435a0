"""Bands of rows of a target whose epochs are too large for a block: a terrain model of any size."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.pipeline.bands import BandRefiner, can_cut_rows
from tropdsx.pipeline.options import is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.reduce.geometry import GridPair, sample_places
from tropdsx.reduce.polynomials import Heights
from tropdsx.reduce.separable import find_separable
from tropdsx.system.workers import compute_here
from tropdsx.workflows.convert import blocks
from tropdsx.workflows.convert.blocks import bytes_of_epoch

__all__ = ["Bands", "find_bands"]

#: Values of a band in all its epochs [byte]: several bands are in memory at once.
BAND_BYTES = 32 * 2**20
#: What is kept of the nodes of all epochs of a block [byte].
KEPT_BYTES = 48 * 2**20
#: About what is kept of a node in use: its polynomials, and with a network its functions [byte].
NODE_BYTES, NETWORK_BYTES = 250, 2500
#: Rows of a band at most: more would not fit a chunk of the output.
MOST_ROWS = 512
#: Heights looked at at once for their range [1].
HEIGHTS_AT_ONCE = 2**21


@dataclass(frozen=True)
class Bands:
    """How the rows of a target are cut.

    Attributes
    ----------
    rows : int
        In a band of the output; the last one may have fewer.
    total : int
        Rows of the target.
    steps : int
        Epochs that a band is computed for, one after the other.
    low, high : float
        Lowest and highest of the target's heights [m].
    sample : ndarray, optional
        Some of them, see :func:`tropdsx.reduce.geometry.sample_places` [m].

    Examples
    --------
    >>> bands = Bands(rows=144, total=3601, steps=8, low=0.0, high=900.0)
    >>> bands.count, bands.rows_of(25)
    (26, (3600, 3601))
    """

    rows: int
    total: int
    steps: int
    low: float
    high: float
    sample: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)

    @property
    def heights(self) -> Heights:
        """Range that polynomials hold in, as of all heights at once."""
        found = Heights.of(np.array([self.low, self.high]))
        return found or Heights(0.0, 1.0)  # there are heights where there are bands

    @property
    def count(self) -> int:
        """Bands in all."""
        return -(-self.total // self.rows)

    def rows_of(self, number: int) -> tuple[int, int]:
        """First row of a band in the output, and the one after the last."""
        return number * self.rows, min((number + 1) * self.rows, self.total)


def find_bands(plan: Plan) -> Bands | None:
    """Decide whether the rows of a target are cut, and how.

    Parameters
    ----------
    plan : Plan
        Whose fine grid is made.

    Returns
    -------
    Bands or None
        None where an epoch is small enough for a block, or its rows cannot be refined by
        themselves; see :func:`tropdsx.pipeline.bands.can_cut_rows`.

    Examples
    --------
    >>> from tropdsx.pipeline.options import Options
    >>> from tropdsx.pipeline.plan import make_plan
    >>> flat = xr.DataArray(np.zeros((4, 5)), {"lat": np.arange(4.0), "lon": np.arange(5.0)})
    >>> flat.attrs["units"] = "m"
    >>> ds = xr.Dataset({"zwd": (flat + 0.2).assign_attrs(units="m"), "orography": flat})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> find_bands(make_plan(ds, Options(target=0.5, orography=flat, model=None))) is None
    True
    """
    epoch = bytes_of_epoch(plan)
    if epoch <= blocks.BLOCK_BYTES or not can_cut_rows(plan):
        return None
    low, high = _range_of(plan.target.fine["orography"])
    if not np.isfinite(low + high):
        return None
    total = plan.target.fine.sizes["lat"]
    sample = _sample_of(plan)
    whole = Bands(total, total, 1, low, high, sample)
    refiner = BandRefiner(plan, whole.heights)
    nodes = find_separable(refiner.grids, plan.options.interpolation).nodes.size
    kept = nodes * (NODE_BYTES if is_physics(plan.options.model) else NETWORK_BYTES)
    epochs = plan.grid.sizes["time"]
    steps = max(1, min(blocks.STEPS, epochs, KEPT_BYTES // kept))
    rows = max(1, min(MOST_ROWS, total, BAND_BYTES // (steps * -(-epoch // total))))
    step = refiner.rows_at_once
    # Bands that end where what is worked on at once ends: nothing is done twice.
    return replace(whole, rows=rows - rows % step if rows > step else rows, steps=steps)


def _sample_of(plan: Plan) -> NDArray[np.float64] | None:
    """Heights of some targets, for a network."""
    if is_physics(plan.options.model):
        return None
    fine = plan.target.fine
    rows, columns = sample_places(GridPair.from_datasets(plan.grid, fine))
    heights = fine["orography"].transpose("lat", "lon")
    lines = [compute_here(heights[row : row + 1]).to_numpy()[0, columns] for row in rows]
    return np.asarray(lines, float).reshape(rows.size, columns.size)


def _range_of(heights: xr.DataArray) -> tuple[float, float]:
    """Lowest and highest of heights, in memory or lazy, some rows after the other."""
    step = max(1, HEIGHTS_AT_ONCE // heights.shape[1])
    low = high = np.nan
    for start in range(0, len(heights), step):
        part = compute_here(heights[start : start + step]).to_numpy()
        low = np.fmin(low, np.fmin.reduce(part, axis=None))
        high = np.fmax(high, np.fmax.reduce(part, axis=None))
    return float(low), float(high)
