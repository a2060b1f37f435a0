"""Open weather-model files that hold levels: NetCDF, Zarr, GRIB with all its kinds of level."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Sequence
from functools import partial
from pathlib import Path

import xarray as xr

from tropdsx.cf.layout import straighten_axes
from tropdsx.cf.positions import find_positions
from tropdsx.cf.time.settle import settle_time
from tropdsx.errors import GridError, InputError
from tropdsx.read.containers.files import find_files
from tropdsx.read.containers.temporary import origin_of
from tropdsx.read.kinds import detect_kind
from tropdsx.read.netcdf import close_all, open_array_file
from tropdsx.workflows.derive.fields.alike import single_level
from tropdsx.workflows.derive.fields.chunks import chunk_by_epoch
from tropdsx.workflows.derive.fields.grib import open_grib
from tropdsx.workflows.derive.fields.joining import (
    Part,
    join_levels,
    join_side_by_side,
    level_dims,
    signature,
)

__all__ = ["open_levels"]


def open_levels(paths: str | Path | Sequence[str | Path]) -> xr.Dataset:
    """Open the levels of a weather model, and its surface fields, without reading them.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files or patterns. Files with the same variables follow each other in time, or where each
        holds one level (``cdo splitlevel``) in pressure; others, such as pressure levels and
        surface fields, or one variable a file as RDA has ERA5, are put side by side, on the nodes
        and epochs of the temperature. A GRIB file may hold many kinds of level: temperature,
        humidity and geopotential on pressure or hybrid levels, the surface and 2 m are read, and
        where there are no levels the total column of water vapour.

    Returns
    -------
    Dataset
        Names as stored, but the geopotential of the surface is ``z_surface``; one dask chunk for
        each epoch. Made for :func:`tropdsx.workflows.derive.zenith.zenith_delays`.

    Raises
    ------
    InputError
        If a file is missing, damaged, holds none of these, or cfgrib is not installed for GRIB; or
        if a GRIB file holds two forecasts for one time.
    GridError
        If the files are of different grids, or hold an epoch or a field twice.

    Examples
    --------
    >>> import tempfile
    >>> ds = xr.Dataset({"t": (("level", "lat", "lon"), [[[280.0]], [[250.0]]], {"units": "K"})})
    >>> ds = ds.assign_coords(level=[1000.0, 500.0], lat=[48.0], lon=[16.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/t.nc")
    ...     ds.rename(t="q").to_netcdf(f"{folder}/q.nc")
    ...     sorted(open_levels([f"{folder}/q.nc", f"{folder}/t.nc"]).data_vars)
    ['q', 't']
    """
    files = find_files(paths, "accepted are NetCDF, Zarr and GRIB files with levels; name one")
    notes: list[str] = []
    opened: list[xr.Dataset] = []
    groups: dict[frozenset[tuple[Hashable, frozenset[Hashable]]], list[Part]] = {}
    for file in files:
        ds = _open_file(file, notes, opened)
        groups.setdefault(signature(ds), []).append((ds, str(file)))
    joined = [(join_levels(group), group[0][1]) for group in groups.values()]
    out = joined[0][0] if len(joined) == 1 else join_side_by_side(joined, notes)
    out.encoding["tropdsx_sources"] = [origin_of(file) for file in files]
    out.encoding["tropdsx_notes"] = notes
    out.set_close(partial(close_all, opened))
    return out


def _open_file(file: str | Path, notes: list[str], opened: list[xr.Dataset]) -> xr.Dataset:
    kind = detect_kind(file)
    if kind == "grib":
        return open_grib(file, notes)
    engines = {"netcdf": "netcdf4", "zarr": "zarr"}
    if kind not in engines:
        msg = f"{file} ({kind}) holds no levels; accepted are NetCDF, Zarr and GRIB files."
        raise InputError(msg)
    stored = open_array_file(file, engines[kind], None)
    opened.append(stored)
    lazy = chunk_by_epoch(stored, _time_dims(stored), str(file))
    ds = settle_time(lazy, notes).reset_coords()
    ds = ds.set_coords([n for n in ds.data_vars if ds[n].dtype.kind not in "fiu"])
    with contextlib.suppress(GridError):  # curvilinear grids and stations stay as they are
        ds = straighten_axes(ds)
    on_level = level_dims(ds, "z") or single_level(ds) if "z" in ds.data_vars else True
    if not on_level and "z_surface" not in ds:
        # So that it is not taken for that of levels.
        return ds.rename(z="z_surface")
    return ds


def _time_dims(ds: xr.Dataset) -> tuple[Hashable, ...]:
    try:
        time = find_positions(ds).time
    except GridError:
        return ()
    return () if time is None else tuple(d for d in time.dims if ds.sizes[d] > 1)
