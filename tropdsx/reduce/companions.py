"""What lies beside delays on the fine grid: mapping coefficients, which belong to height zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.grid.axis_weights import combine_axes, weigh_axes
from tropdsx.grid.checks.companions import GRADIENTS, companions_of
from tropdsx.grid.stencil import turn_vectors
from tropdsx.reduce.geometry import GridPair

__all__ = ["Interpolator", "interpolate_companions"]


def interpolate_companions(grid: xr.Dataset, target: xr.Dataset) -> dict[str, xr.DataArray]:
    """Interpolate coefficients and gradients bilinearly to a fine grid, whatever its heights.

    Parameters
    ----------
    grid : Dataset
        Standard grid with any of ``ah``, ``aw`` [1] and gradients [m] (time, lat, lon).
    target : Dataset
        ``lat`` descending and ``lon`` ascending [deg].

    Returns
    -------
    dict of str to DataArray
        Float32 on (time, lat, lon) of the target, in the same units; lazy where the input is.

    Examples
    --------
    >>> axes = {"time": [0], "lat": [10.0, 5.0], "lon": [0.0, 5.0]}
    >>> ah = xr.DataArray([[[1.0, 2.0], [1.0, 2.0]]], axes, tuple(axes))
    >>> fine = xr.Dataset(coords={"lat": [8.0], "lon": [2.5]})
    >>> interpolate_companions(xr.Dataset({"ah": ah}), fine)["ah"].values
    array([[[1.5]]], dtype=float32)
    """
    found = {}
    sizes = {"fine_lat": target.sizes["lat"], "fine_lon": target.sizes["lon"]}
    for name in companions_of(grid):
        field = xr.apply_ufunc(
            Interpolator(GridPair.from_datasets(grid, target), turns=name in GRADIENTS),
            grid[name].drop_vars(("lat", "lon")),
            input_core_dims=[["lat", "lon"]],
            output_core_dims=[list(sizes)],
            dask="parallelized",
            output_dtypes=[np.float32],
            dask_gufunc_kwargs={"output_sizes": sizes},
        )
        field = field.rename(fine_lat="lat", fine_lon="lon").assign_attrs(grid[name].attrs)
        found[name] = field.assign_coords(lat=target["lat"], lon=target["lon"])
    return found


@dataclass(frozen=True)
class Interpolator:
    """Interpolate one block of epochs: a function of arrays that can travel to a worker.

    Attributes
    ----------
    grids : GridPair
        Axes of both grids.
    turns : bool
        Whether values are parts of a vector, see :func:`tropdsx.grid.stencil.turn_vectors`.

    Examples
    --------
    >>> axes = np.array([10.0, 5.0]), np.array([0.0, 5.0])
    >>> Interpolator(GridPair(*axes, *axes))(np.ones((1, 2, 2))).shape
    (1, 2, 2)
    """

    grids: GridPair
    turns: bool = False
    __name__ = "interpolate"  # of the tasks in a dask graph

    def __call__(self, field: NDArray[np.floating]) -> NDArray[np.float32]:
        """Interpolate some epochs.

        Parameters
        ----------
        field : ndarray, shape (N, J, I)
            Values at the coarse nodes, in any unit.

        Returns
        -------
        ndarray of float32, shape (N, M, L)
            Those of a node where a target is one; missing where a target lies outside.
        """
        if self.grids.is_identity:
            return field.astype(np.float32)
        pair = self.grids
        rows, columns = weigh_axes(
            pair.lat, pair.lon, pair.fine_lat, pair.fine_lon, interpolation="bilinear"
        )
        if self.turns:
            rows = turn_vectors(rows)
        out = np.empty((*field.shape[:-2], pair.fine_lat.size, pair.fine_lon.size), np.float32)
        for epoch in np.ndindex(field.shape[:-2]):
            out[epoch] = combine_axes(field[epoch], rows, columns)
        return out
