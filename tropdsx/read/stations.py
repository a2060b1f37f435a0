"""Read stations and their observed total delays from CSV tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import InputError
from tropdsx.read.text import describe_error

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["read_observations", "read_stations"]

_STATION = ("station", "site", "name", "marker")
_COORDINATES = {
    "lat": ("lat_deg", "lat", "latitude"),
    "lon": ("lon_deg", "lon", "longitude"),
    "height": ("height_ell_m", "height_m", "height", "h_ell"),
}
_TIME = ("time", "epoch", "datetime")
_TOTAL = {"ztd_m": 1.0, "ztd": 1.0, "ztd_mm": 1e-3}
"""Column of the total delay, and its unit in metres [m]."""
_POSSIBLE = (0.5, 4.0)
"""Total delays that a station can observe: from beyond Everest's summit to the Dead Sea [m]."""


def read_stations(path: str | Path) -> xr.Dataset:
    r"""Read a table of stations.

    Parameters
    ----------
    path : str or Path
        CSV (also .xz, .gz) with columns such as ``station,lat_deg,lon_deg,height_ell_m``; heights
        above the ellipsoid [m].

    Returns
    -------
    Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m] on ``station``.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or lists a station twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".csv") as file:
    ...     _ = Path(file.name).write_text("station,lat,lon,height\nWTZR,49.144,12.879,666.0\n")
    ...     read_stations(file.name).sel(station="WTZR").height.item()
    666.0
    """
    table = _table(path)
    names = table[_column(table, _STATION, path)].astype(str).str.strip()
    _check_once(names, path)
    found = {
        key: ("station", table[_column(table, columns, path)].to_numpy(float))
        for key, columns in _COORDINATES.items()
    }
    return xr.Dataset(found, {"station": names.to_numpy(str)})


def read_observations(path: str | Path) -> xr.DataArray:
    r"""Read a table of total delays observed at stations.

    Parameters
    ----------
    path : str or Path
        CSV (also .xz, .gz) with one row for each observation: ``station,time,ztd_m`` (UTC; also
        ``ztd_mm``). Other columns are ignored.

    Returns
    -------
    DataArray
        ``ztd`` (time, station) [m], missing where a station has no observation.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, holds an observation twice, or delays in
        another unit than its column says.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".csv") as file:
    ...     _ = Path(file.name).write_text("station,time,ztd_mm\nWTZR,2021-01-01T06:00,2250\n")
    ...     read_observations(file.name).values
    array([[2.25]])
    """
    import pandas as pd

    table = _table(path)
    total = _column(table, tuple(_TOTAL), path)
    try:
        times = pd.to_datetime(table[_column(table, _TIME, path)], utc=True).dt.tz_localize(None)
        values = table[total].to_numpy(float) * _TOTAL[total]
    except (ValueError, TypeError) as error:
        msg = f"{path}: times or delays cannot be read ({error}); accepted are ISO 8601 and numbers"
        raise InputError(msg) from error
    _check_unit(values, total, path)
    names = table[_column(table, _STATION, path)].astype(str).str.strip()
    index = pd.MultiIndex.from_arrays([times, names], names=["time", "station"])
    if index.has_duplicates:
        time, station = index[index.duplicated()][0]
        msg = f"{path}: station {station} has two observations at {time}; keep one"
        raise InputError(msg)
    grid = pd.Series(values, index).unstack("station")
    data = xr.DataArray(grid.to_numpy(), name="ztd", dims=("time", "station"))
    data = data.assign_coords(
        time=grid.index.to_numpy().astype("datetime64[ns]"),
        station=np.asarray(grid.columns, str),
    )
    return data.assign_attrs(QUANTITIES["ztd"].attributes)


def _check_once(names: pd.Series, path: str | Path) -> None:
    repeated = names[names.duplicated()].unique()
    if repeated.size:
        listed = ", ".join(repeated[:5]) + (", ..." if repeated.size > 5 else "")
        msg = f"{path}: listed more than once: {listed}; keep one row for each station"
        raise InputError(msg)


def _check_unit(values: NDArray[np.float64], column: str, path: str | Path) -> None:
    """Refuse delays in another unit, and numbers that stand for a missing one."""
    known = values[~np.isnan(values)]
    if not known.size or (known.min() >= _POSSIBLE[0] and known.max() <= _POSSIBLE[1]):
        return
    factor = _TOTAL[column]
    unit = "m" if factor == 1.0 else "mm"
    rename = ", or name the column ztd_mm if they are in mm" if unit == "m" else ""
    found, accepted = (
        f"{low / factor:g} to {high / factor:g}"
        for low, high in ((known.min(), known.max()), _POSSIBLE)
    )
    msg = (
        f"{path}: column {column} runs from {found}; accepted are total delays of {accepted} "
        f"{unit}. Convert them to {unit}{rename}; leave missing ones empty"
    )
    raise InputError(msg)


def _table(path: str | Path) -> pd.DataFrame:
    import pandas as pd

    if not Path(path).is_file():
        msg = f"no such file: {path}"
        raise InputError(msg)
    try:
        table = pd.read_csv(path, comment="#", skipinitialspace=True)
    except (ValueError, OSError, UnicodeDecodeError) as error:
        msg = f"{path} is no CSV table ({describe_error(error)})"
        raise InputError(msg) from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    return table


def _column(table: pd.DataFrame, accepted: tuple[str, ...], path: str | Path) -> str:
    for name in accepted:
        if name in table.columns:
            return name
    msg = (
        f"{path} has columns {', '.join(map(str, table.columns))}; "
        f"one of {', '.join(accepted)} is needed"
    )
    raise InputError(msg)
