"""Reconstruct files into one file: a series of any length in flat memory."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import once_a_run
from tropdsx.pipeline.options import Options
from tropdsx.read.delays import open_delays
from tropdsx.system.hdf5 import close_locked
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Reporter
from tropdsx.workflows.reconstruct.analysis import reconstruct
from tropdsx.workflows.reconstruct.diffusion.learned import method_of
from tropdsx.workflows.reconstruct.leave_out import leave_out
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.write.parameters import command_line
from tropdsx.write.save import check_apart, check_storage, name_output, save

__all__ = ["leave_out_files", "reconstruct_files"]


def reconstruct_files(
    grid: str | Path,
    stations: str | Path,
    observations: str | Path | None = None,
    output: str | Path | None = None,
    *,
    method: str = "oi",
    epochs: str = "grid",
    where: str | Path | None = None,
    quantiles: Sequence[float] = (),
    sampling: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    zarr_format: int | None = None,
    station_heights: str = "auto",
    estimates: str | Path | None = None,
    save_estimates: str | Path | None = None,
    progress: Reporter | None = None,
    **options: Any,
) -> Path:
    """Reconstruct a grid in files with stations in files.

    Parameters
    ----------
    grid : str or Path
        Coarse delays: a file, or a pattern of several.
    stations, observations : str or Path
        See :func:`tropdsx.reconstruct`.
    output : str or Path, optional
        File (.nc) or store (.zarr); default: ``<stem>_reconstructed.nc`` beside the grid.
    method, epochs, where, quantiles
        See :func:`tropdsx.reconstruct`.
    sampling : mapping, optional
        What it takes for the members of a diffusion.
    overwrite, compression, quantize, pack, zarr_format
        See :func:`tropdsx.convert`.
    station_heights : {"auto", "geoid", "ellipsoid"}
        What heights of the stations, and of the places, count from.
    estimates, save_estimates : str or Path, optional
        See :func:`tropdsx.reconstruct`.
    progress : callable, optional
        Gives the progress of a piece of work by its name and by what is counted.
    **options
        Fields of :class:`tropdsx.Options`.

    Returns
    -------
    Path
        The output, under its final name.

    Raises
    ------
    TropdsxError
        If an input cannot be used or the output cannot be written; nothing is left under its name.
    """
    target = Path(output) if output is not None else name_output(grid, "reconstructed")
    others = (options.get(name) for name in ("orography", "coarse_orography", "target", "model"))
    inputs = [grid, stations, observations, where, estimates, *others]
    check_apart(target, inputs)
    if save_estimates is not None:
        check_apart(Path(save_estimates), [*inputs, target])
    storage = check_storage(target, compression=compression, zarr_format=zarr_format)
    check_target(target, overwrite=overwrite)
    paths = [path for path in (grid, stations, observations) if path is not None]
    drawn = dict(sampling or {})
    said = {"method": method, "epochs": epochs, "where": where, "quantiles": tuple(quantiles)}
    said |= {"station_heights": station_heights, "estimates": estimates, **drawn, **options}
    usual = {each.name: each.default for each in fields(Options)}
    usual |= {"method": "oi", "epochs": "grid", "quantiles": (), "station_heights": "auto"}
    with contextlib.ExitStack() as stack:
        stack.enter_context(once_a_run())
        ds = open_delays(grid, small=0)
        stack.callback(close_locked, ds)
        found = reconstruct(
            ds,
            stations,
            observations,
            method=method,
            epochs=epochs,
            where=where,
            quantiles=quantiles,
            options=Options(**options),
            station_heights=station_heights,
            estimates=estimates,
            save_estimates=save_estimates,
            overwrite=overwrite,
            command=command_line("reconstruct", paths, said, usual),
            progress=progress,
            **drawn,
        )
        storage |= {"quantize": quantize, "pack": pack}
        writing = progress and progress("reconstructing", "epochs")
        return save(found, target, overwrite=overwrite, progress=writing, **storage)


def leave_out_files(
    data: Sequence[str | Path],
    stations: str | Path,
    observations: str | Path | None = None,
    *,
    folds: int = 10,
    period: str | None = None,
    start: str | None = None,
    step: str | None = None,
    station_heights: str = "auto",
    progress: Reporter | None = None,
    **options: Any,
) -> xr.Dataset:
    """Score a reconstruction of files at stations that it did not see.

    Parameters
    ----------
    data : sequence of str or Path
        Coarse delays.
    stations, observations : str or Path
        See :func:`tropdsx.reconstruct`.
    folds : int
        See :func:`tropdsx.workflows.reconstruct.leave_out.leave_out`.
    period : str, optional
        "START/END" of the observations that count.
    start, step : str, optional
        Epochs of an .npy file.
    station_heights, progress
        See :func:`tropdsx.workflows.reconstruct.leave_out.leave_out`.
    **options
        Fields of :class:`tropdsx.Options`; a ``model`` for reconstructions is scored beside
        optimal interpolation.

    Returns
    -------
    Dataset
        Scores and errors.
    """
    method = method_of(options.get("model", "default"))
    observed = gather_observations(stations, observations, heights=station_heights)
    if period is not None:
        observed = in_period(observed, period)
    with contextlib.ExitStack() as stack:
        stack.enter_context(once_a_run())
        given = list(data) if len(data) > 1 else data[0]
        ds = open_delays(given, start=start, step=step)
        stack.callback(close_locked, ds)
        return leave_out(
            ds,
            observed,
            folds=folds,
            options=Options(**options),
            progress=progress,
            method=method,
        )
