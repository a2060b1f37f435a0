"""Open files of delays as one Dataset: their kind is detected, their values are read later."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import DELAYS_AND_TOTAL, INPUTS, QUANTITIES
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, InputError, UnitsError
from tropdsx.read.kinds import detect_kind, find_files
from tropdsx.read.netcdf import ENGINES, open_array_file
from tropdsx.read.npy import open_npy
from tropdsx.read.vmf import open_vmf_files

__all__ = ["open_delays"]

_Piece = tuple[xr.Dataset, Any, np.ndarray]
"""A file, its time dimension and its epochs."""
_PER_EPOCH = (*DELAYS_AND_TOTAL, "temperature", "pressure")


def open_delays(
    paths: str | Path | Sequence[str | Path],
    *,
    start: Any = None,
    step: Any = None,
    chunks: Any = "auto",
) -> xr.Dataset:
    """Open delays as stored, without reading them.

    Parameters
    ----------
    paths : str, Path or sequence of them
        A file, a Zarr folder, a URL, several files, or a glob; several are joined along time.
    start, step : optional
        First epoch [UTC] and time between slices (``"6h"``) of npy arrays, which carry none.
    chunks : "auto", dict or None, optional
        As for `xarray.open_dataset`; "auto" makes chunks of whole slices, 8 to 32 steps.

    Returns
    -------
    Dataset
        Names, axes and units as stored; packed integers as float32.

    Raises
    ------
    InputError
        If a file is missing, empty, truncated or of another kind, or the files do not go together.
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
    files = list(dict.fromkeys(find_files(paths)))
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
    ds = _open_files(files, kind, start, step, chunks)
    # For provenance: xarray remembers one file, and none after joining.
    ds.encoding["tropdsx_sources"] = [str(file) for file in files]
    return ds


def _open_files(
    files: list[str | Path], kind: str, start: Any, step: Any, chunks: Any
) -> xr.Dataset:
    if kind == "vmf":
        return _rechunk(open_vmf_files(files), chunks)
    if kind == "npy":
        return _rechunk(_open_npy_files(files, start, step), chunks)
    datasets = [open_array_file(files[0], ENGINES[kind], chunks)]
    if len(files) > 1 and isinstance(chunks, str):
        chunks = {d: lengths[0] for d, lengths in datasets[0].chunksizes.items()}
    datasets += [open_array_file(file, ENGINES[kind], chunks) for file in files[1:]]
    return datasets[0] if len(files) == 1 else _join(datasets, files)


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


def _join(datasets: list[xr.Dataset], files: list[str | Path]) -> xr.Dataset:
    """Join along time what has the same variables on the same grid."""
    first = datasets[0]
    pieces = []
    for ds, file in zip(datasets, files, strict=True):
        if set(ds.data_vars) != set(first.data_vars):
            differing = ", ".join(sorted(map(str, set(ds.data_vars) ^ set(first.data_vars))))
            msg = (
                f"{file} and {files[0]} do not hold the same variables ({differing} in one of "
                "them only); accepted are files that follow each other in time. Merge others with "
                "xarray.merge first."
            )
            raise InputError(msg)
        _check_units(ds, first, file, files[0])
        pieces.append(_with_time(ds, file))
    _check_one_grid(pieces, files)
    named = sorted(zip(pieces, files, strict=True), key=lambda pair: pair[0][2][0])
    _check_epochs_once(named)
    pieces = [piece for piece, _ in named]
    dim = pieces[0][1]
    joined = xr.concat(
        [ds for ds, _, _ in pieces],
        dim,
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )
    # xarray forgets the files when it joins them, and would close them whenever it likes.
    joined.set_close(partial(_close_all, datasets))
    return joined


def _close_all(datasets: list[xr.Dataset]) -> None:
    for ds in datasets:
        ds.close()


def _check_one_grid(pieces: list[_Piece], files: list[str | Path]) -> None:
    own = find_axes(pieces[0][0])
    for (ds, _, _), file in zip(pieces, files, strict=True):
        other = find_axes(ds)
        for mine, theirs in ((own.lat, other.lat), (own.lon, other.lon)):
            if not np.array_equal(mine.values, theirs.values):
                msg = (
                    f"{file} has another {mine.name} than {files[0]}; accepted are files of one "
                    "grid. Convert each grid by itself."
                )
                raise GridError(msg)


def _check_units(ds: xr.Dataset, first: xr.Dataset, file: str | Path, own: str | Path) -> None:
    """Refuse other units than those of the first file, whose attributes the joined ones get."""
    axes = find_axes(ds)
    for role in INPUTS:
        name = find_variable(ds, role, {axes.lat_dim, axes.lon_dim})
        if name is None:
            continue
        units, others = (str(each[name].attrs.get("units", "")) for each in (ds, first))
        known = QUANTITIES[role].units
        size, other = (known.get(" ".join(u.split()).lower(), u) for u in (units, others))
        if size != other:
            msg = (
                f"'{name}' has units '{units}' in {file} and '{others}' in {own}; accepted are "
                "files of the same units. Convert each by itself, or bring them to one unit."
            )
            raise UnitsError(msg)


def _check_epochs_once(named: list[tuple[_Piece, str | Path]]) -> None:
    seen: dict[Any, str | Path] = {}
    for (_, _, epochs), file in named:
        twice = next((epoch for epoch in epochs if epoch in seen), None)
        if twice is not None:
            msg = (
                f"{seen[twice]} and {file} hold the same epoch {str(twice)[:16]}; accepted is each "
                "epoch once. Leave one of the files out, or select its other epochs."
            )
            raise GridError(msg)
        seen |= dict.fromkeys(epochs, file)


def _with_time(ds: xr.Dataset, file: str | Path) -> _Piece:
    """Give a file a time dimension; return it with the name of that and the epochs."""
    axes = find_axes(ds)
    if axes.time is None:
        msg = (
            f"{file} has no time, so that it cannot be put in order with others; add one with "
            "ds.assign_coords(time=...), or convert it by itself."
        )
        raise InputError(msg)
    if axes.time_dim is None:
        name = axes.time.name
        found = (find_variable(ds, role, {axes.lat_dim, axes.lon_dim}) for role in _PER_EPOCH)
        moving = [n for n in found if n is not None]
        epoch = axes.time.expand_dims(name)
        ds = ds.drop_vars([name])
        ds = ds.assign({n: ds[n].expand_dims({name: epoch}) for n in moving})
        return ds, name, epoch.values
    return ds, axes.time_dim, axes.time.values
