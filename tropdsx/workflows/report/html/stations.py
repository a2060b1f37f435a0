"""Stations of a reconstruction: marks for the map, and a table of their residuals."""

from __future__ import annotations

from html import escape
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
#: Where the residual without the station should lie, nine times of ten [sigma].
_NINE_OF_TEN = 1.645
#: Flags of observations that the analysis did without: too far from the grid or from neighbours,
#: or of a station that is wrong throughout.
_BLUNDERS = (2, 3, 4, 5)


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
    columns: dict[str, NDArray] = {"Observations": _counts(ds)}
    for key, title in _RESIDUALS:
        if key in ds:
            columns[f"RMS of observed less {title} [mm]"] = 1e3 * _rms(_by_station(ds[key]))
    worst = list(columns.values())[-1]
    if "station_loo_sigma" in ds:
        columns["Expected of it (sigma) [mm]"] = 1e3 * _rms(_by_station(ds["station_loo_sigma"]))
    if "station_flag" in ds:
        columns["Left out as blunders"] = _blunders(ds).sum(1)
    texts = [[_text(value) for value in each] for each in columns.values()]
    names = ds["station_name"].to_numpy()
    order = np.argsort(-np.nan_to_num(worst), kind="stable")
    rows = [(str(names[k]), [column[k] for column in texts]) for k in order]
    table = lay_out("Total delays at stations", "Station", list(columns), {"": rows})
    return f"<p>{escape(_overall(ds))}</p>{table}"


def _overall(ds: xr.Dataset) -> str:
    """Say of all stations together what the table says of each."""
    counts = _counts(ds)
    told = [f"{(counts > 0).sum()} of {counts.size} stations observed, {counts.sum()} times"]
    if "station_flag" in ds:
        told[0] += f", {_blunders(ds).sum():.0f} of them left out as blunders"
    residuals = {title: _by_station(ds[key]) for key, title in _RESIDUALS if key in ds}
    told += [
        f"RMS of observed less {title} {1e3 * _rms(values.reshape(1, -1))[0]:.1f} mm"
        for title, values in residuals.items()
        if np.isfinite(values).any()
    ]
    if "station_loo_sigma" in ds and "station_loo_residual" in ds:
        ratio = np.abs(residuals[_RESIDUALS[1][1]]) / _by_station(ds["station_loo_sigma"])
        known = ratio[np.isfinite(ratio)]
        if known.size:
            share = 100 * np.mean(known < _NINE_OF_TEN)
            told.append(f"{share:.0f} % of the latter within {_NINE_OF_TEN} sigma (90 % expected)")
    return "; ".join(told) + "."


def _counts(ds: xr.Dataset) -> NDArray[np.intp]:
    return np.isfinite(_by_station(ds["station_residual"])).sum(1)


def _blunders(ds: xr.Dataset) -> NDArray[np.bool_]:
    return np.isin(_by_station(ds["station_flag"]), _BLUNDERS)


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


def _text(value: Any) -> str:
    if np.isnan(value):
        return "–"
    return f"{value}" if isinstance(value, np.integer) else f"{value:.1f}"


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 2) for value in values]
