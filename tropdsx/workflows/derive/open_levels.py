"""Open weather-model files that hold levels: NetCDF, Zarr, GRIB with all its kinds of level."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.positions import find_positions
from tropdsx.errors import GridError, InputError
from tropdsx.read.containers.files import find_files
from tropdsx.read.containers.temporary import origin_of
from tropdsx.read.kinds import detect_kind
from tropdsx.read.netcdf import open_array_file
from tropdsx.workflows.derive.levels import find_levels

__all__ = ["open_levels"]

#: GRIB: kind of level, short names to read, and the name that each gets.
_GRIB = (
    ("isobaricInhPa", dict.fromkeys(("t", "q", "r", "z", "gh"))),
    ("isobaricInPa", dict.fromkeys(("t", "q", "r", "z", "gh"))),
    ("hybrid", {**dict.fromkeys(("t", "q", "r", "lnsp", "pres")), "z": "z"}),
    ("surface", {"sp": "sp", "lnsp": "lnsp", "z": "z_surface", "orog": "orog"}),
    ("heightAboveGround", {"2t": "t2m", "2d": "d2m", "2sh": "sh2", "2r": "r2", "r": "r2"}),
)
_LEVEL_DIMS = ("isobaricInhPa", "isobaricInPa", "hybrid")
_LABELS = ("number", "step", "surface", "heightAboveGround", "expver")


def open_levels(paths: str | Path | Sequence[str | Path]) -> xr.Dataset:
    """Open the levels of a weather model, and its surface fields, without reading them.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files or patterns. Files with the same variables follow each other in time; others, such as
        pressure levels and surface fields, are put side by side. A GRIB file may hold many kinds
        of level: temperature, humidity and geopotential on pressure or hybrid levels, the surface
        and 2 m are read.

    Returns
    -------
    Dataset
        Names as stored, but the geopotential of the surface is ``z_surface``; one dask chunk for
        each epoch. Made for :func:`tropdsx.workflows.derive.zenith.zenith_delays`.

    Raises
    ------
    InputError
        If a file is missing, damaged, holds none of these, or cfgrib is not installed for GRIB.
    GridError
        If the files are of different grids.
    """
    files = find_files(paths, "accepted are NetCDF, Zarr and GRIB files with levels; name one")
    groups: dict[frozenset[Hashable], list[tuple[xr.Dataset, str]]] = {}
    for file in files:
        ds = _open_file(file)
        groups.setdefault(frozenset(ds.data_vars), []).append((ds, str(file)))
    joined = [_join_in_time([ds for ds, _ in group]) for group in groups.values()]
    out = joined[0] if len(joined) == 1 else _merge_side_by_side(joined, files)
    out.encoding["tropdsx_sources"] = [origin_of(file) for file in files]
    return out


def _open_file(file: str | Path) -> xr.Dataset:
    kind = detect_kind(file)
    if kind == "grib":
        return _open_grib(file)
    engines = {"netcdf": "netcdf4", "zarr": "zarr"}
    if kind not in engines:
        msg = f"{file} ({kind}) holds no levels; accepted are NetCDF, Zarr and GRIB files."
        raise InputError(msg)
    with open_array_file(file, engines[kind], None) as probe:
        chunks = dict.fromkeys(_time_dims(probe), 1)
    ds = open_array_file(file, engines[kind], chunks).reset_coords()
    ds = ds.set_coords([n for n in ds.data_vars if ds[n].dtype.kind not in "fiu"])
    return _rename_surface(ds)


def _time_dims(ds: xr.Dataset) -> tuple[Hashable, ...]:
    try:
        time = find_positions(ds).time
    except GridError:
        return ()
    return () if time is None else tuple(d for d in time.dims if ds.sizes[d] > 1)


def _rename_surface(ds: xr.Dataset) -> xr.Dataset:
    """Name the geopotential of a surface file so that it is not taken for that of levels."""
    if "z" not in ds.data_vars:
        return ds
    try:
        find_levels(ds)
    except GridError:
        return ds.rename(z="z_surface")
    return ds


def _join_in_time(parts: list[xr.Dataset]) -> xr.Dataset:
    if len(parts) == 1:
        return parts[0]
    times = [find_positions(ds).names[2:] for ds in parts]
    if not all(times):
        msg = "files without time found, which cannot be put in order; give one at a time."
        raise InputError(msg)
    name = times[0][0]
    parts = [ds if ds[name].ndim else ds.set_coords(name).expand_dims(name) for ds in parts]
    parts = sorted(parts, key=lambda ds: ds[name].values[0])
    try:
        out = xr.concat(
            parts,
            parts[0][name].dims[0],
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="exact",
            combine_attrs="override",
        )
    except ValueError as error:
        raise GridError(_describe_misfit(error)) from error
    epochs = out[name].values
    if np.unique(epochs).size < epochs.size:
        msg = "the files hold an epoch twice; accepted is each epoch once. Leave one file out."
        raise GridError(msg)
    return out


def _merge_side_by_side(parts: list[xr.Dataset], files: list[str | Path]) -> xr.Dataset:
    try:
        return xr.merge(
            [ds.drop_vars(_LABELS, errors="ignore") for ds in parts],
            join="exact",
            compat="override",
            combine_attrs="override",
        )
    except ValueError as error:
        named = ", ".join(Path(str(file)).name for file in files)
        msg = f"{_describe_misfit(error)} Files: {named}."
        raise GridError(msg) from error


def _describe_misfit(error: Exception) -> str:
    reason = " ".join(str(error).split())[:160]
    return (
        f"the files do not go together ({reason}); accepted are files of one grid, with the same "
        "epochs where they hold different variables."
    )


def _open_grib(file: str | Path) -> xr.Dataset:
    try:
        import cfgrib  # noqa: F401 - only whether it is there
    except ImportError as error:
        msg = f"{file} is GRIB, which needs cfgrib: pip install 'tropdsx[grib]'."
        raise InputError(msg) from error
    # The index is made once and lives as long as it takes to open the fields: nothing is left
    # beside the caller's file.
    with tempfile.TemporaryDirectory() as folder:
        fields = [
            field
            for level, names in _GRIB
            for name, renamed in names.items()
            if (field := _grib_field(file, level, name, renamed, folder)) is not None
        ]
    if not any(dim in field.dims for field in fields for dim in _LEVEL_DIMS):
        msg = (
            f"{file} holds no temperature on pressure or hybrid levels; accepted are GRIB files "
            "with t, q or r, and z or gh on levels."
        )
        raise InputError(msg)
    # Levels that lack one of the profiles are of no use; the rest must be one grid.
    merged = {field.name: field for field in reversed(fields)}
    profiles = [f for f in merged.values() if set(f.dims) & set(_LEVEL_DIMS)]
    others = [f for f in merged.values() if not set(f.dims) & set(_LEVEL_DIMS)]
    profiles = list(xr.align(*profiles, join="inner"))
    options: dict[str, Any] = {"compat": "override", "combine_attrs": "drop_conflicts"}
    try:
        out = xr.merge(profiles + others, join="exact", **options)
    except ValueError as error:
        raise GridError(_describe_misfit(error)) from error
    out.attrs = fields[0].encoding["file"]
    return out


def _grib_field(
    file: str | Path, level: str, name: str, renamed: str | None, folder: str
) -> xr.DataArray | None:
    """One field of a GRIB file, lazy; None where it holds no such field."""
    options = {
        "indexpath": f"{folder}/{{short_hash}}.idx",
        "time_dims": ("valid_time",),
        "filter_by_keys": {"typeOfLevel": level, "shortName": name},
        "read_keys": ["pv"] if level == "hybrid" else [],
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = xr.open_dataset(file, engine="cfgrib", backend_kwargs=options)
    except Exception as error:  # Each library fails in its own ways on a damaged file.
        msg = (
            f"{name} ({level}) of {file} cannot be read ({' '.join(str(error).split())[:160]}); "
            "accepted is one grid and one kind of forecast. Split the file with grib_copy first."
        )
        raise InputError(msg) from error
    if not ds.data_vars:
        return None
    field = ds[next(iter(ds.data_vars))]
    if level == "heightAboveGround" and float(field.coords.get(level, 2.0)) != 2.0:
        return None
    if level == "hybrid" and name == "z" and "hybrid" not in field.dims:
        renamed = "z_surface"
    field = field.drop_vars(_LABELS, errors="ignore")
    field = field.drop_vars([n for n in _LEVEL_DIMS if n in field.coords and n not in field.dims])
    dims = ["valid_time"] if "valid_time" in field.dims else []
    field = field.chunk(dict.fromkeys(dims, 1)).rename(renamed or name)
    field.encoding["file"] = dict(ds.attrs)
    return field
