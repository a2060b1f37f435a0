"""Export patches of files: a Zarr store or NumPy files, with index, splits and statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tropdsx.errors import DomainError, OutputError, warn
from tropdsx.read.containers.files import find_files
from tropdsx.system.staging import check_target, stage
from tropdsx.workflows.patches.files.index import NPY_INDEX, IndexWriter, index_of, write_parquet
from tropdsx.workflows.patches.files.sinks import NpySink, Sink, ZarrSink
from tropdsx.workflows.patches.files.survey import Survey, check_alike, opened_patches, survey
from tropdsx.workflows.patches.samples.statistics import Moments, Statistics
from tropdsx.workflows.patches.splits import Split, label_of_stations, labeller
from tropdsx.workflows.patches.splitting import APART, TRAIN

__all__ = ["export_patches"]

Labeller = Callable[[Mapping[str, Any]], str]


def export_patches(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    variable: str,
    split: Split | None = None,
    form: str | None = None,
    fill: float = 0.0,
    overwrite: bool = False,
    **cutting: Any,
) -> Path:
    """Write the patches of files on one grid, one time step in memory at a time.

    Parameters
    ----------
    inputs : str, Path or sequence of them
        Files or patterns; each is read by itself.
    output : str or Path
        A store (``.zarr``; ``NAME.index.csv`` is written beside it), or a folder of NumPy files
        (``y_npy/00000000.npy`` and ``patch_index_with_paths.csv``).
    variable : str
        Name of the variable as stored.
    split : Split, optional
        How patches are shared; default: all are for training.
    form : {"zarr", "npy"}, optional
        Default: by the name of the output.
    fill : float
        Stands for missing values in NumPy files; ``valid_npy`` says where.
    overwrite : bool
        Replace an existing output.
    **cutting
        `levels`, `level_indices`, `level_dim`, `size`, `stride`, `max_nodata` of
        :func:`tropdsx.patches`.

    Returns
    -------
    Path
        The output.

    Raises
    ------
    DomainError
        If an option cannot be met, or no patch is left.
    GridError
        If the grids, levels or units of the files differ.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import xarray as xr
    >>> axes = {"time": np.array(["2024-02-29"], "M8[ns]"), "lat": np.arange(8.0)}
    >>> axes["lon"] = np.arange(8.0)
    >>> ds = xr.Dataset({"so": (list(axes), np.ones((1, 8, 8)))}, axes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/so.nc")
    ...     path = export_patches(f"{folder}/so.nc", f"{folder}/so", variable="so", size=4)
    ...     sorted(each.name for each in path.iterdir())
    ['patch_index_with_paths.csv', 'patches.json', 'valid_npy', 'y_npy']
    """
    target, split = Path(output), split or Split()
    form = _form(target, form)
    _check(target, form, overwrite=overwrite)
    files = list(dict.fromkeys(find_files(inputs)))
    surveys = [survey(file, variable, cutting) for file in files]
    check_alike(surveys)
    undated = [each.name for each in surveys if not each.times.size]
    if split.kind == "time" and undated:
        msg = f"{undated[0]} has no dates; blocks of time need them in every file"
        raise DomainError(msg)
    first = surveys[0]
    label = labeller(split, first.layout, np.concatenate([each.times for each in surveys]))
    names = [TRAIN, *(split.regions if split.kind == "region" else split.shares)]
    with stage(target, overwrite=overwrite) as partial:
        if form == "npy":
            sink: Sink = NpySink(partial, fill=fill)
            table = partial / NPY_INDEX
            _write(surveys, sink, table, label, split, variable, cutting)
            write_parquet(table)
            return target
        most = sum(each.steps for each in surveys) * len(first.layout.windows)
        shape = (most, first.bands, first.layout.size, first.layout.size)
        like = np.broadcast_to(np.zeros((), dtype=first.dtype), shape)
        sink = ZarrSink(partial, variable, like, splits=names)
        with stage(index_of(target), overwrite=overwrite) as table:
            _write(surveys, sink, table, label, split, variable, cutting)
    write_parquet(index_of(target))
    return target


def _write(
    surveys: list[Survey],
    sink: Sink,
    table: Path,
    label: Labeller,
    split: Split,
    variable: str,
    cutting: dict[str, Any],
) -> None:
    first = surveys[0]
    moments, counts = Moments(first.bands), {TRAIN: 0}
    with IndexWriter(table, [f"index_{dim}" for dim in first.layout.extra_dims]) as index:
        for number, (row, values) in enumerate(_labelled(surveys, label, variable, cutting)):
            full = row | {"patch": number} | sink.add(number, values, row)
            index.add(full | {"time": _text(row["time"])})
            moments.add(values, row["split"])
            counts[row["split"]] = counts.get(row["split"], 0) + 1
    held = [] if split.kind == "none" else list(split.regions or split.shares)
    empty = [name for name in (TRAIN, *held) if not counts.get(name)]
    if empty:
        msg = f"no patch is left for split {empty[0]}: too many cells without a value"
        msg += f" (max_nodata {cutting.get('max_nodata', 0.25)}); accept more, or choose others"
        raise DomainError(msg)
    statistics = Statistics.of(moments, variable, first.units)
    chosen = {
        "selected_depth_indices": first.level_indices,
        "selected_depth_values": first.level_values,
    }
    about = {"variable": variable, "units": first.units, "edge_size": first.layout.size}
    grid = {
        "lat": first.layout.lat.tolist(),
        "lon": first.layout.lon[: first.layout.width].tolist(),
    }
    told = {"split": asdict(split), "patches": counts, "statistics": statistics.to_dict()}
    told["stations"] = label_of_stations(split, first.layout, label)
    sink.close(about | chosen | grid | told)


def _labelled(
    surveys: list[Survey], label: Labeller, variable: str, cutting: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Run through the patches of all files, each with its row of the index."""
    apart = 0
    for each in surveys:
        about = {
            "source_file": each.name,
            "variable": variable,
            "bands": each.bands,
            "selected_depth_indices": each.level_indices,
            "selected_depth_values": each.level_values,
        }
        with opened_patches(each.file, variable, cutting) as found:
            for values, place in found:
                if each.times.size:
                    place["time"] = each.times[place["time_index"]]
                place["split"] = label(place)
                if place["split"] == APART:
                    apart += 1
                    continue
                yield about | place, values
    if apart:
        warn(f"{apart} patches lie partly in a region that is held back: left out")


def _text(time: Any) -> str | None:
    if time is None:
        return None
    if not isinstance(time, np.datetime64):
        return str(time)
    text = str(time.astype("datetime64[us]"))
    return text.removesuffix(".000000")


def _form(target: Path, form: str | None) -> str:
    is_store = target.suffix == ".zarr"
    form = form or ("zarr" if is_store else "npy")
    if form not in {"zarr", "npy"} or is_store != (form == "zarr"):
        msg = f"format {form!r} for {target}; accepted are zarr for NAME.zarr, npy for a folder"
        raise OutputError(msg)
    return form


def _check(target: Path, form: str, *, overwrite: bool) -> None:
    """Refuse an output that cannot be written, before anything is read."""
    if form == "zarr":
        check_target(target, overwrite=overwrite, folder=True)
        for suffix in (".csv", ".parquet"):  # what lies beside the store is written anew, too
            check_target(index_of(target).with_suffix(suffix), overwrite=overwrite, folder=False)
    elif not target.exists():
        check_target(target, folder=True)
    elif not (target / NPY_INDEX).is_file():
        msg = f"cannot write {target}: something there is not a folder of patches; move it"
        raise OutputError(msg)
    elif not overwrite:
        msg = f"{target} exists; give another name or overwrite it (--overwrite)"
        raise OutputError(msg)
