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
from tropdsx.write.tiles import counts_of, find_banded
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
    time_dim : Hashable
        Time, which some of the variables do without.

    Examples
    --------
    >>> import tempfile, zarr
    >>> with tempfile.TemporaryDirectory() as store:
    ...     zhd = zarr.open_group(store).create_array("zhd", shape=(4, 3), dtype="f4")
    ...     like = {"zhd": xr.Variable(("time", "lat"), np.empty((0, 0)))}
    ...     write = RegionWriter(store, like, "time")
    ...     rows, counts = write({"zhd": np.full((2, 3), 2.5)}, np.array([1, 2]))
    ...     rows, zhd[:, 0].tolist()
    (array([1, 2]), [0.0, 2.5, 2.5, 0.0])
    """

    path: str
    like: dict[str, xr.Variable]
    time_dim: Hashable

    def __call__(
        self, block: dict[str, NDArray[Any]], rows: NDArray[np.intp], offset: int = 0
    ) -> tuple[NDArray[np.intp], dict[str, NDArray[Any]]]:
        """Write the fields of a block.

        Parameters
        ----------
        block : dict of ndarray
            Values of each variable, time first; of those without time perhaps none.
        rows : ndarray of int
            Places of the epochs in the store, one after the other.
        offset : int
            First row of the block in the store.

        Returns
        -------
        tuple of ndarray and dict
            The epochs, and what is one number for each of them, for :meth:`ZarrStore.append`.
        """
        import zarr

        group = zarr.open_group(self.path, mode="r+", use_consolidated=False)
        epochs = (slice(int(rows[0]), int(rows[-1]) + 1),)
        for name, like in self.like.items():
            array = group[name]
            if isinstance(array, zarr.Array) and name in block and like.ndim > 1:
                values = encode_values(name, block[name], like)
                moves = self.time_dim in like.dims
                lines = slice(offset, offset + values.shape[moves])
                array[(*epochs[:moves], lines)] = values
        return rows, counts_of(block)


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
        time_dim: Hashable | None,
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
                    bands=self.bands,
                )
        return self

    def _lazy_series(self) -> xr.Dataset:
        """Series as dask arrays, which are left out at first; all else in memory, to be written."""
        import dask.array as da

        ds = self._ds.copy()
        steady = () if self.bands is None else find_banded(ds, *self.bands)
        for name, var in self._ds.variables.items():
            if self.time_dim not in var.dims:
                if name not in steady:
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
        return RegionWriter(str(self.partial.path), self._series(), self.time_dim)

    def append(self, block: tuple[NDArray[np.intp], dict[str, NDArray[Any]]]) -> None:
        """Flush the next block, which is written already, and note that it is complete.

        Parameters
        ----------
        block : tuple of ndarray and dict
            Its epochs and their numbers, as :meth:`encoder` returned them.

        Raises
        ------
        OutputError
            The disk is full or fails.
        """
        rows, counts = block
        with output_errors(self.partial.target):
            self._put(rows, self._count(rows, counts))
            for path in self._written():
                for item in [path, *path.rglob("*")]:
                    fsync(item)
            self._done += rows.size
            self.partial.commit(self._done, self._state({}))

    def _put(self, rows: NDArray[np.intp], counts: dict[str, NDArray[Any]]) -> None:
        """Write what is one number for each epoch."""
        if not counts:
            return
        import zarr

        group = zarr.open_group(self.partial.path, mode="r+", use_consolidated=False)
        for name, values in counts.items():
            array = group[name]
            if isinstance(array, zarr.Array):
                array[slice(int(rows[0]), int(rows[-1]) + 1) if values.ndim else ()] = values

    def _written(self) -> list[Path]:
        """List the shards, or the chunks, of the next block."""
        bands = self.partial.bands
        number = self._done // (self._steps * bands)
        epochs = min(self._steps, self._epochs - number * self._steps)
        band = (self._done - number * self._steps * bands) // epochs
        found: list[Path] = []
        for name, like in self._series().items():
            folder = self.partial.path / name
            if self.time_dim not in like.dims:
                found += self._chunks_of(folder, [band]) if number == 0 else []
            elif self._zarr_format == 3:
                cut = bands > 1 and like.ndim > 1
                found += self._chunks_of(folder, [number, band] if cut else [number])
            else:
                size = self._chunk_epochs(name)
                first, last = number * self._steps // size, (number + 1) * self._steps // size
                cut = bands > 1 and like.ndim > 1
                for place in range(first, last):
                    found += self._chunks_of(folder, [place, band] if cut else [place])
        return found

    @property
    def _epochs(self) -> int:
        return 1 if self.time_dim is None else self._ds.sizes[self.time_dim]

    def _chunk_epochs(self, name: str) -> int:
        import zarr

        group = zarr.open_group(self.partial.path, mode="r", use_consolidated=False)
        # Arrays alone are in the series; a group could hold groups, too.
        return int(group[name].chunks[0])  # type: ignore[union-attr]

    def _chunks_of(self, folder: Path, place: list[int]) -> list[Path]:
        """List the files of an array whose places begin with some numbers."""
        if self._zarr_format == 3:
            return list((folder / "c").glob("/".join(map(str, place))))
        return list(folder.glob(".".join(map(str, [*place, "*"]))))
