"""Evaluations as tables for the screen and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

__all__ = [
    "Table",
    "epochs_text",
    "plain_text",
    "score_tables",
    "station_table",
    "values_of",
]

MILLIMETRES, PER_100_KM = 1e3, 1e5  # from m, and from m km-1 to mm in 100 km
BASE = "physics"


@dataclass(frozen=True)
class Table:
    """A table of finished texts.

    Attributes
    ----------
    title : str
        What it shows.
    head : list of str
        Heading of each column.
    rows : list of list of str
        Cells, row by row.
    """

    title: str
    head: list[str]
    rows: list[list[str]]


def score_tables(found: xr.Dataset) -> list[Table]:
    """Tables of an evaluation.

    Parameters
    ----------
    found : Dataset
        Result of :func:`tropdsx.workflows.evaluate.methods.evaluate`.

    Returns
    -------
    list of Table
        One of all scores for each delay, then the RMSE by group.

    Examples
    --------
    >>> from tropdsx.workflows.evaluate.comparison import validate
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.full((3, 3), 0.2), {"units": "m"})}, axes)
    >>> found = validate(truth + 0.01, truth).expand_dims(model=["physics"])
    >>> first = score_tables(found)[0]
    >>> dict(zip(first.head[:3], first.rows[0], strict=False))
    {'method': 'physics', 'RMSE mm': '10.00', 'to physics': '+0.0 %'}
    """
    tables = [_overall(found.sel(variable=name), name) for name in _names(found)]
    return [*tables, _by_group(found)]


def epochs_text(attrs: dict[Any, Any]) -> str:
    """Say how many epochs were scored, and of when.

    Parameters
    ----------
    attrs : dict
        Global attributes of an evaluation.

    Returns
    -------
    str
        Number, first and last epoch.

    Examples
    --------
    >>> epochs_text({"validation_epochs": 2,
    ...              "validation_period": "2021-01-01T00:00:00Z/2021-01-01T06:00:00Z"})
    '2 epochs, 2021-01-01 00:00 to 2021-01-01 06:00'
    """
    count = int(attrs["validation_epochs"])
    ends = [end[:16].replace("T", " ") for end in str(attrs["validation_period"]).split("/")]
    span = " to ".join(dict.fromkeys(ends))
    return f"{count} epoch{'s' if count != 1 else ''}, {span}"


def _names(found: xr.Dataset) -> list[str]:
    return [str(name) for name in found["variable"].values]


_HEAD = [
    "method",
    "RMSE mm",
    "to physics",
    "MAE mm",
    "bias mm",
    "bias %",
    "corr.",
    "R2",
    "grad. mm/100km",
    "SSIM",
    "power",
    "in 90 %",
]


def _overall(found: xr.Dataset, name: str) -> Table:
    nodes = found.attrs.get("validation_nodes", "without the coarse nodes")
    title = f"{name.upper()}: {epochs_text(found.attrs)}, {nodes}"
    methods = [str(method) for method in found["model"].values]
    base = _overall_score(found, BASE, "rmse") if BASE in methods else math.nan
    return Table(title, _HEAD, [[method, *_all_scores(found, method, base)] for method in methods])


def _all_scores(found: xr.Dataset, method: str, base: float) -> list[str]:
    """Texts below all heads but the first; `base` is the RMSE that others are set beside [m]."""
    rmse, mae, bias, relative, correlation, r2 = (
        _overall_score(found, method, score)
        for score in ("rmse", "mae", "bias", "relative_bias", "correlation", "r2")
    )
    own = found.sel(model=method)
    power = own["power"].sum("wavenumber")
    share = float(own["coverage"].sel(group="all", probability=0.9))
    return [
        _text(rmse * MILLIMETRES),
        _text(100 * (rmse / base - 1), ".1f", "+", " %"),
        _text(mae * MILLIMETRES),
        _text(bias * MILLIMETRES, ".2f", "+"),
        _text(relative * 100, ".2f", "+"),
        _text(correlation, ".4f"),
        _text(r2, ".4f"),
        _text(float(own["gradient_rmse"]) * PER_100_KM),
        _text(float(own["ssim"]), ".4f"),
        _text(float(power.sel(field="fine") / power.sel(field="reference")), ".3f"),
        _text(share * 100, ".1f", "", " %"),
    ]


def _overall_score(found: xr.Dataset, method: str, score: str) -> float:
    return float(found[score].sel(model=method, group="all"))


def _by_group(found: xr.Dataset) -> Table:
    names = [name for name in _names(found) if name != "ztd" or len(_names(found)) == 1]
    methods = [str(method) for method in found["model"].values]
    head = ["RMSE mm", *(f"{name.upper()} {method}" for name in names for method in methods)]
    rows = []
    for group in map(str, found["group"].values):
        values = found["rmse"].sel(group=group) * MILLIMETRES
        row = [float(values.sel(variable=n, model=m)) for n in names for m in methods]
        if not all(math.isnan(value) for value in row):
            rows.append([group, *map(_text, row)])
    return Table("RMSE by latitude, surface, height above the geoid, and season", head, rows)


def station_table(stations: dict[str, xr.Dataset]) -> Table:
    """Table of the comparison with stations.

    Parameters
    ----------
    stations : dict of Dataset
        By method, results of :func:`tropdsx.workflows.evaluate.station_scores.compare_stations`.

    Returns
    -------
    Table
        One row for each method.

    Examples
    --------
    >>> from tropdsx.workflows.evaluate.station_scores import compare_stations
    >>> truth = xr.DataArray([[2.40], [2.42]], {"time": [0, 1], "station": ["BUTE"]})
    >>> station_table({"physics": compare_stations(truth + 0.003, truth)}).rows
    [['physics', '+3.00', '-', '0.00', '3.00']]
    """
    first = next(iter(stations.values()))
    count, pairs = first.sizes["station"], int(first["count"].sum())
    title = f"ZTD minus observations: {count} stations, {pairs} observations"
    head = ["method", "bias mm", "of stations +-", "scatter mm", "RMSE mm"]
    rows = [
        [method, _text(float(each["mean_bias"]) * MILLIMETRES, ".2f", "+")]
        + [
            _text(float(each[key]) * MILLIMETRES)
            for key in ("sd_bias", "mean_scatter", "total_rmse")
        ]
        for method, each in stations.items()
    ]
    return Table(title, head, rows)


def _text(value: float, form: str = ".2f", sign: str = "", unit: str = "") -> str:
    return "-" if math.isnan(value) else f"{value:{sign}{form}}{unit}"


def plain_text(table: Table) -> str:
    """Lay a table out in aligned columns.

    Parameters
    ----------
    table : Table
        Finished texts.

    Returns
    -------
    str
        Title, heading and rows, one to a line.

    Examples
    --------
    >>> print(plain_text(Table("ZWD", ["method", "RMSE mm"], [["physics", "15.44"]])))
    ZWD
    method   RMSE mm
    physics    15.44
    """
    lines = [table.head, *table.rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(table.head))]
    text = [table.title]
    for line in lines:
        first, *rest = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        text.append("  ".join([first.strip().ljust(widths[0]), *rest]).rstrip())
    return "\n".join(text)


def values_of(found: xr.Dataset | None, stations: dict[str, xr.Dataset] | None) -> dict[str, Any]:
    """Plain values of an evaluation in metres and shares; None stands for a score that is unknown.

    Parameters
    ----------
    found : Dataset, optional
        Result of :func:`tropdsx.workflows.evaluate.methods.evaluate`.
    stations : dict of Dataset, optional
        Comparisons with stations by method.

    Returns
    -------
    dict
        ``methods[method][delay][score]`` with ``by[group][score]`` below, and ``stations``.

    Examples
    --------
    >>> from tropdsx.workflows.evaluate.station_scores import compare_stations
    >>> truth = xr.DataArray([[2.40], [2.42]], {"time": [0, 1], "station": ["BUTE"]})
    >>> scores = values_of(None, {"physics": compare_stations(truth, truth)})["stations"]["physics"]
    >>> scores["mean_bias"], scores["by"]["BUTE"]["count"]
    (0.0, 2)
    """
    out: dict[str, Any] = {"units": {"delays": "m", "gradient_rmse": "m km-1", "shares": "1"}}
    if found is not None:
        out |= {str(key): _plain(value) for key, value in found.attrs.items()}
        out["methods"] = {
            str(method): {
                name: _scores(found.sel(model=method, variable=name)) for name in _names(found)
            }
            for method in found["model"].values
        }
    if stations is not None:
        out["stations"] = {method: _station_values(each) for method, each in stations.items()}
    return out


def _scores(found: xr.Dataset) -> dict[str, Any]:
    single = ("rmse", "mae", "bias", "relative_bias", "correlation", "r2")
    shares = [f"{float(p):g}" for p in found["probability"].values]
    groups: dict[str, Any] = {}
    for group in map(str, found["group"].values):
        here = found.sel(group=group)
        groups[group] = {score: _plain(here[score].item()) for score in single}
        groups[group]["coverage"] = dict(
            zip(shares, map(_plain, here["coverage"].values), strict=True)
        )
    bands = found["wavenumber_band"].values
    whole = groups.pop("all")
    return whole | {
        "gradient_rmse": _plain(found["gradient_rmse"].item()),
        "ssim": _plain(found["ssim"].item()),
        "spectral_ratio": dict(
            zip(map(str, bands), map(_plain, found["spectral_ratio"].values), strict=True)
        ),
        "by": groups,
    }


def _station_values(each: xr.Dataset) -> dict[str, Any]:
    overall = [name for name in each.data_vars if not each[name].dims]
    by_station: Sequence[str] = ("count", "bias", "scatter", "rmse")
    return {str(name): _plain(each[name].item()) for name in overall} | {
        "by": {
            str(station): {key: _plain(each[key].sel(station=station).item()) for key in by_station}
            for station in each["station"].values
        }
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
