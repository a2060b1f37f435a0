"""The main job for some rows of the fine grid at a time: the same bits in the memory of a band."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.checks.companions import companions_of
from tropdsx.pipeline.options import height_model_of, is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.reduce.companions import interpolate_companions
from tropdsx.reduce.geometry import GridPair, node_heights
from tropdsx.reduce.lift import LiftedNodes, Lifter
from tropdsx.reduce.polynomials import Heights
from tropdsx.reduce.separable import find_separable

if TYPE_CHECKING:
    from tropdsx.predict.rows import RowRefiner

__all__ = ["BandRefiner", "Epoch", "can_cut_rows"]


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch at the nodes, ready for any rows of the fine grid.

    Attributes
    ----------
    lifted : LiftedNodes
        Physics.
    corrections : RowFields or None
        What the network says; None without one.
    companions : Dataset
        Mapping coefficients and gradients at the nodes.
    """

    lifted: LiftedNodes
    corrections: Any
    companions: xr.Dataset


def can_cut_rows(plan: Plan) -> bool:
    """Tell whether rows of a fine grid can be refined without the others.

    Parameters
    ----------
    plan : Plan
        Of the whole.

    Returns
    -------
    bool
        False for a U-Net, for heights that move with time, and where the fine grid is the coarse
        one.
    """
    if "orography" in plan.grid and "time" in plan.grid["orography"].dims:
        return False
    if GridPair.from_datasets(plan.grid, plan.target.fine).is_identity:
        return False
    if is_physics(plan.options.model):
        return True
    from tropdsx.predict.rows import works_by_rows  # loads torch

    return works_by_rows(plan.options.model)


@dataclass(frozen=True, eq=False)
class BandRefiner:
    """Refine rows of single epochs: what :func:`tropdsx.pipeline.run.refine` gives for the whole.

    Attributes
    ----------
    plan : Plan
        Only the axes of its grids are used, and its options.
    heights : Heights
        Range of the heights of all targets.
    sample : ndarray, optional
        Heights of some targets, see :func:`tropdsx.reduce.geometry.sample_places` [m].

    Examples
    --------
    >>> from tropdsx.pipeline.options import Options
    >>> from tropdsx.pipeline.plan import make_plan
    >>> axes = {"lat": [50.0, 45.0, 40.0], "lon": [5.0, 10.0, 15.0]}
    >>> zhd = xr.DataArray([[2.3] * 3] * 3, axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zhd": zhd, "orography": xr.zeros_like(zhd)})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> plan = make_plan(ds, Options(target=2.5, model=None))
    >>> height = plan.target.fine.orography.to_numpy()
    >>> refiner = BandRefiner(plan, Heights.of(height))
    >>> refiner.refine(refiner.prepare(plan.grid, 0), 1, 3, 0, height)["zhd"].shape
    (1, 2, 4)
    """

    plan: Plan
    heights: Heights
    sample: NDArray[np.float64] | None = None

    @cached_property
    def grids(self) -> GridPair:
        """Axes of both grids."""
        return GridPair.from_datasets(self.plan.grid, self.plan.target.fine)

    @property
    def rows_at_once(self) -> int:
        """Rows that physics and network both work on at once, or a multiple of them."""
        return math.lcm(*self._steps)

    @cached_property
    def _steps(self) -> tuple[int, int]:
        physics = find_separable(self.grids, self.plan.options.interpolation).rows_at_once
        if is_physics(self.plan.options.model):
            return physics, 1
        from tropdsx.predict.rows import RowRefiner

        return physics, RowRefiner.rows_at_once(self.grids.fine_lon.size)

    def reach(self, start: int, stop: int) -> tuple[int, int]:
        """Find the rows whose heights are wanted for some rows.

        Parameters
        ----------
        start, stop : int
            First row of the fine grid, and the one after the last.

        Returns
        -------
        tuple of int
            The same, with the whole of what is worked on at once at both ends.
        """
        physics, network = self._steps
        return self._around(*self._around(start, stop, network), physics)

    def _around(self, start: int, stop: int, step: int) -> tuple[int, int]:
        total = self.grids.fine_lat.size
        return start - start % step, min(-(-stop // step) * step, total)

    def prepare(self, grid: xr.Dataset, row: int) -> Epoch:
        """Lift the nodes of an epoch, and run the network on them.

        Parameters
        ----------
        grid : Dataset
            Standard coarse grid in memory, with the neighbours of the epoch.
        row : int
            Place of the epoch in it.

        Returns
        -------
        Epoch
            For :meth:`refine`.
        """
        model = height_model_of(self.plan.options)
        lifter = Lifter(self.grids, model, self.plan.options.interpolation)
        one = grid.isel(time=[row])
        names = [name for name in (*DELAYS, "temperature") if name in grid]
        order = ("time", "lat", "lon")
        lifted = lifter.prepare(
            one["time"].to_numpy(),
            node_heights(grid, model.name).to_numpy(),
            self.heights,
            {name: one[name].transpose(*order).to_numpy() for name in names},
        )
        network = self._network(tuple(lifted.coarse.delays))
        corrections = None if network is None else network.prepare(grid, row)
        return Epoch(lifted, corrections, one[companions_of(grid)])

    def refine(
        self,
        epoch: Epoch,
        start: int,
        stop: int,
        first: int,
        heights: NDArray[np.float64],
        *,
        at_first: bool = True,
    ) -> dict[str, NDArray[Any]]:
        """Refine some rows of an epoch.

        Parameters
        ----------
        epoch : Epoch
            From :meth:`prepare`.
        start, stop : int
            First row of the fine grid, and the one after the last.
        first : int
            First row of the heights, see :meth:`reach`.
        heights : ndarray, shape (rows, lon)
            Ellipsoidal [m].
        at_first : bool
            Whether what limits held at the nodes is counted, and the errors that are expected are
            given: with one of the bands alone.

        Returns
        -------
        dict of ndarray of float32, shape (1, stop - start, lon)
            Delays, their standard deviations if asked for [m], and what comes with them; counts of
            what limits held in these rows, and expected errors [m], shape (1,).
        """
        delays = epoch.lifted.coarse.delays
        fine = {name: np.empty((1, *heights.shape), np.float32) for name in delays}
        epoch.lifted.fill(first, heights, fine)
        network = self._network(tuple(delays))
        counts: dict[str, NDArray[Any]] = {}
        if network is None:
            fine = _rows_of(fine, start - first, stop - first)
        else:
            own, end = self._around(start, stop, self._steps[1])
            guess = _rows_of(fine, own - first, end - first)
            fine = network.refine(epoch.corrections, own, heights[own - first : end - first], guess)
            guess, fine = (_rows_of(each, start - own, stop - own) for each in (guess, fine))
            counts = network.count_limits(epoch.corrections if at_first else None, guess, fine)
        if self.plan.options.ztd:
            fine["ztd"] = fine["zhd"] + fine["zwd"]
        rows = self.plan.target.fine[["lat", "lon"]].isel(lat=slice(start, stop))
        others = interpolate_companions(epoch.companions, rows)
        return fine | counts | {name: field.to_numpy() for name, field in others.items()}

    def rmse_maps(self, names: tuple[str, ...], start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Put the RMSE maps of the network at some rows.

        Parameters
        ----------
        names : tuple of str
            Which of zhd and zwd there are.
        start, stop : int
            First row of the fine grid, and the one after the last.

        Returns
        -------
        dict of ndarray, shape (stop - start, lon)
            By name [m]; empty without a network.
        """
        network = self._network(names)
        return {} if network is None else network.rmse_maps(start, stop)

    def _network(self, names: tuple[str, ...]) -> RowRefiner | None:
        options = self.plan.options
        if options.model is None or is_physics(options.model):
            return None
        from tropdsx.predict.rows import RowRefiner  # loads torch

        return RowRefiner.of(
            self.grids,
            names,
            options.model,
            options.device,
            precision=options.precision,
            batch_size=options.batch_size,
            sigma=options.sigma,
            heights=self.sample,
        )


def _rows_of(
    fields: dict[str, NDArray[np.float32]], start: int, stop: int
) -> dict[str, NDArray[np.float32]]:
    return {name: field[:, start:stop] for name, field in fields.items()}
