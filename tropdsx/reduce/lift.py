"""Physics first: lift the coarse nodes to the fine orography and combine them.

Each node is moved to the height of the target cell before it is interpolated, because delays
change far more over a mountain side than between two nodes: going through a common level first
would be three times worse (5 mm against 1.5 mm in ZHD).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import GridError, warn
from tropdsx.reduce.cells import lift_directly
from tropdsx.reduce.geometry import Geometry, GridPair, node_heights
from tropdsx.reduce.height_models import HeightModel, find_height_model
from tropdsx.reduce.pairs import CoarseBlock, NodeState
from tropdsx.reduce.polynomials import Heights, fit_polynomials, needs_height
from tropdsx.reduce.separable import find_separable, keep_nodes

__all__ = ["Lifter", "reduce_to_orography"]

#: Targets for each node in use from which on polynomials are faster than the height model itself.
WORTH = 3


def reduce_to_orography(
    grid: xr.Dataset,
    target: xr.Dataset,
    *,
    height_model: str | Path | xr.Dataset | HeightModel = "climatology",
    interpolation: str = "bicubic",
) -> xr.Dataset:
    """Move coarse delays to the heights and places of a fine orography.

    Parameters
    ----------
    grid : Dataset
        Standard grid: ``zhd`` and/or ``zwd`` (time, lat, lon) [m], ``orography`` (lat, lon)
        [m, ellipsoidal], and ``temperature`` (time, lat, lon) [K] if the input has one.
    target : Dataset
        ``lat`` descending and ``lon`` ascending [deg] with ``orography`` (lat, lon)
        [m, ellipsoidal].
    height_model : str, Path, Dataset or HeightModel
        See :func:`tropdsx.reduce.height_models.find_height_model`. "none" needs no orography.
    interpolation : {"bicubic", "bilinear"}
        How the lifted nodes combine.

    Returns
    -------
    Dataset
        The same variables, float32, on (time, lat, lon) of the target [m], with the target's
        ``orography`` as a coordinate. Lazy where the input is. A target at the place and height
        of a node has that node's value exactly; a missing node makes the cells it touches missing;
        targets outside a regional grid are missing.

    Raises
    ------
    GridError
        If ``grid`` has no orography and the height model needs one, or nothing overlaps.

    Examples
    --------
    >>> axes = {"lat": [10.0, 5.0], "lon": [0.0, 5.0]}
    >>> flat = xr.DataArray(np.zeros((2, 2)), axes, ("lat", "lon"))
    >>> zwd = flat.expand_dims(time=[np.datetime64("2021-01-01", "ns")]) + 0.2
    >>> coarse = xr.Dataset({"zwd": zwd.astype("f4"), "orography": flat})
    >>> fine = xr.Dataset({"orography": flat + [0.0, 500.0]})
    >>> lifted = reduce_to_orography(coarse, fine, height_model="kouba")
    >>> [round(float(value), 4) for value in lifted.zwd[0, 0]]
    [0.2, 0.1558]
    """
    model = find_height_model(height_model)
    delays = [name for name in DELAYS if name in grid]
    names = [*delays, *(["temperature"] if "temperature" in grid else [])]
    heights = node_heights(grid, model.name)
    grids = GridPair.from_datasets(grid, target)
    grids.check_overlap()
    fine_heights = target["orography"].rename(lat="fine_lat", lon="fine_lon")
    coarse_dims, fine_dims = ["lat", "lon"], ["fine_lat", "fine_lon"]
    sizes = {"fine_lat": target.sizes["lat"], "fine_lon": target.sizes["lon"]}
    reduced = xr.apply_ufunc(
        Lifter(grids, model, interpolation),
        grid["time"],
        heights,
        fine_heights.drop_vars(("fine_lat", "fine_lon")),
        *(grid[name] for name in names),
        kwargs={"names": tuple(names)},
        input_core_dims=[[], coarse_dims, fine_dims, *([coarse_dims] * len(names))],
        output_core_dims=[fine_dims] * len(delays),
        dask="parallelized",
        output_dtypes=[np.float32] * len(delays),
        dask_gufunc_kwargs={"output_sizes": sizes},
    )
    fields = reduced if len(delays) > 1 else (reduced,)
    fine = xr.Dataset(dict(zip(delays, fields, strict=True)), attrs=grid.attrs)
    fine = fine.rename(fine_lat="lat", fine_lon="lon")
    for name in delays:
        fine[name].attrs = grid[name].attrs
    coords = {"lat": target["lat"], "lon": target["lon"], "orography": target["orography"]}
    return fine.assign_coords(coords).transpose("time", "lat", "lon")


@dataclass(frozen=True)
class Lifter:
    """Lift and combine one block of epochs: a function of arrays that can travel to a worker.

    It holds axes alone; heights come as arrays, stencils are built where they are used, and kept.

    Attributes
    ----------
    grids : GridPair
        Axes of both grids.
    model : HeightModel
        How delays change with height.
    interpolation : {"bicubic", "bilinear"}
        How the lifted nodes combine.

    Examples
    --------
    >>> from tropdsx.reduce.height_models import Kouba
    >>> axes = np.array([10.0, 5.0]), np.array([0.0, 5.0])
    >>> lifter = Lifter(GridPair(*axes, *axes), Kouba())
    >>> time, zwd = np.array(["2021-01-01"], "datetime64[ns]"), np.full((1, 2, 2), 0.2, "f4")
    >>> fine = lifter(time, np.zeros((2, 2)), np.full((2, 2), 500.0), zwd, names=("zwd",))
    >>> [round(float(value), 4) for value in fine[0, 0]]
    [0.1558, 0.1558]
    """

    grids: GridPair
    model: HeightModel
    interpolation: str = "bicubic"
    __name__ = "reduce"  # of the tasks in a dask graph

    def __call__(
        self,
        time: NDArray[np.datetime64],
        height: NDArray[np.float64],
        fine_height: NDArray[np.float64],
        *fields: NDArray[np.float32],
        names: tuple[str, ...],
    ) -> tuple[NDArray[np.float32], ...] | NDArray[np.float32]:
        """Lift and combine one block.

        Parameters
        ----------
        time : ndarray of datetime64, shape (N,)
            Epochs in UTC.
        height, fine_height : ndarray, shape (J, I) and (M, L)
            Ellipsoidal heights of nodes and targets [m].
        *fields : ndarray of float32, shape (N, J, I)
            What is known at the nodes: delays [m], temperature [K].
        names : tuple of str
            Of the fields: "zhd", "zwd", "temperature".

        Returns
        -------
        ndarray of float32, shape (N, M, L), or tuple of them
            One for each delay in `names`, in the same order [m].
        """
        given = dict(zip(names, fields, strict=True))
        epochs = np.broadcast_to(time, fields[0].shape[:1])
        _tell_missing(given, height, epochs)
        coarse = {name: field for name, field in given.items() if name in DELAYS}
        if self.grids.is_identity and np.array_equal(height, fine_height):
            fine = {name: field.astype(np.float32) for name, field in coarse.items()}
        else:
            nodes = NodeState(self.grids.lat, self.grids.lon, height, epochs, **given)
            state = tuple(part.reshape(epochs.size, -1) for part in self.model.state(nodes))
            flat = {name: field.reshape(epochs.size, -1) for name, field in coarse.items()}
            block = CoarseBlock(self.grids.lat, height, state, flat)
            shape = (epochs.size, *fine_height.shape)
            fine = {name: np.empty(shape, np.float32) for name in coarse}
            if not self._lift_separably(block, fine_height, fine):
                geometry = Geometry.from_heights(self.grids, height, fine_height)
                lift_directly(geometry, self.interpolation, self.model, block, fine)
        return tuple(fine.values()) if len(fine) > 1 else next(iter(fine.values()))

    def _lift_separably(
        self,
        coarse: CoarseBlock,
        fine_height: NDArray[np.float64],
        fine: dict[str, NDArray[np.float32]],
    ) -> bool:
        """Lift by polynomials where that pays and the height model allows; say whether it did."""
        target = find_separable(self.grids, self.interpolation)
        heights = Heights.of(fine_height)
        if heights is None or target.nodes.size * WORTH > fine_height.size:
            return False
        found = fit_polynomials(self.model, target.nodes, coarse, heights)
        if found is None:
            return False
        for name, polynomials in found.items():
            target.combine([(heights, polynomials)], fine_height, fine[name])
            keep_nodes(self.grids, coarse.height, fine_height, coarse.delays[name], fine[name])
        gap = np.isnan(fine_height)
        if gap.any() and needs_height(self.model, coarse):
            for field in fine.values():
                field[:, gap] = np.nan
        return True


def _tell_missing(
    fields: dict[str, NDArray[np.float32]],
    height: NDArray[np.float64],
    epochs: NDArray[np.datetime64],
) -> None:
    """Tell of missing nodes: the cells they touch are missing in the result."""
    if np.isnan(height).all():
        msg = (
            "all coarse heights are missing (NaN), so that no delay can be lifted; accepted are "
            "heights in m: correct the orography, give coarse_orography= (--coarse-orography FILE),"
            ' or "none" to leave heights out of account'
        )
        raise GridError(msg)
    known: list[tuple[str, NDArray[Any]]] = [(n, fields[n]) for n in DELAYS if n in fields]
    for name, field in [*known, ("height", height)]:
        missing = np.isnan(field)
        if missing.any():
            text = (
                f"{int(missing.sum())} of {field.size} coarse {name} values are missing"
                f"{_first_epoch(missing, epochs)}; so are the cells that they touch"
            )
            warn(text, topic=f"coarse {name} missing")


def _first_epoch(missing: NDArray[np.bool_], epochs: NDArray[np.datetime64]) -> str:
    """Name the first epoch that lacks a value, where fields have epochs and these have dates."""
    if missing.ndim < 3:
        return ""
    first = epochs[missing.any(axis=(-2, -1))][0]
    return "" if np.isnat(first) else f", first at {np.datetime_as_string(first, unit='m')}"
