"""Read stations and their observed total delays from tables of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.errors import InputError, warn
from tropdsx.geoid.terrain import tell_default_heights, terrain_at
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.read.series.opening import is_series, open_series
from tropdsx.read.series.places import HEIGHTS, Place
from tropdsx.read.series.sinex_blocks import is_sinex, places_of, read_blocks
from tropdsx.read.series.table import (
    METRES,
    STATION_NAMES,
    names_in,
    read_station_table,
)
from tropdsx.read.tables.angles import read_angles
from tropdsx.read.tables.columns import (
    find_column,
    is_there,
    names_of,
    numbers_of,
    refuse_row,
)
from tropdsx.read.tables.coordinates import is_coordinate_list, read_coordinate_list
from tropdsx.read.tables.geocentric import read_geocentric
from tropdsx.read.tables.layout import Table, read_table
from tropdsx.read.tables.time_columns import has_times
from tropdsx.read.text import list_some, read_text
from tropdsx.system.names import expand_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PLACE_NAMES", "positions_of", "read_observations", "read_stations", "stations_of_table"]

_LATITUDE = ("lat", "latitude")
_LONGITUDE = ("lon", "longitude", "long", "lng")
_ELLIPSOIDAL = names_in(
    "height_ell h_ell height h hgt ellipsoidal_height ellipsoid_height height_ellipsoidal "
    "ell_height height_above_ellipsoid"
)
_ABOVE_SEA = names_in(
    "elevation elev altitude alt height_msl h_msl msl height_orth h_orth orthometric_height "
    "height_orthometric height_geoid height_of_station_above_sea_level"
)
PLACE_NAMES = {*STATION_NAMES, *_LATITUDE, *_LONGITUDE, *_ELLIPSOIDAL, *_ABOVE_SEA, *"xyz"}
"""What columns are called that say which station is where."""
_FEW = 3
"""So many heights may be odd by chance."""


def read_stations(path: str | Path, *, heights: str = "auto") -> xr.Dataset:
    r"""Read a table of stations.

    Parameters
    ----------
    path : str or Path
        Text (also .xz, .gz) with columns such as ``station,lat_deg,lon_deg,height_ell_m``, between
        commas, semicolons, tabs or blanks; heights above the ellipsoid, in m, or in km or ft where
        the heading says so. Angles may be spelled, 47 03 12.5 N, or stand in columns such as
        ``lat_deg,lat_min,lat_sec``; geocentric ``x,y,z`` [m] serve, too. Names stay text: 0001
        and NA are names. Or SINEX and SINEX_TRO (SOLUTION/ESTIMATE, SITE/COORDINATES, SITE/ID),
        other series with places, and coordinates of Bernese (.CRD), ITRF and EPN (.SSC).
        A table of observations, with a time in each row, names each station in many rows.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What heights of a table count from; "auto" goes by the heading. Those of SINEX follow from
        coordinates and are ellipsoidal.

    Returns
    -------
    Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m] on ``station``.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or a value, lists a station twice, or places
        one outside the Earth's surface; the text names the line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".csv") as file:
    ...     _ = Path(file.name).write_text("station,lat,lon,height\n0001,49.144,12.879,666.0\n")
    ...     read_stations(file.name).sel(station="0001").height.item()
    666.0
    """
    file = expand_name(path)
    if isinstance(file, Path) and file.is_file():
        head = read_text(file, 2048)
        if is_sinex(head):
            return _of_places(file, places_of(read_blocks(file)))
        if is_coordinate_list(head):
            return _of_places(file, read_coordinate_list(file))
    if is_series(path):
        return _of_series(path)
    return stations_of_table(read_table(path, PLACE_NAMES), heights=heights)


def stations_of_table(table: Table, *, heights: str = "auto") -> xr.Dataset:
    """Find stations in a table.

    Parameters
    ----------
    table : Table
        As read, or made of a DataFrame.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        As for :func:`read_stations`.

    Returns
    -------
    Dataset
        As from :func:`read_stations`, with the same errors.
    """
    path, table = table.path, _without_repeated_rows(table)
    names = names_of(table, is_there(table, STATION_NAMES, "name"))
    repeated = names[names.duplicated()].unique()
    if repeated.size:
        msg = f"{path}: listed more than once: {list_some(repeated)}; keep one row for each station"
        raise InputError(msg)
    place = read_geocentric(table) if find_column(table, _LATITUDE) is None else None
    if place is None:
        lat = _angles(table, _LATITUDE, "latitude", 90.0)
        lon = _angles(table, _LONGITUDE, "longitude", 360.0)
        place = lat, lon, _heights(table, names, (lat, lon), heights)
    found = dict(zip(("lat", "lon", "height"), place, strict=True))
    return xr.Dataset(
        {key: ("station", values.to_numpy(float)) for key, values in found.items()},
        {"station": names.to_numpy(str)},
    )


def _without_repeated_rows(table: Table) -> Table:
    """Of a row for each observation, take one for each place, however its numbers are written."""
    if not has_times(table):
        return table
    columns = [k for k, each in enumerate(table.headings) if each.name in PLACE_NAMES]
    if not columns:
        return table
    # Rows of the same text are most of them, and soon told.
    cells = table.cells.drop_duplicates(columns)
    numbers = [k for k in columns if table.headings[k].name not in STATION_NAMES]
    keys = cells[columns].copy()
    keys[numbers] = keys[numbers].apply(_spelled_alike)
    return replace(table, cells=cells[~keys.duplicated()])


def _spelled_alike(cells: pd.Series) -> pd.Series:
    """Spell numbers in one way, 200 and 200.0; what is none stays as it is."""
    import pandas as pd

    texts = cells.str.strip()
    if not texts.str.contains(".", regex=False).any():
        texts = texts.str.replace(",", ".")
    numbers = pd.to_numeric(texts, errors="coerce")
    return cells.where(numbers.isna(), numbers.map(repr))


def _of_places(path: Path, places: dict[str, Place]) -> xr.Dataset:
    if not places:
        msg = (
            f"{path} places no station; accepted is SINEX with SITE/ID, SITE/COORDINATES or "
            "SOLUTION/ESTIMATE"
        )
        raise InputError(msg)
    found = np.array(list(places.values()))
    parts = zip(("lat", "lon", "height"), found.T, strict=True)
    return xr.Dataset({key: ("station", part) for key, part in parts}, {"station": list(places)})


def _of_series(path: str | Path) -> xr.Dataset:
    """Take the places that a series of delays comes with."""
    series = open_series(path)
    if "height" not in series.coords:
        msg = (
            f"{path} is a series of delays ({series.attrs.get('source', '')}) that places no "
            "station; give a table station,lat,lon,height, or SINEX"
        )
        raise InputError(msg)
    found = series[["station", "lat", "lon", "height"]].reset_coords()
    return found.dropna("station").drop_attrs()


def _angles(table: Table, accepted: Sequence[str], what: str, limit: float) -> pd.Series:
    heading = is_there(table, accepted, what)
    if heading.unit not in (None, "deg"):
        msg = f"{table.path}: {heading.text} is in {heading.unit}; accepted are decimal degrees"
        raise InputError(msg)
    decimal = "decimal degrees, negative in the south and west"
    hemispheres = ("S", "N") if what == "latitude" else ("W", "E")
    values = read_angles(table, heading, hemispheres, find_column(table, STATION_NAMES))
    missing = values.isna()
    if missing.any():
        refuse_row(table, missing, f"no {heading.text}; a station needs one. Take the row out")
    outside = ~values.between(-min(limit, 180.0), limit)
    if outside.any():
        swapped = "; are latitude and longitude swapped?" if what == "latitude" else ""
        about = f"{heading.text} {values[outside].iloc[0]:g} is no {what}; accepted are {decimal}"
        refuse_row(table, outside, about + swapped)
    return values


def _heights(
    table: Table, names: pd.Series, place: tuple[pd.Series, pd.Series], counted: str
) -> pd.Series:
    """Read heights above the ellipsoid, or bring those above the sea there [m]."""
    above_sea = find_column(table, _ELLIPSOIDAL) is None and find_column(table, _ABOVE_SEA)
    heading = above_sea or is_there(table, _ELLIPSOIDAL, "height")
    if heading.unit not in (None, "m", "km", "ft"):
        msg = f"{table.path}: {heading.text} is in {heading.unit}; accepted are m, km and ft"
        raise InputError(msg)
    values = numbers_of(table, heading, "heights above the ellipsoid in m")
    values = values * METRES[heading.unit or "m"]
    missing = values.isna()
    if missing.any():
        about = f"station {names[missing].iloc[0]} has no {heading.text}; take the row out"
        refuse_row(table, missing, about)
    outside = ~values.between(*HEIGHTS)
    if outside.any():
        about = (
            f"station {names[outside].iloc[0]} has the height {values[outside].iloc[0]:g} m; "
            f"accepted are {HEIGHTS[0]:g} to {HEIGHTS[1]:g} m. Of feet or kilometres, name the "
            "column height_ft or height_km; take out rows without a height"
        )
        refuse_row(table, outside, about)
    tell_default_heights(table.path, values.to_numpy(float), *place)
    if heading.unit in (None, "m"):
        _check_units(table, heading.text, values, terrain_at(*place))
    if counted == "ellipsoid" or not (above_sea or counted == "geoid"):
        return values
    zero = "sea level" if counted == "auto" else "the geoid"
    text = (
        f"{table.path}: '{heading.text}' is taken as above {zero}, and brought to the "
        "ellipsoid with the geoid of EGM2008"
    )
    warn(text)
    return values + geoid_undulation(*place)


def _check_units(table: Table, name: str, values: pd.Series, terrain: np.ndarray) -> None:
    """Warn of metres that are kilometres or feet by the terrain around."""
    inland = terrain > 150.0
    if inland.sum() < _FEW:
        return
    ratio = float(np.median(values.to_numpy()[inland] / terrain[inland]))
    for unit, low, high in (("km", 0.0, 0.02), ("ft", 2.6, 4.2)):
        if low < ratio < high:
            text = (
                f"{table.path}: '{name}' is taken as metres, but the heights are {ratio:.2g} times "
                f"those of the terrain around; if they are in {unit}, name the column height_{unit}"
            )
            warn(text, topic="unit of the heights of stations")


def positions_of(path: str | Path) -> dict[str, tuple[float, float]]:
    """Read where stations are, by name.

    Parameters
    ----------
    path : str or Path
        As for :func:`read_stations`.

    Returns
    -------
    dict of str to tuple of float
        Latitude and longitude [deg].
    """
    found = read_stations(path, heights="ellipsoid")
    names, *pairs = (found[name].to_numpy().tolist() for name in ("station", "lat", "lon"))
    return dict(zip(names, zip(*pairs, strict=True), strict=True))


def read_observations(path: str | Path) -> xr.DataArray:
    r"""Read a table of total delays observed at stations.

    Parameters
    ----------
    path : str or Path
        Text (also .xz, .gz) with one row for each observation: ``station,time,ztd_m`` (UTC; also
        ``ztd_mm``), between commas, semicolons, tabs or blanks. Times are ISO 8601 or SINEX, the
        year first, or numbers in columns that say what they count: ``year,doy`` (with ``sod``,
        ``hour`` or a fraction), ``year,month,day,hour``, ``mjd``, ``jd``, ``decimal_year``,
        ``unix``, ``gps_week,sow`` (GPS time, which they stay); a warning says what was
        understood. Other columns are ignored. Or series, as :func:`tropdsx.open_series` takes
        them; their times stay those of the files.

    Returns
    -------
    DataArray
        ``ztd`` (time, station) [m], missing where a station has no observation.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, holds an observation twice, a time in which
        day and month cannot be told apart, or delays in another unit than its column says.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".csv") as file:
    ...     _ = Path(file.name).write_text("station,time,ztd_mm\nWTZR,2021-01-01T06:00,2250\n")
    ...     read_observations(file.name).values
    array([[2.25]])
    """
    found = open_series(path) if is_series(path) else read_station_table(path)
    if "ztd" not in found:
        names = list_some([str(name) for name in found.data_vars])
        msg = f"{path} has {names}; accepted are series with total delays"
        raise InputError(msg)
    return found["ztd"]
