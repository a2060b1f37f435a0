"""Write series of stations as tidy tables: a row for each station and epoch, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.sinex_tro import time_system_of
from tropdsx.errors import OutputError, warn
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.export.stations import stations_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_csv", "write_parquet"]

_ROWS = 200_000
"""Rows in memory at once."""
_DIGITS = {"lat": 6, "lon": 6, "height_ell_m": 3, "ah": 8, "aw": 8}


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
        Delays and others on (time, station), with ``lat``, ``lon`` [deg] and ``height`` [m].
    path : str or Path
        Output; ``.csv.gz`` and ``.csv.xz`` are compressed.
    overwrite : bool, optional
        Replace an existing file.
    progress : callable, optional
        Called with (stations written, stations in all).

    Returns
    -------
    Path
        ``station,time,lat,lon,height_ell_m`` and a column for each variable with its unit, such as
        ``ztd_m``; sorted by station and time. :func:`tropdsx.read_observations` reads it. Rows
        without any value are left out, with a warning.

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
    lost, zone = 0, "Z" if time_system_of(ds.attrs) == "UTC" else ""
    how: Any = {".gz": "gzip", ".xz": "xz"}.get(target.suffix.lower())
    with stage(target, overwrite=overwrite) as partial, output_errors(target):
        for number, frame in enumerate(_frames(ds, progress)):
            complete = frame.dropna(subset=list(frame.columns[5:]), how="all")
            lost += len(frame) - len(complete)
            texts = complete.assign(time=complete["time"].dt.strftime(f"%Y-%m-%dT%H:%M:%S{zone}"))
            for name in frame.columns[2:]:
                digits = _DIGITS.get(name, 5)
                texts[name] = complete[name].map(f"{{:.{digits}f}}".format).replace("nan", "")
            mode: Any = "a" if number else "w"
            texts.to_csv(partial, mode=mode, header=not number, index=False, compression=how)
    _warn_of_lost(lost, ds)
    return target


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
    lost, writer = 0, None
    with stage(target, overwrite=overwrite) as partial, output_errors(target):
        for frame in _frames(ds, progress):
            complete = frame.dropna(subset=list(frame.columns[5:]), how="all")
            lost += len(frame) - len(complete)
            if time_system_of(ds.attrs) == "UTC":
                complete = complete.assign(time=complete["time"].dt.tz_localize("UTC"))
            table = pa.Table.from_pandas(complete, preserve_index=False)
            writer = writer or pq.ParquetWriter(partial, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
    _warn_of_lost(lost, ds)
    return target


def _frames(ds: xr.Dataset, progress: Progress | None = None) -> Iterator[pd.DataFrame]:
    """Make tables of some stations each, and tell of those that were taken."""
    import pandas as pd

    stations = stations_of(ds)
    time = ds["time"].to_numpy()
    names = [name for name in ds.data_vars if set(ds[name].dims) == {"time", "station"}]
    if not names:
        msg = f"there is no variable on (time, station) among {', '.join(map(str, ds)) or 'none'}"
        raise OutputError(msg)
    values = {
        f"{name}_{unit}"
        if (unit := str(ds[name].attrs.get("units", ""))).isalpha()
        else str(name): ds[name].transpose("station", "time").to_numpy()
        for name in names
    }
    count = max(_ROWS // max(time.size, 1), 1)
    for start in range(0, stations.names.size, count):
        part = slice(start, start + count)
        rows = stations.names[part].size
        about = {
            "station": np.repeat(stations.names[part].astype(object), time.size),
            "time": np.tile(time, rows),
            "lat": np.repeat(stations.lat[part], time.size),
            "lon": np.repeat(stations.lon[part], time.size),
            "height_ell_m": np.repeat(stations.height[part], time.size),
        }
        yield pd.DataFrame(about | {name: field[part].ravel() for name, field in values.items()})
        if progress is not None:
            progress(start + rows, stations.names.size)


def _warn_of_lost(lost: int, ds: xr.Dataset) -> None:
    if lost:
        total = ds.sizes["time"] * ds.sizes["station"]
        warn(f"{lost} of {total} rows have no value and are left out")
