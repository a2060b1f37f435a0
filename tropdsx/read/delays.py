"""Open files of delays as one Dataset: their kind is detected, their values are read later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.cf.variables import find_variable
from tropdsx.errors import InputError
from tropdsx.read.containers.files import find_files
from tropdsx.read.containers.groups import describe_groups
from tropdsx.read.containers.heights import load_heights
from tropdsx.read.containers.joining import join_files
from tropdsx.read.containers.temporary import origin_of, release, root_of
from tropdsx.read.kinds import GROUPED, detect_kind
from tropdsx.read.netcdf import ENGINES, open_array_file
from tropdsx.read.npy import open_npy
from tropdsx.read.vmf import open_vmf_files
from tropdsx.system.names import split_part

__all__ = ["open_delays"]


def open_delays(
    paths: str | Path | Sequence[str | Path],
    *,
    start: Any = None,
    step: Any = None,
    chunks: Any = "auto",
    group: str | None = None,
    small: int = 0,
) -> xr.Dataset:
    """Open delays as stored, without reading them.

    Parameters
    ----------
    paths : str, Path or sequence of them
        A file, a Zarr folder, a URL, several files, or a glob; several with the same variables are
        joined along time, others of the same epochs are put side by side. ``a.zip`` stands for the
        members that can be read, ``a.zip#member`` for one of them.
    start, step : optional
        First epoch [UTC] and time between slices (``"6h"``) of npy arrays, which carry none.
    chunks : "auto", dict or None, optional
        As for `xarray.open_dataset`; "auto" makes chunks of whole slices, 8 to 32 steps.
    group : str, optional
        Group of NetCDF files or Zarr stores, such as ``"run/delays"``; the same as ``a.nc#group``.
        Coordinates and heights that it lacks come from the groups above it.
    small : int, optional
        What is no larger is read at once with "auto", without dask, whose import costs more [byte].

    Returns
    -------
    Dataset
        Names, axes and units as stored; packed integers as float32. Closing it removes what was
        unpacked or fetched.

    Raises
    ------
    InputError
        If a file is missing, empty, truncated or of another kind, the files do not go together, or
        the delays stand in a group and none is named.
    GridError
        If the grids of several files differ or an epoch occurs twice.
    UnitsError
        If the units of several files differ.

    Examples
    --------
    >>> import tempfile
    >>> axes = {"time": np.arange(2), "lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> ds = xr.Dataset({"zwd": (list(axes), np.full((2, 2, 2), 0.1))}, axes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.isel(time=[1]).to_netcdf(f"{folder}/a.nc")
    ...     ds.isel(time=[0]).to_netcdf(f"{folder}/b.nc")
    ...     with open_delays(f"{folder}/*.nc") as joined:
    ...         joined.time.values, joined.zwd.chunks is not None
    (array([0, 1]), True)
    """
    files: list[str | Path] = list(dict.fromkeys(find_files(paths)))
    if group is not None and group.strip("/"):
        files = [_join_part(file, group.strip("/")) for file in files]
    try:
        ds = _open_kind(files, start, step, chunks, small)
    except BaseException:
        release(files)
        raise
    ds = _releasing(ds, files)
    # For provenance: xarray remembers one file, and none after joining.
    ds.encoding["tropdsx_sources"] = [origin_of(file) for file in files]
    return ds


def _open_kind(
    files: list[str | Path], start: Any, step: Any, chunks: Any, small: int
) -> xr.Dataset:
    kinds = {detect_kind(file) for file in files}
    if len(kinds) > 1:
        msg = (
            f"files of different kinds found ({', '.join(sorted(kinds))}); give one kind at a time."
        )
        raise InputError(msg)
    kind = kinds.pop()
    if kind != "npy" and (start is not None or step is not None):
        msg = f"start and step are for npy arrays; {files[0]} ({kind}) has its own times."
        raise InputError(msg)
    ds = _open_files(files, kind, start, step, chunks, small)
    if kind in GROUPED:
        _refuse_hidden(ds, files[0], ENGINES[kind])
    return load_heights(ds)


def _join_part(file: str | Path, part: str) -> str | Path:
    return type(file)(f"{file}#{part}")


def _refuse_hidden(ds: xr.Dataset, file: str | Path, engine: str) -> None:
    """Refuse a file whose delays stand in groups while other fields are at its root."""
    if any(find_variable(ds, role, set()) is not None for role in DELAYS_AND_TOTAL):
        return
    told = describe_groups(split_part(file)[0], engine, delays_only=True)
    if told:
        msg = f"{file} has no delays where they are looked for; {told}."
        raise InputError(msg)


def _releasing(ds: xr.Dataset, files: list[str | Path]) -> xr.Dataset:
    """Let closing remove the copies that were made of the files."""
    if all(root_of(file) is None for file in files):
        return ds
    out = ds.copy()

    def close() -> None:
        ds.close()
        release(files)

    out.set_close(close)
    return out


def _open_files(
    files: list[str | Path], kind: str, start: Any, step: Any, chunks: Any, small: int
) -> xr.Dataset:
    if kind == "vmf":
        return _rechunk(open_vmf_files(files, small=small), chunks)
    if kind == "npy":
        return _rechunk(_open_npy_files(files, start, step), chunks)
    if len(files) == 1:
        return open_array_file(files[0], ENGINES[kind], chunks, small=small)
    datasets = [open_array_file(files[0], ENGINES[kind], chunks)]
    if isinstance(chunks, str):
        chunks = {d: lengths[0] for d, lengths in datasets[0].chunksizes.items()}
    datasets += [open_array_file(file, ENGINES[kind], chunks) for file in files[1:]]
    return join_files(datasets, files)


def _rechunk(ds: xr.Dataset, chunks: Any) -> xr.Dataset:
    if chunks is None:
        return ds.compute()
    return ds if isinstance(chunks, str) else ds.chunk(chunks)


def _open_npy_files(files: Sequence[str | Path], start: Any, step: Any) -> xr.Dataset:
    parts = []
    for file in files:
        parts.append(open_npy(file, start=start, step=step))
        if start is not None and len(files) > 1:
            if step is None:
                msg = f"{len(files)} arrays and no step given; give one such as step='6h'."
                raise InputError(msg)
            last = parts[-1]["time"].values
            start = last[-1] + (last[-1] - last[-2] if last.size > 1 else np.timedelta64(0))
    if len({part["delay"].attrs["tropdsx_variable"] for part in parts}) > 1:
        msg = "the arrays hold different delays by their values; convert each by itself."
        raise InputError(msg)
    joined = xr.concat(parts, "time", combine_attrs="override") if len(parts) > 1 else parts[0]
    return joined if start is not None else joined.assign_coords(time=np.arange(joined.time.size))
