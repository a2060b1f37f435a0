"""Read bands of rows of a target, and refine them: the blocks of a terrain model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.layout import with_standard_names
from tropdsx.cf.quantities import DELAYS
from tropdsx.pipeline.bands import BandRefiner, Epoch
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import restored
from tropdsx.system.workers import compute_here
from tropdsx.workflows.convert.bands import Bands
from tropdsx.workflows.convert.blocks import Block, BlockReader, Refine

__all__ = ["Band", "BandReader", "Latest", "RefineBand"]


@dataclass(frozen=True, eq=False)
class Band:
    """A band of rows of a block of epochs, for a worker.

    Attributes
    ----------
    number : int
        Of the block of epochs.
    block : Block
        Epochs.
    start, stop : int
        Rows of the fine grid.
    first : int
        Row of the fine grid that the heights begin with.
    heights : ndarray, shape (rows, lon)
        Ellipsoidal [m].
    """

    number: int
    block: Block
    start: int
    stop: int
    first: int
    heights: NDArray[np.float64]


class BandReader:
    """Read the input and the heights of the target band by band: used from one thread.

    The bands of a block of epochs follow each other, from the first row of the output to the last.

    Parameters
    ----------
    plan : Plan
        Its grid is read, and the heights of its target.
    bands : Bands
        How rows are cut.
    files : sequence of str
        Where the grid is read from, for messages.
    """

    def __init__(self, plan: Plan, bands: Bands, files: Sequence[str] = ()) -> None:
        self._blocks = BlockReader(plan, bands.steps, files)
        self._held: tuple[int, Block | None] = (-1, None)
        self._heights = plan.target.fine["orography"].transpose("lat", "lon")
        self._refine = RefineBand.of(plan, bands)
        self._bands = bands

    @property
    def count(self) -> int:
        """Number of bands of all blocks."""
        return self._blocks.count * self._bands.count

    def rows_of(self, number: int) -> NDArray[np.intp]:
        """List the epochs of a band; see :meth:`BlockReader.rows_of`."""
        return self._blocks.rows_of(number // self._bands.count)

    def offset_of(self, number: int) -> int:
        """Find the first row of a band in the output."""
        return self._bands.rows_of(number % self._bands.count)[0]

    def read(self, number: int) -> Band:
        """Read a band.

        Parameters
        ----------
        number : int
            Which; in ascending order no epoch is read twice.

        Returns
        -------
        Band

        Raises
        ------
        InputError
            If the input is damaged there.
        """
        epochs, band = divmod(number, self._bands.count)
        held, block = self._held
        if block is None or held != epochs:
            block = self._blocks.read(epochs)
            self._held = (epochs, block)
        start, stop = self._bands.rows_of(band)
        if self._refine.is_flipped:
            start, stop = self._bands.total - stop, self._bands.total - start
        first, last = self._refine.refiner.reach(start, stop)
        heights = np.asarray(compute_here(self._heights[first:last]).to_numpy(), np.float64)
        return Band(epochs, block, start, stop, first, heights)


class Latest:
    """Keep what was made of the last keys: each once, by the first thread that wants it.

    Parameters
    ----------
    size : int
        How many are kept.

    Examples
    --------
    >>> latest = Latest(1)
    >>> latest(5, lambda: "made"), latest(5, lambda: "made again")
    ('made', 'made')
    """

    def __init__(self, size: int = 2) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._made: dict[Hashable, Future[Any]] = {}

    def __call__(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Give what was made of a key, or make it."""
        with self._lock:
            future = self._made.get(key)
            own = future is None
            if future is None:
                future = self._made[key] = Future()
                while len(self._made) > self._size:
                    del self._made[next(iter(self._made))]
        if own:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:  # whoever wants it later tries again: a worker has retries
                    if self._made.get(key) is future:
                        del self._made[key]
                future.set_exception(error)
                raise
        return future.result()

    def __reduce__(self) -> tuple[type[Latest], tuple[int]]:
        """Travel to a worker empty."""
        return Latest, (self._size,)


@dataclass(frozen=True, eq=False)
class RefineBand:
    """Turn a band into its part of the result: a function that can travel to a worker.

    Attributes
    ----------
    refiner : BandRefiner
        Axes, options and the range of heights.
    is_flipped : bool
        Whether the output runs from south to north.
    columns : ndarray of int or None
        Columns of the fine grid in the order of the output; None where that is theirs.
    has_time : bool
        Whether the output has a time dimension.
    latest : Latest
        Of the blocks of epochs what no row changes.
    """

    refiner: BandRefiner
    is_flipped: bool
    columns: NDArray[np.intp] | None
    has_time: bool
    latest: Latest = field(default_factory=Latest)

    @classmethod
    def of(cls, plan: Plan, bands: Bands) -> RefineBand:
        """Keep of a plan what every band needs.

        Parameters
        ----------
        plan : Plan
            Of the whole series.
        bands : Bands
            How rows are cut.

        Returns
        -------
        RefineBand
        """
        kept = Refine.of(plan).plan
        axes = plan.grid[["lat", "lon"]]
        fine = plan.target.fine[["lat", "lon"]].drop_vars("orography", errors="ignore")
        kept = replace(kept, grid=axes, target=replace(kept.target, fine=fine))
        places = fine.assign(row=("lat", np.arange(bands.total)))
        places["column"] = ("lon", np.arange(fine.sizes["lon"]))
        places = places.expand_dims(time=plan.grid["time"].to_numpy()[:1])
        out = with_standard_names(restored(places, kept))
        row, column = (out[name].to_numpy() for name in ("row", "column"))
        has_time = "time" in out.dims
        row, column = (row[0], column[0]) if has_time else (row, column)
        plain = np.array_equal(column, np.arange(fine.sizes["lon"]))
        refiner = BandRefiner(kept, bands.heights, bands.sample)
        return cls(refiner, bool(row[0] > row[-1]), None if plain else column, has_time)

    @property
    def device(self) -> str | None:
        """Device that the network is wanted on; None without a network."""
        return Refine(self.refiner.plan).device

    def on(self, device: str) -> RefineBand:
        """Move the network to another device; see :meth:`Refine.on`."""
        plan = Refine(self.refiner.plan).on(device).plan
        return replace(self, refiner=replace(self.refiner, plan=plan))

    def __call__(self, band: Band) -> dict[str, NDArray[Any]]:
        """Refine a band.

        Parameters
        ----------
        band : Band
            Rows and epochs with their neighbours.

        Returns
        -------
        dict of ndarray
            By name, as the file has them: (time, lat, lon) [m]; with the first epochs also what
            has no time, (lat, lon).
        """
        block, refiner = band.block, self.refiner
        epochs: list[Epoch] = self.latest(
            band.number, lambda: [refiner.prepare(block.grid, int(row)) for row in block.rows]
        )
        out: dict[str, NDArray[Any]] = {}
        for place, epoch in enumerate(epochs):
            rows = (band.start, band.stop, band.first)
            found = refiner.refine(epoch, *rows, band.heights, at_first=band.start == 0)
            for name, values in found.items():
                laid = self._lay(values[0])
                if name not in out:
                    out[name] = np.empty((len(epochs), *np.shape(laid)), laid.dtype)
                out[name][place] = laid
        if not self.has_time:
            out = {name: values[0] for name, values in out.items()}
        return out | (self._steady(band) if band.number == 0 else {})

    def _steady(self, band: Band) -> dict[str, NDArray[Any]]:
        """Give what has no time: heights and RMSE maps."""
        own = slice(band.start - band.first, band.stop - band.first)
        names = tuple(name for name in DELAYS if name in band.block.grid)
        maps = self.refiner.rmse_maps(names, band.start, band.stop)
        steady = {"orography": band.heights[own], **maps}
        return {name: self._lay(values) for name, values in steady.items()}

    def _lay(self, values: NDArray[Any]) -> NDArray[Any]:
        """Put rows and columns into the order of the output; a count has none."""
        if not np.ndim(values):
            return values
        values = values[::-1] if self.is_flipped else values
        return values if self.columns is None else values[:, self.columns]
