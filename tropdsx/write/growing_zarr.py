"""Write a Zarr store that grows block by block: each block is a shard, written by its worker."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.system.partial import Partial
from tropdsx.system.paths import fsync
from tropdsx.system.staging import output_errors
from tropdsx.write.encoding import encode_values
from tropdsx.write.growing import GrowingOutput
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

    Examples
    --------
    >>> import tempfile, zarr
    >>> with tempfile.TemporaryDirectory() as store:
    ...     zhd = zarr.open_group(store).create_array("zhd", shape=(4, 3), dtype="f4")
    ...     write = RegionWriter(store, {"zhd": xr.Variable(("time", "lat"), np.empty((0, 0)))})
    ...     epochs = write({"zhd": np.full((2, 3), 2.5)}, np.array([1, 2]))
    ...     epochs, zhd[:, 0].tolist()
    (2, [0.0, 2.5, 2.5, 0.0])
    """

    path: str
    like: dict[str, xr.Variable]

    def __call__(self, block: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> int:
        """Write the values of a block.

        Parameters
        ----------
        block : dict of ndarray
            Values of each variable, time first.
        rows : ndarray of int
            Places of the epochs in the store, one after the other.

        Returns
        -------
        int
            Number of epochs, for :meth:`ZarrStore.append`.
        """
        import zarr

        group = zarr.open_group(self.path, mode="r+", use_consolidated=False)
        region = slice(int(rows[0]), int(rows[-1]) + 1)
        for name, like in self.like.items():
            array = group[name]
            if isinstance(array, zarr.Array):
                array[region] = encode_values(name, block[name], like)
        return rows.size


class ZarrStore(GrowingOutput):
    """A Zarr store in the making; see :class:`tropdsx.write.growing.GrowingOutput`.

    It is used as :class:`tropdsx.write.growing_netcdf.NetcdfFile` is, whose example fits here too.

    Parameters
    ----------
    ds, partial, time_dim, compression, **storage
        As there.
    steps : int
        Epochs in a block.
    zarr_format : {3, 2}
        See :func:`tropdsx.write.write_zarr`.
    """

    def __init__(
        self,
        ds: xr.Dataset,
        partial: Partial,
        time_dim: Hashable,
        *,
        steps: int,
        compression: str = "zlib:1",
        zarr_format: int = 3,
        **storage: Any,
    ) -> None:
        # Zarr compresses by codecs of its own, which create_store sets.
        super().__init__(ds, partial, time_dim, compression="none", **storage)
        self._steps = steps
        self._compression = compression
        self._zarr_format = zarr_format

    def __enter__(self) -> Self:
        if not self._done:
            with output_errors(self.partial.target):
                create_store(
                    self._lazy_series(),
                    self.partial.path,
                    self.time_dim,
                    steps=self._steps,
                    compression=self._compression,
                    zarr_format=self._zarr_format,
                )
        return self

    def _lazy_series(self) -> xr.Dataset:
        """Series as dask arrays, which are left out at first; all else in memory, to be written."""
        import dask.array as da

        ds = self._ds.copy()
        for name, var in self._ds.variables.items():
            if self.time_dim not in var.dims:
                ds[name].load()
            elif name in ds.data_vars:
                # dask takes no dtype by its place, and does not say so.
                chunks = (self._steps, *var.shape[1:])
                lazy = da.zeros(var.shape, dtype=var.dtype, chunks=chunks)
                ds[name] = xr.Variable(var.dims, lazy, var.attrs, var.encoding)
        return ds

    def encoder(self) -> RegionWriter:
        """Give the workers what they need to write their blocks.

        Returns
        -------
        RegionWriter
            To be called in any thread or process.
        """
        return RegionWriter(str(self.partial.path), self._series())

    def append(self, epochs: int) -> None:
        """Flush the next block, which is written already, and note that it is complete.

        Parameters
        ----------
        epochs : int
            Number of its epochs, as :meth:`encoder` returned it.

        Raises
        ------
        OutputError
            The disk is full or fails.
        """
        with output_errors(self.partial.target):
            for path in self._written():
                for item in [path, *path.rglob("*")]:
                    fsync(item)
            self._done += epochs
            self.partial.commit(self._done, {})

    def _written(self) -> list[Path]:
        """List the shards, or the chunks, of the next block."""
        if self._zarr_format == 3:
            return list(self.partial.path.glob(f"*/c/{self._done // self._steps}"))
        import zarr

        group = zarr.open_group(self.partial.path, mode="r", use_consolidated=False)
        found: list[Path] = []
        for name in self._series():
            # Arrays alone are in the series; a group could hold groups, too.
            size = group[name].chunks[0]  # type: ignore[union-attr]
            for number in range(self._done // size, (self._done + self._steps) // size):
                found += (self.partial.path / name).glob(f"{number}.*")
        return found
