"""What a network is given: its checkpoint, and the coarse delays with their neighbours in time."""

from __future__ import annotations

from functools import lru_cache
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import find_path
from tropdsx.cf.time.epochs import NEIGHBOUR_HOURS, neighbour_rows
from tropdsx.errors import CheckpointError, warn
from tropdsx.nn.checkpoint import load_card
from tropdsx.predict.session import PRECISIONS, Handle, resolve_device

__all__ = ["coarse_series", "find_network", "warn_spacing"]

#: How far beyond the spacings of the training an input may lie untold [deg].
SPACING_SLACK = 1e-3


def find_network(
    model: str | Path,
    device: str = "auto",
    precision: str = "float32",
    batch_size: int | None = None,
) -> tuple[dict[str, Any], Handle]:
    """Find a checkpoint.

    Parameters
    ----------
    model : str or Path
        Name of a shipped checkpoint, or a file.
    device, precision : str
        See `tropdsx.predict.grid.predict_grid`.
    batch_size : int, optional
        Slices at once.

    Returns
    -------
    card : dict
        Its card.
    handle : Handle
        What workers load it by.

    Raises
    ------
    CheckpointError
        If it is missing, or an option is unknown.

    Examples
    --------
    >>> card, handle = find_network("default", device="cpu")
    >>> card["network"], handle.device
    ('nodal', 'cpu')
    """
    if precision not in PRECISIONS:
        msg = f"precision {precision!r} is unknown; choose one of {PRECISIONS}"
        raise CheckpointError(msg)
    if batch_size is not None and (not isinstance(batch_size, Integral) or batch_size < 1):
        msg = f"batch_size {batch_size!r} found; accepted are whole numbers from 1, or None"
        raise CheckpointError(msg)
    path = find_path(model)
    card = _card(path, path.stat().st_mtime_ns, path.stat().st_size)
    size = None if batch_size is None else int(batch_size)
    return card, Handle(str(path), card["sha256"], resolve_device(device), precision, size)


@lru_cache(maxsize=16)
def _card(path: Path, changed: int, size: int) -> dict[str, Any]:
    """Card of a checkpoint; its content is checked once for each state of the file."""
    del changed, size
    return load_card(path)


def coarse_series(
    grid: xr.Dataset, names: tuple[str, ...], rows: NDArray[np.intp] | None = None
) -> list[xr.DataArray]:
    """Take the delays of a grid with those of its neighbouring epochs, as a network wants them.

    Parameters
    ----------
    grid : Dataset
        Standard coarse grid.
    names : tuple of str
        Which of zhd and zwd.
    rows : ndarray of int, optional
        Epochs of the grid that are wanted; default: all.

    Returns
    -------
    list of DataArray
        For each of the names; then 6 h before; and after, all NaN where there is none [m].

    Examples
    --------
    >>> times = np.arange("2021-01-01", "2021-01-02", 6, "M8[h]").astype("M8[ns]")
    >>> zwd = xr.DataArray(np.arange(4.0), {"time": times}, ("time",)).expand_dims(lat=2, lon=2)
    >>> grid = xr.Dataset({"zwd": zwd.transpose("time", "lat", "lon")})
    >>> [field.values[:, 0, 0].tolist() for field in coarse_series(grid, ("zwd",))[:2]]
    [[0.0, 1.0, 2.0, 3.0], [nan, 0.0, 1.0, 2.0]]
    """
    series = [grid[name] for name in names]
    series += [_shift_epochs(grid[name], hours) for hours in NEIGHBOUR_HOURS for name in names]
    return series if rows is None else [field.isel(time=rows) for field in series]


def _shift_epochs(field: xr.DataArray, hours: int) -> xr.DataArray:
    """Take the epochs some hours away, all NaN where the series has none; chunked as the field.

    The look-up runs over the whole series, so that the result does not depend on the chunks.
    """
    source, found = neighbour_rows(field["time"].to_numpy(), hours)
    moved = field.variable[{field.dims[0]: source}]
    if field.chunks is not None:
        moved = moved.chunk(dict(zip(field.dims, field.chunks, strict=True)))
    present = xr.Variable(field.dims[:1], found)
    return field.copy(data=moved.where(present).data)


def warn_spacing(grid: xr.Dataset, card: dict[str, Any]) -> None:
    """Warn of a grid that is coarser or finer than those of the training.

    Parameters
    ----------
    grid : Dataset
        Standard coarse grid.
    card : dict
        Card of the checkpoint, which may tell the spacings that it saw.
    """
    seen = card.get("coarse_spacing")
    if not seen:
        return
    steps = [abs(float(grid[axis][1]) - float(grid[axis][0])) for axis in ("lat", "lon")]
    if min(steps) < seen[0] - SPACING_SLACK or max(steps) > seen[1] + SPACING_SLACK:
        text = (
            f"the network was trained on spacings of {seen[0]:g} to {seen[1]:g} degrees, the input "
            f"has {steps[0]:g} x {steps[1]:g}; check the result, or use model=None"
        )
        warn(text)
