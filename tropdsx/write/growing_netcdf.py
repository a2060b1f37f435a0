"""Write a NetCDF file that grows block by block and survives a kill at any moment.

Workers turn values into the very chunks that the file stores (shuffled, compressed); the I/O thread
only puts them in their place, which holds the HDF5 lock some twenty times shorter than compressing
under it. The result reads like any other file.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import OutputError
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.journal import JournaledFile, repair
from tropdsx.system.partial import Partial
from tropdsx.system.staging import output_errors
from tropdsx.write.encoding import encode_values
from tropdsx.write.growing import GrowingOutput
from tropdsx.write.netcdf import create_header
from tropdsx.write.tiles import cut_tiles, tile_starts

__all__ = ["Chunks", "Encoder", "NetcdfFile", "apply_filters"]

#: Time between commits, which is what a kill can cost [s].
COMMIT_SECONDS = 2.0

_Filters = list[tuple[int, tuple[int, ...]]]
"""Numbers and options of the HDF5 filters of a dataset, in the order in which they are applied."""
_DEFLATE, _SHUFFLE, _ZSTD = 1, 2, 32015


@dataclass(frozen=True)
class Chunks:
    """A variable of one block as the file stores it.

    Attributes
    ----------
    name : str
        Name of the variable.
    rows : ndarray of int
        Places of its epochs in the file.
    chunks : list of list of bytes
        The chunks of each epoch in the order of :func:`tropdsx.write.tiles.tile_starts`, with all
        filters applied.

    Examples
    --------
    >>> Chunks("zhd", np.array([4]), [[b"compressed"]]).rows
    array([4])
    """

    name: str
    rows: NDArray[np.intp]
    chunks: list[list[bytes]]


@dataclass(frozen=True)
class Encoder:
    """Turn blocks into chunks: a function that can travel to a worker.

    Attributes
    ----------
    like : dict of Variable
        Attributes and encoding of each variable along time, without values.
    filters : dict of list
        For each variable the HDF5 filters of the file: pairs of number and options.
    stored : dict of dtype
        For each variable its type in the file.
    tiles : dict of tuple
        For each variable the shape of its chunks, without time.

    Examples
    --------
    >>> like = xr.Variable(("time", "lat"), np.empty((0, 0), "f4"), {"units": "m"})
    >>> encode_block = Encoder({"zhd": like}, {"zhd": []}, {"zhd": np.dtype("<f4")}, {"zhd": (2,)})
    >>> [zhd] = encode_block({"zhd": np.zeros((1, 4), "f4")}, np.array([7]))
    >>> zhd.rows, zhd.chunks == [[bytes(8), bytes(8)]]
    (array([7]), True)
    """

    like: dict[str, xr.Variable]
    filters: dict[str, _Filters]
    stored: dict[str, np.dtype[Any]]
    tiles: dict[str, tuple[int, ...]]

    def __call__(self, block: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> list[Chunks]:
        """Encode the values of a block.

        Parameters
        ----------
        block : dict of ndarray
            Values of each variable, time first.
        rows : ndarray of int
            Places of the epochs in the file.

        Returns
        -------
        list of Chunks
            For :meth:`NetcdfFile.append`.
        """
        return [self._encode(name, block[name], rows) for name in self.like]

    def _encode(self, name: str, values: NDArray[Any], rows: NDArray[np.intp]) -> Chunks:
        stored = np.ascontiguousarray(
            encode_values(name, values, self.like[name]), self.stored[name]
        )
        filters, tile = self.filters[name], self.tiles[name]
        return Chunks(
            name,
            rows,
            [[apply_filters(part, filters) for part in cut_tiles(epoch, tile)] for epoch in stored],
        )


def apply_filters(values: NDArray[Any], filters: _Filters) -> bytes:
    """Apply the filters of an HDF5 dataset to one chunk.

    Parameters
    ----------
    values : ndarray
        Contiguous values of the chunk.
    filters : list of tuple
        Number and options of each filter, in the order of the file.

    Returns
    -------
    bytes
        The chunk as the file stores it.

    Raises
    ------
    OutputError
        A filter other than shuffle, deflate and zstd.

    Examples
    --------
    >>> zlib.decompress(apply_filters(np.arange(3, dtype="<u2"), [(2, (2,)), (1, (1,))])).hex()
    '000102000000'
    """
    data: Any = values
    for number, options in filters:
        if number == _SHUFFLE:
            width = options[0] if options else values.itemsize
            data = np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(-1, width).T)
        elif number == _DEFLATE:
            data = zlib.compress(data, options[0])
        elif number == _ZSTD:
            from numcodecs.zstd import compress

            data = compress(np.ascontiguousarray(data).view(np.uint8).ravel(), options[0])
        else:
            msg = f"the file asks for HDF5 filter {number}, which is not known here"
            raise OutputError(msg)
    return bytes(data)


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
        self, ds: xr.Dataset, partial: Partial, time_dim: Hashable, **storage: Any
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
                create_header(self._ds, self.partial.path, self.time_dim)
            self._raw = JournaledFile(self.partial.path)
            with hdf5_lock():
                self._file = h5py.File(self._raw, "r+")
                if not self._done:
                    self._lengthen()
        return self

    def _lengthen(self) -> None:
        """Give all variables their full length; what is not written yet reads as missing."""
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
        like = self._series()
        filters: dict[str, _Filters] = {}
        stored, tiles = {}, {}
        with hdf5_lock():
            for name in like:
                properties = self._file[name].id.get_create_plist()
                found = [properties.get_filter(k) for k in range(properties.get_nfilters())]
                filters[name] = [(number, tuple(options)) for number, _, options, _ in found]
                stored[name] = self._file[name].dtype
                tiles[name] = tuple(self._file[name].chunks[1:])
        return Encoder(like, filters, stored, tiles)

    def append(self, chunks: list[Chunks]) -> None:
        """Put a block in its place; commit when the last commit is some seconds ago.

        Parameters
        ----------
        chunks : list of Chunks
            What :meth:`encoder` made of the next epochs.

        Raises
        ------
        OutputError
            The disk is full or fails; the file stays as the last commit left it.
        """
        self._broken = True
        with output_errors(self.partial.target), hdf5_lock():
            for var in chunks:
                dataset = self._file[var.name]
                starts = tile_starts(dataset.shape[1:], dataset.chunks[1:])
                for row, tiles in zip(var.rows, var.chunks, strict=True):
                    for start, chunk in zip(starts, tiles, strict=True):
                        dataset.id.write_direct_chunk((int(row), *start), chunk)
        self._broken = False
        self._done += len(chunks[0].rows)
        if time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Flush what was appended, so that it survives a kill."""
        if self._raw is None or self._done == self.partial.epochs_done:
            return
        with output_errors(self.partial.target):
            with hdf5_lock():
                self._file.flush()
            self._write_down(self._raw)
        self._committed = time.monotonic()

    def _write_down(self, raw: JournaledFile) -> None:
        state = raw.pending()
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
