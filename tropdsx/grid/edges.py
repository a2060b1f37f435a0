"""How a grid ends: periodic longitude, and what lies beyond the first and last row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Edges", "goes_round", "grid_edges", "is_global_longitude", "pad", "reach"]


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


def is_global_longitude(lon: ArrayLike) -> bool:
    """Say whether ascending longitudes without a duplicate column go once round the Earth.

    Parameters
    ----------
    lon : array_like
        Ascending longitudes, shape (n,) [deg].

    Returns
    -------
    bool
        True when one more step would close the circle.

    Examples
    --------
    >>> is_global_longitude([0, 90, 180, 270]), is_global_longitude([0, 10, 20])
    (True, False)
    """
    lon = np.asarray(lon, dtype=np.float64)
    if lon.size < 2:
        return False
    step = (lon[-1] - lon[0]) / (lon.size - 1)
    return bool(abs(step * lon.size - 360.0) < max(1e-3, 0.01 * abs(step)))


def goes_round(lon: NDArray[np.float64]) -> bool:
    """Tell whether longitudes [degree], ascending and without a duplicate, circle the globe."""
    step = (lon[-1] - lon[0]) / (lon.size - 1)
    return bool(abs(lon[-1] + step - lon[0] - 360.0) < 0.01 * step)


def reach(node_lat: NDArray[np.float64], node_lon: NDArray[np.float64]) -> tuple[float, float]:
    """Northern and southern end of what a grid can be interpolated to [degree].

    A grid round the globe reaches a pole that is a row of it, or half a step beyond its last row;
    any other grid reaches its outermost rows.
    """
    step = (node_lat[0] - node_lat[-1]) / (node_lat.size - 1)
    over = goes_round(node_lon)
    north = over and mirrored(90.0 - node_lat[0], step) is not None
    south = over and mirrored(90.0 + node_lat[-1], step) is not None
    return 90.0 if north else float(node_lat[0]), -90.0 if south else float(node_lat[-1])


def mirrored(distance: float, step: float) -> int | None:
    """Say how the rows continue across a pole.

    0 when the pole lies half a step beyond the last row, 1 when the last row is the pole itself,
    None when the continued rows would not be uniform.
    """
    for rows, expected in ((0, step / 2.0), (1, 0.0)):
        if abs(distance - expected) < 1e-3 * step:
            return rows
    return None
