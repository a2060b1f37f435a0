"""Lay rows of values at stations and epochs out as a Dataset on (time, station)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import InputError, warn
from tropdsx.read.series.places import Place

__all__ = [
    "lay_out",
    "place_stations",
    "without_gap_marks",
    "without_impossible",
    "without_strange_air",
]

_LEAST_WET = -0.09
"""Wet delays that are estimates can be negative where the a priori model is poor [m]."""

_MARKS = np.array([-9.9, -9.99, -99.9, -99.99, -99.999, -99.0, -999.9, -999.99, -999.0, -9999.0])
_MARKS = np.append(_MARKS, [-9999.9, -9999.99, 9999.9, 9999.99, 99999.0])
"""Numbers that stand for missing values in files, whatever their unit."""
_LARGE_MARK = 999.99
"""Another, of gradients; as a pressure it is usual."""

_AIR = {
    "pressure": (300.0, 1100.0, "hPa"),
    "temperature": (180.0, 335.0, "K"),
    "mean_temperature": (180.0, 335.0, "K"),
    "relative_humidity": (0.0, 110.0, "percent"),
    "iwv": (0.0, 110.0, "kg m-2"),
}
"""What the air at stations can have."""


def lay_out(
    path: Path,
    stations: NDArray[np.object_],
    times: NDArray[np.datetime64],
    values: Mapping[str, tuple[NDArray[np.float64], Mapping[str, Any]]],
    places: Mapping[str, Place],
) -> xr.Dataset:
    """Make a Dataset of rows.

    Parameters
    ----------
    path : Path
        The file, for messages.
    stations, times : ndarray, shape (N,)
        Name and epoch of each row.
    values : mapping of str to (ndarray of shape (N,), attributes)
        Columns by the names of their variables.
    places : mapping of str to Place
        Where stations are, as far as it is known.

    Returns
    -------
    Dataset
        The variables on (time, station), missing where there is no row, times ascending, stations
        in the order of the file; ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal].

    Raises
    ------
    InputError
        If a station has two rows at one epoch, or there are none at all.

    Examples
    --------
    >>> names, times = np.array(["A", "B"], object), np.array(["2021-01-30"] * 2, "datetime64[ns]")
    >>> column = (np.array([2.3, 2.4]), {"units": "m"})
    >>> lay_out(Path("a"), names, times, {"ztd": column}, {}).ztd.values
    array([[2.3, 2.4]])
    """
    import pandas as pd

    if not len(stations):
        msg = f"{path} holds no row of values. Fetch the file again"
        raise InputError(msg)
    column, names = pd.factorize(stations)
    row, epochs = pd.factorize(times.astype("datetime64[ns]"), sort=True)
    cell = row.astype(np.int64) * len(names) + column
    _refuse_repeated(path, cell, np.asarray(names), np.asarray(epochs))
    shape = (len(epochs), len(names))
    variables = {}
    for name, (numbers, attrs) in values.items():
        field = np.full(shape[0] * shape[1], np.nan)
        field[cell] = numbers
        variables[name] = (("time", "station"), field.reshape(shape), dict(attrs))
    ds = xr.Dataset(variables, {"time": np.asarray(epochs), "station": np.asarray(names, str)})
    ds["time"].attrs = {"standard_name": "time", "axis": "T"}
    ds["station"].attrs = {"cf_role": "timeseries_id", "long_name": "name of the station"}
    ds.attrs["featureType"] = "timeSeries"
    return place_stations(ds, places)


def _refuse_repeated(
    path: Path, cell: NDArray[np.int64], names: NDArray[Any], epochs: NDArray[Any]
) -> None:
    found, count = np.unique(cell, return_counts=True)
    if (count > 1).any():
        epoch, station = divmod(int(found[count > 1][0]), len(names))
        msg = f"{path}: {names[station]} has {count.max()} rows at {epochs[epoch]!s:.19}; keep one"
        raise InputError(msg)


def place_stations(ds: xr.Dataset, places: Mapping[str, Place]) -> xr.Dataset:
    """Say where the stations of a series are.

    Parameters
    ----------
    ds : Dataset
        On ``station``.
    places : mapping of str to Place
        Latitude, longitude [deg] and ellipsoidal height [m] by name.

    Returns
    -------
    Dataset
        With ``lat``, ``lon`` and ``height``, unless no station has a place; a warning counts
        those that have none.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"station": ["A"]})
    >>> place_stations(ds, {"A": Place(48.2, 16.4, 200.0)}).height.item()
    200.0
    """
    if not places:
        return ds
    nowhere = Place(np.nan, np.nan, np.nan)
    found = np.array([places.get(name, nowhere) for name in ds["station"].values.tolist()])
    lost = int(np.isnan(found[:, 0]).sum())
    if lost:
        warn(f"{lost} of {found.shape[0]} stations of the series have no place in the file")
    attrs = (
        {"standard_name": "latitude", "units": "degrees_north"},
        {"standard_name": "longitude", "units": "degrees_east"},
        {
            "standard_name": "height_above_reference_ellipsoid",
            "long_name": "ellipsoidal height",
            "units": "m",
            "positive": "up",
        },
    )
    coords = zip(("lat", "lon", "height"), found.T, attrs, strict=True)
    return ds.assign_coords({name: ("station", part, about) for name, part, about in coords})


def without_impossible(path: Path, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take numbers that stand for missing values out of delays, and refuse what no unit explains.

    Parameters
    ----------
    path : Path
        The file, for messages.
    name : str
        Which delay.
    values : ndarray
        As read [m].

    Returns
    -------
    ndarray
        Missing where a number stood for that.

    Raises
    ------
    InputError
        If values are no such delays in metres.

    Examples
    --------
    >>> without_impossible(Path("a.tro"), "ztd", np.array([2.3, np.nan])).tolist()
    [2.3, nan]
    """
    delay = QUANTITIES[name]
    low = _LEAST_WET if name == "zwd" else delay.low
    # Numbers far below any delay stand for gaps, such as -9.9, -9999 or 0 in any unit.
    least = min(low, 0.0)
    zero = (values == 0.0) & (low > 0.0)
    gap = (values < least) | zero
    if gap.any():
        what = "of zero or less" if zero.any() else f"below {least:g} m"
        warn(f"{path}: {int(gap.sum())} values of {name} {what} are taken as missing")
        values = np.where(gap, np.nan, values)
    known = values[np.isfinite(values)]
    if known.size and not (low <= known.min() and known.max() <= delay.high):
        msg = (
            f"{path}: {name} runs from {known.min():.4g} to {known.max():.4g} m by the units of "
            f"the file; accepted are {low:g} to {delay.high:g} m. Correct the units in the file "
            "(of SINEX_TRO 2.00, 1e+03 stands for mm), or take such rows out"
        )
        raise InputError(msg)
    return values


def without_gap_marks(
    path: Path, name: str, numbers: NDArray[np.float64], *, signed: bool
) -> NDArray[np.float64]:
    """Take numbers that stand for missing values out of a column of a file.

    Parameters
    ----------
    path : Path
        The file, for messages.
    name : str
        What the column holds.
    numbers : ndarray
        In the unit of the file.
    signed : bool
        Values can be below zero, as wet delays and gradients that are estimates; else each such
        number is a gap.

    Returns
    -------
    ndarray
        Missing where a number stood for that; a warning counts them.

    Examples
    --------
    >>> without_gap_marks(Path("a.tro"), "zwd", np.array([-3.2, np.nan]), signed=True).tolist()
    [-3.2, nan]
    """
    gap = np.isclose(numbers[:, None], _MARKS, rtol=0.0, atol=1e-6).any(axis=1)
    gap |= np.isclose(numbers, _LARGE_MARK, rtol=0.0, atol=1e-6) if signed else numbers < 0.0
    if gap.any():
        shown = float(numbers[gap][0])
        warn(f"{path}: {int(gap.sum())} values of {name} are taken as missing, such as {shown:g}")
    return np.where(gap, np.nan, numbers)


def without_strange_air(path: Path, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out pressures, temperatures and water that no air has, as in another unit.

    Parameters
    ----------
    path : Path
        The file, for messages.
    name : str
        What the values are; others than of air stay as they are.
    values : ndarray
        In the unit of the Dataset.

    Returns
    -------
    ndarray
        Missing where they are none of air; a warning counts them.

    Examples
    --------
    >>> without_strange_air(Path("a.tro"), "pressure", np.array([1013.2])).tolist()
    [1013.2]
    """
    if name not in _AIR:
        return values
    low, high, unit = _AIR[name]
    wrong = (values < low) | (values > high)
    if wrong.any():
        warn(
            f"{path}: {int(wrong.sum())} values of {name} are none of air (outside {low:g} to "
            f"{high:g} {unit}), such as {float(values[wrong][0]):g}, and left out; in another unit?"
        )
    return np.where(wrong, np.nan, values)
