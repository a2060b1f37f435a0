"""A coarse and a fine grid: where their nodes lie and how high, known by content."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError
from tropdsx.grid.stencil import stencil
from tropdsx.system.hashing import fingerprint

__all__ = ["Geometry", "Places", "inside", "node_heights"]


@dataclass(frozen=True, eq=False)
class Places:
    """Axes of a coarse and a fine grid, hashable by content [degree]."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    fine_lat: NDArray[np.float64]
    fine_lon: NDArray[np.float64]

    @cached_property
    def digest(self) -> str:
        """Fingerprint of the axes."""
        return fingerprint(self.lat, self.lon, self.fine_lat, self.fine_lon)

    def __dask_tokenize__(self) -> str:
        """Name of these axes in a dask graph."""
        return self.digest

    def __eq__(self, other: object) -> bool:
        """Whether the axes are the same."""
        return isinstance(other, Places) and self.digest == other.digest

    def __hash__(self) -> int:
        """By content."""
        return hash(self.digest)

    def check_overlap(self) -> None:
        """Refuse a target that lies wholly outside the coarse grid."""
        if not inside(self).any():
            msg = (
                f"the target (lat {self.fine_lat.min():g}..{self.fine_lat.max():g}, lon "
                f"{self.fine_lon.min():g}..{self.fine_lon.max():g}) lies outside the coarse grid "
                f"(lat {self.lat.min():g}..{self.lat.max():g}, lon {self.lon.min():g}.."
                f"{self.lon.max():g}); choose a target inside it"
            )
            raise GridError(msg)


@lru_cache(maxsize=2)  # a byte for each node of the target
def inside(places: Places) -> NDArray[np.bool_]:
    """Which nodes of the target the coarse grid reaches, (lat, lon)."""
    weight = stencil(
        places.lat,
        places.lon,
        places.fine_lat[:, None],
        places.fine_lon[None, :],
        interpolation="bilinear",
    ).weight[..., 0]
    return np.isfinite(weight)


@dataclass(frozen=True)
class Geometry:
    """Places and heights of both grids [m]; equal and hashable by content."""

    places: Places = field(compare=False)
    height: NDArray[np.float64] = field(compare=False)
    fine_height: NDArray[np.float64] = field(compare=False)
    digest: str

    @classmethod
    def of(cls, places: Places, height: NDArray, fine_height: NDArray) -> Geometry:
        """Geometry with the fingerprint of its content."""
        digest = places.digest + fingerprint(height, fine_height)
        return cls(places, height, fine_height, digest)

    @cached_property
    def is_identity(self) -> bool:
        """Whether the fine grid is the coarse one, heights included: nothing moves."""
        places = self.places
        return (
            np.array_equal(places.lat, places.fine_lat)
            and np.array_equal(places.lon, places.fine_lon)
            and np.array_equal(self.height, self.fine_height)
        )


def node_heights(grid: xr.Dataset, height_model_name: str) -> xr.DataArray:
    """Heights of the coarse nodes, zeros where no height model needs them.

    Parameters
    ----------
    grid : Dataset
        Standard coarse grid.
    height_model_name : str
        "none" does without an orography.

    Returns
    -------
    DataArray
        (lat, lon) [m], lazy where the grid's is.

    Raises
    ------
    GridError
        If there is no orography and the height model needs one.
    """
    if "orography" in grid:
        return grid["orography"].transpose("lat", "lon").reset_coords(drop=True)
    if height_model_name != "none":
        msg = (
            "the coarse grid has no orography, which the height reduction needs: give "
            "coarse_orography=FILE or an array (VMF grids: orography_ell, orography_ell_5x5), add "
            "a variable 'orography' [m], or coarse_orography='none' for plain interpolation"
        )
        raise GridError(msg)
    return xr.DataArray(np.zeros((grid.sizes["lat"], grid.sizes["lon"])), dims=("lat", "lon"))
