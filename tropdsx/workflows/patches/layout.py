"""How a variable lies in a Dataset: its axes, its levels, and the windows on its grid."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import COUNTED, find_axes
from tropdsx.errors import DomainError, GridError, warn
from tropdsx.grid.edges import is_global_longitude
from tropdsx.workflows.patches.tiling import cells_of, find_starts, overlap

__all__ = ["Layout", "choose_levels", "find_layout"]

_LEVEL_NAMES = {"depth", "lev", "level", "levels", "plev", "pressure", "pressure_level", "altitude"}
_LEVEL_NAMES |= {"height", "isobaricinhpa", "model_level", "hybrid", "z", "deptht", "olevel"}


@dataclass(frozen=True)
class Layout:
    """Axes of a variable and the windows on its grid.

    Parameters
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Nodes as stored [deg].
    times : ndarray, shape (T,)
        Instants along the time axis, or the only one; empty where none is known.
    lat_dim, lon_dim : Hashable
        Their dimensions.
    time_dim, level_dim : Hashable or None
        None where there is none.
    extra_dims : tuple of Hashable
        All others.
    size : int
        Rows and columns of a window.
    rows, columns : tuple of int
        First cells of the windows.
    width : int
        Columns after which the grid begins again, or all.
    wrap : bool
        The columns close round the globe.

    Examples
    --------
    >>> da = xr.DataArray(np.zeros((4, 8)), {"lat": np.arange(4), "lon": np.arange(8)})
    >>> find_layout(da.to_dataset(name="so"), "so", size=4, stride=2).columns
    (0, 2, 4)
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    times: NDArray
    lat_dim: Hashable
    lon_dim: Hashable
    time_dim: Hashable | None
    level_dim: Hashable | None
    extra_dims: tuple[Hashable, ...]
    size: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    width: int
    wrap: bool

    @property
    def windows(self) -> list[tuple[int, int]]:
        """First row and column of each window, row by row."""
        return [(y, x) for y in self.rows for x in self.columns]

    def nodes(self, y0: int, x0: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """List the nodes of a window.

        Parameters
        ----------
        y0, x0 : int
            First row and column.

        Returns
        -------
        lat, lon : ndarray, shape (size,)
            As stored [deg].
        """
        return self.lat[y0 : y0 + self.size], self.lon[cells_of(x0, self.size, self.width)]

    @property
    def overlapping(self) -> bool:
        """Whether two windows share a cell."""
        size = self.size
        return overlap(list(self.rows), size, self.lat.size) or overlap(
            list(self.columns), size, self.width, wrap=self.wrap
        )


def find_layout(
    ds: xr.Dataset, variable: str, *, size: int, stride: int, level_dim: str | None = None
) -> Layout:
    """Find the axes of a variable, and lay windows on its grid.

    Parameters
    ----------
    ds : Dataset
        With latitude and longitude; time, levels and others as it has them.
    variable : str
        Its name as stored.
    size, stride : int
        Rows and columns of a window, and from one to the next.
    level_dim : str, optional
        Dimension of the levels; default: found by CF attributes, then by name.

    Returns
    -------
    Layout

    Raises
    ------
    DomainError
        If there is no such variable or dimension, or no room for a window.
    GridError
        If latitude or longitude is missing, or runs to and fro.
    """
    if variable not in ds.data_vars:
        msg = f"no variable {variable!r}; there are {', '.join(map(str, ds.data_vars)) or 'none'}"
        raise DomainError(msg)
    da = ds[variable]
    if da.dtype.kind not in "fiu":
        msg = f"{variable!r} has values of type {da.dtype}; accepted are numbers"
        raise DomainError(msg)
    axes = find_axes(ds, da.dims)
    lat, lon = (np.asarray(each, dtype=np.float64) for each in (axes.lat, axes.lon))
    width, wrap = _width(lat, lon)
    level = _level_dim(da, level_dim, {axes.lat_dim, axes.lon_dim, axes.time_dim})
    known = {axes.lat_dim, axes.lon_dim, axes.time_dim, level}
    return Layout(
        lat=lat,
        lon=lon,
        times=_instants(axes.time),
        lat_dim=axes.lat_dim,
        lon_dim=axes.lon_dim,
        time_dim=axes.time_dim,
        level_dim=level,
        extra_dims=tuple(dim for dim in da.dims if dim not in known),
        size=size,
        rows=tuple(find_starts(lat.size, size, stride)),
        columns=tuple(find_starts(width, size, stride, wrap=wrap)),
        width=width,
        wrap=wrap,
    )


def _instants(time: xr.DataArray | None) -> NDArray:
    """List the instants, of a forecast those at which it holds; a counted axis has none."""
    if time is None or COUNTED.items() <= time.attrs.items() or not (time.ndim or _is_date(time)):
        return np.array([], dtype="datetime64[ns]")
    return time.to_numpy().reshape(-1)


def _is_date(time: xr.DataArray) -> bool:
    return time.dtype.kind == "M"


def _width(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> tuple[int, bool]:
    """Find after how many columns the grid begins again, and whether it does."""
    round_it = np.unwrap(lon, period=360.0)
    for name, axis in (("latitude", lat), ("longitude", round_it)):
        steps = np.diff(axis)
        if not np.isfinite(axis).all() or not ((steps > 0).all() or (steps < 0).all()):
            msg = f"{name} runs to and fro or is unknown; accepted are nodes in order. Sort them"
            msg += " with ds.sortby."
            raise GridError(msg)
    ascending = round_it if round_it.size < 2 or round_it[1] > round_it[0] else round_it[::-1]
    if is_global_longitude(ascending):
        return lon.size, True
    if lon.size > 2 and is_global_longitude(ascending[:-1]):
        warn(f"the last column repeats the first ({lon[0]:g} and {lon[-1]:g} deg): left out")
        return lon.size - 1, True
    return lon.size, False


def _level_dim(da: xr.DataArray, wanted: str | None, others: set[Hashable]) -> Hashable | None:
    dims = [dim for dim in da.dims if dim not in others]
    if wanted is not None:
        if wanted not in dims:
            msg = f"no dimension {wanted!r} of levels; {da.name!r} has {', '.join(map(str, dims))}"
            raise DomainError(msg)
        return wanted
    for is_level in (_by_attributes, lambda coord: str(coord.name).lower() in _LEVEL_NAMES):
        found = [dim for dim in dims if is_level(da[dim])]
        if len(found) == 1:
            return found[0]
    return None


def _by_attributes(coord: xr.DataArray) -> bool:
    attrs = {name: str(value).lower() for name, value in coord.attrs.items()}
    return attrs.get("axis") == "z" or attrs.get("positive") in {"up", "down"}


def choose_levels(
    levels: NDArray,
    *,
    values: Sequence[float] | None = None,
    indices: Sequence[int] | None = None,
) -> list[int]:
    """Choose levels by value or by number.

    Parameters
    ----------
    levels : ndarray, shape (C,)
        Values of all levels.
    values : sequence of float, optional
        Wanted ones: the nearest level of each, which is no further than half the way to its
        neighbour, also beyond the ends.
    indices : sequence of int, optional
        Wanted ones, counted from 0. Default: all levels.

    Returns
    -------
    list of int
        In the order asked for.

    Raises
    ------
    DomainError
        If a level is not there or is asked for twice.

    Examples
    --------
    >>> choose_levels(np.array([0.5, 10.0, 100.0]), values=[100, 0])
    [2, 0]
    """
    if values is not None and indices is not None:
        msg = "levels both by value and by number; give one of them"
        raise DomainError(msg)
    if values is not None:
        chosen = [_nearest(levels, float(value)) for value in values]
    else:
        chosen = list(range(levels.size)) if indices is None else [int(each) for each in indices]
    wrong = [each for each in chosen if not 0 <= each < levels.size]
    if wrong or not chosen or len(set(chosen)) < len(chosen):
        asked = list(values if values is not None else indices or ())
        msg = f"levels {asked} of {levels.size}: "
        msg += f"there is no {wrong[0]}" if wrong else "some are asked for twice, or none is"
        msg += f"; there are {_listed(levels)}"
        raise DomainError(msg)
    return chosen


def _nearest(levels: NDArray, value: float) -> int:
    distances = np.abs(levels.astype(np.float64) - value)
    place = int(distances.argmin())
    gaps = np.abs(np.delete(levels, place).astype(np.float64) - levels[place])
    if gaps.size and distances[place] > gaps.min() / 2 and not _between(levels, value):
        msg = f"no level near {value:g}; there are {_listed(levels)}"
        raise DomainError(msg)
    return place


def _between(levels: NDArray, value: float) -> bool:
    return bool(levels.min() <= value <= levels.max())


def _listed(levels: NDArray) -> str:
    return ", ".join(f"{each:g}" for each in levels.astype(np.float64))
