"""Write a described Dataset as a Zarr store."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.attributes.extent import missing_extent
from tropdsx.errors import OutputError
from tropdsx.system.blocks import time_blocks
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.write.compression import parse_compression, zarr_codecs
from tropdsx.write.encoding import empty_like, encode, find_time_dim, quantise
from tropdsx.write.tiles import Bands, cut_sizes

if TYPE_CHECKING:
    from dask.delayed import Delayed

__all__ = ["check_zarr_format", "create_store", "fill_store", "write_zarr"]

#: Most values of a chunk in a store of version 2 [byte].
_CHUNK_BYTES = 16 * 2**20


def write_zarr(
    ds: xr.Dataset,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    zarr_format: int = 3,
) -> Path:
    """Write a described Dataset to a Zarr store, atomically.

    Each variable is cut along time at the blocks of dask; with a cluster the workers write in
    parallel (they must see the same file system). In version 3 a block is a shard with a chunk for
    each epoch, in version 2, which knows no shards, a chunk of a few epochs.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.cf.describe` returned.
    path : str or os.PathLike
        The folder to make.
    overwrite : bool, optional
        Replace an existing store; any other folder or file is never replaced.
    compression, quantize, pack
        As in :func:`tropdsx.write.write_netcdf`, by Blosc. Zarr does not say in which precision
        packed values are meant: xarray opens them as float64, :func:`tropdsx.open_delays` as
        float32.
    zarr_format : {3, 2}, optional
        Version of the format. xarray and zarr 3 read both; netCDF-C up to 4.10, GDAL up to 3.10 and
        rasterio read version 2 alone.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        As :func:`tropdsx.write.write_netcdf`; the format is neither 2 nor 3.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.cf import describe
    >>> zhd = xr.DataArray([[2.3, 2.4]], {"lat": [1.0], "lon": [5.0, 6.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = write_zarr(describe(xr.Dataset({"zhd": zhd})), Path(folder) / "out.zarr")
    ...     xr.open_zarr(store).zhd.values.tolist()
    [[2.299999952316284, 2.4000000953674316]]
    """
    target = check_target(path, overwrite=overwrite, folder=True)
    check_zarr_format(zarr_format)
    parse_compression(compression, store=True)
    time_dim = find_time_dim(ds)
    steps = 1 if time_dim is None else next(iter(time_blocks(ds, time_dim, parallel=False))).stop
    with stage(target, overwrite=overwrite) as partial, output_errors(target):
        encoded = encode(ds, time_dim, compression="none", quantize=quantize, pack=pack)
        for name, field in encoded.data_vars.items():
            field.variable.data = _rounded(name, field.variable)
        options: dict[str, Any] = {"compression": compression, "zarr_format": zarr_format}
        fill_store(create_store(encoded, partial, time_dim, steps=steps, **options))
    return target


def check_zarr_format(zarr_format: int) -> None:
    """Refuse versions of Zarr that are not written.

    Parameters
    ----------
    zarr_format : int
        As the caller wants it.

    Raises
    ------
    OutputError
        It is neither 2 nor 3.

    Examples
    --------
    >>> check_zarr_format(2)
    """
    if zarr_format not in (2, 3):
        msg = f"zarr_format {zarr_format!r} is unknown; accepted are 2 and 3"
        raise OutputError(msg)


def _rounded(name: Hashable, var: xr.Variable) -> Any:
    """Quantise values, and check that int16 can hold them, block by block where they are lazy."""
    if var.chunks is None:
        return quantise(name, var).data if var.dtype.kind == "f" else var.data
    like = empty_like(var)

    def round_block(block: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(quantise(name, xr.Variable(like.dims, block, like.attrs, like.encoding)))

    return var.data.map_blocks(round_block, dtype=var.dtype, meta=like.values)


def create_store(
    ds: xr.Dataset,
    path: Path,
    time_dim: Hashable | None,
    *,
    steps: int,
    compression: str = "zlib:1",
    zarr_format: int = 3,
    bands: Bands | None = None,
) -> Delayed:
    """Make a Zarr store of an encoded Dataset, with places for all values.

    What is in memory is written; of dask arrays the place is made, and their values are not.

    Parameters
    ----------
    ds : xarray.Dataset
        What :func:`tropdsx.write.encoding.encode` returned.
    path : Path
        The folder to make.
    time_dim : Hashable or None
        The dimension that grows.
    steps : int
        Epochs in a block, which one worker writes.
    compression : str
        As in :func:`tropdsx.write.compression.parse_compression`.
    zarr_format : {3, 2}
        See :func:`write_zarr`.
    bands : tuple of (Hashable, int), optional
        Dimension that blocks are cut along as well, and rows in a band.

    Returns
    -------
    dask.delayed.Delayed
        Computed, it writes the dask arrays; see :func:`fill_store`.

    Examples
    --------
    >>> import tempfile
    >>> ds = encode(xr.Dataset({"zhd": (("time", "lat"), [[2.3], [2.4]])}).chunk(time=1), "time")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     values = create_store(ds, Path(folder) / "out.zarr", "time", steps=2)
    ...     before = float(xr.open_zarr(Path(folder) / "out.zarr").zhd.sum())
    ...     fill_store(values)
    ...     before, round(float(xr.open_zarr(Path(folder) / "out.zarr").zhd.sum()), 3)
    (0.0, 4.7)
    """
    variables = {}
    for name, var in ds.variables.items():
        shape = tuple(max(1, size) for size in cut_sizes(var, bands).values())
        encoding = _store_encoding(var, shape, time_dim, steps, compression, zarr_format)
        aligned = {dim: steps if dim == time_dim else -1 for dim in var.dims}
        values = var.data if var.chunks is None else var.chunk(aligned).data
        variables[name] = xr.Variable(var.dims, values, var.attrs, encoding)
    coords = {name: variables.pop(name) for name in ds.coords}
    out = xr.Dataset(variables, xr.Coordinates(coords, indexes={}), ds.attrs)
    out.attrs |= missing_extent(out)
    with warnings.catch_warnings():
        # Zarr warns that consolidated metadata are no part of version 3; without them xarray warns
        # every reader instead. Texts have no type in version 3 that is settled.
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification")
        # Zarr writes in threads of its own, which an interrupt of the waiting thread does not stop.
        # A thread that is waited for in any case is never ahead of them.
        form: Any = zarr_format
        with ThreadPoolExecutor(1) as thread:
            job = thread.submit(
                out.to_zarr, path, mode="w-", zarr_format=form, consolidated=True, compute=False
            )
            return job.result()


def _store_encoding(
    var: xr.Variable,
    whole: tuple[int, ...],
    time_dim: Hashable | None,
    steps: int,
    compression: str,
    zarr_format: int,
) -> dict[str, Any]:
    """Set chunks, shards, codec and fill value of a variable of so many rows in the store."""
    ours = ("chunksizes", "compression", "complevel", "shuffle")
    encoding = {key: value for key, value in var.encoding.items() if key not in ours}
    for key in ("scale_factor", "add_offset"):  # as decimals: JSON knows no float32
        if key in encoding:
            encoding[key] = float(f"{encoding[key]:.7g}")
    stored = np.dtype(encoding.get("dtype", var.dtype))
    if stored.kind not in "iuf":
        return encoding
    if var.ndim:
        encoding["chunks"] = whole
    if time_dim in var.dims and (var.ndim > 1 or var.chunks is not None):
        place = var.dims.index(time_dim)
        epoch = math.prod(whole) // whole[place] * stored.itemsize
        share = 1 if zarr_format == 3 else _share(steps, _CHUNK_BYTES // epoch)
        encoding["chunks"] = _with(whole, place, share if var.ndim > 1 else steps)
        if zarr_format == 3 and var.ndim > 1:
            encoding["shards"] = _with(whole, place, steps)
    if zarr_format == 3 and "_FillValue" in encoding and encoding["_FillValue"] is not None:
        encoding["fill_value"] = stored.type(encoding["_FillValue"])
    return encoding | zarr_codecs(compression, stored.itemsize, zarr_format=zarr_format)


def _with(sizes: tuple[int, ...], place: int, size: int) -> tuple[int, ...]:
    return (*sizes[:place], size, *sizes[place + 1 :])


def _share(steps: int, most: int) -> int:
    """Divide a block evenly into chunks of at most so many epochs."""
    return next(size for size in range(max(1, min(steps, most)), 0, -1) if steps % size == 0)


def fill_store(values: Delayed) -> None:
    """Write the dask arrays of a store, and wait for every thread that writes, whatever happens.

    The threads that dask shares go on after Ctrl-C, and their chunks would bring the folder back
    that was just removed.

    Parameters
    ----------
    values : dask.delayed.Delayed
        What :func:`create_store` returned; there is an example.
    """
    import dask.base
    import dask.threaded
    from dask.system import CPU_COUNT

    scheduler = dask.base.get_scheduler() or dask.threaded.get
    if scheduler is not dask.threaded.get or dask.config.get("pool", None) is not None:
        values.compute()
        return
    with ThreadPoolExecutor(dask.config.get("num_workers", None) or CPU_COUNT) as pool:
        values.compute(pool=pool)
