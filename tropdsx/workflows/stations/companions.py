"""What lies beside the delays of a grid and serves stations, too: coefficients and gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.grid.checks.companions import GRADIENTS, companions_of
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.workflows.stations.lifting import epochs_of

__all__ = ["companions_at"]

_AT_ONCE = 48
"""Epochs that are combined at once, in double precision: they stay in the processor's cache."""


def companions_at(grid: xr.Dataset, places: xr.Dataset) -> dict[str, xr.Variable]:
    """Interpolate coefficients, which belong to height zero, and gradients horizontally.

    Parameters
    ----------
    grid : Dataset
        As :func:`tropdsx.grid.checks.companions.with_companions` gives it.
    places : Dataset
        ``lat`` and ``lon`` [deg] on ``station``.

    Returns
    -------
    dict of str to Variable
        Float32 on (time, station), in memory.

    Examples
    --------
    >>> companions_at(xr.Dataset(), xr.Dataset())
    {}
    """
    names = companions_of(grid)
    if not names:
        return {}
    where = [each[axis] for each in (grid, places) for axis in ("lat", "lon")]
    scalar, vector = (
        Nodes.of(make_stencil(*where, interpolation="bilinear", vector=vector))
        for vector in (False, True)
    )
    # The series of a station lie side by side in memory, as those of delays.
    size = (places.sizes["station"], grid.sizes["time"])
    out = {name: np.empty(size, np.float32) for name in names}
    step = epochs_of(grid.sizes["lat"] * grid.sizes["lon"])
    for start in range(0, size[1], step):
        part = slice(start, start + step)
        for name in names:  # one by one: fields of a block are as large as its results
            nodes = vector if name in GRADIENTS else scalar
            field = grid[name].isel(time=part).transpose("time", "lat", "lon").to_numpy()
            for first in range(0, len(field), _AT_ONCE):
                few = field[first : first + _AT_ONCE]
                out[name][:, start + first :][:, : len(few)] = nodes.combine(few)
    return {name: xr.Variable(("time", "station"), values.T) for name, values in out.items()}


class Nodes(NamedTuple):
    """Nodes of a grid that serve stations, and their weights.

    Attributes
    ----------
    used : ndarray of int, shape (M,)
        Flat places of the nodes in the grid.
    weights : csr_array, shape (P, M)
        Weights of the nodes for P stations, in double precision [1].
    """

    used: NDArray[np.intp]
    weights: Any

    @classmethod
    def of(cls, place: Stencil) -> Nodes:
        """Take those of a stencil (P, K)."""
        from scipy.sparse import csr_array

        used, columns = np.unique(place.index, return_inverse=True)
        count, around = place.index.shape
        ends = np.arange(0, columns.size + 1, around)
        matrix = (place.weight.ravel(), columns.ravel(), ends)
        return cls(used.astype(np.intp), csr_array(matrix, shape=(count, used.size)))

    def combine(self, field: NDArray[np.floating]) -> NDArray[np.float64]:
        """Interpolate a field (N, J, I) to the stations (P, N)."""
        values = field.reshape(len(field), -1)
        if self.used.size < values.shape[1]:
            values = values[:, self.used]
        return np.asarray(self.weights @ np.ascontiguousarray(values.T))
