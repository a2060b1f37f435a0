"""Write series of stations as tidy tables, CSV or Parquet: a row for each station and epoch.

Slant delays have a row for each direction, too, in which delays at the zenith stand again.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.sinex_tro import time_system_of
from tropdsx.errors import OutputError, warn
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.export.columns import Columns
from tropdsx.write.export.decimals import Letters, decimal_letters, join_letters, letters_of

__all__ = ["write_csv", "write_parquet"]

_ROWS, _LINES = 200_000, 20_000
"""Rows of Parquet in memory at once, and lines of text: these stay in the processor's cache."""
_ABOUT = ("station", "time", "lat", "lon", "height_ell_m")
"""Columns before those of the variables."""
_DIGITS = {"lat": 6, "lon": 6, "height_ell_m": 3, "ah": 8, "aw": 8, "mfh": 6, "mfw": 6}


def write_csv(
    ds: xr.Dataset,
    path: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write series of stations as CSV.

    Parameters
    ----------
    ds : Dataset
        Delays and others on (time, station), with ``lat``, ``lon`` [deg] and ``height`` [m]; slant
        delays on ``elevation`` and ``azimuth``, too, which may be lazy.
    path : str or Path
        Output; ``.csv.gz`` and ``.csv.xz`` are compressed.
    overwrite : bool, optional
        Replace an existing file.
    progress : callable, optional
        Called with (stations written, stations in all).

    Returns
    -------
    Path
        ``station,time,lat,lon,height_ell_m``, of slant delays ``elevation_deg`` and
        ``azimuth_deg``, and a column for each variable with its unit, such as ``ztd_m``; sorted by
        station, time and direction. :func:`tropdsx.read_observations` reads one without
        directions. Rows without any value are left out, with a warning.

    Raises
    ------
    OutputError
        The file exists or cannot be written.
    GridError
        If there are no stations with places.

    Examples
    --------
    >>> import tempfile
    >>> place = {"lat": 49.14, "lon": 12.88, "height": 666.0}
    >>> ds = xr.Dataset(
    ...     {"ztd": (("time", "station"), [[2.3012]], {"units": "m"})},
    ...     {"time": [np.datetime64("2021-01-30T06", "ns")], "station": ["WTZR"]}
    ...     | {name: ("station", [value], {"units": "m"}) for name, value in place.items()},
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(ds, f"{folder}/out.csv").read_text().splitlines()[1]
    'WTZR,2021-01-30T06:00:00Z,49.140000,12.880000,666.000,2.30120'
    """
    target = check_target(path, overwrite=overwrite, folder=False)
    table, lost = Columns.of(ds), 0
    zone = "Z" if time_system_of(ds.attrs) == "UTC" else ""
    stamps = np.datetime_as_string(table.time.astype("datetime64[s]"))
    times = letters_of(["" if each == "NaT" else f"{each}{zone}" for each in stamps.tolist()])
    starts, rays = _starts_of_lines(table), _directions(table)
    opened: Any = {".gz": partial(gzip.open, compresslevel=6), ".xz": lzma.open}
    open_file = opened.get(target.suffix.lower(), open)
    with (
        stage(target, overwrite=overwrite) as staged,
        output_errors(target),
        open_file(staged, "wb") as file,
    ):
        file.write(",".join(_quoted([*_ABOUT, *table.rays, *table.names])).encode() + b"\n")
        for part, fields in table.parts(_LINES, progress):
            ends = tuple(each[part] for each in starts)
            lines, missing = _lines(fields, (*ends, times, rays))
            file.write(lines)
            lost += missing
    _warn_of_lost(lost, table)
    return target


def _starts_of_lines(table: Columns) -> tuple[Letters, Letters]:
    """Write what each line of a station has before and behind its time."""
    names, lat, lon, height = table.stations
    places = {"lat": lat, "lon": lon, "height_ell_m": height}
    rows = zip(*(_formatted(name, each) for name, each in places.items()), strict=True)
    return letters_of(f"{name}," for name in _quoted(names.tolist())), letters_of(
        "," + ",".join(row) for row in rows
    )


def _formatted(name: str, values: NDArray[np.floating]) -> list[str]:
    return [f"{each:.{_DIGITS[name]}f}" for each in values.tolist()]


def _quoted(texts: Sequence[str]) -> list[str]:
    """Quote cells that hold commas, quotes or ends of lines."""
    cells = []
    for text in texts:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([text, ""])
        cells.append(line.getvalue()[:-1])
    return cells


def _directions(table: Columns) -> Letters:
    """Write what each line of a direction has behind its place."""
    rows = zip(*table.rays.values(), strict=True) if table.rays else [()]
    return letters_of("".join(f",{angle:.10g}" for angle in row) for row in rows)


def _lines(
    fields: dict[str, NDArray[np.floating]], letters: tuple[Letters, ...]
) -> tuple[bytes, int]:
    """Write the lines of some stations; how many have no value and are left out."""
    names, places, times, rays = letters
    kept = ~np.logical_and.reduce([np.isnan(each) for each in fields.values()])
    each_time = len(rays)
    every = len(times) * each_time
    spread = times if each_time == 1 else np.repeat(times, each_time, axis=0)
    columns: list[Letters | bytes] = [
        np.repeat(names, every, axis=0),
        np.tile(spread, (len(names), 1)),
        np.repeat(places, every, axis=0),
    ]
    if rays.shape[1]:
        columns.append(np.tile(rays, (len(names) * len(times), 1)))
    for name, values in fields.items():
        columns += [b",", decimal_letters(values, _DIGITS.get(name, 5))]
    columns.append(b"\n")
    if not kept.all():
        columns = [each if isinstance(each, bytes) else each[kept] for each in columns]
    return join_letters(columns, int(kept.sum())), int((~kept).sum())


def write_parquet(
    ds: xr.Dataset,
    path: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write series of stations as Parquet.

    Parameters
    ----------
    ds, path, overwrite, progress
        As for :func:`write_csv`.

    Returns
    -------
    Path
        Columns as of :func:`write_csv`, delays float32, times in UTC.

    Raises
    ------
    OutputError
        pyarrow is missing, or the file exists or cannot be written.
    GridError
        If there are no stations with places.

    Examples
    --------
    >>> write_parquet(xr.Dataset(), "out.parquet")  # doctest: +SKIP
    """
    target = check_target(path, overwrite=overwrite, folder=False)
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        msg = (
            f"{target.name} is Parquet, which needs pyarrow, and that is not here; install it (pip "
            "install pyarrow), or name the output .csv or .nc"
        )
        raise OutputError(msg) from error
    table, lost, writer = Columns.of(ds), 0, None
    zone = "UTC" if time_system_of(ds.attrs) == "UTC" else None
    with stage(target, overwrite=overwrite) as staged, output_errors(target):
        for part, fields in table.parts(_ROWS, progress):
            rows = pa.table(_arrow_columns(table, part, fields, zone))
            lonely = np.logical_and.reduce([np.isnan(each) for each in fields.values()])
            if lonely.any():
                lost += int(lonely.sum())
                rows = rows.filter(pa.array(~lonely))
            writer = writer or pq.ParquetWriter(staged, rows.schema)
            writer.write_table(rows)
        if writer is not None:
            writer.close()
    _warn_of_lost(lost, table)
    return target


def _arrow_columns(
    table: Columns, part: slice, fields: dict[str, NDArray[np.floating]], zone: str | None
) -> dict[str, Any]:
    """Columns of some stations; what is not a number is missing."""
    import pyarrow as pa

    epochs, each_time = table.time.size, table.each_time
    names, lat, lon, height = (each[part] for each in table.stations)
    which = np.repeat(np.arange(names.size, dtype=np.int32), epochs * each_time)
    places = zip(_ABOUT[2:], (lat, lon, height), strict=True)
    times = np.tile(np.repeat(table.time, each_time), names.size).astype("datetime64[ns]")
    return (
        {
            "station": pa.array(names.tolist(), pa.string()).take(pa.array(which)),
            "time": pa.array(times, pa.timestamp("ns", tz=zone)),
        }
        | {name: pa.array(np.repeat(each, epochs * each_time)) for name, each in places}
        | {name: pa.array(np.tile(each, names.size * epochs)) for name, each in table.rays.items()}
        | {name: pa.array(values, from_pandas=True) for name, values in fields.items()}
    )


def _warn_of_lost(lost: int, table: Columns) -> None:
    if lost:
        total = table.time.size * table.stations.names.size * table.each_time
        warn(f"{lost} of {total} rows have no value and are left out")
