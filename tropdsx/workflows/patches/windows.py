"""Patches of a Dataset: every time step, level and window, as plain arrays with their labels."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.layout import Layout, choose_levels, find_layout
from tropdsx.workflows.patches.tiling import centre_longitude, cut
from tropdsx.workflows.patches.validity import count_missing, exact_share, is_kept

__all__ = ["Patch", "Patches", "patches"]


_PIECES = 8
"""In how many pieces a step is read at least."""


class Patch(NamedTuple):
    """Values of a window at one time, and where they come from.

    Parameters
    ----------
    values : ndarray, shape (C, size, size)
        As stored; NaN where nothing is known.
    place : dict
        Row of the index: window, corners and centre [deg], time, shares of cells.

    Examples
    --------
    >>> Patch(np.zeros((1, 2, 2)), {"y0": 0}).values.shape
    (1, 2, 2)
    """

    values: NDArray
    place: dict[str, Any]


@dataclass(frozen=True)
class Patches:
    """Patches of a variable: iterate over them; one time step is in memory at a time.

    Parameters
    ----------
    array : DataArray
        The variable as stored.
    layout : Layout
        Axes and windows.
    levels : list of int
        Chosen ones; empty where there are none.
    max_nodata : float
        Largest share of cells without a value in a patch that is kept.

    Examples
    --------
    >>> axes = {"time": np.arange(2), "lat": np.arange(4.0), "lon": np.arange(6.0)}
    >>> ds = xr.Dataset({"so": (list(axes), np.ones((2, 4, 6)))}, axes)
    >>> [(each.place["x0"], each.values.shape) for each in patches(ds, "so", size=4)][:2]
    [(0, (1, 4, 4)), (2, (1, 4, 4))]
    """

    array: xr.DataArray
    layout: Layout
    levels: list[int]
    max_nodata: float

    def __iter__(self) -> Iterator[Patch]:
        for step in self.steps():
            field = self.read(step)
            for y0, x0 in self.layout.windows:
                values = cut(field, y0, x0, self.layout.size, self.layout.width)
                missing = count_missing(values)
                if is_kept(missing, values.size, self.max_nodata):
                    shares = {
                        "nodata_fraction": missing / values.size,
                        "valid_fraction": 1.0 - missing / values.size,
                    }
                    yield Patch(values, self.window(y0, x0) | shares | self._instant(step))
            del field  # before the next one is read

    @property
    def bands(self) -> int:
        """Levels of each patch; 1 where there are none."""
        return len(self.levels) or 1

    @property
    def level_values(self) -> list[float]:
        """Values of the chosen levels; empty where there are none."""
        if self.layout.level_dim is None:
            return []
        return self.array[self.layout.level_dim].to_numpy()[self.levels].tolist()

    def steps(self) -> Iterator[dict[Hashable, int]]:
        """Run through all times and extra dimensions.

        Yields
        ------
        dict
            Number along each dimension but those of levels, latitude and longitude.
        """
        lay = self.layout
        dims = [dim for dim in (lay.time_dim, *lay.extra_dims) if dim is not None]
        for places in itertools.product(*(range(self.array.sizes[dim]) for dim in dims)):
            yield dict(zip(dims, places, strict=True))

    def read(self, step: dict[Hashable, int]) -> NDArray:
        """Read the chosen levels of one step.

        Parameters
        ----------
        step : dict
            As :meth:`steps` gives it.

        Returns
        -------
        ndarray, shape (C, J, I)
            As stored.
        """
        lay = self.layout
        field = self.array.isel(step)
        if lay.level_dim is None:
            field = field.transpose(lay.lat_dim, lay.lon_dim)
            planes = [field]
        else:
            field = field.transpose(lay.level_dim, lay.lat_dim, lay.lon_dim)
            planes = [field.isel({lay.level_dim: level}) for level in self.levels]
        out = np.empty((len(planes), lay.lat.size, lay.lon.size), dtype=field.dtype)
        # A file is decoded in several copies: in pieces, they are small beside the step itself.
        rows = -(-lay.lat.size // -(-_PIECES // len(planes)))
        for plane, values in zip(planes, out, strict=True):
            for first in range(0, lay.lat.size, rows):
                piece = slice(first, first + rows)
                values[piece] = plane.isel({lay.lat_dim: piece}).to_numpy()
        return out

    def window(self, y0: int, x0: int) -> dict[str, Any]:
        """Say where a window lies.

        Parameters
        ----------
        y0, x0 : int
            First row and column.

        Returns
        -------
        dict
            Corners as stored, first and last, and the centre [deg].
        """
        lay = self.layout
        lat, lon = lay.nodes(y0, x0)
        eastward = (lon[1] - lon[0]) % 360.0 < 180.0 if lon.size > 1 else True
        west, east = (lon[0], lon[-1]) if eastward else (lon[-1], lon[0])
        return {
            "y0": y0,
            "x0": x0,
            "edge_size": lay.size,
            "lat0": float(lat[0]),
            "lat1": float(lat[-1]),
            "lon0": float(lon[0]),
            "lon1": float(lon[-1]),
            "lat": float(lat[0] + lat[-1]) / 2.0,
            "lon": centre_longitude(float(west), float(east)),
        }

    def _instant(self, step: dict[Hashable, int]) -> dict[str, Any]:
        dim = self.layout.time_dim
        number = step.get(dim, 0) if dim is not None else 0
        extra = {f"index_{dim}": step[dim] for dim in self.layout.extra_dims}
        times = self.layout.times
        return {"time_index": number, "time": times[number] if times.size else None} | extra


def patches(
    ds: xr.Dataset,
    variable: str,
    *,
    levels: Sequence[float] | None = None,
    level_indices: Sequence[int] | None = None,
    level_dim: str | None = None,
    size: int = 64,
    stride: int | None = None,
    max_nodata: float = 0.25,
) -> Patches:
    """Cut a variable into square patches, at every time step and along every extra dimension.

    Windows go on across the seam of a global grid; on other axes the last one is moved back to end
    with the grid, so that each cell lies in one. Whether a patch is kept is decided at each time.

    Parameters
    ----------
    ds : Dataset
        Any grid with latitude and longitude.
    variable : str
        Name of the variable as stored.
    levels : sequence of float, optional
        Values of the levels that become bands, in the unit of their axis: the nearest stored ones.
    level_indices : sequence of int, optional
        The same by number, from 0. Default: all levels.
    level_dim : str, optional
        Dimension of the levels; default: found by CF attributes, then by name. Other dimensions
        are run through like time.
    size : int
        Rows and columns of a patch.
    stride : int, optional
        Cells from one patch to the next; default: `size`, without overlap.
    max_nodata : float
        Largest share of cells without a value, over all levels, that is accepted.

    Returns
    -------
    Patches
        To iterate over: values of shape (C, size, size), bit for bit as stored, and their place.

    Raises
    ------
    DomainError
        If there is no such variable or level, or no room for a patch.
    GridError
        If latitude or longitude is missing, or runs to and fro.

    Examples
    --------
    >>> axes = {"depth": [0.5, 10.0], "lat": np.arange(4.0), "lon": np.arange(0.0, 360.0, 45.0)}
    >>> ds = xr.Dataset({"thetao": (list(axes), np.arange(64.0).reshape(2, 4, 8))}, axes)
    >>> found = list(patches(ds, "thetao", levels=[10], size=4, stride=2))
    >>> [each.place["x0"] for each in found], found[-1].values[0, 0].tolist()
    ([0, 2, 4, 6], [38.0, 39.0, 32.0, 33.0])
    """
    exact_share(max_nodata, "max_nodata")
    stride = size if stride is None else stride
    layout = find_layout(ds, variable, size=size, stride=stride, level_dim=level_dim)
    array = ds[variable]
    if layout.level_dim is None:
        if levels is not None or level_indices is not None:
            msg = f"{variable!r} has no levels ({', '.join(map(str, array.dims))}); leave them out,"
            msg += " or name their dimension with level_dim"
            raise DomainError(msg)
        chosen: list[int] = []
    else:
        stored = array[layout.level_dim].to_numpy()
        chosen = choose_levels(stored, values=levels, indices=level_indices)
    return Patches(array, layout, chosen, max_nodata)
