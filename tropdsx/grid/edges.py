"""How a grid ends: whether its columns close round the globe, and what lies beyond its outer rows.

Both are decided here alone, with one tolerance, for interpolation, networks, figures and reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FIRST_BEYOND",
    "Edges",
    "find_edges",
    "interpolation_limits",
    "is_global",
    "is_global_longitude",
    "pad_field",
]

RELATIVE_SLACK = 0.01
"""How far a seam or a pole may lie from its regular place [fraction of the step].

A step written with few digits adds up over the columns (512 columns of 0.70312 deg end 0.4 % of a
step early); a column that is missing leaves a gap of a whole step.
"""

ABSOLUTE_SLACK = 1e-3
"""The same in grids finer than 0.1 deg, up to a quarter of a step [deg].

A step of 30 arc-seconds with eight decimals ends 1.4e-4 deg early after 43,200 columns. A quarter
of a step still tells a row at a pole from one half a step before it.
"""

FIRST_BEYOND = {"half": 0, "pole": 1}
"""Row that follows beyond a pole on the opposite meridian, counted from the outermost row."""


class Edges(NamedTuple):
    """How a grid ends.

    Attributes
    ----------
    wrap : bool
        Whether the columns close round the globe.
    north, south : {"half", "pole", "edge"}
        Whether the pole lies half a step beyond the outermost row, or is that row: then the rows go
        on along the opposite meridian. At an edge nothing is known beyond the outermost row.

    Examples
    --------
    >>> find_edges([50.0, 45.0], [0.0, 5.0, 10.0]) == Edges(False, "edge", "edge")
    True
    """

    wrap: bool
    north: str
    south: str


def find_edges(lat: ArrayLike, lon: ArrayLike, *, odd_columns: bool = False) -> Edges:
    """Find how a uniform grid ends.

    Parameters
    ----------
    lat : array_like, shape (J,)
        Latitudes, descending [deg].
    lon : array_like, shape (I,)
        Longitudes, ascending, without a duplicate column [deg].
    odd_columns : bool, default False
        Whether rows go on beyond a pole although the number of columns is odd, so that the opposite
        meridian lies half a step beside a column.

    Returns
    -------
    Edges
        A grid that does not close round the globe has edges in the north and south.

    Examples
    --------
    >>> find_edges(np.arange(87.5, -90, -5), np.arange(2.5, 360, 5))
    Edges(wrap=True, north='half', south='half')
    """
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    wrap = is_global_longitude(lon)
    if not wrap or lat.size < 2 or (lon.size % 2 and not odd_columns):
        return Edges(wrap, "edge", "edge")
    step = abs(float(lat[0] - lat[-1])) / (lat.size - 1)
    return Edges(wrap, _beyond(90.0 - float(lat[0]), step), _beyond(90.0 + float(lat[-1]), step))


def _beyond(pole_distance: float, step: float) -> str:
    """Name what lies beyond an outermost row from its distance to the pole [deg]."""
    for rule, expected in (("pole", 0.0), ("half", step / 2.0)):
        if abs(pole_distance - expected) < _slack(step):
            return rule
    return "edge"


def is_global_longitude(lon: ArrayLike) -> bool:
    """Say whether longitudes go once round the Earth.

    Parameters
    ----------
    lon : array_like, shape (I,)
        Ascending longitudes without a duplicate column [deg].

    Returns
    -------
    bool
        True when one more step would close the circle, to 1 % of a step, or 1e-3 deg
        and no more than a quarter of a step.

    Examples
    --------
    >>> is_global_longitude([0, 90, 180, 270]), is_global_longitude([0, 10, 20])
    (True, False)
    """
    lon = np.asarray(lon, dtype=np.float64)
    if lon.size < 2:
        return False
    step = float(lon[-1] - lon[0]) / (lon.size - 1)
    return abs(step * lon.size - 360.0) < _slack(step)


def is_global(ds: xr.Dataset | xr.DataArray) -> bool:
    """Say whether a standard grid covers the whole Earth.

    Parameters
    ----------
    ds : Dataset or DataArray
        Standard grid with `lat` and `lon` [deg].

    Returns
    -------
    bool
        True when the longitudes close and the latitudes end within a step of both poles.

    Examples
    --------
    >>> import xarray as xr
    >>> cells = xr.Dataset(coords={"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)})
    >>> is_global(cells), is_global(cells.isel(lat=slice(2, None)))
    (True, False)
    """
    lat = np.asarray(ds["lat"], dtype=np.float64)
    if lat.size < 2:
        return False
    step = abs(lat[-1] - lat[0]) / (lat.size - 1)
    return is_global_longitude(ds["lon"]) and bool(90.0 - np.abs(lat[[0, -1]]).min() < step)


def _slack(step: float) -> float:
    step = abs(step)
    return max(RELATIVE_SLACK * step, min(ABSOLUTE_SLACK, step / 4))


def interpolation_limits(lat: ArrayLike, lon: ArrayLike) -> tuple[float, float]:
    """Find the northern and southern end of what a grid can be interpolated to.

    Parameters
    ----------
    lat, lon : array_like, shape (J,) and (I,)
        Axes of a uniform grid, as :func:`find_edges` takes them [deg].

    Returns
    -------
    north, south : float
        The poles where the rows go on beyond them, otherwise the outermost rows [deg].

    Examples
    --------
    >>> interpolation_limits(np.arange(87.5, -30, -5), np.arange(2.5, 360, 5))
    (90.0, -27.5)
    """
    lat = np.asarray(lat, dtype=np.float64)
    edges = find_edges(lat, lon, odd_columns=True)
    return (
        float(lat[0]) if edges.north == "edge" else 90.0,
        float(lat[-1]) if edges.south == "edge" else -90.0,
    )


def pad_field(field: NDArray, size: int, edges: Edges) -> NDArray:
    """Add the rows and columns that lie round a field on the globe.

    Parameters
    ----------
    field : ndarray, shape (..., J, I)
        Values on rows from north to south, in any unit.
    size : int
        Rows and columns to add on each side.
    edges : Edges
        How the grid ends; at an edge, and where there are fewer rows than are asked for, the
        outermost row or column is repeated.

    Returns
    -------
    ndarray, shape (..., J + 2 size, I + 2 size)
        The field with its surroundings, as :func:`tropdsx.nn.layers.pad_globe` gives them.

    Examples
    --------
    >>> pad_field(np.arange(8).reshape(2, 4), 1, Edges(True, "half", "half"))[0].tolist()
    [1, 2, 3, 0, 1, 2]
    """
    top = _rows_beyond(field, size, edges.north)
    bottom = _rows_beyond(field[..., ::-1, :], size, edges.south)[..., ::-1, :]
    field = np.concatenate([top, field, bottom], -2)
    around = [(0, 0)] * (field.ndim - 1) + [(size, size)]
    return np.pad(field, around, mode="wrap") if edges.wrap else np.pad(field, around, mode="edge")


def _rows_beyond(field: NDArray, size: int, rule: str) -> NDArray:
    """Rows beyond the first row of a field, outermost first."""
    first = FIRST_BEYOND.get(rule)
    if first is None or field.shape[-2] < size + first:
        return np.repeat(field[..., :1, :], size, -2)
    rows = field[..., first : first + size, :][..., ::-1, :]
    return np.roll(rows, field.shape[-1] // 2, -1)
