"""A Zarr store that grows block by block: a block is a shard, written by whoever computed it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.system.partial import Partial
from tropdsx.system.staging import fsync, output_errors
from tropdsx.write.encoding import encode, prepared
from tropdsx.write.zarr import create_store

__all__ = ["RegionWriter", "ZarrStore"]


@dataclass(frozen=True)
class RegionWriter:
    """Write blocks to their place in a store: a function that can travel to a worker.

    Attributes
    ----------
    path : str
        The store, on a file system that every worker sees.
    like : dict of Variable
        Attributes and encoding of each variable along time, without values.
    """

    path: str
    like: dict[str, xr.Variable]

    def __call__(self, block: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> int:
        """Write the values of a block; returns the number of epochs."""
        import zarr

        group = zarr.open_group(self.path, mode="r+", use_consolidated=False)
        for name, like in self.like.items():
            var = prepared(name, xr.Variable(like.dims, block[name], like.attrs, like.encoding))
            values = xr.conventions.encode_cf_variable(var, name=name).values
            group[name][int(rows[0]) : int(rows[-1]) + 1] = values
        return rows.size


class ZarrStore:
    """The store in the making: a context, used from one thread.

    Parameters
    ----------
    ds : Dataset
        Described result; values along time are not computed.
    partial : Partial
        Where it comes into being.
    record : Hashable
        The growing dimension.
    steps : int
        Epochs in a block.
    **storage
        compression, quantize, pack; see :func:`tropdsx.write.write_netcdf`.
    """

    def __init__(
        self,
        ds: xr.Dataset,
        partial: Partial,
        record: Hashable,
        *,
        steps: int,
        compression: str = "zlib:1",
        **storage: Any,
    ) -> None:
        self.partial = partial
        self.record = record
        self._steps = steps
        self._compression = compression
        self._ds = encode(ds, record, compression="none", **storage)
        self._done = partial.epochs_done

    def __enter__(self) -> ZarrStore:
        if not self._done:
            with output_errors(self.partial.target):
                create_store(
                    self._lazy_series(),
                    self.partial.path,
                    self.record,
                    steps=self._steps,
                    compression=self._compression,
                )
        return self

    def _lazy_series(self) -> xr.Dataset:
        """Series as dask arrays, which are left out at first; all else in memory, to be written."""
        import dask.array as da

        ds = self._ds.copy()
        for name, var in self._ds.variables.items():
            if self.record not in var.dims:
                ds[name].load()
            elif name in ds.data_vars:
                lazy = da.zeros(var.shape, var.dtype, chunks=(self._steps, *var.shape[1:]))
                ds[name] = xr.Variable(var.dims, lazy, var.attrs, var.encoding)
        return ds

    def encoder(self) -> RegionWriter:
        """Give the workers what they need to write their blocks."""
        like = {
            str(n): xr.Variable(v.dims, np.empty((0,) * v.ndim, v.dtype), v.attrs, v.encoding)
            for n, v in self._ds.variables.items()
            if n in self._ds.data_vars and self.record in v.dims
        }
        return RegionWriter(str(self.partial.path), like)

    def append(self, epochs: int) -> None:
        """Note that the next block is complete."""
        with output_errors(self.partial.target):
            shard = self._done // self._steps
            for path in self.partial.path.glob(f"*/c/{shard}"):
                for item in [path, *path.rglob("*")]:
                    fsync(item)
            self._done += epochs
            self.partial.commit(self._done, {})

    def commit(self) -> None:
        """Nothing to do: every block is safe when it is noted."""

    def __exit__(self, *problem: object) -> None:
        """Nothing to close."""

