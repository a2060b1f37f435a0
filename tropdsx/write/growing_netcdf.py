"""A NetCDF file that grows block by block and survives a kill at any moment.

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
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import OutputError
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.journal import JournaledFile, repair
from tropdsx.system.partial import Partial
from tropdsx.system.staging import output_errors
from tropdsx.write.encoding import encode, prepared
from tropdsx.write.netcdf import create_header

__all__ = ["Chunks", "Encoder", "NetcdfFile"]

#: Numbers of HDF5's filters.
DEFLATE, SHUFFLE, ZSTD = 1, 2, 32015
#: Seconds between commits: what a kill can cost.
COMMIT_SECONDS = 2.0


@dataclass(frozen=True)
class Chunks:
    """A variable of one block, ready for the file: its epochs and their chunks, or plain values."""

    name: str
    rows: NDArray[np.intp]
    chunks: list[bytes]


@dataclass(frozen=True)
class Encoder:
    """Turn blocks into chunks: a function that can travel to a worker.

    Attributes
    ----------
    like : dict of Variable
        Attributes and encoding of each variable along time, without values.
    filters : dict
        For each variable, the filters of the file: pairs of number and options.
    stored : dict of dtype
        Type in the file.
    """

    like: dict[str, xr.Variable]
    filters: dict[str, list[tuple[int, tuple[int, ...]]]]
    stored: dict[str, np.dtype[Any]]

    def __call__(self, block: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> list[Chunks]:
        """Encode the values of a block for its rows of the file."""
        return [self._encoded(name, block[name], rows) for name in self.like]

    def _encoded(self, name: str, values: NDArray[Any], rows: NDArray[np.intp]) -> Chunks:
        like = self.like[name]
        var = prepared(name, xr.Variable(like.dims, values, like.attrs, like.encoding))
        var = xr.conventions.encode_cf_variable(var, name=name)
        stored = np.ascontiguousarray(var.values, self.stored[name])
        return Chunks(name, rows, [filtered(epoch, self.filters[name]) for epoch in stored])


def filtered(values: NDArray[Any], filters: list[tuple[int, tuple[int, ...]]]) -> bytes:
    """Apply the filters of an HDF5 dataset to one chunk.

    Parameters
    ----------
    values : ndarray
        Contiguous values of the chunk.
    filters : list
        Numbers and options in the order of the file.

    Returns
    -------
    bytes
        The chunk as the file stores it.

    Examples
    --------
    >>> zlib.decompress(filtered(np.arange(3, dtype="<u2"), [(2, (2,)), (1, (1,))])).hex()
    '000102000000'
    """
    data: Any = values
    for number, options in filters:
        if number == SHUFFLE:
            width = options[0] if options else values.itemsize
            data = np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(-1, width).T)
        elif number == DEFLATE:
            data = zlib.compress(data, options[0])
        elif number == ZSTD:
            from numcodecs.zstd import compress

            data = compress(np.ascontiguousarray(data).view(np.uint8).ravel(), options[0])
        else:
            msg = f"the file asks for HDF5 filter {number}, which is not known here"
            raise OutputError(msg)
    return bytes(data)


class NetcdfFile:
    """The file in the making: a context, used from one thread at a time.

    Parameters
    ----------
    ds : Dataset
        Described result; lazy values along time are not computed.
    partial : Partial
        Where it comes into being.
    record : Hashable
        The growing dimension.
    **storage
        compression, quantize, pack; see :func:`tropdsx.write.write_netcdf`.
    """

    def __init__(
        self,
        ds: xr.Dataset,
        partial: Partial,
        record: Hashable,
        **storage: Any,
    ) -> None:
        self.partial = partial
        self.record = record
        self._ds = encode(ds, record, **storage)
        self._done = partial.epochs_done
        self._broken = False
        self._committed = -COMMIT_SECONDS  # the first block is made safe at once
        self._raw: JournaledFile | None = None
        self._file: Any = None

    def __enter__(self) -> NetcdfFile:
        import h5py

        with output_errors(self.partial.target):
            if self._done:
                repair(self.partial.path, self.partial.state)
            else:
                create_header(self._ds, self.partial.path, self.record)
            self._raw = JournaledFile(self.partial.path)
            with hdf5_lock():
                self._file = h5py.File(self._raw, "r+")
                if not self._done:
                    self._lengthen()
        return self

    def _lengthen(self) -> None:
        """Give all variables their full length; what is not written yet reads as missing."""
        total = self._ds.sizes[self.record]
        for name, var in self._ds.variables.items():
            if self.record in var.dims:
                self._file[name].resize(total, axis=var.dims.index(self.record))
        steady = [n for n in self._ds.coords if self.record in self._ds[n].dims]
        for name in steady:
            var = xr.conventions.encode_cf_variable(self._ds[name].variable.load(), name=name)
            self._file[name][...] = var.values

    def encoder(self) -> Encoder:
        """Give the workers what they need to make chunks for this file."""
        names = [str(n) for n in self._ds.data_vars if self.record in self._ds[n].dims]
        like, filters, stored = {}, {}, {}
        with hdf5_lock():
            for name in names:
                var = self._ds[name].variable
                like[name] = xr.Variable(
                    var.dims, np.empty((0,) * var.ndim, var.dtype), var.attrs, var.encoding
                )
                properties = self._file[name].id.get_create_plist()
                found = [properties.get_filter(k) for k in range(properties.get_nfilters())]
                filters[name] = [(f[0], tuple(f[2])) for f in found]
                stored[name] = self._file[name].dtype
        return Encoder(like, filters, stored)

    def append(self, chunks: list[Chunks]) -> None:
        """Put a block in its place; commit when the last commit is some seconds ago."""
        # A file that could not be written to the end stays as the last commit left it.
        self._broken = True
        with output_errors(self.partial.target), hdf5_lock():
            for var in chunks:
                dataset = self._file[var.name].id
                for row, chunk in zip(var.rows, var.chunks, strict=True):
                    dataset.write_direct_chunk((int(row), *(0,) * (dataset.rank - 1)), chunk)
        self._broken = False
        self._done += len(chunks[0].rows)
        if time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Make what was appended safe from a kill."""
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
