"""Files in, one file out: convert a dated series of any length in flat memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.cf.layout import with_standard_names
from tropdsx.errors import InputError
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.pipeline.run import describe, refine, restored
from tropdsx.read import delays as read
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress
from tropdsx.workflows.convert import tropds_arrays as tropds
from tropdsx.workflows.convert.cluster import cluster
from tropdsx.workflows.convert.series import Run
from tropdsx.write.encoding import parse_compression
from tropdsx.write.parameters import command_line, summarise_parameter, to_json
from tropdsx.write.save import check_apart, describe_for_writing, is_store, save

__all__ = ["convert", "default_output"]


def convert(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    reference: str | Path | None = None,
    overwrite: bool = False,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
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
    scheduler : str, optional
        Address of a dask scheduler whose workers compute; default: the active client, if any,
        else the cores of this process.
    start, step : str, optional
        Epochs of an .npy file.
    norm, weight
        For a TropDS ``.pth`` on an .npy file; see :func:`tropdsx.workflows.convert.tropds_arrays.deblur`.
    resume : bool
        Continue an interrupted run.
    progress : callable, optional
        Called with (epochs written, epochs in all).
    **options
        Fields of :class:`tropdsx.pipeline.Options`.

    Returns
    -------
    Path
        The output.

    Raises
    ------
    TropdsxError
        If an input cannot be used or the output cannot be written; nothing is then left under
        the output's name. What is complete of a series stays in a partial file for ``resume``.
    """
    paths = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
    if not paths:
        msg = "no input given; name at least one file"
        raise InputError(msg)
    if tropds.is_tropds(paths, options.get("model", "default")):
        return _as_tropds(
            paths,
            output,
            norm=norm,
            weight=weight,
            overwrite=overwrite,
            resume=resume,
            progress=progress,
            **options,
        )
    idle = [name for name, given in (("norm", norm), ("weight", weight)) if given is not None]
    if idle:
        msg = (
            f"{' and '.join(idle)} given, but {Path(paths[0]).name} does not go through a TropDS "
            ".pth; leave that out (a checkpoint from tropdsx import-checkpoint holds both)"
        )
        raise InputError(msg)
    target = Path(output) if output is not None else default_output(paths[0])
    others = (options.get(name) for name in ("orography", "coarse_orography", "target", "model"))
    check_apart(target, [*paths, reference, *others])
    check_target(target, overwrite=overwrite, folder=is_store(target))
    storage = {"compression": compression, "quantize": quantize, "pack": pack}
    parse_compression(compression)  # a wrong word is refused before anything is read
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(cluster(scheduler))
        ds = read.open_delays(paths if len(paths) > 1 else paths[0], start=start, step=step)
        stack.callback(_close, ds)
        plan = make_plan(ds, Options(**options))
        fine, network = refine(plan, plan.grid)
        command = command_line("convert", paths, options, _usual_options())
        fine = describe(fine, plan, network, ds, command=command)
        fine = with_standard_names(restored(fine, plan))
        if reference is not None:
            fine = _measured(fine, reference)
        _record_more(fine, start, step, reference)
        described = describe_for_writing(fine)
        run = Run(plan, described, target, storage, overwrite=overwrite, resume=resume)
        if not run.is_series:
            return save(fine, target, overwrite=overwrite, progress=progress, **storage)
        del fine, described
        return run.carry_out(progress, client)


def _close(ds: xr.Dataset) -> None:
    """Close input files while nobody else calls the library, not when they are collected."""
    with hdf5_lock():
        ds.close()


def default_output(first: str | Path) -> Path:
    """Name the output after the first input.

    Parameters
    ----------
    first : str or Path
        First input.

    Returns
    -------
    Path
        ``<stem>_tropdsx.nc`` in the same folder.

    Examples
    --------
    >>> default_output("grids/VMF3_20210101.H00.xz").name
    'VMF3_20210101.H00_tropdsx.nc'
    """
    path = Path(first)
    stem = path.name.replace("*", "").replace("?", "")
    for suffix in (".xz", ".gz", ".nc", ".nc4", ".zarr", ".grib", ".grb", ".npy"):
        stem = stem.removesuffix(suffix)
    return path.with_name(f"{stem or 'delays'}_tropdsx.nc")


def _as_tropds(paths: list[str | Path], output: str | Path | None, **given: Any) -> Path:
    """One array in, one array out; options of the physics have no meaning there."""
    taken = (
        "model",
        "norm",
        "weight",
        "overwrite",
        "resume",
        "device",
        "precision",
        "batch_size",
        "progress",
    )
    usual = _usual_options()
    idle = [n for n, v in given.items() if n not in taken and v not in (None, usual.get(n))]
    if len(paths) > 1 or idle or (output is not None and Path(output).suffix != ".npy"):
        what = f"also {', '.join(idle)}" if idle else f"{len(paths)} inputs, output {output}"
        msg = (
            f"a TropDS network turns one .npy array into one .npy array; {what} given: leave that "
            "out, or make NetCDF with a checkpoint from tropdsx import-checkpoint"
        )
        raise InputError(msg)
    return tropds.deblur(paths[0], output, **{n: given[n] for n in taken if n in given})


def _usual_options() -> dict[str, Any]:
    return {each.name: each.default for each in fields(Options)}


def _record_more(
    fine: xr.Dataset, start: str | None, step: str | None, reference: str | Path | None
) -> None:
    """Add to the recorded parameters what only files have."""
    more = {
        "start": None if start is None else str(start),
        "step": None if step is None else str(step),
        "reference": None if reference is None else summarise_parameter(reference),
    }
    found = json.loads(fine.attrs["tropdsx_parameters"])
    found |= {name: value for name, value in more.items() if value is not None}
    fine.attrs["tropdsx_parameters"] = to_json(found)


def _measured(fine: xr.Dataset, reference: str | Path) -> xr.Dataset:
    """Replace the checkpoint's RMSE maps by ones measured against true fine delays."""
    from tropdsx.workflows.evaluate import comparison as validate

    return validate.with_rmse_maps(fine, read.open_delays(reference), name=Path(reference).name)
