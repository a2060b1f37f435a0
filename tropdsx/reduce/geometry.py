"""A coarse and a fine grid: axes and heights of their nodes, compared and hashed by content."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError
from tropdsx.grid.axis_weights import weigh_axes
from tropdsx.system.hashing import fingerprint

__all__ = ["Geometry", "GridPair", "find_inside", "node_heights", "sample_places"]

#: Rows and columns of a sample: a root mean square over it is good to a few percent.
SAMPLE = 20, 60


@dataclass(frozen=True, eq=False)
class GridPair:
    """Axes of a coarse and a fine grid; equal and hashable by content.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes of the coarse grid, descending and ascending [deg].
    fine_lat, fine_lon : ndarray, shape (M,) and (L,)
        Axes of the fine grid, descending and ascending [deg].

    Examples
    --------
    >>> pair = GridPair(*(np.array(axis) for axis in ([10.0, 5.0], [0.0, 5.0], [7.0], [1.0, 2.0])))
    >>> other = GridPair(pair.lat.copy(), pair.lon, pair.fine_lat, pair.fine_lon)
    >>> pair == other
    True
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    fine_lat: NDArray[np.float64]
    fine_lon: NDArray[np.float64]

    @classmethod
    def from_datasets(cls, coarse: xr.Dataset, fine: xr.Dataset) -> GridPair:
        """Take the axes of two standard grids.

        Parameters
        ----------
        coarse, fine : Dataset
            With ``lat`` descending and ``lon`` ascending [deg].

        Returns
        -------
        GridPair
        """
        axes = (coarse["lat"], coarse["lon"], fine["lat"], fine["lon"])
        return cls(*(axis.to_numpy() for axis in axes))

    @cached_property
    def digest(self) -> str:
        """Fingerprint of the axes."""
        return fingerprint(self.lat, self.lon, self.fine_lat, self.fine_lon)

    @property
    def is_identity(self) -> bool:
        """Whether the axes of the fine grid are those of the coarse one."""
        return np.array_equal(self.lat, self.fine_lat) and np.array_equal(self.lon, self.fine_lon)

    def __dask_tokenize__(self) -> str:
        """Name of these axes in a dask graph."""
        return self.digest

    def __eq__(self, other: object) -> bool:
        """Whether the axes are the same."""
        return isinstance(other, GridPair) and self.digest == other.digest

    def __hash__(self) -> int:
        """By content."""
        return hash(self.digest)

    def check_overlap(self) -> None:
        """Refuse a target that lies wholly outside the coarse grid.

        Raises
        ------
        GridError
            If the coarse grid reaches none of the fine nodes.
        """
        if not all(reached.any() for reached in find_inside(self)):
            msg = (
                f"the target (lat {self.fine_lat.min():g}..{self.fine_lat.max():g}, lon "
                f"{self.fine_lon.min():g}..{self.fine_lon.max():g}) lies outside the coarse grid "
                f"(lat {self.lat.min():g}..{self.lat.max():g}, lon {self.lon.min():g}.."
                f"{self.lon.max():g}); choose a target inside it"
            )
            raise GridError(msg)


@lru_cache(maxsize=8)
def find_inside(grids: GridPair) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the rows and columns of the fine grid that the coarse grid reaches.

    Parameters
    ----------
    grids : GridPair
        Axes of both grids.

    Returns
    -------
    rows, columns : ndarray of bool, shape (M,) and (L,)
        True where a fine row lies between coarse rows, or beyond the last row before a pole; a fine
        node is reached where its row and its column are.

    Examples
    --------
    >>> axes = ([10.0, 5.0], [0.0, 5.0], [7.0, 2.0], [1.0, 2.0])
    >>> [part.tolist() for part in find_inside(GridPair(*(np.array(axis) for axis in axes)))]
    [[True, False], [True, True]]
    """
    places = (grids.lat, grids.lon, grids.fine_lat, grids.fine_lon)
    rows, columns = weigh_axes(*places, interpolation="bilinear")
    return np.isfinite(rows.weight[:, 0]), np.isfinite(columns.weight[:, 0])


def sample_places(grids: GridPair) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose rows and columns of a fine grid, evenly among those that the coarse grid reaches.

    Parameters
    ----------
    grids : GridPair
        Axes of both grids.

    Returns
    -------
    rows, columns : ndarray of int64
        At most 20 and 60, ascending.

    Examples
    --------
    >>> axes = ([10.0, 0.0], [0.0, 5.0], [9.0, 7.0, 3.0, -2.0], [1.0, 2.0])
    >>> [part.tolist() for part in sample_places(GridPair(*(np.array(axis) for axis in axes)))]
    [[0, 1, 2], [0, 1]]
    """
    rows, columns = (np.flatnonzero(inside) for inside in find_inside(grids))
    return _evenly(rows, SAMPLE[0]), _evenly(columns, SAMPLE[1])


def _evenly(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    count = min(len(places), most)
    return places[((np.arange(count) + 0.5) * len(places) / max(count, 1)).astype(np.int64)]


@dataclass(frozen=True)
class Geometry:
    """Axes and heights of both grids; equal and hashable by content.

    Attributes
    ----------
    grids : GridPair
        Axes of both grids.
    height, fine_height : ndarray, shape (J, I) and (M, L)
        Ellipsoidal heights of the coarse and the fine nodes [m].
    digest : str
        Fingerprint of all this; made by :meth:`from_heights`.

    Examples
    --------
    >>> axes = np.array([10.0, 5.0]), np.array([0.0, 5.0])
    >>> flat = np.zeros((2, 2))
    >>> level = Geometry.from_heights(GridPair(*axes, *axes), flat, flat)
    >>> level == Geometry.from_heights(GridPair(*axes, *axes), flat, flat + 100.0)
    False
    """

    grids: GridPair = field(compare=False)
    height: NDArray[np.float64] = field(compare=False)
    fine_height: NDArray[np.float64] = field(compare=False)
    digest: str

    @classmethod
    def from_heights(
        cls, grids: GridPair, height: NDArray[Any], fine_height: NDArray[Any]
    ) -> Geometry:
        """Add the fingerprint of axes and heights, which are those of the attributes."""
        digest = grids.digest + fingerprint(height, fine_height)
        return cls(grids, height, fine_height, digest)


def node_heights(grid: xr.Dataset, height_model: str) -> xr.DataArray:
    """Take the heights of the coarse nodes, or zeros where no height model needs them.

    Parameters
    ----------
    grid : Dataset
        Standard coarse grid.
    height_model : str
        Name of the height model; "none" does without an orography.

    Returns
    -------
    DataArray
        Ellipsoidal heights (lat, lon), lazy where the grid's are [m].

    Raises
    ------
    GridError
        If there is no orography and the height model needs one.

    Examples
    --------
    >>> grid = xr.Dataset(coords={"lat": [10.0, 5.0], "lon": [0.0, 5.0, 10.0]})
    >>> node_heights(grid, "none").shape
    (2, 3)
    """
    if "orography" in grid:
        return grid["orography"].transpose("lat", "lon").reset_coords(drop=True)
    if height_model != "none":
        msg = (
            "the coarse grid has no orography, which the height reduction needs: give "
            "coarse_orography= (VMF grids: orography_ell, orography_ell_5x5), add a variable "
            "'orography' [m], or name 'none' there for plain interpolation"
        )
        raise GridError(msg)
    return xr.DataArray(np.zeros((grid.sizes["lat"], grid.sizes["lon"])), dims=("lat", "lon"))
