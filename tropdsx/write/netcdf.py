"""Write a result: a NetCDF-4 file or a Zarr store, whole or not at all.

Everything is written under ``.<name>.partial-<pid>-<n>`` beside the target, flushed to the disk
and renamed. Along time the data are computed and appended block by block, so memory stays flat
with NumPy, with dask threads and with a cluster, whose processes could not share one HDF5 file.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xarray as xr

from tropdsx.cf.acdd import missing_extent
from tropdsx.errors import OutputError
from tropdsx.system.blocks import time_blocks
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.write.encoding import encode, prepared, record_of

if TYPE_CHECKING:
    pass

__all__ = ["NetcdfWriter", "check_target", "create_header", "write_netcdf"]


def write_netcdf(
    ds: xr.Dataset,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a described Dataset to a NetCDF-4 file, atomically.

    dask arrays are computed block by block along time with the scheduler in force (threads, or an
    active ``dask.distributed`` client); all HDF5 calls are made in the calling thread, under
    xarray's own lock.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.cf.describe` returned; delays are stored as float32.
    path : str or os.PathLike
        The file; its folder must exist.
    overwrite : bool, optional
        Replace an existing file. Otherwise it is refused before anything is computed.
    compression : str, optional
        ``zlib:N`` (with shuffle), ``zstd``, ``zstd:N`` or ``none``.
    quantize : bool, optional
        Keep 15 mantissa bits of the delays: at most 0.031 mm off, and better compressed.
    pack : bool, optional
        Delays as int16 in steps of 0.05 mm.
    progress : callable, optional
        Called with (epochs written, epochs in all).

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        The file exists, its folder is missing or not writable, or the disk is full. Nothing is
        left under the final name.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.cf import describe
    >>> zhd = xr.DataArray(np.full((2, 3), 2.3), {"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = write_netcdf(describe(xr.Dataset({"zhd": zhd})), Path(folder) / "out.nc")
    ...     out.name
    'out.nc'
    """
    storage = {"compression": compression, "quantize": quantize, "pack": pack}
    with NetcdfWriter(ds, path, overwrite=overwrite, **storage) as out:
        if out.record is None:
            return out.path
        total = ds.sizes[out.record]
        done = 0
        for rows in time_blocks(ds, out.record):
            out.append(ds.isel({out.record: rows}))
            done = rows.stop
            if progress is not None:
                progress(done, total)
    return out.path


class NetcdfWriter:
    """A NetCDF-4 file in the making: a context that takes blocks along time.

    On entry the header and everything without a time dimension are written to the partial file;
    on a clean exit it gets its final name, on any exception it is removed. Use it from one thread.

    Parameters
    ----------
    ds : xarray.Dataset
        Described data. Of variables with a time dimension only the type and attributes count.
    path, overwrite, compression, quantize, pack
        As in :func:`write_netcdf`.

    Attributes
    ----------
    path : pathlib.Path
        The final name.
    record : Hashable or None
        Name of the growing dimension; None if all was written on entry.
    """

    def __init__(
        self,
        ds: xr.Dataset,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        **storage: Any,
    ) -> None:
        self.path = check_target(path, overwrite=overwrite, folder=False)
        self.record = record_of(ds)
        self._encoded = encode(ds, self.record, **storage)
        self._staged = contextlib.ExitStack()
        self._overwrite = overwrite
        self._file: Any = None
        self._rows = 0

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            partial = stack.enter_context(stage(self.path, overwrite=self._overwrite))
            header = _header(self._encoded, self.record)
            with output_errors(self.path):
                _create(header, partial, self.record)
                self._file = None if self.record is None else _open_to_append(partial)
            stack.callback(self._close)
            self._staged = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._staged.__exit__(kind, error, trace)

    def append(self, block: xr.Dataset) -> None:
        """Compute a block (if lazy) and write it after what is there.

        Parameters
        ----------
        block : xarray.Dataset
            All variables of the Dataset for the next epochs, in the same dimension order.
        """
        record = self.record
        if record is None or self._file is None:
            msg = f"{self.path.name} has no time dimension to append to"
            raise OutputError(msg)
        names = [n for n, var in self._encoded.variables.items() if record in var.dims]
        rows = slice(self._rows, self._rows + block.sizes[record])
        values = {}
        for name, var in block[names].compute().variables.items():
            like = self._encoded.variables[name]
            typed = xr.Variable(var.dims, var.values, like.attrs, like.encoding)
            values[name] = xr.conventions.encode_cf_variable(prepared(name, typed), name=name)
        with output_errors(self.path), hdf5_lock():
            for name, var in values.items():
                where = tuple(rows if dim == record else slice(None) for dim in var.dims)
                self._file[name][where] = var.values
        self._rows = rows.stop

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with output_errors(self.path), hdf5_lock():
                file.close()


def _header(ds: xr.Dataset, record: Hashable | None) -> xr.Dataset:
    """All attributes and all static values, loaded; no epochs yet."""
    variables = {}
    for name, var in ds.variables.items():
        if record in var.dims:
            shape = tuple(0 if d == record else n for d, n in zip(var.dims, var.shape, strict=True))
            empty = np.empty(shape, var.dtype)
            variables[name] = xr.Variable(var.dims, empty, var.attrs, var.encoding)
        else:
            variables[name] = var
    coords = {name: variables.pop(name) for name in ds.coords}
    header = xr.Dataset(variables, coords, ds.attrs).compute()
    for name in header.data_vars:
        header[name] = prepared(name, header[name].variable)
    header.attrs |= missing_extent(header)
    return header


def create_header(ds: xr.Dataset, path: Path, record: Hashable | None) -> None:
    """Write attributes and all that does not grow to a new NetCDF-4 file.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.write.encoding.encode` returned.
    path : Path
        The file.
    record : Hashable or None
        The growing dimension, of length 0 in the file.
    """
    _create(_header(ds, record), path, record)


def _create(header: xr.Dataset, partial: Path, record: Hashable | None) -> None:
    """Write the header as ``to_netcdf`` would, but with the lock held all the way."""
    from xarray.backends import NetCDF4DataStore

    with hdf5_lock() as lock:
        store = NetCDF4DataStore.open(partial, mode="w", format="NETCDF4", lock=lock)
        try:
            header.dump_to_store(store, unlimited_dims=[] if record is None else [record])
        finally:
            store.close()


def _open_to_append(partial: Path) -> Any:
    import netCDF4

    with hdf5_lock():
        file = netCDF4.Dataset(partial, "a")
        file.set_auto_maskandscale(False)
        for var in file.variables.values():
            chunks = var.chunking()
            if isinstance(chunks, list) and isinstance(var.dtype, np.dtype):
                # Chunks are written whole and once: a large cache would only cost memory.
                chunk = math.prod(chunks) * var.dtype.itemsize
                var.set_var_chunk_cache(size=max(2 * chunk, 2**16), nelems=7)
    return file
