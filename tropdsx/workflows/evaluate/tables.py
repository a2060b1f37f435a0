"""Evaluations as tables for the screen and as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

__all__ = ["Table", "epochs_text", "plain_text", "score_tables", "station_table", "values_of"]

MILLIMETRES = 1e3
PER_100_KM = 1e5  # from m km-1 to mm in 100 km
BASE = "physics"


@dataclass(frozen=True)
class Table:
    """A title, a heading and rows of finished texts."""

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
    """
    tables = [_overall(found.sel(variable=name), name) for name in _names(found)]
    return [*tables, _by_group(found)]


def epochs_text(attrs: dict[Any, Any]) -> str:
    """Say how many epochs were scored, and of when.

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


def _overall(found: xr.Dataset, name: str) -> Table:
    title = f"{name.upper()}: {epochs_text(found.attrs)}, without the coarse nodes"
    head = [
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
    rows = []
    base = _scalar(found, BASE, "rmse")
    for method in map(str, found["model"].values):
        rmse = _scalar(found, method, "rmse")
        share = float(found["coverage"].sel(model=method, group="all", probability=0.9))
        gradient = float(found["gradient_rmse"].sel(model=method))
        power = found["power"].sel(model=method).sum("wavenumber")
        total = float(power.sel(field="fine") / power.sel(field="reference"))
        rows.append(
            [
                method,
                _text(rmse * MILLIMETRES),
                _text(100 * (rmse / base - 1), ".1f", "+", " %"),
                _text(_scalar(found, method, "mae") * MILLIMETRES),
                _text(_scalar(found, method, "bias") * MILLIMETRES, ".2f", "+"),
                _text(_scalar(found, method, "relative_bias") * 100, ".2f", "+"),
                _text(_scalar(found, method, "correlation"), ".4f"),
                _text(_scalar(found, method, "r2"), ".4f"),
                _text(gradient * PER_100_KM),
                _text(float(found["ssim"].sel(model=method)), ".4f"),
                _text(total, ".3f"),
                _text(share * 100, ".1f", "", " %"),
            ]
        )
    return Table(title, head, rows)


def _scalar(found: xr.Dataset, method: str, score: str) -> float:
    if method not in found["model"].values:
        return math.nan
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
        By method, results of :func:`tropdsx.workflows.evaluate.station_scores.compare`.

    Returns
    -------
    Table
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
    """Plain values of an evaluation, metres and shares, None where there is none.

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
