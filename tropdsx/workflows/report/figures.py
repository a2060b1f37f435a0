"""Draw delays: what the fine grid adds to the coarse one, and how large its errors are.

Each function returns a matplotlib Figure, which Jupyter shows and ``figure.savefig`` stores. Only
the epoch that is drawn is computed.
"""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import DELAYS, DELAYS_AND_TOTAL, QUANTITIES
from tropdsx.cf.time.text import as_date
from tropdsx.errors import GridError, InputError
from tropdsx.grid.axis_weights import combine_axes
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.report.contents import area_rms
from tropdsx.workflows.report.maps import Extent, Scale, draw_map, extent_of, map_figure, on_map
from tropdsx.workflows.report.prepared import bilinear_axes, map_on_nodes, round_up

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_comparison", "draw_rmse"]

_TITLES = {name: QUANTITIES[name].long_name.capitalize() for name in DELAYS_AND_TOTAL}
# Wet delays are small and go from dry to wet; the others are metres of nearly constant size.
_COLOURS = {"zhd": "viridis", "zwd": "YlGnBu", "ztd": "viridis"}
_DIFFERENCE, _ERROR = "RdBu_r", "YlOrRd"
_CLIP = 99.8  # per cent of the differences that the colour bar covers


def draw_comparison(
    coarse: xr.Dataset,
    fine: xr.Dataset,
    variable: str = "zwd",
    *,
    time: int | str | np.datetime64 | datetime = 0,
) -> Figure:
    """Draw a coarse field, the fine one, and what the fine one adds.

    Parameters
    ----------
    coarse, fine : Dataset
        Delays on any two grids, such as the input and the result of
        :func:`tropdsx.downscale`; names, orientation and laziness are free.
    variable : {"zwd", "zhd", "ztd"}
        What to draw.
    time : int, str or datetime64
        Which epoch of the coarse grid: its place in time, or its date [UTC].

    Returns
    -------
    Figure
        Three maps. The first two share one colour range; the third is the fine field minus the
        bilinearly interpolated coarse one [mm].

    Raises
    ------
    GridError
        If a grid lacks the variable or the epoch, or the two do not overlap.

    Examples
    --------
    >>> axes = {"lat": [50.0, 45.0, 40.0], "lon": [5.0, 10.0, 15.0]}
    >>> zwd = xr.DataArray(np.full((3, 3), 0.1), axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zwd": zwd, "orography": 0 * zwd})
    >>> figure = draw_comparison(ds, ds)
    >>> len(figure.axes)  # three maps, each with its colour bar
    6
    """
    if variable not in _TITLES:
        msg = f"variable {variable!r} is unknown; choose one of {', '.join(_TITLES)}"
        raise GridError(msg)
    nodes, epoch = _epoch(_delay(coarse, variable, "coarse"), time, "coarse")
    cells, _ = _epoch(_delay(fine, variable, "fine"), epoch, "fine")
    unit, factor = ("mm", 1000.0) if variable == "zwd" else ("m", 1.0)
    nodes, cells = nodes * factor, cells * factor
    added = (cells - _bilinear(nodes, cells)) * (1000.0 / factor)
    extent = extent_of(cells)
    shared = _shared_scale(nodes, cells, extent, Scale(_COLOURS[variable], 0, 1, unit))
    limit = float(np.nanpercentile(np.abs(added), _CLIP)) if added.notnull().any() else 1.0
    limit = round_up(max(limit, 1e-3))
    titles = (
        f"Coarse, {_spacing(nodes)}",
        f"Fine, {_spacing(cells)}{_made_with(fine)}",
        "Fine minus bilinear coarse",
    )
    scales = (shared, shared, Scale(_DIFFERENCE, -limit, limit, "mm"))
    figure, axes = map_figure(3, extent)
    for place, field, scale, title in zip(axes, (nodes, cells, added), scales, titles, strict=True):
        draw_map(place, field, scale, title, extent)
    when = np.datetime_as_string(epoch, unit="m").replace("T", " ")
    known = "" if np.isnat(epoch) else f", {when} UTC"
    figure.suptitle(f"{_TITLES[variable]}{known}", fontsize=11)
    return figure


def draw_rmse(ds: xr.Dataset) -> Figure:
    """Draw the RMSE maps that a result carries.

    Parameters
    ----------
    ds : Dataset
        Result of :func:`tropdsx.downscale` or a file made by ``tropdsx convert``.

    Returns
    -------
    Figure
        One map for each of ``zhd_rmse`` and ``zwd_rmse`` that is there, from 0 [mm], with the
        area-weighted root mean square in the title.

    Raises
    ------
    InputError
        If there is no RMSE map.

    Examples
    --------
    >>> axes = {"lat": [50.0, 45.0], "lon": [5.0, 10.0]}
    >>> field = xr.DataArray(np.full((2, 2), 0.01), axes, attrs={"units": "m"})
    >>> figure = draw_rmse(xr.Dataset({"zwd": 10 * field, "zwd_rmse": field}))
    >>> figure.axes[0].get_title(loc="left")
    'Zenith wet delay: 10.0 mm over the area'
    """
    names = [name for name in _TITLES if f"{name}_rmse" in ds]
    if not names:
        msg = (
            f"no RMSE map among the variables {', '.join(map(str, ds.data_vars)) or 'none'}; "
            "accepted are zhd_rmse and zwd_rmse, which a result has when its model was validated. "
            "Measure them with `tropdsx convert --reference TRUTH` or downscale with a model that "
            "has RMSE maps."
        )
        raise InputError(msg)
    fields = {name: map_on_nodes(ds[f"{name}_rmse"]) for name in names}
    extent = extent_of(fields[names[0]])
    figure, axes = map_figure(len(names), extent)
    for place, (name, field) in zip(axes, fields.items(), strict=True):
        high = float(np.nanpercentile(field, _CLIP)) if field.notnull().any() else 1.0
        scale = Scale(_ERROR, 0.0, round_up(max(high, 1e-3)), "RMSE [mm]")
        title = f"{_TITLES[name]}: {area_rms(field):.1f} mm over the area"
        draw_map(place, field, scale, title, extent)
    figure.suptitle("\n".join(_validation_lines(ds, names)), fontsize=10)
    return figure


def _delay(ds: xr.Dataset, variable: str, which: str) -> xr.DataArray:
    """Delay [m] on standard (time, lat, lon), lazy where the Dataset is."""
    parts = DELAYS if variable == "ztd" else (variable,)
    standard, _ = standardise_grid(ds, variables=parts)
    missing = [part for part in parts if part not in standard]
    if missing:
        found = ", ".join(map(str, ds.data_vars))
        msg = f"the {which} grid has no {' and '.join(missing)} (variables {found}); draw another"
        raise GridError(msg)
    field = standard[parts[0]]
    return field if len(parts) == 1 else field + standard[parts[1]]


def _epoch(
    field: xr.DataArray, time: int | str | np.datetime64 | datetime, which: str
) -> tuple[xr.DataArray, np.datetime64]:
    """One epoch of a field in memory, and its date."""
    dates = field["time"].to_numpy()
    if isinstance(time, (int, np.integer)):
        if not -dates.size <= time < dates.size:
            msg = f"time={time} asked for, but the {which} grid has {dates.size} epochs (from 0)"
            raise GridError(msg)
        place = int(time)
    else:
        wanted = as_date(time)
        found = np.flatnonzero(dates == wanted)
        if np.isnat(wanted) or np.isnat(dates).all():
            found = np.arange(dates.size)
        if found.size == 0:
            msg = (
                f"the {which} grid has no epoch {np.datetime_as_string(wanted, unit='m')}; it runs "
                f"from {np.datetime_as_string(dates[0], unit='m')} to "
                f"{np.datetime_as_string(dates[-1], unit='m')}"
            )
            raise GridError(msg)
        place = int(found[0])
    return field.isel(time=place, drop=True).compute().astype(float), dates[place]


def _bilinear(nodes: xr.DataArray, cells: xr.DataArray) -> xr.DataArray:
    """Coarse field at the fine nodes; NaN outside a region."""
    axes = [each[axis].to_numpy() for each in (nodes, cells) for axis in ("lat", "lon")]
    rows, columns = bilinear_axes(*axes)
    if np.isnan(rows.weight).all() or np.isnan(columns.weight).all():
        msg = "the coarse and the fine grid do not overlap; compare grids of the same area"
        raise GridError(msg)
    return cells.copy(data=combine_axes(nodes.to_numpy(), rows, columns))


def _shared_scale(nodes: xr.DataArray, cells: xr.DataArray, extent: Extent, scale: Scale) -> Scale:
    """One colour range for both fields within the map."""
    west, east, south, north = extent
    shown = on_map(nodes, extent)
    lat, lon = shown["lat"], shown["lon"]
    inside = shown.where((lat >= south) & (lat <= north) & (lon >= west) & (lon <= east))
    both = np.concatenate([inside.to_numpy().ravel(), cells.to_numpy().ravel()])
    both = both[np.isfinite(both)]
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    # From zero where that costs little of the range: a dry region then looks dry.
    low = 0.0 if 0 <= low < 0.3 * high else low
    return scale._replace(low=low, high=high if high > low else low + 1.0)


def _validation_lines(ds: xr.Dataset, names: list[str]) -> list[str]:
    """Say against what and when the errors were measured, as far as the maps tell."""
    known = [ds[f"{name}_rmse"].attrs for name in names]
    attrs = next((attrs for attrs in known if "validation_reference" in attrs), {})
    against = attrs.get("validation_reference", "a reference that is not recorded")
    period = str(attrs.get("validation_period", "")).replace("T00:00:00Z", "").replace("/", " to ")
    text = f"Root-mean-square error in validation against {against}{', ' * bool(period)}{period}"
    return textwrap.wrap(text, 90)


def _made_with(fine: xr.Dataset) -> str:
    """Say what made the fine grid, as far as its attributes tell."""
    if "tropdsx_version" not in fine.attrs:
        return ""
    model = fine.attrs.get("tropdsx_model")
    return f", network '{model}'" if model else ", physics alone"


def _spacing(field: xr.DataArray) -> str:
    steps = [abs(float(field[axis][1] - field[axis][0])) for axis in ("lat", "lon")]
    steps = [round(step, 6) for step in steps]
    return f"{steps[0]:g}°" if steps[0] == steps[1] else f"{steps[0]:g}° × {steps[1]:g}°"
