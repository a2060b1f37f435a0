"""The RMSE maps of a checkpoint on the grid of a result."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.axis_weights import combine_axes, weigh_axes
from tropdsx.grid.stencil import make_stencil
from tropdsx.predict.session import Handle, load_network

__all__ = ["add_rmse_maps", "spacing_factor", "spacing_of"]


def spacing_of(grid: xr.Dataset) -> float:
    """Find the geometric mean of the two steps of a grid.

    Parameters
    ----------
    grid : Dataset
        Standard grid.

    Returns
    -------
    float
        Spacing [deg].

    Examples
    --------
    >>> spacing_of(xr.Dataset(coords={"lat": [90.0, 88.0], "lon": [0.0, 4.5]}))
    3.0
    """
    steps = [abs(float(grid[axis][1]) - float(grid[axis][0])) for axis in ("lat", "lon")]
    return float(np.sqrt(steps[0] * steps[1]))


def spacing_factor(card: dict[str, Any], name: str, spacing: float) -> float:
    """Find how much larger the error is at a spacing than at the one of the RMSE maps.

    Parameters
    ----------
    card : dict
        Card of the checkpoint: ``scores`` on several spacings, ``rmse_degrees`` of the maps.
    name : {"zhd", "zwd"}
        Which delay.
    spacing : float
        Spacing of the input [deg].

    Returns
    -------
    float
        Power law between the spacings it was checked on, continued beyond them [1]; 1 where the
        card does not tell. Of several products with one spacing the first counts, whose level the
        maps have.

    Examples
    --------
    >>> scores = {f"check {d}": {"degrees": d, "zwd_single_mm": 2.5 * d} for d in (2.0, 3.0, 5.0)}
    >>> round(spacing_factor({"rmse_degrees": 5.0, "scores": scores}, "zwd", 10.0), 3)
    2.0
    """
    at = card.get("rmse_degrees")
    checks: dict[float, float] = {}
    for label, score in card.get("scores", {}).items():
        if label.startswith("check") and "degrees" in score:
            checks.setdefault(score["degrees"], score[f"{name}_single_mm"])
    if at is None or len(checks) < 2:
        return 1.0
    degrees = np.log(sorted(checks))
    errors = np.log([checks[key] for key in sorted(checks)])

    def level(wanted: float) -> float:
        k = int(np.clip(np.searchsorted(degrees, wanted) - 1, 0, degrees.size - 2))
        slope = (errors[k + 1] - errors[k]) / (degrees[k + 1] - degrees[k])
        return float(errors[k] + slope * (wanted - degrees[k]))

    return float(np.exp(level(np.log(spacing)) - level(np.log(at))))


def add_rmse_maps(
    refined: xr.Dataset, handle: Handle, card: dict[str, Any], spacing: float
) -> None:
    """Put the checkpoint's validation RMSE, at the spacing of the input, at the fine nodes.

    Parameters
    ----------
    refined : Dataset
        Fine delays, or delays at stations; gains ``zhd_rmse`` and ``zwd_rmse`` (lat, lon) or
        (station) [m] where the checkpoint has such maps and the delay is there.
    handle : Handle
        The network.
    card : dict
        Card of the checkpoint.
    spacing : float
        Spacing of the input [deg].

    Examples
    --------
    >>> from tropdsx.assets.registry import find_path
    >>> from tropdsx.nn.checkpoint import load_card
    >>> path = find_path("default")
    >>> card = load_card(path)
    >>> refined = xr.Dataset({"zwd": (("lat", "lon"), [[0.1]])}, {"lat": [47.0], "lon": [8.0]})
    >>> add_rmse_maps(refined, Handle(str(path), card["sha256"]), card, 5.0)
    >>> sorted(refined)
    ['zwd', 'zwd_rmse']
    """
    tensors = load_network(handle).tensors
    validation = dict(card.get("validation", {}))
    if card.get("rmse_degrees"):
        validation["comment"] = (
            f"measured at a coarse spacing of {card['rmse_degrees']:g} degrees; level scaled to "
            f"the input's {spacing:.3g} degrees by the scores of the checkpoint"
        )
    for name in DELAYS:
        key = f"rmse_{name}"
        if key not in tensors or name not in refined:
            continue
        table = tensors[key].cpu().numpy().astype(float)
        rows, columns = table.shape
        lat = 90.0 - (np.arange(rows) + 0.5) * 180.0 / rows
        lon = (np.arange(columns) + 0.5) * 360.0 / columns
        axes = [refined[axis].to_numpy() for axis in ("lat", "lon")]
        dims = refined["lat"].dims
        if dims == refined["lon"].dims:
            values = make_stencil(lat, lon, *axes, interpolation="bilinear").apply(table)
        else:
            dims += refined["lon"].dims
            values = combine_axes(table, *weigh_axes(lat, lon, *axes, interpolation="bilinear"))
        values = values * spacing_factor(card, name, spacing)
        refined[f"{name}_rmse"] = (
            dims,
            values.astype(np.float32),
            {"units": "m", **validation},
        )
