"""Scores of reconstructions on levels as text and as JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import xarray as xr

__all__ = ["scores_as_json", "scores_table"]


def scores_table(scores: xr.Dataset) -> str:
    """Spell scores as a table: RMSE of each method by level, then of all levels.

    Parameters
    ----------
    scores : Dataset
        Of :func:`tropdsx.evaluate_levels`.

    Returns
    -------
    str
        With the share of truth in the 90 % interval of the last method with a sigma.

    Examples
    --------
    >>> axes = {"model": ["idw"], "depth": [10.0], "probability": [0.9], "seed": [0]}
    >>> two, three = ("model", "depth"), ("model", "depth", "probability")
    >>> fields = {"rmse": (two, [[0.5]]), "coverage": (three, [[[np.nan]]])}
    >>> fields |= {"rmse_of_draw": (("model", "seed"), [[0.5]])}
    >>> fields |= {"coverage_of_draw": (("model", "seed"), [[np.nan]]), "count": (two, [[7]])}
    >>> print(scores_table(xr.Dataset(fields, axes, {"variable": "thetao", "share": 0.03})))
    RMSE of thetao at columns that were not observed; 3 % of the columns, 1 draws
    depth   count    idw
       10       7  0.500
      all       7  0.500
    """
    level, methods = _level(scores), [str(each) for each in scores["model"].values]
    unit = scores["rmse"].attrs.get("units", "")
    share, draws = 100.0 * scores.attrs["share"], scores.sizes["seed"]
    title = f"RMSE of {scores.attrs['variable']}{f' [{unit}]' if unit else ''} at columns that "
    title += f"were not observed; {share:g} % of the columns, {draws} draws"
    known = [name for name in methods if np.isfinite(_inside(scores, name)).any()]
    head = [level, "count", *methods, *([f"in 90 % ({known[-1]})"] if known else [])]
    rows = [
        [f"{float(value):.4g}", f"{int(scores['count'][0, k])}"]
        + [_text(scores["rmse"][m, k]) for m in range(len(methods))]
        + ([f"{100 * float(_inside(scores, known[-1])[k]):.1f} %"] if known else [])
        for k, value in enumerate(scores[level].values)
    ]
    mean = (scores["rmse_of_draw"] ** 2).mean("seed") ** 0.5
    total = ["all", f"{int(scores['count'][0].sum())}", *map(_text, mean)]
    if known:
        within = scores["coverage_of_draw"].sel(model=known[-1]).mean("seed")
        total.append(f"{100 * float(within):.1f} %")
    lines = [head, *rows, total]
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    text = [
        "  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines
    ]
    return "\n".join([title, *(line.rstrip() for line in text)])


def scores_as_json(scores: xr.Dataset) -> str:
    """Spell scores as JSON; what is unknown is null.

    Parameters
    ----------
    scores : Dataset
        Of :func:`tropdsx.evaluate_levels`.

    Returns
    -------
    str
        ``variable``, ``share``, ``units``, ``levels``, and by method lists along them.
    """
    level = _level(scores)
    names = ("rmse", "mae", "bias", "crps", "count")
    methods = {
        str(method): {name: _plain(scores[name].sel(model=method)) for name in names}
        | {"coverage_90": _plain(_inside(scores, str(method)))}
        | {name: _plain(scores[name].sel(model=method)) for name in ("rmse_of_draw",)}
        for method in scores["model"].values
    }
    about = {"variable": scores.attrs["variable"], "share": scores.attrs["share"]}
    about |= {"units": scores["rmse"].attrs.get("units", ""), "level": level}
    return json.dumps(about | {"levels": _plain(scores[level]), "methods": methods}, indent=1)


def _level(scores: xr.Dataset) -> str:
    return str(next(dim for dim in scores["rmse"].dims if dim != "model"))


def _inside(scores: xr.Dataset, method: str) -> np.ndarray:
    return scores["coverage"].sel(model=method, probability=0.9).to_numpy()


def _text(value: Any) -> str:
    return "-" if math.isnan(float(value)) else f"{float(value):.3f}"


def _plain(values: Any) -> list[float | None]:
    return [None if math.isnan(float(each)) else float(each) for each in np.ravel(values)]
