"""Collect the fields of a page: fine, coarse, reference, what differs, and stated errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS, DELAYS_AND_TOTAL
from tropdsx.system.workers import Progress
from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.limits import Limits, thinned
from tropdsx.workflows.report.html.series import (
    choose_epochs,
    label_epochs,
    node_stride,
    pair_epochs,
    read_epochs,
)
from tropdsx.workflows.report.html.sources import Sources

__all__ = ["collect"]

#: Values that a page carries, so that it stays below 10 MB; most take 0.5 to 1 byte.
MAX_VALUES = 10_000_000
#: Fields that differences are made of: key, first, second and name.
_DIFFERENCES = (
    ("difference", "fine", "coarse", "Fine minus coarse (bilinear)"),
    ("fine_error", "fine", "reference", "Fine minus reference"),
    ("coarse_error", "coarse", "reference", "Coarse (bilinear) minus reference"),
)


class Layer(NamedTuple):
    """A field of the page and its values while the page is made.

    Attributes
    ----------
    number, grid : int
        Of the field, and of its grid.
    values : ndarray, shape (time, lat, lon)
        [m].
    """

    number: int
    grid: int
    values: NDArray


Layers = dict[tuple[str, str], Layer]


def collect(
    sources: Sources, limits: Limits | None = None, progress: Progress | None = None
) -> tuple[Content, list[str]]:
    """Collect the fields of a page.

    Parameters
    ----------
    sources : Sources
        What is shown.
    limits : Limits, optional
        Epochs and nodes that may be shown; epochs are fewer where the grid is large.
    progress : callable, optional
        Called with (fields read, fields in all).

    Returns
    -------
    Content
        Fields and grids.
    list of str
        What the page leaves out of the data, in words.

    Examples
    --------
    >>> axes = {"lat": [10.0, 0.0], "lon": [0.0, 10.0]}
    >>> zwd = xr.DataArray(np.full((2, 2), 0.2), axes, attrs={"units": "m"})
    >>> content, notes = collect(Sources.of(xr.Dataset({"zwd": zwd}), None, None))
    >>> [field["kind"] for field in content.fields], notes
    (['fine'], [])
    """
    fine, limits = sources.fine, limits or Limits()
    nodes = (fine.sizes["lat"], fine.sizes["lon"])
    stride = node_stride(*nodes, limits.nodes)
    times = fine["time"].to_numpy()
    shown = choose_epochs(times.size, min(limits.epochs, _room_for(sources, stride)))
    content = Content([label_epochs(times)[place] for place in shown])
    content.dates = times[shown]
    layers = _add_delays(content, sources, shown, (limits.nodes, progress))
    _add_totals(content, layers)
    _add_differences(content, layers)
    _add_sigmas(content, fine, shown, stride)
    _add_counts(content, fine, shown, stride)
    return content, _left_out(times.size, shown.size) + thinned(stride, nodes)


def _room_for(sources: Sources, stride: int) -> int:
    """Say how many epochs fit."""
    fine, names = sources.fine, _stored(sources.fine)
    layers = len(names) + sum(f"{name}_sigma" in fine for name in DELAYS_AND_TOTAL)
    layers += 0 if sources.reference is None else len(names)
    rows, columns = (len(axis) for axis in _axes(fine, stride))
    return max(1, MAX_VALUES // (rows * columns * layers))


def _stored(ds: xr.Dataset) -> list[str]:
    """Delays to pack; the total of both parts is computed by the page."""
    return [name for name in DELAYS if name in ds] or ["ztd"]


def _axes(ds: xr.Dataset, stride: int) -> tuple[NDArray, NDArray]:
    return ds["lat"].to_numpy()[::stride], ds["lon"].to_numpy()[::stride]


def _add_delays(
    content: Content,
    sources: Sources,
    shown: NDArray[np.intp],
    limits: tuple[int, Progress | None],
) -> Layers:
    """Add the delays of each source at the epochs shown; limits are nodes, and whom to tell."""
    most, progress = limits
    times = sources.fine["time"].to_numpy()[shown]
    layers: Layers = {}
    given = {kind: ds for kind, ds in sources._asdict().items() if ds is not None}
    if "reference" in given:  # at the nodes of the result; what it lacks is missing
        nodes = {axis: sources.fine[axis] for axis in ("lat", "lon")}
        given["reference"] = given["reference"].reindex(nodes)
    count = sum(name in ds for ds in given.values() for name in _stored(sources.fine))
    for kind, ds in given.items():
        stride = node_stride(ds.sizes["lat"], ds.sizes["lon"], most)
        grid = content.add_grid(*_axes(ds, stride))
        where = shown if kind == "fine" else pair_epochs(times, ds["time"].to_numpy())
        for name in (name for name in _stored(sources.fine) if name in ds):
            values = read_epochs(ds[name], where, stride)
            number = content.add(name, kind, kind.title(), values, grid=grid, scale="value")
            layers[name, kind] = Layer(number, grid, values)
            if progress is not None:
                progress(len(layers), count)
    return layers


def _add_totals(content: Content, layers: Layers) -> None:
    """Add the sum of both parts wherever both are there."""
    for kind in Sources._fields:
        if not all((part, kind) in layers for part in DELAYS):
            continue
        one, other = (layers[part, kind] for part in DELAYS)
        values = one.values + other.values
        number = content.derive(
            "ztd", kind, kind.title(), (one.number, other.number), (1, 1), one.grid
        )
        content.cover("ztd", "value", values, one.grid)
        layers["ztd", kind] = Layer(number, one.grid, values)


def _add_differences(content: Content, layers: Layers) -> None:
    """Add what the fine grid adds to the coarse one, and the errors of both."""
    for name in DELAYS_AND_TOTAL:
        own = {kind: layers[name, kind] for kind in Sources._fields if (name, kind) in layers}
        values = {kind: content.on_first_grid(each.values, each.grid) for kind, each in own.items()}
        for kind, first, second, label in _DIFFERENCES:
            if first in own and second in own:
                parts = (own[first].number, own[second].number)
                content.derive(name, kind, label, parts, (1, -1), 0, scale="change")
                content.cover(name, "change", values[first] - values[second])


def _add_sigmas(content: Content, fine: xr.Dataset, shown: NDArray[np.intp], stride: int) -> None:
    """Add the standard deviations that the result states."""
    for name in DELAYS_AND_TOTAL:
        if f"{name}_sigma" in fine:
            sigma = read_epochs(fine[f"{name}_sigma"], shown, stride)
            content.add(name, "sigma", "Standard deviation", sigma, grid=0, scale="error")


def _add_counts(content: Content, fine: xr.Dataset, shown: NDArray[np.intp], stride: int) -> None:
    """Add how many stations a reconstruction used at each node, beside what they move."""
    if "stations_used" not in fine:
        return
    counts = read_epochs(fine["stations_used"], shown, stride)
    about = ("stations_used", "Stations used")
    number = content.add("zwd", *about, counts, grid=0, scale="count")
    if any(field["variable"] == "ztd" for field in content.fields):
        content.derive("ztd", *about, (number, number), (1, 0), 0, scale="count")
        content.cover("ztd", "count", counts)


def _left_out(count: int, shown: int) -> list[str]:
    if shown == count:
        return []
    return [
        f"{shown} of {count} epochs are shown, evenly chosen, so that the page stays small. "
        "Scores and maps of errors are of all."
    ]
