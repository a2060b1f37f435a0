"""Write a described Dataset as a Zarr store."""

from __future__ import annotations

import os
import warnings
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from tropdsx.cf.acdd import missing_extent
from tropdsx.system.blocks import time_blocks
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.write.encoding import encode, record_of, zarr_codecs

if TYPE_CHECKING:
    from dask.delayed import Delayed

__all__ = ["create_store", "fill", "write_zarr"]


def write_zarr(ds: xr.Dataset, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a described Dataset to a Zarr (version 3) store, atomically.

    One shard per dask block along time, one chunk per epoch inside it; with a cluster the workers
    write their shards in parallel (they must see the same file system).

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.cf.describe` returned.
    path : str or os.PathLike
        The folder to make.
    overwrite : bool, optional
        Replace an existing Zarr store; another folder or file is never replaced.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        As :func:`write_netcdf`.
    """
    target = check_target(path, overwrite=overwrite, folder=True)
    record = record_of(ds)
    steps = 1 if record is None else next(iter(time_blocks(ds, record, parallel=False))).stop
    with stage(target, overwrite=overwrite) as partial, output_errors(target):
        fill(create_store(encode(ds, record, compression="none"), partial, record, steps=steps))
    return target


def create_store(
    ds: xr.Dataset, path: Path, record: Hashable | None, *, steps: int, compression: str = "zstd"
) -> Delayed:
    """Make a Zarr store of an encoded Dataset: a chunk for each epoch, a shard for each block.

    What is in memory is written; dask arrays get their place.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.write.encoding.encode` returned.
    path : Path
        The folder to make.
    record : Hashable or None
        The growing dimension.
    steps : int
        Epochs in a shard.
    compression : str
        As in :func:`tropdsx.write.encoding.filters`; "zstd" is Zarr's own default.

    Returns
    -------
    dask.delayed.Delayed
        Computed, it writes the dask arrays; see :func:`fill`.
    """
    out = ds.copy(deep=False)
    for name, var in out.variables.items():
        chunks = var.encoding.pop("chunksizes", None)
        for other in ("compression", "complevel", "shuffle"):
            var.encoding.pop(other, None)
        if chunks is not None:
            shard = tuple(
                steps if dim == record else n for dim, n in zip(var.dims, chunks, strict=False)
            )
            var.encoding |= {"chunks": chunks, "shards": shard}
            var.encoding |= zarr_codecs(compression, var.dtype.itemsize)
        if var.chunks is not None:
            aligned = {dim: steps if dim == record else -1 for dim in var.dims}
            out[name] = out[name].chunk(aligned)
    out.attrs |= missing_extent(out)
    with warnings.catch_warnings():
        # Zarr warns that consolidated metadata are no part of version 3; without them xarray warns
        # every reader instead.
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        # Zarr writes in threads of its own, which an interrupt of the waiting thread does not stop.
        # A thread that is waited for in any case is never ahead of them.
        with ThreadPoolExecutor(1) as thread:
            job = thread.submit(
                out.to_zarr, path, mode="w-", zarr_format=3, consolidated=True, compute=False
            )
            return job.result()


def fill(values: Delayed) -> None:
    """Write the dask arrays of a store, and wait for every thread that does, whatever happens.

    The threads that dask shares go on after Ctrl-C, and their chunks would bring the folder back
    that was just removed.

    Parameters
    ----------
    values : dask.delayed.Delayed
        What :func:`create_store` returned.
    """
    import dask.base
    import dask.threaded
    from dask.system import CPU_COUNT

    scheduler = dask.base.get_scheduler() or dask.threaded.get
    if scheduler is not dask.threaded.get or dask.config.get("pool", None) is not None:
        values.compute()
        return
    with ThreadPoolExecutor(dask.config.get("num_workers", None) or CPU_COUNT) as pool:
        values.compute(pool=pool)
