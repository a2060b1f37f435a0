"""Convert files into one file: a dated series of any length in flat memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.cf.layout import with_standard_names
from tropdsx.errors import InputError, once_a_run
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import Plan, make_plan
from tropdsx.pipeline.run import describe, refine, restored
from tropdsx.read.delays import open_delays
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress
from tropdsx.workflows.convert.blocks import in_blocks
from tropdsx.workflows.convert.cluster import connect
from tropdsx.workflows.convert.series import Series, find_series_dim
from tropdsx.workflows.convert.tropds_arrays import deblur, is_tropds
from tropdsx.write.parameters import command_line, summarise_parameter, to_json
from tropdsx.write.save import (
    check_apart,
    check_storage,
    describe_for_writing,
    name_output,
    write_described,
)

__all__ = ["convert"]

#: Input up to this size is read at once [byte].
SMALL = 2**22


def convert(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    reference: str | Path | None = None,
    overwrite: bool = False,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    zarr_format: int | None = None,
    scheduler: str | None = None,
    start: str | None = None,
    step: str | None = None,
    norm: tuple[float, float] | None = None,
    weight: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> Path:
    """Downscale files into one CF NetCDF file or Zarr store.

    Parameters
    ----------
    inputs : str, Path or sequence of them
        Files or patterns; joined along time.
    output : str or Path, optional
        File (.nc) or store (.zarr); default: ``<stem>_tropdsx.nc`` beside the first input.
    reference : str or Path, optional
        True fine delays; the RMSE maps are measured against them.
    overwrite : bool
        Replace an existing output.
    compression : str
        "zlib:N", "zstd" or "none".
    quantize, pack : bool
        Keep 15 mantissa bits (at most 0.031 mm off); store int16 in steps of 0.05 mm.
    zarr_format : {3, 2}, optional
        Version of a Zarr store; see :func:`tropdsx.write.write_zarr`.
    scheduler : str, optional
        Address of a dask scheduler whose workers compute; default: the active client, if any,
        else the cores of this process.
    start, step : str, optional
        Epochs of an .npy file.
    norm, weight
        For a TropDS ``.pth`` on an .npy file; see
        :func:`tropdsx.workflows.convert.tropds_arrays.deblur`.
    resume : bool
        Continue an interrupted run.
    progress : callable, optional
        Called with (epochs written, epochs in all).
    **options
        Fields of :class:`tropdsx.pipeline.Options`.

    Returns
    -------
    Path
        The output, under its final name.

    Raises
    ------
    TropdsxError
        If an input cannot be used or the output cannot be written; nothing is then left under
        the output's name. What is complete of a series stays in a partial file for ``resume``.

    Examples
    --------
    >>> import tempfile
    >>> box = {"lat": [2.5, -2.5], "lon": [2.5, 7.5]}
    >>> zhd = xr.DataArray([[2.3, 2.2], [2.3, 2.2]], box, attrs={"units": "m"})
    >>> import numpy as np
    >>> ds = zhd.to_dataset(name="zhd").assign(orography=zhd * 0)
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/box.nc")
    ...     convert(f"{folder}/box.nc", model="none").name
    'box_tropdsx.nc'
    """
    paths = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
    if not paths:
        msg = "no input given; name at least one file"
        raise InputError(msg)
    if is_tropds(paths, options.get("model", "default")):
        keep = {"overwrite": overwrite, "resume": resume, "progress": progress}
        # Idle here, and refused where they are given.
        options |= {"reference": reference, "start": start, "step": step, "scheduler": scheduler}
        options |= {"compression": compression, "quantize": quantize, "pack": pack}
        options |= {"zarr_format": zarr_format}
        return _deblur_alone(paths, output, norm=norm, weight=weight, **keep, **options)
    _refuse_idle(paths[0], norm=norm, weight=weight)
    target = Path(output) if output is not None else name_output(paths[0], "tropdsx")
    grids = (options.get(name) for name in ("orography", "coarse_orography", "target", "model"))
    check_apart(target, [*paths, reference, *grids])
    checked = check_storage(target, compression=compression, zarr_format=zarr_format)
    check_target(target, overwrite=overwrite)
    storage = checked | {"quantize": quantize, "pack": pack}
    with contextlib.ExitStack() as stack:
        stack.enter_context(once_a_run())
        client = stack.enter_context(connect(scheduler))
        small = SMALL if client is None else 0
        given = paths if len(paths) > 1 else paths[0]
        ds = open_delays(given, start=start, step=step, small=small)
        stack.callback(_close, ds)
        plan = in_blocks(make_plan(ds, Options(**options), probe=True))
        command = command_line("convert", paths, options, _usual_options())
        fine = _downscale(plan, ds, command)
        if reference is not None:
            from tropdsx.workflows.evaluate.comparison import with_rmse_maps  # for this alone

            fine = with_rmse_maps(fine, open_delays(reference), name=Path(reference).name)
        fine = describe_for_writing(_add_parameters(fine, start, step, reference))
        time_dim = find_series_dim(fine)
        if time_dim is None:
            return write_described(fine, target, overwrite=overwrite, progress=progress, **storage)
        series = Series(plan, fine, time_dim, target, storage, resume=resume, overwrite=overwrite)
        del fine  # the graph of a long series is large
        return series.write(progress, client)


def _downscale(plan: Plan, ds: xr.Dataset, command: str) -> xr.Dataset:
    """Lay out the whole result, lazy along time where the input is."""
    fine, network = refine(plan, plan.grid)
    fine = describe(fine, plan, network, ds, command=command)
    return with_standard_names(restored(fine, plan))


def _close(ds: xr.Dataset) -> None:
    """Close input files while nobody else calls the library, not when they are collected."""
    with hdf5_lock():
        ds.close()


def _refuse_idle(first: str | Path, **given: object) -> None:
    """Refuse options of TropDS's own networks where none is used."""
    idle = [name for name, value in given.items() if value is not None]
    if idle:
        msg = (
            f"{' and '.join(idle)} given, but {Path(first).name} does not go through a TropDS "
            ".pth; leave that out (a checkpoint from tropdsx import-checkpoint holds both)"
        )
        raise InputError(msg)


def _deblur_alone(paths: list[str | Path], output: str | Path | None, **given: Any) -> Path:
    """Turn one array into another; options of the physics have no meaning there."""
    taken = signature(deblur).parameters
    usual = _usual_options() | {"compression": "zlib:1", "quantize": False, "pack": False}
    idle = [n for n, v in given.items() if n not in taken and v not in (None, usual.get(n))]
    if len(paths) > 1 or idle or (output is not None and Path(output).suffix != ".npy"):
        what = f"also {', '.join(idle)}" if idle else f"{len(paths)} inputs, output {output}"
        msg = (
            f"a TropDS network turns one .npy array into one .npy array; {what} given: leave that "
            "out, or make NetCDF with a checkpoint from tropdsx import-checkpoint"
        )
        raise InputError(msg)
    return deblur(paths[0], output, **{n: v for n, v in given.items() if n in taken})


def _usual_options() -> dict[str, Any]:
    return {each.name: each.default for each in fields(Options)}


def _add_parameters(
    fine: xr.Dataset, start: str | None, step: str | None, reference: str | Path | None
) -> xr.Dataset:
    """Add to the recorded parameters what only files have."""
    more = {
        "start": None if start is None else str(start),
        "step": None if step is None else str(step),
        "reference": None if reference is None else summarise_parameter(reference),
    }
    found = json.loads(fine.attrs["tropdsx_parameters"])
    found |= {name: value for name, value in more.items() if value is not None}
    fine.attrs["tropdsx_parameters"] = to_json(found)
    return fine
