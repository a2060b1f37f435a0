"""One conversion of a series: which blocks are left, who computes them, and where they go."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError
from tropdsx.pipeline.options import is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.system.hashing import fingerprint
from tropdsx.system.partial import Partial
from tropdsx.system.workers import run_blocks
from tropdsx.workflows.convert.blocks import Block, BlockReader, Refine, block_steps
from tropdsx.workflows.convert.cluster import Remote
from tropdsx.write.encoding import find_time_dim
from tropdsx.write.growing_netcdf import NetcdfFile
from tropdsx.write.growing_zarr import ZarrStore
from tropdsx.write.provenance import find_sources

__all__ = ["Run", "compute_block"]

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

Work = tuple[Block, NDArray[np.intp]]


def compute_block(refine: Refine, store: Callable[..., Any], work: Work) -> Any:
    """Refine a block and make of it what the output wants; runs wherever there is a core.

    Parameters
    ----------
    refine : Refine
        Physics and network.
    store : callable
        Makes chunks of the values, or writes them to their region.
    work : tuple
        The block, and its places in the output.

    Returns
    -------
    Any
        What ``store`` returned, for the thread that keeps the output.
    """
    block, rows = work
    return store(refine(block), rows)


def precision_error(plan: Plan, files: Sequence[str] = ()) -> str:
    """Measure what a reduced precision costs, on the first block of epochs.

    Parameters
    ----------
    plan : Plan
        With the reduced precision.
    files : sequence of str
        Of the input, for messages.

    Returns
    -------
    str
        JSON: for each delay the greatest and the root mean square difference from float32 [mm].
    """
    block = BlockReader(plan, block_steps(plan), files).read(0)
    exact = replace(plan, options=replace(plan.options, precision="float32"))
    fast, slow = (Refine.of(each)(block) for each in (plan, exact))
    found = {}
    for name in fast:
        off = 1e3 * (fast[name].astype(float) - slow[name])
        found[name] = {
            "max_mm": round(float(np.nanmax(np.abs(off))), 4),
            "rms_mm": round(float(np.sqrt(np.nanmean(off**2))), 4),
        }
    return json.dumps(found)


def without_values(ds: xr.Dataset, record: Hashable | None) -> xr.Dataset:
    """Replace what is lazy along time by placeholders: the graph of a long series is large.

    Parameters
    ----------
    ds : Dataset
        Described result.
    record : Hashable or None
        The growing dimension.

    Returns
    -------
    Dataset
        The same shapes, types, attributes and encodings; all else as it was.
    """
    out = ds.copy(deep=False)
    for name, var in ds.variables.items():
        if record in var.dims and var.chunks is not None:
            empty = np.broadcast_to(np.zeros((), var.dtype), var.shape)  # of no size in memory
            out[name] = xr.Variable(var.dims, empty, var.attrs, var.encoding)
    return out


class Run:
    """A conversion.

    Parameters
    ----------
    plan : Plan
        What to compute.
    described : Dataset
        The whole result with its attributes, lazy along time.
    target : Path
        Output.
    storage : Mapping
        compression, quantize, pack.
    overwrite, resume : bool
        See :func:`tropdsx.workflows.convert.files.convert`.
    """

    def __init__(
        self,
        plan: Plan,
        described: xr.Dataset,
        target: Path,
        storage: Mapping[str, Any],
        *,
        overwrite: bool,
        resume: bool,
    ) -> None:
        self.plan, self.target = plan, target
        self.files = find_sources(described)
        self.storage = dict(storage)
        self.overwrite, self.resume = overwrite, resume
        self.record = find_time_dim(described)
        self.described = without_values(described, self.record)
        # equals, for unknown dates (NaT) are the same here
        if self.is_series and not xr.Variable("time", described["time"].values).equals(
            xr.Variable("time", plan.grid["time"].values)
        ):
            msg = "the epochs of the result are in another order than those of its blocks"
            raise GridError(msg)
        self.steps = block_steps(plan)

    @property
    def is_series(self) -> bool:
        """Whether the result grows along time; a single field is written at once."""
        return self.record is not None and self.described.sizes[self.record] > 0

    def carry_out(
        self, progress: Callable[[int, int], None] | None = None, client: Any = None
    ) -> Path:
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
        partial = Partial(
            self.target, self._identity(), resume=self.resume, overwrite=self.overwrite
        )
        try:
            reduced = self.plan.options.precision != "float32"
            if reduced and not partial.epochs_done and not is_physics(self.plan.options.model):
                self.described.attrs["tropdsx_precision_error"] = precision_error(
                    self.plan, self.files
                )
            with self._output(partial) as out:
                self._fill(out, partial.epochs_done, progress, client)
            return partial.finish()
        finally:
            partial.release()

    def _identity(self) -> dict[str, Any]:
        """Say what decides the content of the output."""
        found = {
            name: self.described.attrs[name] for name in _IDENTITY if name in self.described.attrs
        }
        return (
            found
            | self.storage
            | {
                "epochs": self.described.sizes[self.record],
                "epochs_in_a_block": self.steps,
                "kind": self.target.suffix,
                "nodes": fingerprint(*(self.described[axis].to_numpy() for axis in ("lat", "lon"))),
            }
        )

    def _output(self, partial: Partial) -> NetcdfFile | ZarrStore:
        if self.target.suffix == ".zarr":
            return ZarrStore(self.described, partial, self.record, steps=self.steps, **self.storage)
        return NetcdfFile(self.described, partial, self.record, **self.storage)

    def _fill(
        self,
        out: NetcdfFile | ZarrStore,
        done: int,
        progress: Callable[[int, int], None] | None,
        client: Any,
    ) -> None:
        reader = BlockReader(self.plan, self.steps, self.files)
        first = done // self.steps
        total = self.described.sizes[self.record]
        job = (Refine.of(self.plan), out.encoder())
        remote = None if client is None else Remote(client, compute_block, *job)
        workers = None if remote is None else remote.slots
        count = reader.count - first

        def read(number: int) -> Work:
            return reader.read(first + number), reader.rows_of(first + number)

        def compute(work: Work) -> Any:
            return compute_block(*job, work) if remote is None else remote(work)

        def written(number: int) -> None:
            if progress is not None:
                progress(min((first + number) * self.steps, total), total)

        run_blocks(
            count,
            read,
            compute,
            lambda _, result: out.append(result),
            workers=workers,
            written=written,
        )
