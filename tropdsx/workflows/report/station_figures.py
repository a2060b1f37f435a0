"""Draw series of delays at stations: where they are, and how they run beside observations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.dates import ConciseDateFormatter

from tropdsx.cf.quantities import DELAYS_AND_TOTAL, QUANTITIES
from tropdsx.errors import InputError
from tropdsx.read.stations import read_observations
from tropdsx.read.text import list_some
from tropdsx.workflows.evaluate.station_scores import compare_stations, match_stations
from tropdsx.workflows.report.maps import MapFigure, coastline
from tropdsx.workflows.report.pictures import save_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["draw_stations", "save_stations"]

#: So many series are drawn, those furthest from what was observed first.
MOST = 5
_MARGIN = 1.5  # degrees around the outermost stations
#: No line is drawn over a step that is so many times the usual one.
_GAP = 5


def draw_stations(
    series: xr.Dataset,
    observed: xr.DataArray | xr.Dataset | None = None,
    *,
    variable: str = "ztd",
    stations: Sequence[str] | None = None,
) -> Figure:
    """Draw stations on a map, and series of some of them.

    Parameters
    ----------
    series : Dataset
        Delays on (time, station) [m] with ``lat`` and ``lon`` of the stations, such as the result
        of :func:`tropdsx.at_stations`.
    observed : DataArray or Dataset, optional
        The same delay as it was observed [m], such as of :func:`tropdsx.read_observations`.
    variable : {"ztd", "zwd", "zhd"}, optional
        Which delay.
    stations : sequence of str, optional
        Whose series are drawn; default: the five with the largest RMSE against `observed`, else
        the first five.

    Returns
    -------
    Figure
        The map shows the mean of each station, or its mean difference to what was observed [mm];
        above a series stands that difference with its scatter.

    Raises
    ------
    InputError
        If the delay, the places or a station is not there.
    GridError
        If series and observations have no station with two epochs in common.

    Examples
    --------
    >>> places = {"lat": ("station", [48.0, 49.0]), "lon": ("station", [12.0, 14.0])}
    >>> axes = {"time": [0, 1, 2], "station": ["A", "B"]} | places
    >>> ztd = xr.DataArray(np.full((3, 2), 2.4), axes, ("time", "station"), attrs={"units": "m"})
    >>> figure = draw_stations(xr.Dataset({"ztd": ztd}))
    >>> [panel.get_title(loc="left") for panel in figure.axes if panel.lines]
    ['A', 'B']
    """
    own = _delay(series, variable, "series")
    seen = scores = None
    if observed is not None:
        known = observed if isinstance(observed, xr.Dataset) else {variable: observed}
        seen = match_stations(_delay(xr.Dataset(known), variable, "observations"), own["station"])
        scores = compare_stations(own, seen)
    names = _chosen(own, scores, stations)
    figure = MapFigure(figsize=(11.0, 1.6 + 1.15 * max(3, len(names))), layout="constrained")
    grid = figure.add_gridspec(len(names), 2, width_ratios=(1.0, 1.25))
    panel = figure.add_subplot(grid[:, 0])
    if scores is None:
        _draw_places(panel, own, own.mean("time"), f"Mean {variable.upper()} [mm]", names)
    else:
        _draw_places(panel, own, scores["bias"], "Series minus observed, mean [mm]", names)
    below = None
    for place, name in enumerate(names):
        below = figure.add_subplot(grid[place, 1], sharex=below)
        _draw_series(below, own.sel(station=name), seen, name)
        below.set_title(f"{name}{_differing(scores, name)}", loc="left", fontsize=9)
        below.tick_params(labelbottom=place == len(names) - 1)
    figure.suptitle(f"{QUANTITIES[variable].long_name.capitalize()} at stations", fontsize=11)
    return figure


def save_stations(
    series: xr.Dataset, path: str | Path, observations: str | Path | None = None
) -> Path:
    """Draw series at stations into a file.

    Parameters
    ----------
    series : Dataset
        As in :func:`draw_stations`; the total delay is drawn, or what there is of it.
    path : str or Path
        Picture; its suffix says which kind. An existing one is replaced.
    observations : str or Path, optional
        File of observed total delays, as :func:`tropdsx.read_observations` takes it.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    OutputError
        If the kind is unknown or the file cannot be written.
    """
    observed = None if observations is None else read_observations(observations)
    variable = next((name for name in ("ztd", "zwd", "zhd") if name in series), "ztd")
    figure = draw_stations(series, observed, variable=variable)
    return save_picture(figure, path)


def _delay(ds: xr.Dataset, variable: str, whose: str) -> xr.DataArray:
    """One delay [m] on (time, station), in memory."""
    if variable not in DELAYS_AND_TOTAL or variable not in ds or "station" not in ds[variable].dims:
        msg = (
            f"the {whose} have no {variable} on (time, station) among the variables "
            f"{', '.join(map(str, ds.data_vars)) or 'none'}; give what at_stations and "
            f"read_observations return, and one of {', '.join(DELAYS_AND_TOTAL)} that is there"
        )
        raise InputError(msg)
    field = ds.set_coords([name for name in ("lat", "lon") if name in ds])[variable]
    if "time" not in field.dims:
        field = field.expand_dims("time")
    return field.transpose("time", "station").compute()


def _chosen(
    own: xr.DataArray, scores: xr.Dataset | None, wanted: Sequence[str] | None
) -> list[str]:
    """Names of the stations whose series are drawn."""
    known = [str(name) for name in own["station"].to_numpy()]
    if wanted is None:
        if scores is None:
            return known[:MOST]
        worst = scores["rmse"].sortby(-scores["rmse"])["station"].to_numpy()
        return [str(name) for name in worst[:MOST]]
    missing = [name for name in wanted if name not in known]
    if missing or not wanted:
        msg = f"no station {list_some(missing) or 'is asked for'}; there are {list_some(known)}"
        raise InputError(msg)
    return list(wanted)


def _draw_places(
    panel: Axes, own: xr.DataArray, values: xr.DataArray, label: str, names: list[str]
) -> None:
    """Draw stations in the colours of their values, and the names of those that follow."""
    if not {"lat", "lon"} <= set(own.coords):
        msg = "the series have no lat and lon of the stations; give what at_stations returns"
        raise InputError(msg)
    placed = own.sel(station=values["station"])
    lat = placed["lat"].to_numpy().astype(float)
    lon = (placed["lon"].to_numpy().astype(float) + 180.0) % 360.0 - 180.0
    shown = 1e3 * values.to_numpy()
    about_zero = "minus" in label
    limit = float(np.nanmax(np.abs(shown))) if about_zero and np.isfinite(shown).any() else None
    drawn = panel.scatter(
        lon,
        lat,
        c=shown,
        s=36,
        cmap="RdBu_r" if about_zero else "viridis",
        vmin=None if limit is None else -limit,
        vmax=limit,
        edgecolors="#333333",
        linewidths=0.5,
        zorder=3,
    )
    panel.add_collection(LineCollection(coastline(), colors="#555555", linewidths=0.6))
    panel.set_xlim(lon.min() - _MARGIN, lon.max() + _MARGIN)
    panel.set_ylim(max(-90.0, lat.min() - _MARGIN), min(90.0, lat.max() + _MARGIN))
    panel.set_aspect(1.0 / max(0.3, float(np.cos(np.radians(lat.mean())))))
    panel.set_anchor("N")
    panel.set_xlabel("Longitude [°]")
    panel.set_ylabel("Latitude [°]")
    for name, x, y in zip(placed["station"].to_numpy(), lon, lat, strict=True):
        if str(name) in names:
            panel.annotate(str(name), (x, y), (4, 4), textcoords="offset points", fontsize=8)
    panel.figure.colorbar(
        drawn, ax=panel, label=label, orientation="horizontal", shrink=0.8, panchor=False
    )


def _differing(scores: xr.Dataset | None, name: str) -> str:
    """Say how a series differs from what was observed."""
    if scores is None or name not in scores["station"]:
        return ""
    own = scores.sel(station=name)
    return f": {1e3 * float(own['bias']):+.1f} ± {1e3 * float(own['scatter']):.1f} mm"


def _draw_series(panel: Axes, mine: xr.DataArray, seen: xr.DataArray | None, name: str) -> None:
    """Draw a series as a line, what was observed meanwhile as dots."""
    if seen is not None and name in seen["station"]:
        dots = seen.sel(station=name).dropna("time")
        dots = dots[(dots["time"] >= mine["time"].min()) & (dots["time"] <= mine["time"].max())]
        panel.plot(dots["time"], 1e3 * dots, ".", color="#D55E00", markersize=3, label="observed")
    times, values = _broken(mine)
    # A line shows nothing of epochs that stand alone.
    mark = "." if len(times) < 3 + 3 * np.isnan(values).sum() else ""
    panel.plot(times, 1e3 * values, mark + "-", color="#0072B2", linewidth=1.2, label="series")
    panel.ticklabel_format(axis="y", useOffset=False)
    panel.set_ylabel("mm", fontsize=8)
    panel.tick_params(labelsize=8)
    if np.issubdtype(mine["time"].dtype, np.datetime64):
        ticks = panel.xaxis.get_major_locator()
        panel.xaxis.set_major_formatter(ConciseDateFormatter(ticks))
    panel.grid(alpha=0.3)
    if seen is not None:
        panel.legend(fontsize=7, loc="upper right", ncols=2, frameon=False)


def _broken(series: xr.DataArray) -> tuple[NDArray[Any], NDArray[np.floating]]:
    """Give times and values of a series, with NaN between them where it pauses."""
    times, values = series["time"].to_numpy(), series.to_numpy()
    steps = np.diff(times)
    if not steps.size:
        return times, values
    after = 1 + np.flatnonzero(steps > _GAP * np.sort(steps)[steps.size // 2])
    return np.insert(times, after, times[after]), np.insert(values, after, np.nan)
