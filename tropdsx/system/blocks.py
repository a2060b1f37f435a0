"""Choose which epochs are computed and written together, so that memory stays flat."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator

import numpy as np
import xarray as xr

from tropdsx.system.workers import scheduler_threads

__all__ = ["time_blocks"]

_BLOCK_BYTES = 128 * 2**20


def time_blocks(ds: xr.Dataset, time_dim: Hashable, *, parallel: bool = True) -> Iterator[slice]:
    """Cut the time dimension into slices that end where dask chunks end.

    A slice takes as many chunks as there are threads to compute them at once, unless their values
    come to more than 128 MiB.

    Parameters
    ----------
    ds : Dataset
        Values along time, in memory or as dask arrays.
    time_dim : Hashable
        Dimension to cut.
    parallel : bool, optional
        False takes one chunk: the longest one stands for all, and is the only slice.

    Yields
    ------
    slice
        Epochs of one block.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": ("time", np.zeros(10))}).chunk(time=4)
    >>> list(time_blocks(ds, "time", parallel=False))
    [slice(0, 4, None)]
    """
    total = ds.sizes[time_dim]
    size = sum(v.nbytes for v in ds.variables.values() if time_dim in v.dims) / max(total, 1)
    most = max(1, int(_BLOCK_BYTES / max(size, 1)))
    chunked = [
        v.chunksizes[time_dim] for v in ds.variables.values() if time_dim in (v.chunksizes or {})
    ]
    if not chunked:
        yield from (slice(i, min(i + most, total)) for i in range(0, total, most))
        return
    if not parallel:
        yield slice(0, max(max(sizes) for sizes in chunked))
        return
    ends = np.cumsum(max(chunked, key=len))
    threads = scheduler_threads()
    start = taken = 0
    for end, following in itertools.zip_longest(ends, ends[1:]):
        taken += 1
        if following is None or taken >= threads or following - start > most:
            yield slice(start, int(end))
            start, taken = int(end), 0
