"""Write a described Dataset as a NetCDF-4 file that is complete, or not there at all.

Everything is written under ``.<name>.partial-<pid>-<n>`` beside the target, flushed to the disk
and renamed. Along time the data are computed and appended block by block, so memory stays flat
with NumPy, with dask threads and with a cluster, whose processes could not share one HDF5 file.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Collection, Hashable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.extent import missing_extent
from tropdsx.errors import OutputError
from tropdsx.system.blocks import time_blocks
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.encoding import encode, encode_values, find_time_dim, quantise
from tropdsx.write.tiles import Bands, find_banded

__all__ = ["NetcdfWriter", "create_header", "open_to_append", "write_netcdf"]


def write_netcdf(
    ds: xr.Dataset,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    progress: Progress | None = None,
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
        if out.time_dim is None:
            return out.path
        for rows in time_blocks(ds, out.time_dim):
            out.append(ds.isel({out.time_dim: rows}))
            if progress is not None:
                progress(rows.stop, ds.sizes[out.time_dim])
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
    time_dim : Hashable or None
        The dimension that grows; None if all was written on entry.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.cf import describe
    >>> axes = {"time": np.array(["2021-01-01"], "M8[ns]"), "lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> ds = describe(xr.Dataset({"zhd": (list(axes), np.full((1, 2, 2), 2.3, "f4"))}, axes))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with NetcdfWriter(ds, Path(folder) / "out.nc") as out:
    ...         out.append(ds)
    ...     out.path.exists()
    True
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
        self.time_dim = find_time_dim(ds)
        self._encoded = encode(ds, self.time_dim, **storage)
        self._staged = contextlib.ExitStack()
        self._overwrite = overwrite
        self._file: Any = None
        self._rows = 0

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            partial = stack.enter_context(stage(self.path, overwrite=self._overwrite))
            header = _make_header(self._encoded, self.time_dim)
            with output_errors(self.path):
                _write_header(header, partial, self.time_dim)
                self._file = None if self.time_dim is None else open_to_append(partial)
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

        Raises
        ------
        OutputError
            There is no time dimension, the disk is full, or a value does not fit the packing.
        """
        time_dim = self.time_dim
        if time_dim is None or self._file is None:
            msg = f"{self.path.name} has no time dimension to append to"
            raise OutputError(msg)
        names = [n for n, var in self._encoded.variables.items() if time_dim in var.dims]
        rows = slice(self._rows, self._rows + block.sizes[time_dim])
        values = {
            name: encode_values(name, var.values, self._encoded.variables[name])
            for name, var in block[names].compute().variables.items()
        }
        with output_errors(self.path), hdf5_lock():
            for name, stored in values.items():
                dims = self._encoded.variables[name].dims
                where = tuple(rows if dim == time_dim else slice(None) for dim in dims)
                self._file[name][where] = stored
        self._rows = rows.stop

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with output_errors(self.path), hdf5_lock():
                file.close()


def create_header(
    ds: xr.Dataset, path: Path, time_dim: Hashable | None, *, bands: Bands | None = None
) -> None:
    """Write attributes and all that does not grow to a new NetCDF-4 file.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.write.encoding.encode` returned.
    path : Path
        The file.
    time_dim : Hashable or None
        The dimension that grows, of length 0 in the file.
    bands : tuple of (Hashable, int), optional
        Dimension along which lazy variables are written in bands: of these the place is made.

    Examples
    --------
    >>> import tempfile
    >>> ds = encode(xr.Dataset({"zhd": (("time", "lat"), np.ones((8, 3)))}), "time")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     create_header(ds, Path(folder) / "out.nc", "time")
    ...     with xr.open_dataset(Path(folder) / "out.nc") as header:
    ...         header.zhd.shape
    (0, 3)
    """
    steady = () if bands is None else find_banded(ds, *bands)
    _write_header(_make_header(ds, time_dim, steady), path, time_dim)


def _make_header(
    ds: xr.Dataset, time_dim: Hashable | None, lazy: Collection[Hashable] = ()
) -> xr.Dataset:
    """Keep all attributes and all static values, loaded but for some; no epochs yet."""
    variables = {}
    for name, var in ds.variables.items():
        if time_dim in var.dims:
            shape = tuple(
                0 if d == time_dim else n for d, n in zip(var.dims, var.shape, strict=True)
            )
            empty = np.empty(shape, var.dtype)
            variables[name] = xr.Variable(var.dims, empty, var.attrs, var.encoding)
        else:
            variables[name] = var
    known = xr.Dataset({name: var for name, var in variables.items() if name not in lazy})
    for name, var in known.compute().variables.items():
        variables[name] = quantise(name, var) if name in ds.data_vars else var
    coords = {name: variables.pop(name) for name in ds.coords}
    header = xr.Dataset(variables, coords, ds.attrs)
    header.attrs |= missing_extent(header)
    return header


def _write_header(header: xr.Dataset, partial: Path, time_dim: Hashable | None) -> None:
    """Write the header as ``to_netcdf`` would, but with the lock held all the way.

    Of what is lazy the place is made, and no value is written: nobody computes it.
    """
    from xarray.backends import NetCDF4DataStore

    with hdf5_lock() as lock:
        store = NetCDF4DataStore.open(partial, mode="w", format="NETCDF4", lock=lock)
        try:
            header.dump_to_store(store, unlimited_dims=[] if time_dim is None else [time_dim])
        finally:
            store.close()


def open_to_append(partial: Path) -> Any:
    """Open a file whose header is written, for values as they are stored.

    Parameters
    ----------
    partial : Path
        The file.

    Returns
    -------
    netCDF4.Dataset
        Without scaling and masks, with small caches.
    """
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
