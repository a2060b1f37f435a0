"""Fields of a file in chunks of some rows of an epoch; one that cannot be read says which it is."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import find_positions
from tropdsx.errors import GridError, InputError

__all__ = ["chunk_by_epoch"]

_PIECE = 12 * 2**20
"""Rows of one field, on all its levels, that are read and integrated at once [byte]."""


def chunk_by_epoch(ds: xr.Dataset, epoch: Collection[Hashable], file: str) -> xr.Dataset:
    """Turn the fields of an open file into dask arrays, in chunks of one epoch or a part of it.

    An epoch of large fields is cut along its rows, so that memory does not grow with the grid; rows
    that the file stores together stay together.

    Parameters
    ----------
    ds : Dataset
        As opened, nothing read.
    epoch : collection of Hashable
        Dimensions of the time.
    file : str
        What to call the file in an error.

    Returns
    -------
    Dataset
        Lazy; a chunk that cannot be read ends with an InputError that names field and epoch.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     xr.Dataset({"t": (("time", "level"), np.ones((2, 3)))}).to_netcdf(f"{folder}/t.nc")
    ...     with xr.open_dataset(f"{folder}/t.nc") as ds:
    ...         chunk_by_epoch(ds, ["time"], "t.nc").t.chunks
    ((1, 1), (3,))
    """
    import dask.array as da

    lazy = {}
    row, rows = _choose_rows(ds, epoch)
    for name, variable in ds.variables.items():
        if name in ds.dims or variable.chunks is not None:
            continue
        chunks = tuple(1 if d in epoch else rows if d == row else -1 for d in variable.dims)
        place = next((k for k, dim in enumerate(variable.dims) if dim in epoch), None)
        labels = None
        if place is not None and variable.dims[place] in ds.variables:
            labels = ds[variable.dims[place]].to_numpy()
        reader = _Reader(variable, f"'{name}' of {file}", place, labels)
        array = da.from_array(
            reader,
            chunks,
            name=False,
            asarray=False,
            meta=np.empty((0,) * variable.ndim, reader.dtype),
        )
        lazy[name] = xr.Variable(variable.dims, array, variable.attrs, variable.encoding)
    return ds.assign_coords({n: v for n, v in lazy.items() if n in ds.coords}).assign(
        {n: v for n, v in lazy.items() if n not in ds.coords}
    )


def _choose_rows(ds: xr.Dataset, epoch: Collection[Hashable]) -> tuple[Hashable, int]:
    """Find the dimension of the rows, and how many are a piece: -1 for all."""
    try:
        row = next(iter(find_positions(ds).lat.dims), None)
    except GridError:
        row = None
    each = {
        name: v.nbytes / math.prod(v.sizes[d] for d in (*epoch, row) if d in v.dims)
        for name, v in ds.variables.items()
        if row in v.dims and v.size
    }
    if not each:
        return None, -1
    largest = max(each, key=lambda name: each[name])
    together = ds[largest].encoding.get("preferred_chunks", {}).get(row, 1)
    rows = max(1, int(_PIECE / each[largest]) // together) * together
    return row, rows if rows < ds.sizes[row] else -1


@dataclass(frozen=True, eq=False)
class _Reader:
    """Looks like an array, and reads from the file where it is indexed."""

    variable: xr.Variable
    name: str
    place: int | None
    labels: NDArray[Any] | None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.variable.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.variable.dtype

    @property
    def ndim(self) -> int:
        return self.variable.ndim

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        try:
            return self.variable[key].to_numpy()
        except (OSError, RuntimeError, EOFError) as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            msg = (
                f"{self.name} cannot be read{self._when(key)} ({reason}): that file is damaged or "
                "out of reach. Fetch it again."
            )
            raise InputError(msg) from error

    def _when(self, key: tuple[slice, ...]) -> str:
        if self.place is None or self.labels is None:
            return ""
        label = self.labels[key[self.place]].ravel()[0]
        return f" at the epoch {str(label)[:16]}"
