"""Describe what a Dataset holds: variables, grid and epochs, as plain values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import INPUTS
from tropdsx.cf.variables import find_variable
from tropdsx.errors import TropdsxError
from tropdsx.grid.edges import is_global, is_global_longitude
from tropdsx.grid.restore import GridRecord
from tropdsx.grid.spacing import find_registration
from tropdsx.workflows.evaluate.scores import area_weight

__all__ = [
    "LARGE",
    "area_rms",
    "describe_grid",
    "describe_times",
    "find_range",
    "is_in_memory",
    "list_variables",
    "skip_values",
]

#: Looking through more than this takes longer than a glance should [byte].
LARGE = 2**28


def is_in_memory(variable: xr.Variable | xr.DataArray) -> bool:
    """Tell whether the values of a variable have been read or computed.

    Parameters
    ----------
    variable : Variable or DataArray
        Any.

    Returns
    -------
    bool
        False for a dask array, and for what a file holds that was opened and not yet read.

    Examples
    --------
    >>> values = xr.DataArray([1.0])
    >>> is_in_memory(values), is_in_memory(values.chunk())
    (True, False)
    """
    return bool(getattr(getattr(variable, "variable", variable), "_in_memory", False))


def skip_values(ds: xr.Dataset) -> xr.Dataset:
    """Make a Dataset lazy that holds too many values to look through.

    Parameters
    ----------
    ds : Dataset
        Lazy or in memory.

    Returns
    -------
    Dataset
        The caller's, where it is small.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd": ("lat", [0.1, 0.2])})
    >>> skip_values(ds) is ds
    True
    """
    if sum(v.nbytes for v in ds.variables.values() if is_in_memory(v)) <= LARGE:
        return ds
    # A fixed token spares the hash of all values: this graph is never computed.
    return ds.chunk(token="glance")


def list_variables(ds: xr.Dataset) -> list[dict[str, Any]]:
    """List the variables that a downscaling would use, and the maps of errors, as stored.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    list of dict
        ``role``, ``name``, ``units``, ``dims``, ``dtype``, ``lazy`` and ``range`` of each.

    Examples
    --------
    >>> ds = xr.Dataset({"ZWD": ("lat", [0.1, 0.2], {"units": "m"})}, {"lat": [0.0, 1.0]})
    >>> [(each["role"], each["name"], each["range"]) for each in list_variables(ds)]
    [('zwd', 'ZWD', [0.1, 0.2])]
    """
    try:
        axes = find_axes(ds)
        dims: set[Hashable] = {axes.lat_dim, axes.lon_dim}
    except TropdsxError:
        dims = set()
    found = {role: find_variable(ds.reset_coords(), role, dims) for role in INPUTS}
    names = {role: name for role, name in found.items() if name is not None}
    names |= {str(n): n for n in ds.data_vars if str(n).endswith(("_rmse", "_sigma"))}
    return [_variable(ds[name], role) for role, name in names.items()]


def _variable(da: xr.DataArray, role: str) -> dict[str, Any]:
    return {
        "role": role,
        "name": str(da.name),
        "units": str(da.attrs["units"]) if "units" in da.attrs else None,
        "dims": {str(dim): size for dim, size in da.sizes.items()},
        "dtype": str(da.dtype),
        "lazy": not is_in_memory(da),
        "range": find_range(da),
    }


def find_range(da: xr.DataArray) -> list[float] | None:
    """Find the least and the greatest value of what is in memory.

    Parameters
    ----------
    da : DataArray
        Any.

    Returns
    -------
    list of float or None
        In the unit stored; None for what is lazy, large or holds no number.

    Examples
    --------
    >>> find_range(xr.DataArray([2.0, np.nan, 3.0]))
    [2.0, 3.0]
    """
    if not is_in_memory(da) or da.nbytes > LARGE or da.dtype.kind not in "fiu":
        return None
    values = da.to_numpy()
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    return [float(f"{bound:.6g}") for bound in (finite.min(), finite.max())]


def describe_grid(standard: xr.Dataset, record: GridRecord) -> dict[str, Any]:
    """Describe a grid, as the caller keeps it.

    Parameters
    ----------
    standard : Dataset
        The standard grid.
    record : GridRecord
        How the caller keeps it.

    Returns
    -------
    dict
        ``kind`` ("global", "band" or "region"), ``spacing`` [deg], ``nodes``, ``registration``,
        extent [deg] and order of the axes.

    Examples
    --------
    >>> from tropdsx.grid.standardise import standardise_grid
    >>> zwd = xr.DataArray(np.ones((3, 4)) / 5, {"lat": [40.0, 45.0, 50.0], "lon": [0, 5, 10, 15]})
    >>> about = describe_grid(*standardise_grid(xr.Dataset({"zwd": zwd.assign_attrs(units="m")})))
    >>> about["kind"], about["spacing_text"], about["lat_ascending"]
    ('region', '5°', True)
    """
    lat, lon = standard["lat"].to_numpy(), standard["lon"].to_numpy()
    steps = [round(abs(float(axis[1] - axis[0])), 6) for axis in (lat, lon)]
    round_the_earth = is_global_longitude(lon)
    kind = "global" if is_global(standard) else "band" if round_the_earth else "region"
    return {
        "kind": kind,
        "spacing": steps,
        "spacing_text": " × ".join(f"{step:g}°" for step in dict.fromkeys(steps)),
        "nodes": [int(lat.size), int(lon.size)],
        "lat": [float(value) for value in record.lat.to_numpy()[[0, -1]]],
        "lon": [float(value) for value in record.lon.to_numpy()[[0, -1]]],
        "registration": find_registration(lat),
        "poles": bool((np.abs(lat[[0, -1]]) == 90.0).all()),
        "dims": [str(dim) for dim in record.dims],
        "lat_ascending": record.lat_ascending,
        "lon_convention": record.lon_convention,
        "duplicate_column": record.duplicate_column,
    }


def describe_times(standard: xr.Dataset) -> dict[str, Any]:
    """Describe the epochs: the usual step and how many are missing between first and last.

    Parameters
    ----------
    standard : Dataset
        With a coordinate ``time``.

    Returns
    -------
    dict
        ``count``, ``first``, ``last``, ``step``, ``step_hours`` [h], ``gaps`` and ``text``.

    Examples
    --------
    >>> days = np.array(["2021-01-01", "2021-01-02", "2021-01-04"], "datetime64[ns]")
    >>> about = describe_times(xr.Dataset(coords={"time": days}))
    >>> about["text"], about["gaps"]
    ('3 epochs from 2021-01-01 00:00, every 36 h', 0)
    """
    time = standard["time"].to_numpy()
    about: dict[str, Any] = dict.fromkeys(("first", "last", "step", "step_hours"))
    about |= {"count": int(time.size), "gaps": 0}
    some = f"{time.size} epoch{'s' if time.size > 1 else ''}"
    if np.isnat(time).all():
        return about | {"text": f"{some} of unknown date"}
    first, last = (np.datetime_as_string(t, unit="m").replace("T", " ") for t in time[[0, -1]])
    about |= {"first": first, "last": last}
    if time.size == 1:
        return about | {"text": f"{some}, {first}"}
    steps = np.diff(time).astype("timedelta64[s]").astype(np.int64)
    usual = int(np.median(steps))
    hours = usual / 3600
    about["gaps"] = int((np.rint(steps / usual) - 1).clip(min=0).sum())
    about["step_hours"] = hours
    about["step"] = f"{hours:g} h" if hours < 48 or hours % 24 else f"{hours / 24:g} d"
    return about | {"text": f"{some} from {first}, every {about['step']}"}


def area_rms(field: xr.DataArray) -> float:
    """Root mean square of a field, weighted by area.

    Parameters
    ----------
    field : DataArray
        On latitude and longitude, by any names; missing values are left out.

    Returns
    -------
    float
        In the unit of the field.

    Examples
    --------
    >>> area_rms(xr.DataArray([[3.0, 3.0]], {"lat": [60.0], "lon": [0.0, 1.0]}, ("lat", "lon")))
    3.0
    """
    axes = find_axes(field.to_dataset(name="map"))
    weights = xr.DataArray(area_weight(axes.lat), dims=[axes.lat_dim])
    return float(np.sqrt((field.astype(float) ** 2).weighted(weights).mean()))
