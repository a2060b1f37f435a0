"""Stations in any form that users have: a file, a Dataset, a DataFrame, a mapping of lists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from tropdsx.cf.units import in_unit
from tropdsx.errors import InputError, warn
from tropdsx.geoid.datum import Datum, check_choice
from tropdsx.grid.edges import interpolation_limits, is_global_longitude
from tropdsx.read.stations import read_stations, stations_of_table
from tropdsx.read.tables.headings import read_heading
from tropdsx.read.tables.layout import Table
from tropdsx.read.text import list_some

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Window", "find_places", "window_of"]

_AROUND = 4
"""Rows and columns around the outermost stations that a bicubic stencil may want."""


def find_places(stations: Any, *, heights: str = "auto") -> xr.Dataset:
    """Find the stations that a caller means.

    Parameters
    ----------
    stations : str, Path, Dataset, DataFrame or mapping
        A file (:func:`tropdsx.read_stations`), or anything with names, latitudes, longitudes and
        heights under the names that tables have: ``{"station": [...], "lat": [...], ...}``. A
        series of stations serves, too. Without names they are numbered.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What heights count from; "auto" takes the word of names and attributes, else the ellipsoid.

    Returns
    -------
    Dataset
        ``lat``, ``lon`` [deg], ``height`` [m, ellipsoidal] on ``station`` (text).

    Raises
    ------
    InputError
        If something is missing, twice, or no place on the Earth's surface.

    Examples
    --------
    >>> found = find_places({"ID": ["WTZR"], "Lat": [49.14], "Lon": [12.88], "Hgt_m": [666.0]})
    >>> found.height.item(), found.station.item()
    (666.0, 'WTZR')
    """
    check_choice(heights)
    if isinstance(stations, (str, Path)):
        return read_stations(stations, heights=heights)
    if isinstance(stations, xr.Dataset):
        return _of_dataset(stations, heights)
    return stations_of_table(_table_of(stations), heights=heights)


def _of_dataset(ds: xr.Dataset, heights: str) -> xr.Dataset:
    if "station_name" in ds.variables and "station" not in ds.variables:
        ds = ds.rename_vars(station_name="station")  # as files of series have it
    lost = [name for name in ("station", "lat", "lon", "height") if name not in ds.variables]
    if lost or any(ds[name].dims != ("station",) for name in ("lat", "lon", "height")):
        msg = (
            f"the Dataset of stations has no {', '.join(lost) or 'places'} on the dimension "
            "station; accepted is what read_stations and at_stations give"
        )
        raise InputError(msg)
    frame = {"station": ds["station"].to_numpy()}
    for name, quantity in (("lat", "angle"), ("lon", "angle"), ("height", "height")):
        unit = str(ds[name].attrs.get("units", "")).lower()
        plain = not unit or unit.startswith("deg")  # degrees_north, degrees_east
        frame[name] = (ds[name] if plain else in_unit(ds[name], quantity)).to_numpy()
    datum = Datum("height", ds["height"].attrs)
    if heights == "auto" and datum.stated is not None:
        numbers = (frame[name].astype(np.float64) for name in ("height", "lat", "lon"))
        frame["height"] = datum(*numbers)
    return stations_of_table(_table_of(frame), heights=heights)


def _table_of(stations: Any) -> Table:
    """Make a table of columns; a cell that is missing is empty."""
    import pandas as pd

    if not isinstance(stations, (Mapping, pd.DataFrame)):
        msg = (
            f"stations are a {type(stations).__name__}; accepted are a file, a Dataset, a "
            'DataFrame or a mapping {"station": [...], "lat": [...], "lon": [...], "height": [...]}'
        )
        raise InputError(msg)
    try:
        frame = pd.DataFrame({str(key): list(stations[key]) for key in stations})
    except (ValueError, TypeError) as error:
        msg = f"the columns of the stations are no lists of one length ({error})"
        raise InputError(msg) from error
    headings = [read_heading(str(name)) for name in frame.columns]
    if not any(each.name in ("station", "id", "name", "site", "marker") for each in headings):
        index = stations.index if isinstance(stations, pd.DataFrame) else pd.RangeIndex(0)
        names = [f"{k}" for k in range(len(frame))]
        frame["station"] = names if index.dtype.kind in "iufb" else list(index)
        headings.append(read_heading("station"))
    texts = {name: _texts_of(frame[name]) for name in frame}
    cells = pd.DataFrame(texts, frame.index)
    cells.columns = pd.RangeIndex(cells.shape[1])
    cells.index = cells.index + 1 if cells.index.dtype.kind == "i" else cells.index
    if cells.empty:
        msg = "there are no stations; accepted is at least one"
        raise InputError(msg)
    return Table("the stations", headings, cells, ",")


def _texts_of(column: pd.Series) -> list[str]:
    """Turn cells into text; those that are missing are empty."""
    missing = column.isna()
    texts = [str(cell).strip() for cell in column.tolist()]
    return ["" if gone else text for gone, text in zip(missing, texts, strict=True)]


class Window(NamedTuple):
    """Which part of a grid stations need.

    Attributes
    ----------
    rows, columns : slice
        Of the standard grid; all of it where cutting gains nothing.
    outside : ndarray of bool, shape (P,)
        Stations without delays.
    """

    rows: slice
    columns: slice
    outside: np.ndarray


def window_of(grid: xr.Dataset, places: xr.Dataset) -> Window:
    """Cut a grid to what stations need, and tell which lie outside of it.

    Parameters
    ----------
    grid : Dataset
        Standard grid.
    places : Dataset
        As :func:`find_places` gives it.

    Returns
    -------
    Window
        With a warning that names the stations outside.

    Raises
    ------
    InputError
        If all lie outside; the text says so where swapped angles would lie inside.

    Examples
    --------
    >>> grid = xr.Dataset(coords={"lat": np.arange(60.0, 39, -1), "lon": np.arange(0.0, 21)})
    >>> places = find_places({"lat": [49.0], "lon": [12.5], "height": [0.0]})
    >>> window_of(grid, places).rows
    slice(8, 15, None)
    """
    lat, lon = (grid[axis].to_numpy().astype(np.float64) for axis in ("lat", "lon"))
    north, east = places["lat"].to_numpy(), places["lon"].to_numpy()
    outside = _outside(lat, lon, north, east)
    if outside.all():
        swapped = " (swapped, they lie inside)" if not _outside(lat, lon, east, north).any() else ""
        msg = (
            f"no station lies inside the grid, which reaches from {lat[-1]:g} to {lat[0]:g} "
            f"degrees north and {lon[0]:g} to {lon[-1]:g} east; check latitudes and "
            f"longitudes{swapped}"
        )
        raise InputError(msg)
    if outside.any():
        names = [str(name) for name in places["station"].to_numpy()[outside]]
        warn(
            f"{len(names)} of {outside.size} stations lie outside the grid and get no delays: "
            f"{list_some(names)}"
        )
    near = north[~outside]
    step = abs(lat[0] - lat[1]) if lat.size > 1 else 1.0
    rows = _cut((lat[0] - near) / step, lat.size)
    if is_global_longitude(lon) or lon.size < 2:
        turned = (east[~outside] - lon[0]) % 360.0
    else:
        turned = (east[~outside] - lon[0] + 180.0) % 360.0 - 180.0
    columns = _cut(turned / (lon[1] - lon[0]) if lon.size > 1 else turned * 0, lon.size)
    # A window at a pole, or across the seam of a globe, needs what lies beyond: keep all.
    whole = slice(0, None)
    if is_global_longitude(lon) and (columns.start == 0 or columns.stop == lon.size):
        columns = whole
    if columns != whole and (rows.start == 0 or rows.stop == lat.size) and is_global_longitude(lon):
        columns = whole
    return Window(rows, columns, outside)


def _outside(lat: np.ndarray, lon: np.ndarray, north: np.ndarray, east: np.ndarray) -> np.ndarray:
    north_limit, south_limit = interpolation_limits(lat, lon)
    beyond = (north > north_limit + 1e-9) | (north < south_limit - 1e-9)
    if is_global_longitude(lon):
        return np.asarray(beyond)
    turned = (east - lon[0] + 1e-9) % 360.0
    return np.asarray(beyond | (turned > lon[-1] - lon[0] + 2e-9))


def _cut(position: np.ndarray, size: int) -> slice:
    first = max(int(np.floor(position.min())) - _AROUND + 1, 0)
    last = min(int(np.ceil(position.max())) + _AROUND, size)
    return slice(first, max(last, first + 2))
