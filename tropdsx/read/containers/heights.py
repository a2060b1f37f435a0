"""Heights of files: read at once, since what they count from decides everything, and compared."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError
from tropdsx.grid.heights.moving import STREAMS, find_move, metres_of_unit
from tropdsx.system.workers import compute_here

__all__ = ["check_same_heights", "load_heights"]

#: Heights along time that are read whole [byte], and how many epochs are compared of larger ones.
_SMALL, _EPOCHS = 2**26, 16


def load_heights(ds: xr.Dataset) -> xr.Dataset:
    """Read the heights of an opened file, and leave everything else where it is.

    Parameters
    ----------
    ds : Dataset
        As opened, lazy or not.

    Returns
    -------
    Dataset
        With heights in memory, if it has any and their values make sense as numbers; large ones
        along time without it, where 16 epochs of them are the same.

    Raises
    ------
    GridError
        If large heights change with time.

    Examples
    --------
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> ds = xr.Dataset({"orography": (list(axes), [[1.0, 2.0], [3.0, 4.0]])}, axes).chunk()
    >>> load_heights(ds).orography.chunks is None
    True
    """
    name = _find_heights(ds)
    if name is None or ds[name].chunks is None:
        return ds
    field, time = ds[name], find_axes(ds).time_dim
    if field.nbytes > _SMALL:
        if time not in field.dims:
            return ds
        field = _one_of(field, time, str(ds.encoding.get("source", "the input")))
    out = ds.assign({name: compute_here(field)})
    out.encoding = ds.encoding
    out.set_close(ds.close)
    return out


def check_same_heights(datasets: Sequence[xr.Dataset], files: Sequence[str | Path]) -> None:
    """Refuse files that follow each other in time and stand on other ground.

    Parameters
    ----------
    datasets : sequence of Dataset
        With the same variables.
    files : sequence of str or Path
        Their names.

    Raises
    ------
    GridError
        If heights without time differ by more than 1 m; the text names the files.

    Examples
    --------
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> ds = xr.Dataset({"orography": (list(axes), [[1.0, 2.0], [3.0, 4.0]])}, axes)
    >>> check_same_heights([ds, ds + 0.2], ["a.nc", "b.nc"])
    """
    name = _find_heights(datasets[0])
    if name is None or find_axes(datasets[0]).time_dim in datasets[0][name].dims:
        return
    metres = metres_of_unit(datasets[0][name])
    first: np.ndarray | None = None
    for ds, file in zip(datasets, files, strict=True):
        own = compute_here(ds[name]).to_numpy()
        first = own if first is None else first
        if own.shape != first.shape:
            runs = [" x ".join(map(str, each[name].dims)) for each in (ds, datasets[0])]
            msg = (
                f"the heights '{name}' of {file} run along {runs[0]} and those of {files[0]} along "
                f"{runs[1]}; accepted are files that hold them alike. Leave those along time out, "
                "or give coarse_orography= (--coarse-orography FILE)."
            )
            raise GridError(msg)
        off = find_move(own, first, metres)
        if off:
            msg = (
                f"the heights '{name}' of {file} are not those of {files[0]} (up to "
                f"{off:.0f} m off); accepted are files of one terrain. "
                "Convert those of each terrain by themselves, or give coarse_orography= "
                "(--coarse-orography FILE)."
            )
            raise GridError(msg)


def _find_heights(ds: xr.Dataset) -> Hashable | None:
    try:
        axes = find_axes(ds)
    except GridError:
        return None
    name = find_variable(ds.reset_coords(), "orography", {axes.lat_dim, axes.lon_dim})
    if name is None:
        return None
    running = {dim for dim, size in ds[name].sizes.items() if size > 1}
    return name if running <= {axes.lat_dim, axes.lon_dim, axes.time_dim, *STREAMS} else None


def _one_of(field: xr.DataArray, time: Hashable, source: str) -> xr.DataArray:
    """Take the first epoch of heights of which some others are the same."""
    places = np.unique(np.linspace(0, field.sizes[time] - 1, _EPOCHS).astype(int))
    first = compute_here(field.isel({time: 0}))
    for place in places[1:]:
        other = compute_here(field.isel({time: int(place)}))
        off = find_move(other, first, metres_of_unit(field))
        if off:
            msg = (
                f"the heights '{field.name}' of {source} change with time, by {off:.0f} m up to "
                f"epoch {place}; accepted is one terrain in a file of this size. Convert the "
                "epochs of each terrain by themselves."
            )
            raise GridError(msg)
    return first
