"""Convert a series block by block: what is left of it, who computes it, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.errors import GridError
from tropdsx.pipeline.options import is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.system.hashing import fingerprint
from tropdsx.system.partial import Partial
from tropdsx.system.paths import names_store
from tropdsx.system.workers import Advance, run_blocks
from tropdsx.workflows.convert.band_blocks import Band, BandReader, RefineBand
from tropdsx.workflows.convert.bands import Bands
from tropdsx.workflows.convert.blocks import Block, BlockReader, Refine, count_steps
from tropdsx.workflows.convert.cluster import Remote
from tropdsx.write.encoding import find_time_dim
from tropdsx.write.growing_netcdf import NetcdfFile, WholeNetcdf
from tropdsx.write.provenance import find_sources

if TYPE_CHECKING:
    from distributed import Client

    from tropdsx.write.growing_zarr import ZarrStore

__all__ = ["Series", "find_series_dim"]

#: Attributes of the result that a run to be continued must share.
_IDENTITY = (
    "tropdsx_version",
    "tropdsx_inputs",
    "tropdsx_parameters",
    "tropdsx_model_sha256",
    "tropdsx_device",
    "tropdsx_precision",
    "tropdsx_torch_version",
)

_Refiner = Callable[[Any], dict[str, NDArray[Any]]]

Work = tuple[Block | Band, NDArray[np.intp], int]
"""A block, the places of its epochs in the output, and its first row there."""


def find_series_dim(described: xr.Dataset) -> Hashable | None:
    """Find the dimension along which a result is written block by block.

    Parameters
    ----------
    described : Dataset
        Result with its attributes.

    Returns
    -------
    Hashable or None
        None for a single field and for no epochs at all, which are written at once.

    Examples
    --------
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0], "time": [np.datetime64("2021-01-01", "ns")]}
    >>> ds = xr.Dataset(coords=axes)
    >>> find_series_dim(ds), find_series_dim(ds.isel(time=[]))
    ('time', None)
    """
    time_dim = find_time_dim(described)
    return time_dim if time_dim is not None and described.sizes[time_dim] > 0 else None


class Series:
    """A conversion of dated epochs into one output.

    Parameters
    ----------
    plan : Plan
        What to compute.
    described : Dataset
        The whole result with its attributes, lazy along time; or computed, of one block.
    time_dim : Hashable or None
        Dimension that grows; None for a single field without a date, in bands.
    target : Path
        Output.
    storage : dict
        How values are stored: ``compression``, ``quantize``, ``pack``, of a store ``zarr_format``.
    resume, overwrite : bool
        See :func:`tropdsx.convert`.
    bands : Bands, optional
        How the rows of a large target are cut.

    Raises
    ------
    GridError
        If the blocks would not come in the order of the result.
    """

    def __init__(
        self,
        plan: Plan,
        described: xr.Dataset,
        time_dim: Hashable | None,
        target: Path,
        storage: dict[str, Any],
        *,
        resume: bool = False,
        overwrite: bool = False,
        bands: Bands | None = None,
    ) -> None:
        # equals, for unknown dates (NaT) are the same here
        if time_dim is not None and not xr.Variable("time", described["time"].values).equals(
            xr.Variable("time", plan.grid["time"].values)
        ):
            msg = "the epochs of the result are in another order than those of its blocks"
            raise GridError(msg)
        self.plan, self.target, self.storage = plan, target, storage
        self.time_dim = time_dim
        self.files = find_sources(described)
        self.described, self.computed = _without_values(described, time_dim)
        self.epochs = plan.grid.sizes["time"]
        self.bands = bands
        self.steps = count_steps(plan) if bands is None else bands.steps
        self.computed = self.computed if bands is None else None
        self.resume, self.overwrite = resume, overwrite

    def write(self, progress: Advance | None = None, client: Client | None = None) -> Path:
        """Compute and write what is left.

        Parameters
        ----------
        progress : callable, optional
            Called with (epochs written, epochs in all).
        client : Client, optional
            Cluster that computes; default: threads of this process.

        Returns
        -------
        Path
            The output under its final name.
        """
        kept = {"resume": self.resume, "overwrite": self.overwrite}
        count = 1 if self.bands is None else self.bands.count
        partial = Partial(self.target, self._identity(), bands=count, **kept)
        try:
            reduced = self.plan.options.precision != "float32"
            if reduced and not partial.parts_done and not is_physics(self.plan.options.model):
                found = _measure_precision(self.plan, self.bands, self.files)
                self.described.attrs["tropdsx_precision_error"] = found
            with self._output(partial) as out:
                self._fill(out, partial.parts_done, progress, client)
            return partial.finish()
        finally:
            partial.release()

    def _identity(self) -> dict[str, Any]:
        """Say what decides the content of the output."""
        attrs = self.described.attrs
        cut = {} if self.bands is None else {"rows_in_a_band": self.bands.rows}
        return {
            **{name: attrs[name] for name in _IDENTITY if name in attrs},
            **self.storage,
            **cut,
            "epochs": self.epochs,
            "epochs_in_a_block": self.steps,
            "kind": self.target.suffix,
            "nodes": fingerprint(*(self.described[axis].to_numpy() for axis in ("lat", "lon"))),
        }

    def _output(self, partial: Partial) -> NetcdfFile | WholeNetcdf | ZarrStore:
        bands = None if self.bands is None else ("lat", self.bands.rows)
        if names_store(self.target):
            from tropdsx.write.growing_zarr import ZarrStore  # for such a target alone

            kept = {"steps": self.steps, "bands": bands, **self.storage}
            return ZarrStore(self.described, partial, self.time_dim, **kept)
        whole = self.computed is not None and not partial.parts_done
        kind = WholeNetcdf if whole else NetcdfFile
        return kind(self.described, partial, self.time_dim, bands=bands, **self.storage)

    def _fill(
        self,
        out: NetcdfFile | WholeNetcdf | ZarrStore,
        done: int,
        progress: Advance | None,
        client: Client | None,
    ) -> None:
        if self.computed is not None:
            self._fill_at_once(out, self.computed, progress)
            return
        reader, refine = _means(self.plan, self.bands, self.files)
        first = self._blocks_of(done)
        job = (refine, out.encoder())
        remote = None if client is None else Remote(client, _compute_block, *job)

        def read(number: int) -> Work:
            place = first + number
            return reader.read(place), reader.rows_of(place), reader.offset_of(place)

        def compute(work: Work) -> Any:
            return _compute_block(*job, work) if remote is None else remote(work)

        def tell(number: int) -> None:
            if progress is not None:
                progress(self._epochs_of(first + number), self.epochs)

        run_blocks(
            reader.count - first,
            read,
            compute,
            lambda _, result: out.append(result),
            workers=None if remote is None else remote.slots,
            written=tell,
        )

    def _blocks_of(self, parts: int) -> int:
        """Count the blocks that so many bands of epochs are."""
        bands = 1 if self.bands is None else self.bands.count
        whole, rest = divmod(parts, self.steps * bands)
        last = min(self.steps, self.epochs - whole * self.steps)
        return whole * bands + (rest // last if rest else 0)

    def _epochs_of(self, blocks: int) -> float:
        """Count the epochs of so many blocks; bands are parts of them."""
        bands = 1 if self.bands is None else self.bands.count
        whole, rest = divmod(blocks, bands)
        start = min(whole * self.steps, self.epochs)
        last = min(self.steps, self.epochs - start)
        return start + last * rest / bands if rest else start

    def _fill_at_once(
        self,
        out: NetcdfFile | WholeNetcdf | ZarrStore,
        computed: dict[str, NDArray[Any]],
        progress: Advance | None,
    ) -> None:
        """Write what was computed when the result was laid out: a series of one block."""
        rows, encode = np.arange(self.epochs), out.encoder()

        def tell(_: int) -> None:
            if progress is not None:
                progress(self.epochs, self.epochs)

        run_blocks(
            1,
            lambda _: computed,
            lambda block: encode(block, rows),
            lambda _, result: out.append(result),
            workers=1,
            written=tell,
        )


def _compute_block(refine: _Refiner, store: Callable[..., Any], work: Work) -> Any:
    """Refine a block and make of it what the output wants; runs wherever there is a core.

    `store` makes chunks of the values, or writes them to their region; what it returns is for the
    thread that keeps the output.
    """
    block, rows, offset = work
    return store(refine(block), rows, offset)


def _means(
    plan: Plan, bands: Bands | None, files: Sequence[str]
) -> tuple[BlockReader | BandReader, _Refiner]:
    """Give what reads a series, and what refines what was read."""
    if bands is None:
        return BlockReader(plan, count_steps(plan), files), Refine.of(plan)
    return BandReader(plan, bands, files), RefineBand.of(plan, bands)


def _measure_precision(plan: Plan, bands: Bands | None, files: Sequence[str]) -> str:
    """Measure what a reduced precision costs, on the first block of epochs, as JSON.

    For each delay the greatest and the root mean square difference from float32 [mm].
    """
    reader, refine = _means(plan, bands, files)
    exact = replace(plan, options=replace(plan.options, precision="float32"))
    refine_exactly = _means(exact, bands, files)[1]
    found: dict[str, list[tuple[float, float, int]]] = {}
    for number in range(1 if bands is None else bands.count):
        block = reader.read(number)
        fast, slow = refine(block), refine_exactly(block)
        for name in (each for each in fast if each.removesuffix("_sigma") in DELAYS_AND_TOTAL):
            off = np.abs(1e3 * (fast[name].astype(float) - slow[name]))
            off = off[np.isfinite(off)]
            parts = float(off.max(initial=0.0)), float(off @ off), off.size
            found.setdefault(name, []).append(parts)
    said = {}
    for name, each in found.items():
        largest, squares, count = zip(*each, strict=True)
        if sum(count):  # of what is missing everywhere there is nothing to say
            rms = (sum(squares) / sum(count)) ** 0.5
            said[name] = {"max_mm": round(max(largest), 4), "rms_mm": round(rms, 4)}
    return json.dumps(said)


def _without_values(
    ds: xr.Dataset, time_dim: Hashable
) -> tuple[xr.Dataset, dict[str, NDArray[Any]] | None]:
    """Replace what is lazy along time by placeholders: the graph of a long series is large.

    Returns what remains, and the values along time if all of them are in memory.
    """
    out = ds.copy(deep=False)
    moving = {str(name): var for name, var in ds.data_vars.items() if time_dim in var.dims}
    for name, var in ds.variables.items():
        if time_dim in var.dims and var.chunks is not None:
            empty = np.broadcast_to(np.zeros((), var.dtype), var.shape)  # of no size in memory
            out[name] = xr.Variable(var.dims, empty, var.attrs, var.encoding)
    if any(var.chunks is not None for var in moving.values()):
        return out, None
    return out, {name: var.to_numpy() for name, var in moving.items()}
