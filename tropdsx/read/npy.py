"""Open TropDS arrays ``{year}_blur.npy``: one delay on the VMF3 1 degree nodes, no metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.time.text import as_date
from tropdsx.errors import InputError, UnitsError
from tropdsx.read.text import describe_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["guess_delay", "guess_unit", "open_array", "open_npy"]

_SHAPE = (180, 360)
_STEPS_PER_CHUNK = 8
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Units that an array may be in, in metres [m]."""


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

    Examples
    --------
    >>> import tempfile
    >>> zwd = np.linspace(0.01, 0.4, 180 * 360, dtype="f4").reshape(180, 360)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/2025_blur.npy", np.stack([zwd, zwd]))
    ...     ds = open_npy(f"{folder}/2025_blur.npy", start="2025-01-01", step="6h")
    ...     ds.delay.shape, ds.delay.attrs["tropdsx_variable"], str(ds.time.values[1])[:13]
    ((2, 180, 360), 'zwd', '2025-01-01T06')
    """
    import dask
    import dask.array as da

    path = Path(path)
    stored = _open_slices(path)
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


def open_array(path: str | Path) -> NDArray[Any]:
    """Open a plain array of fields without reading it.

    Parameters
    ----------
    path : str or Path
        ``.npy`` file of floats, shape (H, W) or (N, H, W).

    Returns
    -------
    ndarray
        As stored, read from the file where it is used.

    Raises
    ------
    InputError
        If the file is missing or truncated, or holds anything but such an array.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/weight.npy", np.ones((180, 360)))
    ...     open_array(f"{folder}/weight.npy").shape
    (180, 360)
    """
    try:
        stored: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, OverflowError) as error:
        msg = (
            f"{path} cannot be opened ({describe_error(error)}): it is missing, truncated or no "
            "plain array."
        )
        raise InputError(msg) from error
    if stored.ndim not in (2, 3) or stored.dtype.kind != "f" or not stored.size:
        raise InputError(_wrong_array(path, stored, "(H, W) or (N, H, W)."))
    return stored


def _open_slices(path: Path) -> NDArray[Any]:
    """Open an array on the VMF3 nodes, shape (N, 180, 360)."""
    stored = open_array(path)
    if stored.shape[-2:] != _SHAPE:
        accepted = "(180, 360) or (N, 180, 360). Put other grids in NetCDF with their lat and lon."
        raise InputError(_wrong_array(path, stored, accepted))
    return stored if stored.ndim == 3 else stored[None]


def _wrong_array(path: str | Path, stored: NDArray[Any], accepted: str) -> str:
    return (
        f"{path} holds an array of shape {np.shape(stored)} and type {stored.dtype}; accepted are "
        f"floats of shape {accepted}"
    )


def _read_slices(path: Path, first: int, stop: int) -> NDArray[Any]:
    return np.array(_open_slices(path)[first:stop])


def _times(count: int, start: Any, step: Any, path: Path) -> NDArray[Any]:
    import pandas as pd

    if start is None:
        return np.arange(count)
    if step is None and count > 1:
        msg = f"{path} holds {count} slices and no step is given; give one such as step='6h'."
        raise InputError(msg)
    try:
        offsets = np.arange(count) * _length_of(step)
        first: Any = as_date(start) if isinstance(start, str) else pd.Timestamp(start)
        return np.datetime64(first, "ns") + offsets
    except ValueError as error:
        msg = (
            f"start '{start}' or step '{step}' not understood ({error}); accepted are a date such "
            "as 2024-01-01T00 and a time such as 6h."
        )
        raise InputError(msg) from error


def _length_of(step: Any) -> np.timedelta64:
    """Read a step; without a unit it would count nanoseconds."""
    import pandas as pd

    length = pd.Timedelta(0 if step is None else step)
    if step is not None and length < pd.Timedelta(1, "s"):
        msg = "a step of less than a second: name its unit"
        raise ValueError(msg)
    return length.to_timedelta64()


def guess_delay(values: NDArray[Any], source: str = "the array") -> tuple[str, str]:
    """Guess which delay in which unit the values of a whole-Earth slice are.

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
        If the values fit no delay in any of these units; the text says from where to where they
        run.

    Examples
    --------
    >>> guess_delay(np.array([0.5, 41.0]))
    ('zwd', 'cm')
    """
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    # The whole Earth has dry poles (ZWD near 0), high land (ZHD near 1.2 m) and humid tropics.
    for unit, factor in _METRES.items():
        if -0.005 <= low * factor < 0.1 and 0.1 < high * factor <= 0.7:
            return "zwd", unit
        if low * factor >= 0.9 and 2.2 < high * factor <= 3.0:
            return ("zhd" if high * factor < 2.45 else "ztd"), unit
    msg = (
        f"{source} holds values {low:g} to {high:g}, which fit no delay on the whole Earth in m, "
        "cm or mm (zhd 1.0 to 2.4 m, zwd 0 to 0.7 m). Put it in NetCDF with a name and units."
    )
    raise UnitsError(msg)


def guess_unit(high: float, variable: str | None = None) -> str:
    """Guess the unit of a range of delays by its top: 0.5 m (wet) to 3 m (total).

    Parameters
    ----------
    high : float
        Greatest value of the range [m, cm or mm].
    variable : {"zhd", "zwd", "ztd"}, optional
        What it is: no wet delay reaches 1 m, and none 3.5 m.

    Returns
    -------
    str
        ``"m"``, ``"cm"`` or ``"mm"``: the longest in which there is such a delay.

    Examples
    --------
    >>> guess_unit(0.5), guess_unit(50.0), guess_unit(2500.0), guess_unit(450.0, "zwd")
    ('m', 'cm', 'mm', 'mm')
    """
    most = 1.0 if variable == "zwd" else 3.5
    return next((unit for unit, factor in _METRES.items() if high * factor <= most), "mm")
