"""Write a NetCDF file that grows block by block and survives a kill at any moment.

Workers turn values into the very chunks that the file stores (shuffled, compressed); the I/O thread
only puts them in their place, which holds the HDF5 lock some twenty times shorter than compressing
under it. The result reads like any other file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.journal import JournaledFile, repair
from tropdsx.system.partial import Partial
from tropdsx.system.paths import fsync
from tropdsx.system.staging import output_errors
from tropdsx.write.compression import Filters
from tropdsx.write.encoding import encode_values
from tropdsx.write.growing import Chunks, Encoded, Encoder, GrowingOutput
from tropdsx.write.netcdf import create_header, open_to_append
from tropdsx.write.tiles import tile_starts

__all__ = ["NetcdfFile", "WholeNetcdf"]

#: Time between commits, which is what a kill can cost [s].
COMMIT_SECONDS = 2.0


class NetcdfFile(GrowingOutput):
    """A NetCDF-4 file in the making; see :class:`tropdsx.write.growing.GrowingOutput`.

    Parameters
    ----------
    ds, partial, time_dim, **storage
        As there.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tropdsx.cf import describe
    >>> axes = {"time": np.array(["2021-01-01"], "M8[ns]"), "lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> ds = describe(xr.Dataset({"zhd": (list(axes), np.zeros((1, 2, 2), "f4"))}, axes))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     partial = Partial(Path(folder) / "out.nc", {})
    ...     with NetcdfFile(ds, partial, "time") as out:
    ...         out.append(out.encoder()({"zhd": np.full((1, 2, 2), 2.5, "f4")}, np.array([0])))
    ...     with xr.open_dataset(partial.finish()) as back:
    ...         print(float(back.zhd.mean()))
    ...     partial.release()
    2.5
    """

    def __init__(
        self, ds: xr.Dataset, partial: Partial, time_dim: Hashable | None, **storage: Any
    ) -> None:
        super().__init__(ds, partial, time_dim, **storage)
        self._broken = False
        self._committed = -COMMIT_SECONDS  # the first block is made safe at once
        self._raw: JournaledFile | None = None
        self._file: Any = None

    def __enter__(self) -> Self:
        import h5py

        with output_errors(self.partial.target):
            if self._done:
                repair(self.partial.path, self.partial.state)
            else:
                create_header(self._ds, self.partial.path, self.time_dim, bands=self.bands)
            self._raw = JournaledFile(self.partial.path)
            with hdf5_lock():
                self._file = h5py.File(self._raw, "r+")
                if not self._done:
                    self._lengthen()
        return self

    def _lengthen(self) -> None:
        """Give all variables their full length; what is not written yet reads as missing."""
        if self.time_dim is None:
            return
        total = self._ds.sizes[self.time_dim]
        for name, var in self._ds.variables.items():
            if self.time_dim in var.dims:
                self._file[name].resize(total, axis=var.dims.index(self.time_dim))
        steady = [n for n in self._ds.coords if self.time_dim in self._ds[n].dims]
        for name in steady:
            var = xr.conventions.encode_cf_variable(self._ds[name].variable.load(), name=name)
            self._file[name][...] = var.values

    def encoder(self) -> Encoder:
        """Give the workers what they need to make chunks for this file.

        Returns
        -------
        Encoder
            To be called in any thread or process.
        """
        like = {name: var for name, var in self._series().items() if var.ndim > 1}
        filters: dict[str, Filters] = {}
        stored, tiles = {}, {}
        with hdf5_lock():
            for name in like:
                properties = self._file[name].id.get_create_plist()
                found = [properties.get_filter(k) for k in range(properties.get_nfilters())]
                filters[name] = [(number, tuple(options)) for number, _, options, _ in found]
                stored[name] = self._file[name].dtype
                tiles[name] = tuple(self._file[name].chunks[self.time_dim in like[name].dims :])
        return Encoder(like, filters, stored, tiles, self.time_dim)

    def append(self, block: Encoded) -> None:
        """Put a block in its place; commit when the last commit is some seconds ago.

        Parameters
        ----------
        block : Encoded
            What :meth:`encoder` made of the next epochs, or of the next band of them.

        Raises
        ------
        OutputError
            The disk is full or fails; the file stays as the last commit left it.
        """
        counts = self._count(block.rows, block.counts)
        self._broken = True
        with output_errors(self.partial.target), hdf5_lock():
            for var in block.chunks:
                self._put(var)
            for name, values in counts.items():
                self._file[name][block.rows if values.ndim else ()] = values
        self._broken = False
        self._done += block.rows.size
        if time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def _put(self, var: Chunks) -> None:
        dataset = self._file[var.name].id
        tile = self._file[var.name].chunks[-len(var.shape) :]
        for place, tiles in zip(var.places, var.chunks, strict=True):
            starts = tile_starts(var.shape, tile)
            for (first, *others), chunk in zip(starts, tiles, strict=True):
                dataset.write_direct_chunk((*place, var.offset + first, *others), chunk)

    def commit(self) -> None:
        """Flush what was appended, so that it survives a kill."""
        if self._raw is None or self._done == self.partial.parts_done:
            return
        with output_errors(self.partial.target):
            with hdf5_lock():
                self._file.flush()
            self._write_down(self._raw)
        self._committed = time.monotonic()

    def _write_down(self, raw: JournaledFile) -> None:
        state = self._state(raw.pending())
        self.partial.commit(self._done, state)
        raw.commit(state)

    def __exit__(self, kind: type[BaseException] | None, *problem: object) -> None:
        raw, self._raw = self._raw, None
        if raw is None:
            return
        try:
            if kind is None:
                self._close(raw)
            else:
                # What went wrong before counts, not what closing says about it then.
                with suppress(Exception):
                    self._close(raw)
        finally:
            raw.close()

    def _close(self, raw: JournaledFile) -> None:
        file, self._file = self._file, None
        raw.idle = self._broken
        with output_errors(self.partial.target):
            with hdf5_lock():
                file.close()
            if not self._broken:
                self._write_down(raw)


class WholeNetcdf(GrowingOutput):
    """A NetCDF-4 file of one block, written by the netCDF library alone: nothing is to be resumed.

    Parameters
    ----------
    ds, partial, time_dim, **storage
        See :class:`tropdsx.write.growing.GrowingOutput`.
    """

    _file: Any = None

    def __enter__(self) -> Self:
        with output_errors(self.partial.target):
            create_header(self._ds, self.partial.path, self.time_dim)
            self._file = open_to_append(self.partial.path)
        return self

    def encoder(self) -> Callable[[dict[str, NDArray[Any]], NDArray[np.intp]], dict[str, Any]]:
        """Give what turns a block into values as the file stores them."""
        like = self._series()
        return lambda block, _: {n: encode_values(n, block[n], var) for n, var in like.items()}

    def append(self, stored: dict[str, NDArray[Any]]) -> None:
        """Write the block, which is all there is."""
        steady = [name for name in self._ds.coords if self.time_dim in self._ds[name].dims]
        for name in steady:
            var = xr.conventions.encode_cf_variable(self._ds[name].variable.load(), name=name)
            stored = {**stored, str(name): var.values}
        with output_errors(self.partial.target), hdf5_lock():
            for name, values in stored.items():
                self._file[name][tuple(slice(0, length) for length in values.shape)] = values

    def __exit__(self, kind: type[BaseException] | None, *problem: object) -> None:
        if self._file is not None:
            with output_errors(self.partial.target):
                with hdf5_lock():
                    self._file.close()
                fsync(self.partial.path)
