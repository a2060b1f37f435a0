"""Blocks of epochs of a grid, read and lifted to stations one after the other: flat memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.read.delays import open_delays
from tropdsx.system.workers import Progress
from tropdsx.workflows.stations.lifting import EPOCHS, SeriesLifter, epochs_of
from tropdsx.write.endings import NETCDF

__all__ = ["chunks_of_series", "lift_blocks"]

_NODES_READ = 3_000_000
"""Nodes of a field that are read at once, over all their epochs: 12 MB."""
_CHUNK_BYTES = 8 * 2**20
"""What a chunk of a field may hold."""


def chunks_of_series(grids: Any) -> Any:
    """Choose how a NetCDF file is cut for a series: few chunks, each a multiple of the usual ones.

    Going through the graph of a year costs more than lifting it where chunks hold 8 epochs.

    Parameters
    ----------
    grids : str, Path or sequence of them
        As for :func:`tropdsx.open_delays`; the first of several files stands for all.

    Returns
    -------
    dict or "auto"
        Of ``chunks`` in :func:`tropdsx.open_delays`.

    Examples
    --------
    >>> chunks_of_series("folder_of_text_files")
    'auto'
    """
    first = grids if isinstance(grids, (str, Path)) else next(iter(grids), "")
    if not (str(first).lower().endswith(NETCDF) and Path(first).is_file()):
        return "auto"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are told when the series is opened
        with open_delays(first) as ds:
            cut = {dim: sizes for dim, sizes in ds.chunksizes.items() if len(sizes) > 1}
            several = (var for var in ds.values() if var.ndim)  # scalars, such as crs, are not cut
            largest = max((var.nbytes / max(var.shape[0], 1) for var in several), default=0.0)
            whole = dict.fromkeys(ds.dims, -1)
    if len(cut) != 1:
        return "auto"
    (dim, sizes) = cut.popitem()
    most = min(EPOCHS // sizes[0], int(_CHUNK_BYTES / max(largest * sizes[0], 1.0)))
    return whole | {dim: max(most, 1) * sizes[0]}


def lift_blocks(
    grid: xr.Dataset,
    places: xr.Dataset,
    *,
    height_model: Any = "climatology",
    interpolation: str = "bicubic",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Lift the delays of a grid to stations.

    Parameters
    ----------
    grid : Dataset
        Standard grid with ``orography``, in memory or lazy.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.
    height_model, interpolation : optional
        See :func:`tropdsx.reduce.reduce_to_orography`.
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Dataset
        ``zhd`` and ``zwd``, as far as the grid has them, float32 (time, station) [m], in memory.

    Examples
    --------
    >>> axes = {"time": [np.datetime64("2021-07-01", "ns")], "lat": [5.0, 0.0], "lon": [0.0, 5.0]}
    >>> zwd = xr.DataArray(np.full((1, 2, 2), 0.2, "f4"), axes)
    >>> grid = xr.Dataset({"zwd": zwd, "orography": (("lat", "lon"), np.zeros((2, 2)))})
    >>> place = {"lat": ("station", [2.0]), "lon": ("station", [3.0])}
    >>> places = xr.Dataset(place | {"height": ("station", [500.0])})
    >>> lift_blocks(grid, places, height_model="kouba").zwd.values.round(4)
    array([[0.1558]], dtype=float32)
    """
    fields = [name for name in (*DELAYS, "temperature") if name in grid]
    lat, lon = (grid[axis].to_numpy().astype(np.float64) for axis in ("lat", "lon"))
    ground = grid["orography"].transpose("lat", "lon").to_numpy().astype(np.float64)
    lifter = SeriesLifter.of(
        lat,
        lon,
        ground,
        (places["lat"].to_numpy(), places["lon"].to_numpy(), places["height"].to_numpy()),
        height_model=height_model,
        interpolation=interpolation,
    )
    time = grid["time"].to_numpy()
    # The series of a station lie side by side in memory, as they come and as they are used.
    shape = (places.sizes["station"], time.size)
    out = {name: np.empty(shape, np.float32).T for name in DELAYS if name in grid}
    step = epochs_of(ground.size)
    most = max(1, _NODES_READ // (step * ground.size)) * step
    for read in _reads(grid[fields], most):
        block = grid[fields].isel(time=read).transpose("time", "lat", "lon").compute()
        for start in range(read.start, read.stop, step):
            part = slice(start, min(start + step, read.stop))
            here = slice(start - read.start, part.stop - read.start)
            given = {name: block[name].to_numpy()[here] for name in fields}
            for name, values in lifter(_epochs(time[part]), given).items():
                out[name][part] = values
            if progress is not None:
                progress(part.stop, time.size)
    return xr.Dataset(
        {name: (("time", "station"), values) for name, values in out.items()}, {"time": time}
    )


def _reads(ds: xr.Dataset, most: int) -> Iterator[slice]:
    """Cut time into slices of some epochs at most that end where dask chunks end.

    A chunk is computed once, and the graph of a long series is gone through a few times only.
    """
    total = ds.sizes["time"]
    chunked = [chunks for var in ds.values() if (chunks := var.chunksizes.get("time"))]
    if not chunked:
        yield from (slice(k, min(k + most, total)) for k in range(0, total, most))
        return
    start, ends = 0, np.cumsum(max(chunked, key=len)).tolist()
    for end, following in zip(ends, [*ends[1:], total + most], strict=True):
        if following - start > most:
            yield slice(start, end)
            start = end


def _epochs(time: NDArray[Any]) -> NDArray[np.datetime64]:
    """Dates of epochs; those without stand for the mean of the year."""
    if np.issubdtype(time.dtype, np.datetime64):
        return time
    return np.full(time.size, "NaT", "datetime64[ns]")
