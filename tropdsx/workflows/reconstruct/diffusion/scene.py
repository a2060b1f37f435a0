"""A target, and what is known of one epoch on it: plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.grid.edges import is_global_longitude
from tropdsx.workflows.reconstruct.oi.covariance import Places

__all__ = ["Scene", "Setting"]

Field = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Setting:
    """A target and how its background came about.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,), (I,)
        Of the target, descending and ascending [deg].
    orography, lifted : ndarray, shape (J, I)
        Height, and height above that of the coarse grid [m].
    closeness : ndarray, shape (J, I)
        Of :func:`closeness_of` [1].
    scale : ndarray, shape (J, I)
        How variable residuals are, see :mod:`tropdsx.workflows.reconstruct.variability` [1].
    """

    lat: Field
    lon: Field
    orography: Field
    lifted: Field
    closeness: Field
    scale: Field

    @property
    def wrap(self) -> bool:
        """Whether the columns close round the globe."""
        return is_global_longitude(self.lon)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.lat.size, self.lon.size

    @property
    def places(self) -> Places:
        """Its nodes, row by row."""
        return Places.at(*np.meshgrid(self.lat, self.lon, indexing="ij"), self.orography)


class Scene(NamedTuple):
    """One epoch.

    Attributes
    ----------
    zwd : ndarray, shape (J, I)
        Wet delay of the background [m].
    increment, sigma : ndarray, shape (J, I)
        Of the optimal interpolation, over the scale [m].
    residual : ndarray, shape (J, I)
        Of the stations, over the scale, NaN where there is none [m].
    known : ndarray of bool, shape (J, I)
        Where observations are possible; only a network with an ambient objective saw less than all.
    """

    zwd: NDArray
    increment: NDArray
    sigma: NDArray
    residual: NDArray
    known: NDArray[np.bool_]
