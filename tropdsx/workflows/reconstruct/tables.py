"""Scores of stations that were left out, as a table for the screen and as plain values for JSON."""

from __future__ import annotations

import math
from typing import Any

import xarray as xr

from tropdsx.workflows.evaluate.tables import Table

__all__ = ["left_out_table", "plain_scores"]

MILLIMETRES = 1e3
_SCORES = ("rmse", "mae", "bias", "crps")
_METHODS = {
    "background": "background",
    "idw": "inverse distances",
    "oi": "reconstruction",
    "mean": "learned mean",
    "diffusion": "diffusion",
}


def left_out_table(found: xr.Dataset) -> Table:
    """Table of a reconstruction at stations that it did not see.

    Parameters
    ----------
    found : Dataset
        Result of :func:`tropdsx.workflows.reconstruct.leave_out.leave_out`.

    Returns
    -------
    Table
        A row for each method, then the last of them by latitude, height and season.
    """
    count = int(found["count"].sel(model="oi", group="all"))
    folds = int(found["fold"].max()) + 1
    title = (
        f"ZTD at stations that are left out: {found.sizes['station']} stations in {folds} parts, "
        f"{count} observations"
    )
    head = ["method", *(f"{name} mm" for name in ("RMSE", "MAE", "bias", "CRPS")), "R2"]
    head += [f"in {100 * float(each):g} %" for each in found["probability"].values]
    methods = found["model"].values.tolist()
    rows = [[_METHODS[key], *_row(found.sel(model=key, group="all"))] for key in methods]
    for group in map(str, found["group"].values[1:]):
        each = found.sel(model=methods[-1], group=group)
        if int(each["count"]):
            rows.append([f"  {group}", *_row(each)])
    return Table(title, head, rows)


def _row(each: xr.Dataset) -> list[str]:
    lengths = [_text(float(each[name]) * MILLIMETRES, ".2f") for name in _SCORES]
    shares = [_text(100 * float(share), ".1f", " %") for share in each["coverage"].values]
    return [*lengths, _text(float(each["r2"]), ".4f"), *shares]


def _text(value: float, form: str, unit: str = "") -> str:
    return "-" if math.isnan(value) else f"{value:{form}}{unit}"


def plain_scores(found: xr.Dataset) -> dict[str, Any]:
    """Plain values in metres and shares; None stands for what is unknown.

    Parameters
    ----------
    found : Dataset
        As for :func:`left_out_table`.

    Returns
    -------
    dict
        ``methods[method][group][score]``, and ``folds[station]``: which part each station was in.
    """
    names = ("count", *_SCORES, "r2")
    methods = {
        str(model): {
            str(group): _values(found.sel(model=model, group=group), names)
            for group in found["group"].values
        }
        for model in found["model"].values
    }
    stations = map(str, found["station"].values)
    folds = dict(zip(stations, found["fold"].values.tolist(), strict=True))
    return {"units": {"delays": "m", "shares": "1"}, "methods": methods, "folds": folds}


def _values(each: xr.Dataset, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: _plain(each[name].item()) for name in names}
    shares = zip(each["probability"].values, each["coverage"].values, strict=True)
    return found | {"coverage": {f"{p:g}": _plain(float(share)) for p, share in shares}}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
