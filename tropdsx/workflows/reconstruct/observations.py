"""Observations at stations from tables, frames and Datasets, as one Dataset on (time, station)."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import find_positions
from tropdsx.cf.units import in_unit
from tropdsx.cf.variables import find_delay, find_height, find_named
from tropdsx.errors import GridError, InputError, TropdsxError, warn
from tropdsx.geoid.datum import Datum, check_choice
from tropdsx.geoid.labelled import about_heights
from tropdsx.geoid.terrain import tell_default_heights
from tropdsx.read.netcdf import open_array_file
from tropdsx.read.series.opening import is_series, open_series
from tropdsx.read.series.table import STATION_NAMES, read_station_table
from tropdsx.read.stations import PLACE_NAMES, read_stations
from tropdsx.read.tables.headings import read_heading
from tropdsx.read.tables.time_names import part_of
from tropdsx.read.text import is_text, list_some
from tropdsx.system.names import expand_name
from tropdsx.system.paths import names_store
from tropdsx.workflows.evaluate.station_scores import match_stations

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["gather_observations", "gather_places"]

_SIGMA = ("ztd_sigma", "sigma_ztd", "ztd_error", "ztd_std", "sigma")
_NAMES = (*STATION_NAMES, "station_name", "platform")
_SERIES = ("time", "epoch", "date", "ztd", "sigma", "std", "err", "zwd", "zhd", "grad")
"""How columns begin that belong to an observation."""
_PLACE = {"lat": "degrees_north", "lon": "degrees_east", "height": "m"}


def gather_observations(
    stations: Any, observations: Any = None, *, heights: str = "auto"
) -> xr.Dataset:
    """Bring observed total delays and the places of their stations together.

    Parameters
    ----------
    stations : str, Path, DataFrame or Dataset
        Places: a table of station, lat, lon, height; or places and delays in one: a table or frame
        with a row for each observation, a NetCDF file or Dataset on (time, station), or a series
        that places its stations, as :func:`tropdsx.open_series` takes them.
    observations : str, Path, DataFrame, Dataset or DataArray, optional
        Delays: a table of station, time, ztd and perhaps sigma, a series in any format, or a
        Dataset; None where `stations` holds them.
    heights : {"auto", "geoid", "ellipsoid"}
        What the heights of the stations count from; "auto" goes by the heading of a table and the
        attributes of a Dataset, else the ellipsoid.

    Returns
    -------
    Dataset
        ``ztd`` and, where there are any, ``ztd_sigma`` (time, station) [m]; ``lat``, ``lon``
        [deg] and ``height`` [m, ellipsoidal] of the stations that have a place. Stations without
        any formal error have the median of the others, as the attribute ``assumed`` says.

    Raises
    ------
    InputError, GridError
        If delays or places are missing or cannot be read, a station has two places, or no station
        has both.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"station": "BUTE", "time": "2022-03-09", "ztd_m": 2.4}
    >>> frame = pd.DataFrame([row | {"lat": 47.5, "lon": 19.1, "height_m": 180.0}])
    >>> gather_observations(frame).height.values
    array([180.])
    """
    places = gather_places(stations, heights=heights)
    series = _series(stations if observations is None else observations)
    rows = xr.DataArray(np.arange(series.sizes["station"]), {"station": series["station"]})
    matched = match_stations(rows, places["station"])
    if not matched.size:
        named = (
            list_some([str(n) for n in each["station"].values], 3) for each in (places, series)
        )
        msg = (
            "no observed station has a place; check that the names agree (places of {}; "
            "observations of {})"
        )
        raise GridError(msg.format(*named))
    found = series.isel(station=matched.to_numpy()).assign_coords(station=matched["station"])
    where = places.sel(station=found["station"])
    found = found.assign_coords({name: where[name].variable for name in _PLACE}).sortby("time")
    for name in found.data_vars:
        found[name].attrs["units"] = "m"
    return _with_errors(found)


def _with_errors(ds: xr.Dataset) -> xr.Dataset:
    """Give stations without any formal error the median of the others."""
    if "ztd_sigma" not in ds:
        return ds
    usual = ds["ztd_sigma"].median("time")
    lack = (usual.isnull() & ds["ztd"].notnull().any("time")).to_numpy()
    if not lack.any() or usual.isnull().all():
        return ds
    median = float(usual.median())
    names = list_some([str(name) for name in ds["station"].to_numpy()[lack]], 3)
    text = (
        f"{int(lack.sum())} of {lack.size} stations have no formal error ({names}): the median of "
        f"the others is taken, {1000 * median:.2g} mm"
    )
    warn(text)
    sigma = ds["ztd_sigma"].where(~xr.DataArray(lack, dims="station"), median)
    return ds.assign(ztd_sigma=sigma.where(ds["ztd"].notnull())).assign_attrs(assumed=text)


def gather_places(stations: Any, *, heights: str = "auto") -> xr.Dataset:
    """Find where stations are.

    Parameters
    ----------
    stations, heights
        As in :func:`gather_observations`.

    Returns
    -------
    Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.

    Raises
    ------
    InputError, GridError
        If one of them is missing.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": ("station", [47.5]), "lon": ("station", [19.1])})
    >>> ds = ds.assign_coords(height=("station", [180.0], {"units": "m"}), station=["BUTE"])
    >>> gather_places(ds).sel(station="BUTE").height.item()
    180.0
    """
    check_choice(heights)
    if _is_table(stations):
        return _placed(read_stations(stations, heights=heights))
    if _is_frame(stations):
        with _as_table(_rows_of_places(stations)) as path:
            return _placed(read_stations(path, heights=heights))
    ds = _dataset_of(stations, "places")
    if isinstance(stations, (str, Path)) and "ztd" in ds and not _PLACE.keys() & set(ds.variables):
        msg = f"{stations} does not say where its stations are; give a table or SINEX of them, and "
        raise InputError(msg + "this file as the observations")
    lat, lon, *_ = find_positions(ds)
    height = find_height(ds)
    if height is None or lat.ndim != 1 or lat.dims != lon.dims or height.dims != lat.dims:
        sizes = ", ".join(f"{name}: {size}" for name, size in ds.sizes.items())
        msg = (
            f"no list of stations in a Dataset of {sizes or 'no dimension'}; accepted are lat, lon "
            "[deg] and height [m] along one dimension, such as 'station'"
        )
        raise GridError(msg)
    level = height.to_numpy().astype(np.float64)
    names = _names(ds, lat.dims[0])
    _refuse_without_height(names, np.isnan(level + lat.to_numpy() + lon.to_numpy()))
    tell_default_heights("the Dataset", level, lat.to_numpy(), lon.to_numpy())
    datum = Datum("height", height.attrs, about_heights(ds, height.name), choice=heights)
    if heights != "auto" or datum.stated is not None:
        level = datum(level, lat.to_numpy(), lon.to_numpy())
    values = {"lat": lat.to_numpy(), "lon": lon.to_numpy(), "height": level}
    return _placed(xr.Dataset({n: ("station", v) for n, v in values.items()}, {"station": names}))


def _placed(places: xr.Dataset) -> xr.Dataset:
    for name, unit in _PLACE.items():
        places[name].attrs = {"units": unit}
    return places


def _refuse_without_height(names: NDArray[np.str_], lost: NDArray[np.bool_]) -> None:
    if len(set(names)) < names.size:
        twice = sorted({name for name in names if (names == name).sum() > 1})
        msg = f"stations have one name and several places: {list_some(twice)}; give each its own"
        raise GridError(msg)
    if lost.any():
        msg = (
            f"stations lack latitude, longitude or height: {list_some(list(names[lost]))}; "
            "leave them out"
        )
        raise GridError(msg)


def _series(source: Any) -> xr.Dataset:
    """Total delays on (time, station) with their formal errors."""
    if _is_frame(source):
        with _as_table(source) as path:
            return read_station_table(path, average=True)
    if _is_table(source):
        return read_station_table(source, average=True)
    ds = _dataset_of(source, "observations")
    ztd = find_delay(ds, "ztd")
    times = [dim for dim in ztd.dims if ds[dim].dtype.kind == "M"]
    if ztd.ndim != 2 or len(times) != 1:
        msg = (
            f"total delays have dimensions {', '.join(map(str, ztd.dims)) or 'none'}; accepted are "
            "two, a time of dates and stations"
        )
        raise GridError(msg)
    (station,) = (dim for dim in ztd.dims if dim != times[0])
    found = {"ztd": ztd}
    if (name := find_named(ds, _SIGMA)) is not None and ds[name].dims == ztd.dims:
        sigma = in_unit(ds[name], "ztd")
        found["ztd_sigma"] = sigma.where(sigma > 0)
    bare = {
        key: (("time", "station"), each.transpose(times[0], station).to_numpy().astype(np.float64))
        for key, each in found.items()
    }
    when = ds[times[0]].to_numpy().astype("datetime64[ns]")
    if np.isnat(when).any() or np.unique(when).size < when.size:
        msg = (
            f"the times of the observations ({times[0]}) are missing or stand twice; keep one each"
        )
        raise GridError(msg)
    return xr.Dataset(bare, {"time": when, "station": _names(ds, station)})


def _names(ds: xr.Dataset, dim: Hashable) -> NDArray[np.str_]:
    """Names of stations; numbers where there are none."""
    for name in (dim, *(each for each in ds.variables if str(each).lower() in _NAMES)):
        if name in ds.variables and ds[name].dims == (dim,):
            values = ds[name].to_numpy()
            texts = [v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist()]
            return np.asarray(texts, str)
    return np.arange(ds.sizes[dim]).astype(str)


def _is_frame(source: Any) -> bool:
    return hasattr(source, "iloc") and hasattr(source, "columns")


def _is_table(source: Any) -> bool:
    """Tell a table with headings from series of other formats and from NetCDF."""
    if not isinstance(source, (str, Path)) or is_series(source):
        return False
    path = expand_name(source)
    return isinstance(path, Path) and path.is_file() and is_text(path)


def _dataset_of(source: Any, what: str) -> xr.Dataset:
    """Take a file or a Dataset; refuse what is neither."""
    ds = _open(source) if isinstance(source, (str, Path)) else source
    if isinstance(ds, xr.DataArray):
        ds = ds.to_dataset(name="ztd" if ds.name is None or what == "observations" else ds.name)
    if not isinstance(ds, xr.Dataset):
        columns = "lat, lon, height" if what == "places" else "time, ztd_m"
        msg = f"the {what} are a {type(ds).__name__}; accepted are a file, a Dataset, or a "
        raise InputError(msg + "DataFrame with columns such as station, " + columns)
    return ds


def _open(path: str | Path) -> xr.Dataset:
    if is_series(path):
        return open_series(path)
    file = expand_name(path)
    if isinstance(file, Path) and not file.exists():
        msg = f"no such file: {path}"
        raise InputError(msg)
    return open_array_file(path, "zarr" if names_store(path) else "netcdf4", None).load()


def _rows_of_places(frame: pd.DataFrame) -> pd.DataFrame:
    """Take a row for each place of a station, and tell of what changes beside known columns."""
    frame = _with_index(frame)
    headings = {column: read_heading(str(column)) for column in frame.columns}
    names = {column: each.name for column, each in headings.items() if not part_of(each)}
    columns = [column for column, name in names.items() if name in PLACE_NAMES]
    if not columns:
        return frame
    rows = frame.drop_duplicates(columns)
    unknown = [c for c, name in names.items() if c not in columns and not name.startswith(_SERIES)]
    changing = [c for c in unknown if len(frame.drop_duplicates([*columns, c])) > len(rows)]
    if changing:
        warn(
            f"columns of the DataFrame that change from observation to observation and are not "
            f"used: {list_some(list(map(str, changing)))}"
        )
    return rows


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Make columns of an index that has names, or dates."""
    dated = frame.index.dtype.kind == "M" and "time" not in frame.columns
    frame = frame.rename_axis("time") if dated and frame.index.name is None else frame
    return frame.reset_index() if any(name is not None for name in frame.index.names) else frame


@contextlib.contextmanager
def _as_table(frame: pd.DataFrame) -> Iterator[Path]:
    """Write a frame as the table that it is: names of columns and units mean the same there."""
    frame = _with_index(frame)
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        path = Path(folder) / "DataFrame.csv"
        frame.to_csv(path, index=False)
        try:
            yield path
        except TropdsxError as error:  # of a file that nobody knows
            raise type(error)(str(error).replace(str(path), "the DataFrame")) from None
    for each in caught:
        warn(str(each.message).replace(str(path), "the DataFrame"))
