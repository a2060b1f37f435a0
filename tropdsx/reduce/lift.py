"""Physics first: lift the coarse nodes to the fine orography and combine them.

Each node is moved to the height of the target cell before it is interpolated, because delays
change far more over a mountain side than between two nodes: going through a common level first
would be three times worse (5 mm against 1.5 mm in ZHD).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import warn
from tropdsx.reduce.cells import Cells, cells_of, row_bands
from tropdsx.reduce.geometry import Geometry, Places, node_heights
from tropdsx.reduce.height_models import HeightModel, height_model
from tropdsx.reduce.pairs import Nodes

__all__ = ["reduce_to_orography"]


def reduce_to_orography(
    grid: xr.Dataset,
    target: xr.Dataset,
    *,
    height_model_choice: str | HeightModel = "climatology",
    interpolation: str = "bicubic",
) -> xr.Dataset:
    """Move coarse delays to the heights and places of a fine orography.

    Parameters
    ----------
    grid : Dataset
        Standard grid: ``zhd`` and/or ``zwd`` (time, lat, lon) [m], ``orography`` (lat, lon)
        [m, ellipsoidal], and ``temperature`` (time, lat, lon) [K] if the input has one.
    target : Dataset
        ``lat`` descending and ``lon`` ascending [degree] with ``orography`` (lat, lon)
        [m, ellipsoidal].
    height_model_choice : str or HeightModel
        See :func:`tropdsx.reduce.height_models.height_model`. "none" needs no orography.
    interpolation : {"bicubic", "bilinear"}
        How the lifted nodes combine.

    Returns
    -------
    Dataset
        The same variables, float32, on (time, lat, lon) of the target, with the target's
        ``orography`` as a coordinate. Lazy where the input is. A target at the place and height
        of a node has that node's value exactly; a missing node makes the cells it touches missing;
        targets outside a regional grid are missing.

    Raises
    ------
    GridError
        If ``grid`` has no orography and the height model needs one, or nothing overlaps.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> axes = {"lat": [10.0, 5.0], "lon": [0.0, 5.0]}
    >>> flat = xr.DataArray(np.zeros((2, 2)), axes, ("lat", "lon"))
    >>> zwd = flat.expand_dims(time=[np.datetime64("2021-01-01", "ns")]) + 0.2
    >>> coarse = xr.Dataset({"zwd": zwd.astype("f4"), "orography": flat})
    >>> fine = xr.Dataset({"orography": flat + [0.0, 500.0]})
    >>> lifted = reduce_to_orography(coarse, fine, height_model_choice="kouba")
    >>> [round(float(value), 4) for value in lifted.zwd[0, 0]]
    [0.2, 0.1558]
    """
    model = height_model(height_model_choice)
    names = [name for name in ("zhd", "zwd") if name in grid]
    heights = node_heights(grid, model.name)
    axes = (grid["lat"], grid["lon"], target["lat"], target["lon"])
    places = Places(*(axis.to_numpy() for axis in axes))
    places.check_overlap()
    extra = [grid["temperature"]] if "temperature" in grid else []
    fine_heights = target["orography"].rename(lat="fine_lat", lon="fine_lon")
    reduced = xr.apply_ufunc(
        Lifter(places, model, interpolation),
        grid["time"],
        heights,
        fine_heights.drop_vars(("fine_lat", "fine_lon")),
        *(grid[name] for name in names),
        *extra,
        kwargs={"names": (*names, *(["temperature"] if extra else []))},
        input_core_dims=[
            [],
            ["lat", "lon"],
            ["fine_lat", "fine_lon"],
            *([["lat", "lon"]] * (len(names) + len(extra))),
        ],
        output_core_dims=[["fine_lat", "fine_lon"]] * len(names),
        dask="parallelized",
        output_dtypes=[np.float32] * len(names),
        dask_gufunc_kwargs={
            "output_sizes": {"fine_lat": target.sizes["lat"], "fine_lon": target.sizes["lon"]}
        },
    )
    fields = reduced if len(names) > 1 else (reduced,)
    fine = xr.Dataset(dict(zip(names, fields, strict=True)), attrs=grid.attrs)
    fine = fine.rename(fine_lat="lat", fine_lon="lon")
    for name in names:
        fine[name].attrs = grid[name].attrs
    coords = {"lat": target["lat"], "lon": target["lon"], "orography": target["orography"]}
    return fine.assign_coords(coords).transpose("time", "lat", "lon")


@dataclass(frozen=True)
class Lifter:
    """Lift and combine one block of epochs: a function of arrays that can travel to a worker.

    It holds axes alone; heights come as arrays, stencils are built where they are used, and kept.
    """

    places: Places
    model: HeightModel
    interpolation: str = "bicubic"
    __name__ = "reduce"  # of the tasks in a dask graph

    def __call__(
        self,
        time: NDArray[np.datetime64],
        height: NDArray,
        fine_height: NDArray,
        *fields: NDArray,
        names: tuple[str, ...],
    ) -> tuple[NDArray[np.float32], ...] | NDArray[np.float32]:
        """Fine fields of shape (N, lat, lon), one for each delay in ``names``."""
        geometry = Geometry.of(self.places, height, fine_height)
        given = dict(zip(names, fields, strict=True))
        epochs = np.broadcast_to(time, fields[0].shape[:1])
        nodes = Nodes(
            self.places.lat,
            self.places.lon,
            height,
            epochs,
            given.get("zhd"),
            given.get("zwd"),
            given.get("temperature"),
        )
        _count_missing(given)
        delays = [given[name].reshape(epochs.size, -1) for name in names if name != "temperature"]
        shape = (epochs.size, self.places.fine_lat.size, self.places.fine_lon.size)
        fine = [np.empty(shape, np.float32) for _ in delays]
        if geometry.is_identity:
            for out, delay in zip(fine, delays, strict=True):
                out[:] = delay.reshape(shape)
            return tuple(fine) if len(fine) > 1 else fine[0]
        state = tuple(part.reshape(epochs.size, -1) for part in self.model.state(nodes))
        which = [("zhd", "zwd").index(name) for name in names if name != "temperature"]
        flat = [out.reshape(epochs.size, -1) for out in fine]
        for start, stop in row_bands(geometry):
            for cells in cells_of(geometry, self.interpolation, start, stop):
                self._combine(cells, state, delays, which, flat)
        return tuple(fine) if len(fine) > 1 else fine[0]

    def _combine(
        self,
        cells: Cells,
        state: tuple[NDArray[np.float32], ...],
        delays: list[NDArray[np.float32]],
        which: list[int],
        fine: list[NDArray[np.float32]],
    ) -> None:
        """Lift and combine the nodes of some cells for each of their target points.

        All targets of a cell share its nodes, so values are fetched once for all of them; the
        epochs run innermost, so that what depends on the place alone stays in the cache.
        """
        epochs = range(len(delays[0]))
        states = [tuple(part[epoch][cells.index] for part in state) for epoch in epochs]
        values = [[delay[epoch][cells.index] for delay in delays] for epoch in epochs]
        # Beside a steep front the cubic swings below zero, where no delay is.
        least = [[np.minimum(value.min(axis=0), 0) for value in each] for each in values]
        for pairs, weight, place in cells.members:
            steady = None if state else self.model.factors((), pairs)
            for epoch in epochs:
                factors = self.model.factors(states[epoch], pairs) if steady is None else steady
                each = zip(fine, values[epoch], least[epoch], which, strict=True)
                for out, value, floor, k in each:
                    lifted = value * factors[k]
                    lifted *= weight
                    out[epoch, place] = np.maximum(lifted.sum(axis=0), floor)


def _count_missing(fields: dict[str, NDArray]) -> None:
    """Tell of missing nodes: the cells they touch are missing in the result."""
    for name in ("zhd", "zwd"):
        field = fields.get(name)
        missing = 0 if field is None else int(np.isnan(field).sum())
        if missing and field is not None:
            text = (
                f"{missing} of {field.size} coarse {name} values are missing; so are the cells "
                "that they touch"
            )
            warn(text)
