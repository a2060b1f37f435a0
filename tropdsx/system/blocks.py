"""Which epochs are computed and written together, so that memory stays flat."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Hashable, Iterator

import numpy as np
import xarray as xr

_BLOCK_BYTES = 128 * 2**20


def time_blocks(ds: xr.Dataset, record: Hashable, *, parallel: bool = True) -> Iterator[slice]:
    """Slices along the record dimension that end where dask chunks end.

    A block takes as many chunks as there are workers to compute them at once, within reason.
    """
    total = ds.sizes[record]
    size = sum(v.nbytes for v in ds.variables.values() if record in v.dims) / max(total, 1)
    most = max(1, int(_BLOCK_BYTES / max(size, 1)))
    chunked = [
        v.chunksizes[record] for v in ds.variables.values() if record in (v.chunksizes or {})
    ]
    if not chunked:
        yield from (slice(i, min(i + most, total)) for i in range(0, total, most))
        return
    if not parallel:
        yield slice(0, max(max(sizes) for sizes in chunked))
        return
    ends = np.cumsum(max(chunked, key=len))
    workers = _workers()
    start = taken = 0
    for end, following in itertools.zip_longest(ends, ends[1:]):
        taken += 1
        if following is None or taken >= workers or following - start > most:
            yield slice(start, int(end))
            start, taken = int(end), 0


def _workers() -> int:
    """Threads that the dask scheduler in force computes with."""
    # An active client has imported the library; without one it need not load.
    if "distributed" in sys.modules:
        from distributed import get_client

        with contextlib.suppress(ValueError):
            return max(1, sum(get_client().nthreads().values()))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
