"""Evaluate files: open them, downscale in every way, score, and write the maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.acdd import iso_duration
from tropdsx.cf.description import describe
from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import GridError, InputError
from tropdsx.grid.thinning import thin, usual_phase
from tropdsx.pipeline.options import Options, height_model_of
from tropdsx.pipeline.source import standardise_input
from tropdsx.pipeline.target import NONE
from tropdsx.read.delays import open_delays
from tropdsx.read.stations import read_observations, read_stations
from tropdsx.workflows.evaluate.cases import Case, cases_by_thinning, standardise_truth
from tropdsx.workflows.evaluate.comparison import score_results
from tropdsx.workflows.evaluate.methods import (
    Method,
    MethodProgress,
    evaluate,
    methods_of,
    without_neighbours,
)
from tropdsx.workflows.evaluate.station_scores import (
    at_times,
    compare_stations,
    match_stations,
    warn_of_heights,
)
from tropdsx.workflows.evaluate.stations import delays_at
from tropdsx.write.provenance import make_provenance
from tropdsx.write.save import write_described

__all__ = ["Evaluation", "evaluate_files", "idle_options", "save_maps"]

Paths = str | Path | Sequence[str | Path]
_OF_METHODS = (
    *("orography", "coarse_orography", "heights", "station_heights", "all_phases"),
    *("device", "precision", "batch_size"),
)
"""Options that say how to downscale."""


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes
    ----------
    scores : Dataset or None
        Scores and maps along ``model``; None where only stations were asked for.
    stations : dict of Dataset or None
        Comparison with stations by method.
    """

    scores: xr.Dataset | None
    stations: dict[str, xr.Dataset] | None


def evaluate_files(
    data: Paths,
    models: Iterable[str | Path] = ("default",),
    *,
    results: Sequence[str | Path] = (),
    reference: Paths | None = None,
    decimate: tuple[int, int] | None = None,
    stations: tuple[str | Path, str | Path] | None = None,
    neighbours: bool = True,
    progress: MethodProgress | None = None,
    **options: Any,
) -> Evaluation:
    """Evaluate downscaling on files.

    Parameters
    ----------
    data : str, Path or sequence of them
        Coarse delays; with `decimate` the fine ones, which are thinned.
    models : iterable of str or Path
        Checkpoints, beside the baselines; "none" for the baselines alone.
    results : sequence of str or Path, optional
        Finished fine delays: they are scored against `reference` as they are, and nothing is
        downscaled; the nodes of `data`, if any, do not count.
    reference : str, Path or sequence of them, optional
        True fine delays.
    decimate : tuple of int, optional
        Keep every how many rows and columns of `data`, also for the stations.
    stations : tuple of path, optional
        Tables of stations and of their observed total delays.
    neighbours : bool
        Let networks see the epochs before and after.
    progress : callable, optional
        Called with (method and case, epochs done, epochs in all).
    **options
        ``orography``, ``coarse_orography``, ``heights``, ``station_heights``, ``period``,
        ``all_phases``, ``start``, ``step``, ``device``, ``precision``, ``batch_size``.

    Returns
    -------
    Evaluation

    Raises
    ------
    TropdsxError
        If an input cannot be used; the text says why.
    """
    if results:
        if stations is not None or decimate is not None:
            msg = "results are scored against a reference: leave out stations and decimate"
            raise InputError(msg)
        return _of_results(results, data, reference, progress, options)
    if reference is None and decimate is None and stations is None:
        msg = "nothing to compare with: give a reference, a decimation, or stations"
        raise InputError(msg)
    if reference is not None and decimate is not None:
        msg = "a reference and a decimation exclude each other: decimation makes its own reference"
        raise InputError(msg)
    run = {key: options[key] for key in ("device", "precision", "batch_size") if key in options}
    methods = methods_of(models, **run)
    ds = open_delays(data, start=options.get("start"), step=options.get("step"))
    scores = None
    if reference is not None or decimate is not None:
        name = _name(data if reference is None else reference)
        cases = _cases(ds, reference, decimate, options)
        scores = evaluate(cases, methods, neighbours=neighbours, name=name, progress=progress)
    found = None
    if stations is not None:
        how: dict[str, Any] = {"decimate": decimate, "neighbours": neighbours, "progress": progress}
        found = _at_stations(ds, methods, stations, **how, **options)
    return Evaluation(scores, found)


def _of_results(
    results: Sequence[str | Path],
    data: Paths,
    reference: Paths | None,
    progress: MethodProgress | None,
    options: dict[str, Any],
) -> Evaluation:
    if reference is None:
        msg = "a result is given and no reference; give the true delays to score it against"
        raise InputError(msg)
    idle = idle_options(options)
    if idle:
        msg = f"results are scored as they are: leave out {', '.join(idle)}"
        raise InputError(msg)
    kept = {key: options.get(key) for key in ("period", "start", "step")}
    coarse = data if isinstance(data, (str, Path)) or len(data) else None
    return Evaluation(
        score_results(results, reference, coarse=coarse, progress=progress, **kept), None
    )


def idle_options(options: Mapping[str, Any]) -> list[str]:
    """Find the options that mean nothing to finished results.

    Parameters
    ----------
    options : mapping
        As :func:`evaluate_files` takes them.

    Returns
    -------
    list of str
        Names of those that are not at their usual values.

    Examples
    --------
    >>> idle_options({"device": "auto", "heights": "geoid", "period": "2022-03"})
    ['heights']
    """
    usual = ("auto", "float32", False, None)
    return [name for name in _OF_METHODS if options.get(name) not in usual]


def _cases(
    ds: xr.Dataset,
    reference: Paths | None,
    decimate: tuple[int, int] | None,
    options: dict[str, Any],
) -> Iterator[Case]:
    orography, period = options.get("orography"), options.get("period")
    datum = options.get("heights", "auto")
    if reference is None:
        thin = {"period": period, "all_phases": options.get("all_phases", False)}
        heights = orography if orography is not None else options.get("coarse_orography")
        thin |= {"orography": heights, "datum": datum}
        yield from cases_by_thinning(ds, decimate or (1, 1), **thin)
        return
    true = open_delays(reference)
    truth = standardise_truth(true, orography=orography, period=period, datum=datum)
    choice = options.get("coarse_orography")
    if isinstance(choice, str) and choice == NONE:
        msg = "an evaluation needs the coarse heights: give --coarse-orography FILE"
        raise GridError(msg)
    coarse, _ = standardise_input(ds, Options(coarse_orography=choice, heights=datum))
    yield Case(coarse, truth, _name(reference))


def _at_stations(
    ds: xr.Dataset,
    methods: Sequence[Method],
    tables: tuple[str | Path, str | Path],
    *,
    decimate: tuple[int, int] | None,
    neighbours: bool,
    coarse_orography: Any = None,
    heights: str = "auto",
    station_heights: str = "auto",
    period: str | None = None,
    progress: MethodProgress | None = None,
    **_: Any,
) -> dict[str, xr.Dataset]:
    """Lift the grid to stations in every way and compare."""
    places = read_stations(tables[0], heights=station_heights)
    observed = read_observations(tables[1])
    observed = observed if period is None else in_period(observed, period)
    matched = match_stations(observed, places["station"])
    if matched.sizes["station"]:  # else the comparison says what both are called
        observed = matched
        places = places.isel(station=np.isin(places["station"], matched["station"]))
    grid = standardise_input(ds, Options(coarse_orography=coarse_orography, heights=heights))[0]
    if decimate is not None:  # the nodes that the fields start from, too
        grid = thin(grid, decimate, usual_phase(grid, decimate))
    found = {}
    for method in methods:
        if method.needs_field:
            continue
        own = method.options
        delays = delays_at(
            grid if neighbours else without_neighbours(grid),
            *(places[name] for name in ("lat", "lon", "height")),
            station=places["station"],
            model=own.model,
            device=own.device,
            precision=own.precision,
            progress=progress and partial(progress, f"{method.name} at stations"),
            height_model=height_model_of(own),
            interpolation=own.interpolation,
        ).assign_coords(time=grid["time"])
        series = at_times(delays[["ztd"]].compute(), observed["time"].to_numpy())
        found[method.name] = compare_stations(series["ztd"], observed)
    lifted = [m.name for m in methods if m.name in found and m.options.coarse_orography != NONE]
    if lifted:
        warn_of_heights(found[lifted[0]])
    return found


def save_maps(
    scores: xr.Dataset, path: str | Path, *, overwrite: bool = False, command: str = ""
) -> Path:
    """Write the maps and scores of an evaluation as CF NetCDF.

    Parameters
    ----------
    scores : Dataset
        ``Evaluation.scores``.
    path : str or Path
        Output.
    overwrite : bool
        Replace an existing output.
    command : str
        How the caller would do this again, for the history.

    Returns
    -------
    Path
        The file with the maps.

    Raises
    ------
    OutputError
        If the output exists or cannot be written.
    """
    out = scores.copy()
    # CF: names along a dimension are labels beside it; a coordinate variable holds numbers.
    texts = [name for name in out.dims if out[name].dtype.kind in "UO"]
    out = out.drop_indexes(texts).rename_vars({name: f"{name}_name" for name in texts})
    for name in out.data_vars:
        if len(out[name].dims) > 2:  # maps of each model
            out[name].attrs |= {key: str(value) for key, value in scores.attrs.items()}
        out[name].attrs["coverage_content_type"] = "qualityInformation"
    described = describe(
        out,
        provenance=make_provenance(command),
        title=f"Errors of downscaled zenith delays against {scores.attrs['validation_reference']}",
        attrs=_coverage(str(scores.attrs["validation_period"])),
    )
    return write_described(described, path, overwrite=overwrite)


def _coverage(period: str) -> dict[str, str]:
    """Time attributes of ACDD: the maps have no time axis, but they are of a period."""
    try:
        start, end = (np.datetime64(part.removesuffix("Z"), "s") for part in period.split("/"))
    except ValueError:
        return {}
    length = iso_duration(end - start)
    return {
        "time_coverage_start": f"{start}Z",
        "time_coverage_end": f"{end}Z",
        "time_coverage_duration": length,
        "time_coverage_resolution": length,
    }


def _name(paths: Paths) -> str:
    first = paths if isinstance(paths, (str, Path)) else paths[0]
    more = (
        "" if isinstance(paths, (str, Path)) or len(paths) == 1 else f" and {len(paths) - 1} more"
    )
    return f"{Path(first).name}{more}"
