"""Open NetCDF, Zarr and GRIB by xarray, in chunks of whole slices, packed values as float32."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Hashable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.time.valid import find_valid_time
from tropdsx.errors import GridError, InputError, how_to_install
from tropdsx.read.containers.groups import (
    describe_groups,
    inherit,
    parents_of,
    refuse_empty_root,
)
from tropdsx.read.text import describe_error
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.names import is_url, split_part

__all__ = [
    "ENGINES",
    "ROW_KEYS",
    "choose_chunks",
    "close_all",
    "open_array_file",
    "refuse_other_rows",
]

ENGINES = {"netcdf": "netcdf4", "zarr": "zarr", "grib": "cfgrib"}
"""The xarray engine for each kind of file that :func:`open_array_file` opens."""

_FEWEST_STEPS, _MOST_STEPS = 8, 32
"""Time steps in a chunk: enough to fill a batch, few enough to keep memory flat."""

_OTHER_ROWS = {
    "GRIB_iScansNegatively": "from east to west (`cdo -f nc copy` keeps their places)",
    "GRIB_jPointsAreConsecutive": "along meridians, not along parallels",
    "GRIB_alternativeRowScanning": "to and fro, every other row from east to west",
}
"""Orders of the points of a GRIB field, by attribute, that cfgrib gives to wrong places."""
ROW_KEYS = ("alternativeRowScanning",)
"""Keys of these that cfgrib reads only where it is asked for them (`read_keys`)."""


def open_array_file(
    path: str | Path, engine: str, chunks: Any = "auto", *, small: int = 0
) -> xr.Dataset:
    """Open one file lazily, with chunks of whole slices along time.

    Parameters
    ----------
    path : str or Path
        File, folder or URL; a group stands behind ``#``.
    engine : str
        ``"netcdf4"``, ``"zarr"`` or ``"cfgrib"``.
    chunks : "auto", dict or None, optional
        "auto" takes multiples of the stored time chunks, 8 to 32 steps; None leaves dask out.
    small : int, optional
        With "auto", what is no larger is read at once and has no chunks [byte].

    Returns
    -------
    Dataset
        As stored, but packed integers as float32.

    Raises
    ------
    InputError
        If the file cannot be opened, or has fields in groups alone and none is named.

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
    file, part = split_part(path)
    group = (part or "").strip("/") or None
    options: dict[str, Any] = {"engine": engine, "decode_timedelta": False}
    if engine == "cfgrib":
        # No index file beside the caller's data.
        options |= {"indexpath": "", "read_keys": list(ROW_KEYS)}
    try:
        with warnings.catch_warnings(), hdf5_lock() as lock:
            if engine == "netcdf4":
                # The library is not safe in several threads: opening and reading take one lock.
                options |= {"lock": lock}
            warnings.filterwarnings("ignore", message=".*[Cc]onsolidated")
            # Chunks are chosen here; a stored chunk that is too long is read more than once.
            warnings.filterwarnings("ignore", message="The specified chunks separate")
            ds = _open(file, group, None if isinstance(chunks, str) else chunks, options)
            if isinstance(chunks, str) and not (ds.nbytes <= small and _is_read(ds)):
                with ds:
                    chunks = choose_chunks(ds)
                ds = _open(file, group, chunks, options)
    except Exception as error:  # Each library fails in its own ways on a damaged file.
        raise InputError(_cannot_open(path, engine, error)) from error
    if engine == "cfgrib":
        refuse_other_rows(ds, path)
    else:
        refuse_empty_root(file, engine, group, ds)
        _refuse_text(ds, path)
    return ds if chunks is None else _packed_as_float32(ds)


def _refuse_text(ds: xr.Dataset, path: str | Path) -> None:
    """Refuse packing that is given as text, with which nothing can be computed."""
    for name, variable in ds.variables.items():
        for key in ("scale_factor", "add_offset"):
            if isinstance(variable.encoding.get(key), str):
                msg = (
                    f"'{name}' of {path} has {key} '{variable.encoding[key]}' as text; accepted is "
                    f"a number. Write it anew: ncatted -a {key},{name},m,f,NUMBER {path}"
                )
                raise InputError(msg)


def refuse_other_rows(ds: xr.Dataset, path: str | Path) -> None:
    """Refuse fields of GRIB that are not stored as rows from west to east.

    cfgrib takes all fields for such rows, so that the values of others come to wrong places.

    Parameters
    ----------
    ds : Dataset
        As cfgrib opens it.
    path : str or Path
        Named in the error.

    Raises
    ------
    InputError
        If a field or some of its rows run from east to west, or it runs column by column.

    Examples
    --------
    >>> field = ("longitude", [2.3, 2.4], {"GRIB_iScansNegatively": 1})
    >>> refuse_other_rows(xr.Dataset({"zhd": field}), "a.grb")
    Traceback (most recent call last):
        ...
    tropdsx.errors.InputError: zhd of a.grb runs from east to west ...
    """
    for name, field in ds.data_vars.items():
        for flag, order in _OTHER_ROWS.items():
            if field.attrs.get(flag, 0):
                msg = (
                    f"{name} of {path} runs {order}, which cfgrib does not heed; accepted is GRIB "
                    "whose rows run from west to east. Write it so, or as NetCDF."
                )
                raise InputError(msg)


def _open(file: str | Path, group: str | None, chunks: Any, options: dict[str, Any]) -> xr.Dataset:
    if group is None:
        return xr.open_dataset(file, chunks=chunks, **options)
    opened = [
        xr.open_dataset(file, group=name, chunks=chunks, **options)
        for name in (group, *parents_of(group))
    ]
    ds = inherit(opened[0], opened[1:]).copy()  # closing it closes the others, not itself
    ds.encoding = opened[0].encoding
    ds.set_close(partial(close_all, opened))
    return ds


def _is_read(ds: xr.Dataset) -> bool:
    """Read all values; what is damaged is told of when it is needed."""
    try:
        ds.load()
    except Exception:  # Each library fails in its own ways on a damaged file.
        return False
    return True


def close_all(datasets: Iterable[xr.Dataset]) -> None:
    """Close the files of several Datasets that became one.

    Parameters
    ----------
    datasets : iterable of Dataset
        As opened.

    Examples
    --------
    >>> close_all([xr.Dataset()])
    """
    for ds in datasets:
        ds.close()


def _cannot_open(path: str | Path, engine: str, error: Exception) -> str:
    reason = describe_error(error)[:200]
    file, group = split_part(path)
    told = describe_groups(file, engine) if group is not None else ""
    if told or (group is not None and "group not found" in reason):
        return f"{file} has no group '{group}'; {told or 'it has none. Leave it out'}."
    if engine == "cfgrib" and ("unrecognized engine" in reason or isinstance(error, ImportError)):
        return f"{path} is GRIB, which needs cfgrib: {how_to_install('grib')}."
    if engine == "cfgrib":
        return (
            f"{path} cannot be opened as one grid ({reason}); accepted here is GRIB of delays with "
            "one kind of level. Levels of a weather model become delays with `tropdsx delays`, or "
            "with tropdsx.open_levels(path).tropds.zenith_delays()."
        )
    if "decode time" in reason:
        return (
            f"{path} is whole, but its time cannot be read ({reason}); accepted are CF units of a "
            "fixed length, such as 'hours since 2022-01-01'. Open it with "
            "xr.open_dataset(..., decode_times=False), give it dates, and pass the Dataset."
        )
    if is_url(path) and ("fsspec" in reason or isinstance(error, ImportError)):
        return (
            f"{path} cannot be opened ({reason}); stores on other machines need fsspec and its "
            "part for the scheme: pip install fsspec aiohttp (https), s3fs (s3), gcsfs (gs)."
        )
    if is_url(path):
        return (
            f"{path} cannot be opened ({reason}); accepted are http(s) addresses of NetCDF files, "
            "OPeNDAP addresses, and Zarr stores. Download the file and give its name."
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
    runs, dim = _time_dims(ds)
    if dim is None:
        return chunks
    chunks |= dict.fromkeys(runs, 1)
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


def _time_dims(ds: xr.Dataset) -> tuple[tuple[Hashable, ...], Hashable | None]:
    """Find the dimension of time, and that of runs where forecasts have two."""
    try:
        return (), find_axes(ds).time_dim
    except GridError:
        # The file is not refused here: standardise says what is missing.
        with contextlib.suppress(GridError):
            time = find_valid_time(ds).time
            if time is not None and time.ndim:
                return time.dims[:-1], time.dims[-1]
    return (), None


def _packed_as_float32(ds: xr.Dataset) -> xr.Dataset:
    # xarray unpacks int16 to float64; seven digits hold 16 bits. Rounded once, from float64.
    for name, variable in ds.data_vars.items():
        stored = np.dtype(variable.encoding.get("dtype", variable.dtype))
        if stored.kind in "iu" and variable.dtype == np.float64:
            encoding = variable.encoding
            ds[name] = _without_unwritten(variable, stored).astype(np.float32)
            ds[name].encoding = encoding
    return ds


def _without_unwritten(field: xr.DataArray, stored: np.dtype[Any]) -> xr.DataArray:
    """Take planes of what netCDF stores where nothing was written for missing ones.

    xarray heeds attributes alone. In part of a plane the number is the least that was packed, as
    NCO does: heights of the sea.
    """
    default = {"i2": -32767, "u2": 65535, "i4": -2147483647, "u4": 4294967295}.get(stored.str[1:])
    given = field.encoding
    if default is None or {"_FillValue", "missing_value"} & given.keys():
        return field
    packing = {key: given[key] for key in ("scale_factor", "add_offset") if key in given}
    packed = xr.Variable("mark", np.array([default], stored), packing)
    mark = xr.conventions.decode_cf_variable("mark", packed).to_numpy()[0]
    return field.where(~(field == mark).all(field.dims[-2:]))
