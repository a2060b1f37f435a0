"""Read blocks of epochs with their neighbours, and refine them as the lazy path does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.layout import with_standard_names
from tropdsx.cf.time.epochs import NEIGHBOUR_HOURS, neighbour_rows
from tropdsx.errors import InputError, TropdsxError
from tropdsx.grid.checks.companions import companions_of
from tropdsx.pipeline.options import height_model_of, is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine, restored
from tropdsx.system.workers import compute_here

__all__ = ["Block", "BlockReader", "Refine", "bytes_of_epoch", "count_steps", "in_blocks"]

#: Epochs in a block: enough for a batch and to make the costs of a block small.
STEPS = 8
#: Most output in a block [byte]: several blocks are in memory at once.
BLOCK_BYTES = 8 * 2**20
#: Coarse input fetched at once [byte]: one call to the library for several blocks.
FETCH_BYTES = 4 * 2**20


@dataclass(frozen=True, eq=False)
class Block:
    """Epochs for a worker.

    Attributes
    ----------
    grid : Dataset
        Coarse epochs in memory, the neighbours included.
    rows : ndarray of int
        The epochs of it that are wanted.
    """

    grid: xr.Dataset
    rows: NDArray[np.intp]


def count_steps(plan: Plan) -> int:
    """Choose how many epochs a block has.

    Parameters
    ----------
    plan : Plan
        Whose fine grid is made.

    Returns
    -------
    int
        Up to 8, fewer on a large grid.

    Examples
    --------
    >>> from tropdsx.pipeline.options import Options
    >>> from tropdsx.pipeline.plan import make_plan
    >>> flat = xr.DataArray(np.zeros((4, 5)), {"lat": np.arange(4.0), "lon": np.arange(5.0)})
    >>> flat.attrs["units"] = "m"
    >>> ds = xr.Dataset({"zwd": flat + 0.2, "orography": flat})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> count_steps(make_plan(ds, Options(target=0.5, orography=flat, model=None)))
    8
    """
    return max(1, min(STEPS, BLOCK_BYTES // bytes_of_epoch(plan)))


def in_blocks(plan: Plan) -> Plan:
    """Make an input in memory lazy, unless its whole result is one block.

    Parameters
    ----------
    plan : Plan
        With or without dask arrays; see :func:`count_steps` for an example of one.

    Returns
    -------
    Plan
        The same decisions.
    """
    epochs = plan.grid.sizes["time"]
    if epochs <= STEPS and epochs * bytes_of_epoch(plan) <= BLOCK_BYTES:
        return plan
    moving = [name for name in plan.grid if name != "orography" and plan.grid[name].chunks is None]
    lazy = {name: plan.grid[name].chunk(time=count_steps(plan)) for name in moving}
    return replace(plan, grid=plan.grid.assign(lazy))


def bytes_of_epoch(plan: Plan) -> int:
    """Count the bytes of an epoch of the result of a plan, in single precision."""
    fine = plan.target.fine
    names = 2 + plan.options.ztd + 2 * plan.options.sigma + len(companions_of(plan.grid))
    return int(fine.sizes["lat"] * fine.sizes["lon"] * names * 4)


class BlockReader:
    """Read the input block by block, each epoch once: used from one thread.

    Parameters
    ----------
    plan : Plan
        Its grid is read.
    steps : int
        Epochs in a block.
    files : sequence of str
        Where the grid is read from, for messages.

    Examples
    --------
    >>> from tropdsx.pipeline.options import Options
    >>> from tropdsx.pipeline.plan import make_plan
    >>> axes = {"time": np.arange("2021-01-01", "2021-01-13", dtype="M8[D]").astype("M8[ns]")}
    >>> axes |= {"lat": np.arange(4.0), "lon": np.arange(5.0)}
    >>> zwd = xr.DataArray(np.full((12, 4, 5), 0.2), axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zwd": zwd, "orography": 0 * zwd[0]})
    >>> plan = make_plan(ds, Options(target=0.5, orography=0 * zwd[0], model=None))
    >>> reader = BlockReader(plan, count_steps(plan))
    >>> reader.count, reader.rows_of(1).tolist()
    (2, [8, 9, 10, 11])
    >>> Refine.of(plan)(reader.read(1))["zwd"].shape
    (4, 6, 8)
    """

    def __init__(self, plan: Plan, steps: int, files: Sequence[str] = ()) -> None:
        grid = plan.grid
        self._files = files
        self._moving = grid[[name for name in grid if "time" in grid[name].dims]]
        self._static = compute_here(grid.drop_vars(list(self._moving)).drop_vars("time"))
        self._time = grid["time"].to_numpy()
        self._steps = steps
        self._near = (
            []
            if is_physics(plan.options.model)
            else [neighbour_rows(self._time, hours) for hours in NEIGHBOUR_HOURS]
        )
        epoch = max(1, self._moving.nbytes // max(self._time.size, 1))
        self._ahead = max(steps, min(256, FETCH_BYTES // epoch))
        self._rows = np.empty(0, np.intp)
        # Not computed: an empty part of a chunk would read that chunk.
        none = self._moving.isel(time=slice(0, 0))
        self._held = none.map(
            lambda var: var.copy(data=np.empty(var.shape, var.dtype)), keep_attrs=True
        )

    def offset_of(self, _number: int) -> int:
        """First row of a block in the output: blocks have all rows."""
        return 0

    def rows_of(self, number: int) -> NDArray[np.intp]:
        """List the epochs of a block.

        Parameters
        ----------
        number : int
            Which block.

        Returns
        -------
        ndarray of int
            Places in time.
        """
        start = number * self._steps
        return np.arange(start, min(start + self._steps, self._time.size))

    @property
    def count(self) -> int:
        """Number of blocks."""
        return -(-self._time.size // self._steps)

    def read(self, number: int) -> Block:
        """Read a block with the neighbours of its epochs.

        Parameters
        ----------
        number : int
            Which block; in ascending order nothing is read twice.

        Returns
        -------
        Block

        Raises
        ------
        InputError
            If the input is damaged there; the text names delay, epoch and files.
        """
        own = self.rows_of(number)
        needed = np.unique(
            np.concatenate([own, *(row[own][found[own]] for row, found in self._near)])
        )
        self._fetch(needed)
        grid = self._held.isel(time=np.searchsorted(self._rows, needed)).merge(self._static)
        return Block(grid, np.searchsorted(needed, own))

    def _fetch(self, needed: NDArray[np.intp]) -> None:
        kept = self._rows >= needed[0]
        missing = np.setdiff1d(needed, self._rows)
        if not missing.size:
            return
        last = min(int(needed[-1]) + self._ahead, self._time.size)
        ahead = np.setdiff1d(np.arange(missing[0], last), self._rows)
        fresh = np.union1d(missing, ahead)
        # Only these calls read files: in this thread.
        part = self._moving.isel(time=_as_slice(fresh))
        try:
            part = compute_here(part)
        except (TropdsxError, MemoryError):
            raise
        except Exception as error:  # Each library fails in its own ways on a damaged file.
            raise InputError(_damage(part, self._files, error)) from error
        rows = np.concatenate([self._rows[kept], fresh])
        order = np.argsort(rows)
        joined = xr.concat([self._held.isel(time=kept), part], "time", combine_attrs="override")
        self._held, self._rows = joined.isel(time=order), rows[order]


def _damage(part: xr.Dataset, files: Sequence[str], error: Exception) -> str:
    """Say which delay and epoch cannot be read, by reading them one by one."""
    name, epoch, found = ", ".join(map(str, part)), part["time"].to_numpy()[0], error
    advice = "it can be read now: try again"
    for each, row in product(part, range(part.sizes["time"])):
        try:
            compute_here(part[each].isel(time=[row]))
        except Exception as again:
            name, epoch, found = str(each), part["time"].to_numpy()[row], again
            advice = "that file is damaged or out of reach. Fetch it again"
            break
    where = f"one of {len(files)} files, first {files[0]}," if len(files) > 1 else "".join(files)
    reason = " ".join(str(found).split())[:200] or type(found).__name__
    return (
        f"{name} of {where or 'the input'} cannot be read from the epoch {str(epoch)[:16]} on "
        f"({reason}): {advice}."
    )


def _as_slice(rows: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    if rows.size and rows[-1] - rows[0] + 1 == rows.size:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


@dataclass(frozen=True, eq=False)
class Refine:
    """Turn a block into its part of the result: a function that can travel to a worker.

    Made by :meth:`of`; see :class:`BlockReader` for an example.

    Attributes
    ----------
    plan : Plan
        Without its grid.
    """

    plan: Plan

    @classmethod
    def of(cls, plan: Plan) -> Refine:
        """Keep of a plan what every block needs, and find the height model once.

        Parameters
        ----------
        plan : Plan
            Of the whole series.

        Returns
        -------
        Refine
        """
        # Blocks keep their own epochs, in ascending order: one that is the whole series must not
        # be given the caller's time axis, whose order is another.
        nothing = plan.record.standard_time[:0]
        record = replace(plan.record, time_order=slice(None), standard_time=nothing)
        options = replace(plan.options, height_model=height_model_of(plan.options))
        return cls(replace(plan, grid=xr.Dataset(), record=record, options=options))

    @property
    def device(self) -> str | None:
        """Device that the network is wanted on; None without a network."""
        options = self.plan.options
        return None if is_physics(options.model) else options.device

    def on(self, device: str) -> Refine:
        """Move the network to another device.

        Parameters
        ----------
        device : str
            Such as "cuda:1".

        Returns
        -------
        Refine
        """
        return Refine(replace(self.plan, options=replace(self.plan.options, device=device)))

    def __call__(self, block: Block) -> dict[str, NDArray[Any]]:
        """Refine a block.

        Parameters
        ----------
        block : Block
            Epochs with their neighbours.

        Returns
        -------
        dict of ndarray
            Delays by name, as the file has them: (time, lat, lon) [m].
        """
        fine, _ = refine(self.plan, block.grid, block.rows)
        fine = with_standard_names(restored(fine, self.plan))
        return {str(name): fine[name].to_numpy() for name in fine if "time" in fine[name].dims}
