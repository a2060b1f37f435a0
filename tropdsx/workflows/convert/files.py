"""Convert files into one file: a dated series of any length in flat memory."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from tropdsx.errors import InputError, warn
from tropdsx.system.workers import Advance
from tropdsx.workflows.convert.job import lay_out, opened, usual_options
from tropdsx.workflows.convert.series import Series, find_series_dim
from tropdsx.workflows.convert.tropds_arrays import deblur, is_tropds
from tropdsx.write.provenance import read_provenance
from tropdsx.write.save import write_described

__all__ = ["convert", "refuse_idle", "warn_of_other_errors"]

#: Expected errors that are so many times those of the RMSE maps are told [1].
MUCH = 2.0


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
    progress: Advance | None = None,
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
        Called with (epochs written, epochs in all); of epochs so large that they are written in
        bands of rows also with parts of them.
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
    >>> import xarray as xr
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
    refuse_idle(paths[0], norm=norm, weight=weight)
    options |= {"start": start, "step": step, "reference": reference, "scheduler": scheduler}
    storage = {"compression": compression, "quantize": quantize, "pack": pack}
    storage |= {"zarr_format": zarr_format}
    with opened(paths, output, storage, overwrite=overwrite, **options) as job:
        fine = lay_out(job)
        time_dim = find_series_dim(fine)
        if time_dim is None and job.bands is None:
            whole = {"progress": progress, **job.storage}
            written = write_described(fine, job.target, overwrite=overwrite, **whole)
            return written if reference else warn_of_other_errors(written)
        where = (job.plan, fine, time_dim, job.target, job.storage)
        series = Series(*where, resume=resume, overwrite=overwrite, bands=job.bands)
        del fine, where  # the graph of a long series is large
        written = series.write(progress, job.client)
    return written if reference else warn_of_other_errors(written)


def warn_of_other_errors(path: Path) -> Path:
    """Warn where the network expects much larger errors than the RMSE maps of a result tell of.

    Parameters
    ----------
    path : Path
        Result with RMSE maps of the validation.

    Returns
    -------
    Path
        The same.
    """
    for name, each in read_provenance(path)["expected"].items():
        validated = each.get("validated", np.inf)
        if each["expected"] > MUCH * validated:
            warn(
                f"{name}_rmse tells of the validation, {1000 * validated:.3g} mm over the area; "
                f"for these epochs the network expects {1000 * each['expected']:.3g} mm "
                f"({name}_expected_error): use that one, or --sigma"
            )
    return path


def refuse_idle(first: str | Path, **given: object) -> None:
    """Refuse options of TropDS's own networks where none is used.

    Parameters
    ----------
    first : str or Path
        First input, for the message.
    **given
        ``norm`` and ``weight``; None where they were not given.

    Raises
    ------
    InputError
        If one is given.

    Examples
    --------
    >>> refuse_idle("in.nc", norm=None, weight=None)
    """
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
    usual = usual_options() | {"compression": "zlib:1", "quantize": False, "pack": False}
    idle = [n for n, v in given.items() if n not in taken and v not in (None, usual.get(n))]
    if len(paths) > 1 or idle or (output is not None and Path(output).suffix != ".npy"):
        what = f"also {', '.join(idle)}" if idle else f"{len(paths)} inputs, output {output}"
        msg = (
            f"a TropDS network turns one .npy array into one .npy array; {what} given: leave that "
            "out, or make NetCDF with a checkpoint from tropdsx import-checkpoint"
        )
        raise InputError(msg)
    return deblur(paths[0], output, **{n: v for n, v in given.items() if n in taken})
