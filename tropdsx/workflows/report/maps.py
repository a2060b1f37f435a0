"""Draw fields of a standard grid as maps: cells, coast and axes in degrees.

matplotlib's objects alone are used, so nothing is registered or kept open. This module knows how a
map looks; :mod:`tropdsx.workflows.report.figures` knows what to put on it.
"""

from __future__ import annotations

import io
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import rcParams
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tropdsx.cf.attributes.bounds import cell_edges
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.spacing import ROUNDING, wrap_longitude

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["Scale", "draw_map", "map_figure"]

_SCALE = 100.0  # steps per degree in tables/coastline.npz
_COAST: dict[str, Any] = {"colors": "0.15", "linewidths": 0.45, "zorder": 3}
_TITLE: dict[str, Any] = {"fontsize": 9.5, "loc": "left", "pad": 4}
_BAR_BESIDE: dict[str, Any] = {"pad": 0.015, "aspect": 20}
_BAR_BELOW: dict[str, Any] = {"location": "bottom", "pad": 0.02, "aspect": 26}
_MISSING = "0.82"  # grey of cells without a value


#: West, east, south, north [deg].
Extent = tuple[float, float, float, float]


class Scale(NamedTuple):
    """Colours of a map, and the values at their ends.

    Attributes
    ----------
    colours : str
        Name of a matplotlib colour map.
    low, high : float
        Ends of the colour bar [unit].
    label : str
        Text at the colour bar, unit included.

    Examples
    --------
    >>> Scale("viridis", 0.0, 0.4, "m")._replace(high=0.5).high
    0.5
    """

    colours: str
    low: float
    high: float
    label: str


class MapFigure(Figure):
    """A Figure that Jupyter shows without pyplot and its global state; see :func:`map_figure`."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        # Maps keep their shape, which may leave room below them.
        self.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.06)
        return buffer.getvalue()


def map_figure(count: int, extent: Extent) -> tuple[Figure, list[Axes]]:
    """Make a figure for maps of one extent.

    Parameters
    ----------
    count : int
        How many maps.
    extent : tuple of float
        West, east, south, north [deg].

    Returns
    -------
    Figure
        Without pyplot, so that it belongs to the caller alone.
    list of Axes
        Wide maps stand below each other, others side by side.

    Examples
    --------
    >>> figure, axes = map_figure(3, (-180.0, 180.0, -90.0, 90.0))
    >>> len(axes), axes[0].get_gridspec().ncols
    (3, 1)
    """
    west, east, south, north = extent
    ratio = (east - west) / (north - south) * _squeeze(south, north)
    if ratio > 1.5:
        width = 7.6
        shape, height = (count, 1), count * (0.86 * width / ratio + 0.32) + 0.65
    else:
        width = 3.1 * count * max(1.0, ratio) if count > 1 else 4.6
        shape, height = (1, count), 0.88 * width / count / ratio + 1.35
    layout = ConstrainedLayoutEngine(compress=True, w_pad=0.08, h_pad=0.05)
    dpi = 1.1 * rcParams["figure.dpi"]
    figure = MapFigure(figsize=(width, height), dpi=dpi, layout=layout)
    axes = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    return figure, list(axes.ravel())


def draw_map(axes: Axes, field: xr.DataArray, scale: Scale, title: str, extent: Extent) -> None:
    """Draw the cells of a field, the coast, and a colour bar.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    field : DataArray
        Values on (lat, lon) in memory [unit of the scale].
    scale : Scale
        Colours, range and label.
    title : str
        Text above the map.
    extent : tuple of float
        West, east, south, north [deg].

    Examples
    --------
    >>> import xarray as xr
    >>> box = xr.DataArray(np.zeros((2, 2)), {"lat": [50.0, 45.0], "lon": [5.0, 10.0]})
    >>> figure, axes = map_figure(1, extent_of(box))
    >>> draw_map(axes[0], box, Scale("viridis", 0.0, 1.0, "m"), "Zeros", extent_of(box))
    >>> [float(end) for end in axes[0].get_xlim()]
    [2.5, 12.5]
    """
    field = on_map(field, extent)
    lat, lon = field["lat"].to_numpy(), field["lon"].to_numpy()
    values = np.ma.masked_invalid(field.transpose("lat", "lon").to_numpy().astype(float))
    axes.set_facecolor(_MISSING)
    cells = axes.pcolormesh(
        cell_edges(lon),
        np.clip(cell_edges(lat), -90.0, 90.0),
        values,
        cmap=scale.colours,
        vmin=scale.low,
        vmax=scale.high,
        rasterized=True,
    )
    west, east, south, north = extent
    _draw_coast(axes, west, east)
    axes.set(xlim=(west, east), ylim=(south, north), aspect=1.0 / _squeeze(south, north))
    _degrees(axes, max(east - west, north - south))
    axes.set_title(title, **_TITLE)
    place = axes.get_subplotspec()
    stacked = place is not None and place.get_gridspec().ncols == 1
    bar = axes.figure.colorbar(
        cells,
        ax=axes,
        extend=_beyond(values, scale),
        extendfrac=0.04,
        **(_BAR_BESIDE if stacked else _BAR_BELOW),
    )
    bar.set_label(scale.label, fontsize=8.5)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_linewidth(0.5)


def extent_of(field: xr.DataArray) -> Extent:
    """Find the extent of the cells of a standard field, with Greenwich in the middle.

    Parameters
    ----------
    field : DataArray
        On (lat, lon).

    Returns
    -------
    tuple of float
        West, east, south, north [deg].

    Examples
    --------
    >>> import xarray as xr
    >>> box = xr.DataArray(np.zeros((2, 2)), {"lat": [50.0, 45.0], "lon": [355.0, 360.0]})
    >>> extent_of(box)
    (-7.5, 2.5, 42.5, 52.5)
    """
    lat = np.clip(cell_edges(field["lat"].to_numpy()), -90.0, 90.0)
    if is_global_longitude(field["lon"]):
        return -180.0, 180.0, float(lat.min()), float(lat.max())
    lon = cell_edges(field["lon"].to_numpy())
    turns = 360.0 * np.floor((lon.mean() + 180.0) / 360.0)
    return float(lon[0] - turns), float(lon[-1] - turns), float(lat.min()), float(lat.max())


def on_map(field: xr.DataArray, extent: Extent) -> xr.DataArray:
    """Bring the longitudes of a standard field into the run that the map shows.

    Parameters
    ----------
    field : DataArray
        On (lat, lon).
    extent : tuple of float
        West, east, south, north of the map [deg].

    Returns
    -------
    DataArray
        With a column repeated where its cell lies on both edges of the map.

    Examples
    --------
    >>> import xarray as xr
    >>> box = xr.DataArray(np.zeros((2, 2)), {"lat": [50.0, 45.0], "lon": [350.0, 355.0]})
    >>> on_map(box, (-12.5, -2.5, 42.5, 52.5)).lon.values.tolist()
    [-10.0, -5.0]
    """
    lon = field["lon"].to_numpy()
    if is_global_longitude(lon):
        wrapped = wrap_longitude(lon, extent[0])
        order = np.argsort(wrapped)
        field, values = field.isel(lon=order), wrapped[order]
        # A node on the western edge has half its cell at the eastern one.
        if cell_edges(values)[0] < extent[0] - ROUNDING:
            field = field.isel(lon=np.append(np.arange(lon.size), 0))
            values = np.append(values, values[0] + 360.0)
        return field.assign_coords(lon=values)
    turns = np.round((0.5 * (extent[0] + extent[1]) - lon.mean()) / 360.0)
    return field.assign_coords(lon=lon + 360.0 * turns)


@cache
def coastline() -> tuple[NDArray[np.float64], ...]:
    """Load the shipped coast.

    Returns
    -------
    tuple of ndarray, shape (n, 2)
        Lines: longitude in [-180, 180], latitude [deg].

    Examples
    --------
    >>> len(coastline()) > 100
    True
    """
    with (
        resources.files("tropdsx.assets").joinpath("tables", "coastline.npz").open("rb") as stream,
        np.load(stream) as table,
    ):
        # int16 steps wrap round, and so do their sums, to where they came from.
        points = np.cumsum(table["steps"].T, axis=0, dtype=np.int16) / _SCALE
        ends = np.cumsum(table["lengths"].astype(np.int64))
    return tuple(np.split(points, ends[:-1]))


def _squeeze(south: float, north: float) -> float:
    """How much shorter a degree of longitude is drawn; maps of the whole Earth keep it at 1."""
    if north - south > 100.0:
        return 1.0
    return max(0.3, float(np.cos(np.radians(0.5 * (south + north)))))


def _beyond(values: np.ma.MaskedArray, scale: Scale) -> str:
    """Which ends of the colour bar hide values."""
    if values.count() == 0:
        return "neither"
    slack = 1e-9 * (abs(scale.low) + abs(scale.high))
    low, high = values.min() < scale.low - slack, values.max() > scale.high + slack
    return {(True, True): "both", (True, False): "min", (False, True): "max"}.get(
        (bool(low), bool(high)), "neither"
    )


def _draw_coast(axes: Axes, west: float, east: float) -> None:
    """Add the lines that touch the map, moved by whole turns."""
    lines = [
        line + np.array([turn, 0.0])
        for turn in (-360.0, 0.0, 360.0)
        for line in coastline()
        if line[:, 0].max() + turn > west and line[:, 0].min() + turn < east
    ]
    axes.add_collection(LineCollection(lines, **_COAST), autolim=False)


def _degrees(axes: Axes, span: float) -> None:
    """Round degrees at the ticks: 1, 2, 5, 10 in a region, 30 and 60 on the Earth."""
    steps = [1, 2, 5, 10] if span < 40.0 else [1, 1.5, 2, 3, 6, 10]
    for axis, halves, limit in ((axes.xaxis, "EW", 6), (axes.yaxis, "NS", 6)):
        axis.set_major_locator(MaxNLocator(limit, steps=steps))
        axis.set_major_formatter(FuncFormatter(lambda value, _, h=halves: _degree(value, h)))
    axes.tick_params(labelsize=8, length=2.5, width=0.5)
    for side in axes.spines.values():
        side.set_linewidth(0.5)
    axes.label_outer()


def _degree(value: float, halves: str) -> str:
    """Text of a tick.

    Examples
    --------
    >>> _degree(190.0, "EW"), _degree(-7.5, "NS"), _degree(0.0, "EW")
    ('170°W', '7.5°S', '0°')
    """
    if halves == "EW":
        value = (value + 180.0) % 360.0 - 180.0
    value = round(value, 6)
    if value == 0 or abs(value) == 180.0:
        return f"{abs(value):g}°"
    return f"{abs(value):g}°{halves[0 if value > 0 else 1]}"
