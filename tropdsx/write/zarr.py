"""Write a described Dataset as a Zarr store."""

from __future__ import annotations

import os
import warnings
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from tropdsx.cf.extent import missing_extent
from tropdsx.system.blocks import time_blocks
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.write.compression import zarr_codecs
from tropdsx.write.encoding import encode, find_time_dim

if TYPE_CHECKING:
    from dask.delayed import Delayed

__all__ = ["create_store", "fill_store", "write_zarr"]


def write_zarr(ds: xr.Dataset, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a described Dataset to a Zarr (version 3) store, atomically.

    One shard for each dask block along time, one chunk for each epoch inside it; with a cluster
    the workers write their shards in parallel (they must see the same file system).

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.cf.describe` returned.
    path : str or os.PathLike
        The folder to make.
    overwrite : bool, optional
        Replace an existing store; any other folder or file is never replaced.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        As :func:`tropdsx.write.write_netcdf`.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.cf import describe
    >>> zhd = xr.DataArray([[2.3, 2.4]], {"lat": [1.0], "lon": [5.0, 6.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = write_zarr(describe(xr.Dataset({"zhd": zhd})), Path(folder) / "out.zarr")
    ...     xr.open_zarr(store).zhd.values.tolist()
    [[2.299999952316284, 2.4000000953674316]]
    """
    target = check_target(path, overwrite=overwrite, folder=True)
    time_dim = find_time_dim(ds)
    steps = 1 if time_dim is None else next(iter(time_blocks(ds, time_dim, parallel=False))).stop
    with stage(target, overwrite=overwrite) as partial, output_errors(target):
        encoded = encode(ds, time_dim, compression="none")
        fill_store(create_store(encoded, partial, time_dim, steps=steps))
    return target


def create_store(
    ds: xr.Dataset, path: Path, time_dim: Hashable | None, *, steps: int, compression: str = "zstd"
) -> Delayed:
    """Make a Zarr store of an encoded Dataset: a chunk for each epoch, a shard for each block.

    What is in memory is written; of dask arrays the place is made, and their values are not.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.write.encoding.encode` returned.
    path : Path
        The folder to make.
    time_dim : Hashable or None
        The dimension that grows.
    steps : int
        Epochs in a shard.
    compression : str
        As in :func:`tropdsx.write.compression.parse_compression`; "zstd" is Zarr's own default.

    Returns
    -------
    dask.delayed.Delayed
        Computed, it writes the dask arrays; see :func:`fill_store`.

    Examples
    --------
    >>> import tempfile
    >>> ds = encode(xr.Dataset({"zhd": (("time", "lat"), [[2.3], [2.4]])}).chunk(time=1), "time")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     values = create_store(ds, Path(folder) / "out.zarr", "time", steps=2)
    ...     before = float(xr.open_zarr(Path(folder) / "out.zarr").zhd.sum())
    ...     fill_store(values)
    ...     before, round(float(xr.open_zarr(Path(folder) / "out.zarr").zhd.sum()), 3)
    (0.0, 4.7)
    """
    out = ds.copy(deep=False)
    for name, var in out.variables.items():
        chunks = var.encoding.pop("chunksizes", None)
        for other in ("compression", "complevel", "shuffle"):
            var.encoding.pop(other, None)
        if chunks is not None:
            shard = tuple(
                steps if dim == time_dim else n for dim, n in zip(var.dims, chunks, strict=False)
            )
            var.encoding |= {"chunks": chunks, "shards": shard}
            var.encoding |= zarr_codecs(compression, var.dtype.itemsize)
        if var.chunks is not None:
            aligned = {dim: steps if dim == time_dim else -1 for dim in var.dims}
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


def fill_store(values: Delayed) -> None:
    """Write the dask arrays of a store, and wait for every thread that writes, whatever happens.

    The threads that dask shares go on after Ctrl-C, and their chunks would bring the folder back
    that was just removed.

    Parameters
    ----------
    values : dask.delayed.Delayed
        What :func:`create_store` returned; there is an example.
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
