"""Stations of a reconstruction: marks for the map, and a table of their residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.workflows.report.html.series import pair_epochs
from tropdsx.workflows.report.html.tables import lay_out

__all__ = ["station_marks", "station_table"]

#: Residuals: key and heading.
_RESIDUALS = (
    ("station_residual", "the grid alone"),
    ("station_loo_residual", "grid and other stations"),
)


def has_stations(ds: xr.Dataset) -> bool:
    """Tell whether a result carries stations with residuals."""
    needed = ("station_name", "station_lat", "station_lon", "station_residual")
    return all(name in ds.variables for name in needed)


def station_marks(ds: xr.Dataset, times: NDArray) -> list[dict[str, Any]]:
    """Give what the map tells of each station.

    Parameters
    ----------
    ds : Dataset
        Result of :func:`tropdsx.reconstruct`; others have no marks.
    times : ndarray of datetime64
        Epochs of the page.

    Returns
    -------
    list of dict
        ``name``, ``lat``, ``lon`` [deg] and ``residuals`` [mm] by heading; None where missing.

    Examples
    --------
    >>> station_marks(xr.Dataset(), np.array(["2022-07-01"], "datetime64[ns]"))
    []
    """
    if not has_stations(ds):
        return []
    where = pair_epochs(times, _times_of(ds["station_residual"]))
    series = {
        f"observed less {title}": 1e3 * np.where(where >= 0, _by_station(ds[key])[:, where], np.nan)
        for key, title in _RESIDUALS
        if key in ds
    }
    places = zip(*(ds[f"station_{key}"].to_numpy() for key in ("name", "lat", "lon")), strict=True)
    return [
        {
            "name": str(name),
            "lat": float(lat),
            "lon": float(lon),
            "residuals": {title: _plain(values[k]) for title, values in series.items()},
        }
        for k, (name, lat, lon) in enumerate(places)
    ]


def station_table(ds: xr.Dataset) -> str:
    """Lay out how well each station is met.

    Parameters
    ----------
    ds : Dataset
        Result of :func:`tropdsx.reconstruct`.

    Returns
    -------
    str
        HTML, the station with the largest residuals first; empty without stations.

    Examples
    --------
    >>> station_table(xr.Dataset())
    ''
    """
    if not has_stations(ds):
        return ""
    heads, columns = ["Observations"], [np.isfinite(_by_station(ds["station_residual"])).sum(1)]
    for key, title in _RESIDUALS:
        if key in ds:
            heads.append(f"RMS of observed less {title} [mm]")
            columns.append(1e3 * _rms(_by_station(ds[key])))
    table = np.array(columns, float).T
    order = np.argsort(-np.nan_to_num(table[:, -1]), kind="stable")
    names = ds["station_name"].to_numpy()
    rows = [(str(names[k]), [_text(value, j) for j, value in enumerate(table[k])]) for k in order]
    return lay_out("Total delays at stations", "Station", heads, {"": rows})


def _by_station(field: xr.DataArray) -> NDArray[np.float64]:
    """Values of shape (station, time)."""
    if "station" not in field.dims or field.ndim == 1:
        field = field.expand_dims("time")
    return field.transpose("station", ...).to_numpy().astype(float)


def _times_of(field: xr.DataArray) -> NDArray:
    """Epochs of the residuals; one without date where they have none."""
    named = [dim for dim in field.dims if dim != "station" and dim in field.coords]
    return field[named[0]].to_numpy() if named else np.array(["NaT"], "datetime64[ns]")


def _rms(values: NDArray[np.float64]) -> NDArray[np.float64]:
    count = np.isfinite(values).sum(1)
    total = np.nansum(values**2, axis=1)
    return np.sqrt(np.where(count > 0, total, np.nan) / np.maximum(count, 1))


def _text(value: float, column: int) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.0f}" if column == 0 else f"{value:.1f}"


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 2) for value in values]
