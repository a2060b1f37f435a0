"""Open delays and orographies: content tells the kind of a file, values are read later."""

from __future__ import annotations

import glob
import gzip
import lzma
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx import grid
from tropdsx.errors import GridError, InputError
from tropdsx.fields import find_variable
from tropdsx.grid_axes import find_axes
from tropdsx.read_netcdf import check_classic_length, open_array_file
from tropdsx.read_npy import open_npy
from tropdsx.read_vmf import open_vmf_files
from tropdsx.standard_orography import standard_orography
from tropdsx.vmf_orography import read_orography_text

__all__ = ["kind_of_file", "open_delays", "open_orography"]

_ENGINES = {"netcdf": "netcdf4", "zarr": "zarr", "grib": "cfgrib"}
_ACCEPTED = "accepted are NetCDF, Zarr, GRIB, VMF text (.xz, .gz) and TropDS npy files"
_URL = re.compile(r"^[a-z][a-z0-9+]+://", re.I)
_PER_EPOCH = ("zhd", "zwd", "ztd", "temperature", "pressure")


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
    """
    files = _listed(paths)
    kinds = {kind_of_file(file) for file in files}
    if len(kinds) > 1:
        msg = (
            f"files of different kinds found ({', '.join(sorted(kinds))}); give one kind at a time."
        )
        raise InputError(msg)
    kind = kinds.pop()
    if kind != "npy" and (start is not None or step is not None):
        msg = f"start and step are for npy arrays; {files[0]} ({kind}) has its own times."
        raise InputError(msg)
    if kind == "vmf":
        return _chunked(open_vmf_files(files), chunks)
    if kind == "npy":
        return _chunked(_open_npy_files(files, start, step), chunks)
    datasets = [open_array_file(files[0], _ENGINES[kind], chunks)]
    if len(files) > 1 and isinstance(chunks, str):
        chunks = {d: lengths[0] for d, lengths in datasets[0].chunksizes.items()}
    datasets += [open_array_file(file, _ENGINES[kind], chunks) for file in files[1:]]
    return datasets[0] if len(files) == 1 else _joined(datasets, files)


def _chunked(ds: xr.Dataset, chunks: Any) -> xr.Dataset:
    if chunks is None:
        return ds.compute()
    return ds if isinstance(chunks, str) else ds.chunk(chunks)


def _listed(paths: str | Path | Sequence[str | Path]) -> list[str | Path]:
    """Files behind names and globs, in order."""
    if isinstance(paths, (str, Path)):
        paths = [paths]
    files: list[str | Path] = []
    for entry in paths:
        text = str(entry)
        if isinstance(entry, str) and _URL.match(text):
            files.append(text)
        elif Path(entry).expanduser().exists() or not glob.has_magic(text):
            files.append(Path(entry).expanduser())
        else:
            # Path.glob takes no absolute patterns.
            matched = sorted(glob.glob(str(Path(entry).expanduser())))  # noqa: PTH207
            if not matched:
                msg = f"no file matches {text}; check the pattern and the folder."
                raise InputError(msg)
            files += [Path(name) for name in matched]
    if not files:
        msg = f"no input given; {_ACCEPTED}."
        raise InputError(msg)
    return list(dict.fromkeys(files))


def kind_of_file(path: str | Path) -> str:
    """Tell the format of a file by its content.

    Parameters
    ----------
    path : str or Path
        File, folder or URL.

    Returns
    -------
    str
        ``"netcdf"``, ``"zarr"``, ``"grib"``, ``"npy"`` or ``"vmf"``.

    Raises
    ------
    InputError
        If the file is missing, empty, or of no accepted kind.
    """
    if isinstance(path, str) and _URL.match(path):
        return "zarr" if path.rstrip("/").endswith(".zarr") or path.startswith("s3") else "netcdf"
    path = Path(path)
    if not path.exists():
        msg = f"no such file: {path}."
        raise InputError(msg)
    if path.is_dir():
        if any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata")):
            return "zarr"
        msg = f"{path} is a folder but no Zarr store; give files, or a pattern such as {path}/*.nc."
        raise InputError(msg)
    head = _head(path)
    if head[:3] == b"CDF" and head[3:4] in (b"\x01", b"\x02", b"\x05"):
        check_classic_length(path)
        return "netcdf"
    if head[:8] == b"\x89HDF\r\n\x1a\n":
        return "netcdf"
    if head[:4] == b"GRIB":
        return "grib"
    if head[:6] == b"\x93NUMPY":
        return "npy"
    if _looks_like_vmf(head):
        return "vmf"
    msg = f"{path} {_described(head)}; {_ACCEPTED}. Check that this is the right file."
    raise InputError(msg)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
        if not head:
            msg = f"{path} is empty (0 bytes); {_ACCEPTED}. Fetch the file again."
            raise InputError(msg)
        if head[:6] == b"\xfd7zXZ\x00" or head[:2] == b"\x1f\x8b":
            with (gzip.open if head[0] == 0x1F else lzma.open)(path, "rb") as stream:
                head = stream.read(512)
            if not _looks_like_vmf(head):
                msg = (
                    f"{path} is compressed and {_described(head)} inside; only VMF text is read "
                    "compressed. Decompress it first."
                )
                raise InputError(msg)
    except InputError:
        raise
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        msg = f"{path} cannot be read ({' '.join(str(error).split())}). Fetch the file again."
        raise InputError(msg) from error
    return head


def _looks_like_vmf(head: bytes) -> bool:
    if head.lstrip().startswith(b"!"):
        return True
    try:
        return len([float(word) for word in head.lstrip().splitlines()[0].split()]) == 6
    except (ValueError, IndexError):
        return False


def _described(head: bytes) -> str:
    if not head:
        return "is empty"
    printable = sum(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in head)
    if head.lstrip()[:1] == b"<":
        return "is a web page (a failed download?)"
    if printable < 0.95 * len(head):
        return "is of an unknown binary kind"
    return f"is text ('{' '.join(head.decode('latin-1').split())[:30]}...') but no VMF grid"


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


def _joined(datasets: list[xr.Dataset], files: list[str | Path]) -> xr.Dataset:
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
        pieces.append(_with_time(ds, file))
    own = find_axes(first)
    for (ds, _, _), file in zip(pieces, files, strict=True):
        other = find_axes(ds)
        for mine, theirs in ((own.lat, other.lat), (own.lon, other.lon)):
            if not np.array_equal(mine.values, theirs.values):
                msg = (
                    f"{file} has another {mine.name} than {files[0]}; accepted are files of one "
                    "grid. Convert each grid by itself."
                )
                raise GridError(msg)
    pieces.sort(key=lambda piece: piece[2][0])
    dim = pieces[0][1]
    return xr.concat(
        [ds for ds, _, _ in pieces],
        dim,
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )


def _with_time(ds: xr.Dataset, file: str | Path) -> tuple[xr.Dataset, Any, np.ndarray]:
    """Return a file with a time dimension, its name, and the epochs."""
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
        ds = ds.drop_vars(name)
        ds = ds.assign({n: ds[n].expand_dims({name: epoch}) for n in moving})
        return ds, name, epoch.values
    return ds, axes.time_dim, axes.time.values


def open_orography(path: str | Path, *, like: xr.Dataset | None = None) -> xr.DataArray:
    """Read the heights that a grid refers to.

    Parameters
    ----------
    path : str or Path
        NetCDF, Zarr or GRIB with an orography, surface height or surface geopotential, or one of
        the VMF files ``orography_ell``, ``orography_ell_5x5``, ``orography_ell_1x1``.
    like : Dataset, optional
        Standard grid whose nodes are wanted; all must be nodes of the file.

    Returns
    -------
    DataArray
        ``orography(lat, lon)`` float64, lat descending, lon ascending [m].

    Raises
    ------
    InputError
        If the file is missing, damaged or holds no orography.
    GridError
        If a node of `like` is missing.
    UnitsError
        If the heights are no heights of land.
    """
    path = _listed(path)[0]
    local = not (isinstance(path, str) and _URL.match(path))
    if local and Path(path).is_file() and _is_text(Path(path)):
        height, lat, lon = read_orography_text(path)
        ds = xr.Dataset(
            {"orography": (("lat", "lon"), height, _VMF_OROGRAPHY)},
            {"lat": ("lat", lat), "lon": ("lon", lon)},
        )
    else:
        kind = kind_of_file(path)
        if kind not in _ENGINES:
            msg = (
                f"{path} ({kind}) holds no orography; accepted are NetCDF, Zarr or GRIB with a "
                "variable 'orography', and the VMF orography files."
            )
            raise InputError(msg)
        ds = open_array_file(path, _ENGINES[kind], None)
    orography = standard_orography(ds, str(path))
    orography.attrs["source"] = Path(path).name
    return orography if like is None else grid.match_nodes(orography, like["lat"], like["lon"])


_VMF_OROGRAPHY = {
    "units": "m",
    "long_name": "ellipsoidal height of the grid points",
    "standard_name": "height_above_reference_ellipsoid",
}


def _is_text(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(512)
    if head[:6] == b"\xfd7zXZ\x00" or head[:2] == b"\x1f\x8b":
        return True
    return bool(head) and all(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in head)
