"""How a grid ends: periodic longitude, and what lies beyond the first and last row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Edges", "grid_edges", "pad"]


class Edges(NamedTuple):
    """How a grid ends: periodic longitude, and "half" | "pole" | "edge" in the north and south."""

    wrap: bool
    north: str
    south: str


def grid_edges(lat: np.ndarray, lon: np.ndarray) -> Edges:
    """Find how a uniform grid (lat descending, lon ascending) ends.

    Parameters
    ----------
    lat, lon : ndarray
        Axes. [degrees]

    Returns
    -------
    Edges
        Rows beyond a pole are known only if the opposite meridian is a column as well.

    Examples
    --------
    >>> grid_edges(np.arange(87.5, -90, -5), np.arange(2.5, 360, 5))
    Edges(wrap=True, north='half', south='half')
    """
    step_lat, step_lon = abs(lat[0] - lat[-1]) / (len(lat) - 1), (lon[-1] - lon[0]) / (len(lon) - 1)
    wrap = bool(abs(step_lon * len(lon) - 360.0) < 1e-3 * step_lon)

    def rule(pole_distance: float) -> str:
        if not wrap or len(lon) % 2:
            return "edge"
        if abs(pole_distance) < 1e-3 * step_lat:
            return "pole"
        return "half" if abs(pole_distance - step_lat / 2) < 1e-3 * step_lat else "edge"

    return Edges(wrap, rule(90.0 - lat[0]), rule(90.0 + lat[-1]))


def pad(field: np.ndarray, size: int, edges: Edges) -> np.ndarray:
    """Pad (..., lat, lon) as `nn.layers.pad_globe` does (a test holds them together)."""

    def beyond(x: np.ndarray, rule: str) -> np.ndarray:
        first = {"half": 0, "pole": 1}.get(rule)
        if first is None or x.shape[-2] < size + first:
            return np.repeat(x[..., :1, :], size, -2)
        return np.roll(x[..., first : first + size, :][..., ::-1, :], x.shape[-1] // 2, -1)

    top = beyond(field, edges.north)
    bottom = beyond(field[..., ::-1, :], edges.south)[..., ::-1, :]
    field = np.concatenate([top, field, bottom], -2)
    mode = "wrap" if edges.wrap else "edge"
    return np.pad(field, [(0, 0)] * (field.ndim - 1) + [(size, size)], mode=mode)
