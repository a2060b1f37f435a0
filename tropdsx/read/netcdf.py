"""Open NetCDF, Zarr and GRIB by xarray, in chunks of whole slices, packed values as float32."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.errors import GridError, InputError
from tropdsx.read.text import describe_error
from tropdsx.system.hdf5 import hdf5_lock

__all__ = ["ENGINES", "choose_chunks", "open_array_file"]

ENGINES = {"netcdf": "netcdf4", "zarr": "zarr", "grib": "cfgrib"}
"""The xarray engine for each kind of file that :func:`open_array_file` opens."""

_FEWEST_STEPS, _MOST_STEPS = 8, 32
"""Time steps in a chunk: enough to fill a batch, few enough to keep memory flat."""


def open_array_file(path: str | Path, engine: str, chunks: Any = "auto") -> xr.Dataset:
    """Open one file lazily, with chunks of whole slices along time.

    Parameters
    ----------
    path : str or Path
        File, folder or URL.
    engine : str
        ``"netcdf4"``, ``"zarr"`` or ``"cfgrib"``.
    chunks : "auto", dict or None, optional
        "auto" takes multiples of the stored time chunks, 8 to 32 steps; None leaves dask out.

    Returns
    -------
    Dataset
        As stored, but packed integers as float32.

    Raises
    ------
    InputError
        If the file cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> packing = {"zhd": {"dtype": "int16", "scale_factor": 0.001, "_FillValue": -1}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds = xr.Dataset({"zhd": (("time", "lat"), np.full((9, 3), 2.3))})
    ...     ds.to_netcdf(f"{folder}/a.nc", encoding=packing)
    ...     zhd = open_array_file(f"{folder}/a.nc", "netcdf4").zhd
    ...     zhd.dtype, zhd.chunks
    (dtype('float32'), ((9,), (3,)))
    """
    options: dict[str, Any] = {"engine": engine, "decode_timedelta": False}
    if engine == "cfgrib":
        # No index file beside the caller's data.
        options |= {"indexpath": ""}
    try:
        with warnings.catch_warnings(), hdf5_lock() as lock:
            if engine == "netcdf4":
                # The library is not safe in several threads: opening and reading take one lock.
                options |= {"lock": lock}
            warnings.filterwarnings("ignore", message=".*[Cc]onsolidated")
            # Chunks are chosen here; a stored chunk that is too long is read more than once.
            warnings.filterwarnings("ignore", message="The specified chunks separate")
            if isinstance(chunks, str):
                with xr.open_dataset(path, chunks=None, **options) as probe:
                    chunks = choose_chunks(probe)
            ds = xr.open_dataset(path, chunks=chunks, **options)
    except Exception as error:  # Each library fails in its own ways on a damaged file.
        raise InputError(_cannot_open(path, engine, error)) from error
    return ds if chunks is None else _packed_as_float32(ds)


def _cannot_open(path: str | Path, engine: str, error: Exception) -> str:
    reason = describe_error(error)[:200]
    if engine == "cfgrib" and ("unrecognized engine" in reason or isinstance(error, ImportError)):
        return f"{path} is GRIB, which needs cfgrib: pip install 'tropdsx[grib]'."
    if engine == "cfgrib":
        return (
            f"{path} cannot be opened as one grid ({reason}); accepted is GRIB with one kind of "
            "level. Open it with cfgrib and filter_by_keys, and pass the Dataset."
        )
    if "decode time" in reason:
        return (
            f"{path} is whole, but its time cannot be read ({reason}); accepted are CF units of a "
            "fixed length, such as 'hours since 2022-01-01'. Open it with "
            "xr.open_dataset(..., decode_times=False), give it dates, and pass the Dataset."
        )
    return (
        f"{path} cannot be opened ({reason}): it is truncated, damaged or of another kind; "
        f"accepted are complete NetCDF, Zarr, GRIB, VMF text and npy files. Fetch the file again."
    )


def choose_chunks(ds: xr.Dataset) -> dict[Any, int]:
    """Choose chunks of whole slices: the least multiple of the stored time chunk from 8 on.

    A stored chunk of more than 32 steps is divided.

    Parameters
    ----------
    ds : Dataset
        As opened, with the stored chunks in the encoding.

    Returns
    -------
    dict
        Chunk length by dimension, -1 for whole.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": (("time", "lat", "lon"), np.ones((50, 2, 3)))})
    >>> ds = ds.assign_coords(time=np.arange(50), lat=[1.0, 0.0], lon=[5.0, 6.0, 7.0])
    >>> ds.zhd.encoding["chunksizes"] = (3, 2, 3)
    >>> choose_chunks(ds)
    {'time': 9, 'lat': -1, 'lon': -1}
    """
    chunks: dict[Any, int] = dict.fromkeys(ds.dims, -1)
    try:
        dim = find_axes(ds).time_dim
    except GridError:
        # The file is not refused here: standardise says what is missing.
        return chunks
    if dim is None:
        return chunks
    stored = [
        (sizes, var.dims.index(dim))
        for var in ds.data_vars.values()
        if dim in var.dims
        and (sizes := var.encoding.get("chunksizes") or var.encoding.get("chunks"))
    ]
    length = max((int(sizes[place]) for sizes, place in stored), default=1)
    if length > _MOST_STEPS:
        divisors = [n for n in range(_FEWEST_STEPS, _MOST_STEPS + 1) if length % n == 0]
        chunks[dim] = max(divisors, default=_MOST_STEPS)
    else:
        chunks[dim] = length * -(-_FEWEST_STEPS // length)
    return chunks


def _packed_as_float32(ds: xr.Dataset) -> xr.Dataset:
    # xarray unpacks int16 to float64; seven digits hold 16 bits. Rounded once, from float64.
    for name, variable in ds.data_vars.items():
        stored = np.dtype(variable.encoding.get("dtype", variable.dtype))
        if stored.kind in "iu" and variable.dtype == np.float64:
            encoding = variable.encoding
            ds[name] = variable.astype(np.float32)
            ds[name].encoding = encoding
    return ds
