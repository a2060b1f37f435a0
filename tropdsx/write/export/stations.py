"""What every file of station series needs of its stations: names, places, heights, values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.variables import find_height
from tropdsx.errors import GridError, OutputError, warn
from tropdsx.geoid.datum import Datum

__all__ = ["Stations", "find_complete", "stations_of", "tell_rays"]

_RAYS = {"elevation", "azimuth"}
"""Dimensions of slant delays and mapping factors."""


class Stations(NamedTuple):
    """Stations of a Dataset.

    Attributes
    ----------
    names : ndarray of str, shape (P,)
        As they are called.
    lat, lon : ndarray, shape (P,)
        Geodetic latitude, longitude in [-180, 180) [deg].
    height : ndarray, shape (P,)
        Ellipsoidal height [m].
    """

    names: NDArray[np.str_]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    height: NDArray[np.float64]


def stations_of(ds: xr.Dataset) -> Stations:
    """Find the stations of a Dataset.

    Parameters
    ----------
    ds : Dataset
        With ``lat``, ``lon`` [deg] and ``height`` [m] on ``station``, and epochs on ``time``.

    Returns
    -------
    Stations
        Heights above the geoid, which their attributes tell, are brought to the ellipsoid.

    Raises
    ------
    GridError
        If there are no stations or epochs, or a place is missing.

    Examples
    --------
    >>> place = {"lat": ("station", [49.1]), "lon": ("station", [372.9])}
    >>> ds = xr.Dataset(coords=place | {"station": ["WTZR"], "time": [np.datetime64("2021-01-30")]})
    >>> stations_of(ds.assign_coords(height=("station", [666.0], {"units": "m"}))).lon.round(6)
    array([12.9])
    """
    missing = [name for name in ("station", "time") if name not in ds.dims]
    if missing or not np.issubdtype(ds["time"].dtype, np.datetime64):
        msg = (
            f"the Dataset has dimensions {', '.join(map(str, ds.dims)) or 'none'}; a file of "
            "stations needs time (dates) and station, as ds.tropds.at_stations gives them"
        )
        raise GridError(msg)
    height = find_height(ds)
    lost = [name for name in ("lat", "lon") if name not in ds] + ["height"] * (height is None)
    if lost or height is None:
        msg = f"the stations have no {', '.join(lost)}; add them on the dimension station"
        raise GridError(msg)
    lat, lon = (ds[name].to_numpy().astype(np.float64) for name in ("lat", "lon"))
    up = Datum("height", height.attrs)(height.to_numpy().astype(np.float64), lat, lon)
    names = ds["station"].to_numpy().astype(str)
    gap = ~np.isfinite(lat + lon + up)
    if gap.any():
        msg = f"station {names[gap][0]} has no place; leave it out, or complete lat, lon and height"
        raise GridError(msg)
    return Stations(names, lat, (lon + 180.0) % 360.0 - 180.0, up)


def tell_rays(ds: xr.Dataset, form: str) -> None:
    """Warn of what depends on a direction, where a format has delays at the zenith alone.

    Parameters
    ----------
    ds : Dataset
        On ``station`` and ``time``.
    form : str
        Name of the format.

    Examples
    --------
    >>> tell_rays(xr.Dataset({"ztd": ("station", [2.3])}), "SINEX_TRO")
    """
    rays = [str(name) for name, each in ds.data_vars.items() if _RAYS & set(each.dims)]
    if rays:
        warn(
            f"{', '.join(rays)} of directions are left out: {form} has no columns for them; "
            "NetCDF, CSV and Parquet do (tropdsx.write_series)"
        )


def find_complete(
    values: Mapping[str, NDArray[np.floating]], names: NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Find the rows that a format without a sign for missing values can hold.

    Parameters
    ----------
    values : mapping of str to ndarray of shape (T, P)
        Columns by what messages call them.
    names : ndarray of str, shape (P,)
        Of the stations.

    Returns
    -------
    ndarray of bool, shape (T, P)
        Where no column lacks its value; a warning counts the others, and names the stations that
        have no such row.

    Raises
    ------
    OutputError
        If no row is complete; the text says which columns are in the way.

    Examples
    --------
    >>> find_complete({"TROTOT": np.array([[2.3, 2.4]])}, np.array(["A", "B"]))
    array([[ True,  True]])
    """
    known = {code: np.isfinite(field) for code, field in values.items()}
    complete = np.logical_and.reduce(list(known.values()))
    lost = int(complete.size - complete.sum())
    if not lost:
        return complete
    gaps = ", ".join(
        f"{code} {here.size - int(here.sum())}" for code, here in known.items() if not here.all()
    )
    if not complete.any():
        msg = (
            f"none of the {complete.size} rows has all its values, so there is nothing to write "
            f"(missing: {gaps}); leave such columns out with variables=, or correct the series"
        )
        raise OutputError(msg)
    gone = names[~complete.any(axis=0)].tolist()
    some = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
    also = f"; of {some} nothing is written" if gone else ""
    warn(f"{lost} of {complete.size} rows lack a value ({gaps}) and are left out{also}")
    return complete
