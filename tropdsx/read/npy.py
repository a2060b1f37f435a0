"""TropDS arrays ``{year}_blur.npy``: one delay on the VMF3 1 degree nodes, without any metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.errors import InputError, UnitsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["guess_delay", "open_npy", "units_of"]

_SHAPE = (180, 360)
_STEPS_PER_CHUNK = 8


def open_npy(path: str | Path, *, start: Any = None, step: Any = None) -> xr.Dataset:
    """Open a TropDS array lazily.

    Parameters
    ----------
    path : str or Path
        Array of shape (180, 360) or (N, 180, 360), rows from 89.5 to -89.5, columns 0.5 to 359.5.
    start : str or datetime64, optional
        First epoch [UTC].
    step : str or timedelta64, optional
        Time between the slices, such as ``"6h"``.

    Returns
    -------
    Dataset
        ``delay(time, lat, lon)``; its attributes say which delay and unit the values of the first
        slice fit. Without `start`, time counts the slices.

    Raises
    ------
    InputError
        If the file is no such array, or `step` is missing.
    UnitsError
        If the values fit no delay.
    """
    import dask
    import dask.array as da

    path = Path(path)
    stored = _mapped(path)
    count = stored.shape[0]
    name, unit = guess_delay(np.asarray(stored[0]), str(path))
    read = dask.delayed(_read_slices, pure=True)
    blocks = [
        da.from_delayed(
            read(path, first, min(first + _STEPS_PER_CHUNK, count)),
            (min(_STEPS_PER_CHUNK, count - first), *_SHAPE),
            dtype=stored.dtype,
        )
        for first in range(0, count, _STEPS_PER_CHUNK)
    ]
    attrs = {"tropdsx_role": "trop_ds", "tropdsx_variable": name, "units": unit}
    coords = {
        "time": ("time", _times(count, start, step, path)),
        "lat": ("lat", np.arange(89.5, -90, -1), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(0.5, 360), {"units": "degrees_east"}),
    }
    return xr.Dataset({"delay": (("time", "lat", "lon"), da.concatenate(blocks), attrs)}, coords)


def _mapped(path: Path) -> NDArray[Any]:
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        msg = f"{path} cannot be opened ({reason}): it is truncated or no plain array."
        raise InputError(msg) from error
    if stored.ndim == 2:
        stored = stored[None]
    if (
        stored.ndim != 3
        or stored.shape[1:] != _SHAPE
        or not stored.size
        or stored.dtype.kind != "f"
    ):
        msg = (
            f"{path} holds an array of shape {np.shape(stored)} and type {stored.dtype}; accepted "
            "are floats of shape (180, 360) or (N, 180, 360). Put other grids in NetCDF with "
            "their lat and lon."
        )
        raise InputError(msg)
    return stored


def _read_slices(path: Path, first: int, stop: int) -> NDArray[Any]:
    return np.array(_mapped(path)[first:stop])


def _times(count: int, start: Any, step: Any, path: Path) -> NDArray[Any]:
    import pandas as pd

    if start is None:
        return np.arange(count)
    if step is None and count > 1:
        msg = f"{path} holds {count} slices and no step is given; give one such as step='6h'."
        raise InputError(msg)
    try:
        offsets = np.arange(count) * pd.Timedelta(step if step is not None else 0).to_timedelta64()
        return np.datetime64(pd.Timestamp(start), "ns") + offsets
    except ValueError as error:
        msg = (
            f"start '{start}' or step '{step}' not understood ({error}); accepted are a date such "
            "as 2024-01-01T00 and a time such as 6h."
        )
        raise InputError(msg) from error


def guess_delay(values: NDArray[Any], source: str = "the array") -> tuple[str, str]:
    """Tell which delay in which unit the values of a whole-Earth slice are.

    Parameters
    ----------
    values : ndarray
        One slice, any shape.
    source : str, optional
        What to call it in an error.

    Returns
    -------
    name : str
        ``"zhd"``, ``"zwd"`` or ``"ztd"``.
    unit : str
        ``"m"``, ``"cm"`` or ``"mm"``.

    Raises
    ------
    UnitsError
        If the values fit none of them.

    Examples
    --------
    >>> guess_delay(np.array([0.5, 41.0]))
    ('zwd', 'cm')
    """
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    # The whole Earth has dry poles (ZWD near 0), high land (ZHD near 1.2 m) and humid tropics.
    for unit, factor in (("m", 1.0), ("cm", 0.01), ("mm", 0.001)):
        if -0.005 <= low * factor < 0.1 and 0.1 < high * factor <= 0.7:
            return "zwd", unit
        if low * factor >= 0.9 and 2.2 < high * factor <= 3.0:
            return ("zhd" if high * factor < 2.45 else "ztd"), unit
    msg = (
        f"{source} holds values {low:g} to {high:g}, which fit no delay on the whole Earth in m, "
        "cm or mm (zhd 1.0 to 2.4 m, zwd 0 to 0.7 m). Put it in NetCDF with a name and units."
    )
    raise UnitsError(msg)


def units_of(high: float) -> str:
    """Find the unit in which the top of a range fits a delay: 0.5 m (wet) to 3 m (total).

    Examples
    --------
    >>> units_of(0.5), units_of(50.0), units_of(2500.0)
    ('m', 'cm', 'mm')
    """
    return "m" if high <= 5 else "cm" if high <= 500 else "mm"


def stored_array(path: str | Path) -> NDArray[Any]:
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        msg = f"{path} cannot be opened ({reason}): it is missing, truncated or no plain array"
        raise InputError(msg) from error
    if stored.ndim not in (2, 3) or stored.dtype.kind != "f" or not stored.size:
        msg = (
            f"{path} holds an array of shape {stored.shape} and type {stored.dtype}; accepted are "
            "floats of shape (H, W) or (N, H, W)"
        )
        raise InputError(msg)
    return stored
