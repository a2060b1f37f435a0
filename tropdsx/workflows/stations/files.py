"""A grid file and a table of stations become a file of series, compared with observations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.relations import BESIDE
from tropdsx.cf.sinex_tro import check_names
from tropdsx.errors import GridError, OutputError
from tropdsx.pipeline.options import is_physics
from tropdsx.read.delays import open_delays
from tropdsx.read.stations import read_observations
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress, Reporter
from tropdsx.workflows.evaluate.station_scores import compare_stations, match_stations
from tropdsx.workflows.stations.blocks import chunks_of_series
from tropdsx.workflows.stations.places import find_places
from tropdsx.workflows.stations.series import at_stations
from tropdsx.write.endings import NETCDF
from tropdsx.write.export.sinex_tro import write_sinex_tro
from tropdsx.write.export.station_tables import write_csv, write_parquet
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.parameters import command_line, describe_parameters, summarise_parameter
from tropdsx.write.provenance import make_provenance
from tropdsx.write.save import describe_for_writing

__all__ = ["StationFile", "check_station_output", "station_series", "write_series"]

_ABOUT_DELAYS = {
    "title": "Zenith delays at stations",
    "summary": "Zenith delays of a grid, its nodes moved to the heights of the stations.",
}
_ABOUT_WATER = {
    "title": "Precipitable water vapour at stations",
    "summary": "Precipitable water of observed total delays, pressure and temperature.",
    "processing_level": "derived from GNSS and meteorological observations",
    "source": "tropdsx pwv",
}
_CSV, _TRO, _PARQUET = (".csv", ".csv.gz", ".csv.xz"), (".tro",), (".parquet", ".pq")


class StationFile(NamedTuple):
    """What came of it.

    Attributes
    ----------
    series : Dataset
        Delays at the stations.
    path : Path or None
        The file that was written.
    scores : Dataset or None
        Comparison with observations.
    """

    series: xr.Dataset
    path: Path | None
    scores: xr.Dataset | None


def station_series(
    grids: str | Path | Sequence[str | Path],
    stations: str | Path,
    output: str | Path | None = None,
    *,
    observations: str | Path | None = None,
    times: Any = None,
    overwrite: bool = False,
    progress: Reporter | None = None,
    **options: Any,
) -> StationFile:
    """Lift grid files to stations, write the series, and compare them with observations.

    Parameters
    ----------
    grids : str, Path or sequence of them
        Files of delays, as :func:`tropdsx.open_delays` takes them.
    stations : str or Path
        Table or SINEX file.
    output : str or Path, optional
        ``.nc``, ``.csv`` (also ``.gz``, ``.xz``), ``.parquet`` or ``.tro``.
    observations : str or Path, optional
        Observed total delays: a table, or what :func:`tropdsx.open_series` takes. Without
        `times`, their epochs are those of the series.
    times : array_like of datetime64, optional
        Epochs wanted [UTC].
    overwrite : bool, optional
        Replace an existing output.
    progress : callable, optional
        Gives what is called with (done, in all) while ("lifting", "epochs") and while ("writing",
        "stations").
    **options
        Of :func:`tropdsx.workflows.stations.series.at_stations`.

    Returns
    -------
    StationFile

    Raises
    ------
    OutputError
        If the output has another ending, exists or cannot be written.
    InputError, GridError
        As from reading and lifting.
    """
    if output is not None:
        check_station_output(output, overwrite=overwrite)
        _check_slants(output, wanted=options.get("elevation") is not None)
    said = options | {"observations": observations} | _spell_times(times)
    observed = None if observations is None else read_observations(observations)
    places = find_places(stations, heights=options.pop("station_heights", "auto"))
    if output is not None and _writer(output) is write_sinex_tro:
        check_names(places["station"].to_numpy().astype(str))
    if observed is not None:
        observed = match_stations(observed, places["station"])
        times = observed["time"].to_numpy() if times is None else times
    with open_delays(grids, chunks=chunks_of_series(grids)) as ds:
        shown = None if progress is None else progress("lifting", "epochs")
        series = at_stations(ds, places, times=times, progress=shown, **options)
        if observed is not None and "ztd" not in series:
            msg = (
                f"observed total delays need zhd and zwd, but the grid holds only "
                f"{', '.join(name for name in ('zhd', 'zwd') if name in series)}; leave out the "
                "observations"
            )
            raise GridError(msg)
        sources = ds.encoding.get("tropdsx_sources", [])
    dated = [each for each in series.data_vars.values() if "time" in each.dims and not each.chunks]
    if times is not None and all(bool(each.isnull().all()) for each in dated):
        msg = (
            f"none of the {series.sizes['time']} times lies within the epochs of the grid; choose "
            "others"
        )
        raise GridError(msg)
    series = series.assign_attrs(_provenance([*map(str, sources), str(stations)], said))
    path = None
    if output is not None:
        shown = None if progress is None else progress("writing", "stations")
        path = write_series(series, output, overwrite=overwrite, progress=shown)
    scores = None if observed is None else compare_stations(series["ztd"], observed)
    return StationFile(series, path, scores)


def _spell_times(times: Any) -> dict[str, str]:
    """Say regular times as the options of the command do; others are in the file."""
    found = np.atleast_1d(np.asarray([] if times is None else times))
    if found.size < 2 or found.dtype.kind != "M":
        return {}
    steps = np.unique(np.diff(found.astype("datetime64[s]")).astype(np.int64))
    ends = {"start": f"{found[0]:.19}", "end": f"{found[-1]:.19}"}
    return ends | {"step": f"{steps[0]}s"} if steps.size == 1 else {}


def _provenance(inputs: list[str], said: dict[str, Any]) -> dict[str, Any]:
    """Record the command with its options, and the network that ran."""
    usual = {name: each.default for name, each in signature(at_stations).parameters.items()}
    command = command_line("stations", inputs, said, usual | {"model": "none"})
    network: dict[str, Any] = {}
    if not is_physics(said.get("model")):
        from tropdsx.predict.inputs import find_network  # loads torch

        card, handle = find_network(said["model"], said.get("device", "auto"))
        network = {"model": {"id": card["model_id"], "sha256": card["sha256"]}}
        network |= {"device": handle.device, "precision": handle.precision}
    known = {name: summarise_parameter(value) for name, value in said.items()}
    return make_provenance(command, inputs=inputs, **network) | describe_parameters(known)


def check_station_output(path: str | Path, *, overwrite: bool = False) -> Path:
    """Refuse an output that cannot be written, before anything is read.

    Parameters
    ----------
    path : str or Path
        Output.
    overwrite : bool, optional
        Replace an existing one.

    Returns
    -------
    Path
        The output.

    Raises
    ------
    OutputError
        The text says what is accepted.

    Examples
    --------
    >>> check_station_output("out.txt")
    Traceback (most recent call last):
    tropdsx.errors.OutputError: the output out.txt is no .nc, .csv, .parquet or .tro; ...
    """
    _writer(path)
    return check_target(path, overwrite=overwrite, folder=False)


def write_series(
    ds: xr.Dataset,
    path: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write series of stations in the format that the name tells.

    Parameters
    ----------
    ds : Dataset
        As :func:`tropdsx.workflows.stations.series.at_stations` gives it.
    path : str or Path
        ``.nc``, ``.csv`` (also ``.gz``, ``.xz``), ``.parquet`` or ``.tro``.
    overwrite : bool, optional
        Replace an existing output.
    progress : callable, optional
        Called with (stations written, stations in all); of NetCDF, not called.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If the output has another ending, exists or cannot be written.
    """
    writer = _writer(path)
    _check_slants(path, wanted="slant_delay" in ds)
    if writer is _write_netcdf:
        return writer(ds, path, overwrite=overwrite)
    return writer(ds, path, overwrite=overwrite, progress=progress)


def _writer(path: str | Path) -> Callable[..., Path]:
    name = Path(path).name.lower()
    for endings, writer in (
        (NETCDF, _write_netcdf),
        (_CSV, write_csv),
        (_PARQUET, write_parquet),
        (_TRO, write_sinex_tro),
    ):
        if name.endswith(endings):
            return writer
    msg = (
        f"the output {Path(path).name} is no .nc, .csv, .parquet or .tro; name it so (.csv.gz and "
        ".csv.xz are compressed)"
    )
    raise OutputError(msg)


def _check_slants(path: str | Path, *, wanted: bool) -> None:
    if wanted and _writer(path) is write_sinex_tro:
        msg = (
            f"the output {Path(path).name} is SINEX_TRO, which has no columns for slant delays; "
            "name it .nc, .csv or .parquet, or leave out the elevations"
        )
        raise OutputError(msg)


def _write_netcdf(ds: xr.Dataset, path: str | Path, *, overwrite: bool) -> Path:
    """Write CF time series: names on ``station_name``, no cells around the stations."""
    out = describe_for_writing(ds)
    # A text variable of its dimension's name is no coordinate variable of CF.
    out = out.reset_index("station").reset_coords("station").rename_vars(station="station_name")
    out = out.set_coords("station_name")
    heights = out["height"].to_numpy()
    for each in [name for name in out.data_vars if "station" in out[name].dims]:
        name = str(each)
        quality = name.endswith(("_sigma", "_rmse"))
        kind = "qualityInformation" if quality else "modelResult"
        out[name].attrs.setdefault("coverage_content_type", kind)
        errors = [f"{name}_{what}" for what in BESIDE if f"{name}_{what}" in out]
        if errors:
            out[name].attrs.setdefault("ancillary_variables", " ".join(errors))
    out.attrs |= _ABOUT_WATER if "pwv" in out else _ABOUT_DELAYS
    out.attrs |= {
        "geospatial_vertical_min": float(heights.min()),
        "geospatial_vertical_max": float(heights.max()),
        "geospatial_vertical_units": "m",
        "geospatial_vertical_positive": "up",
        "geospatial_bounds_vertical_crs": "EPSG:4979",
        "featureType": "timeSeries",
        "cdm_data_type": "Station",
    }
    return write_netcdf(out, path, overwrite=overwrite)
