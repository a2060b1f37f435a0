"""Lay a result out as CF wants files: names and order of dimensions, ascending dates."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.times import read_dates
from tropdsx.errors import TropdsxWarning

__all__ = ["with_standard_names"]


def with_standard_names(fine: xr.Dataset) -> xr.Dataset:
    """Name the dimensions of a result time, lat and lon, in this order, and sort its epochs.

    Epochs of other forms become datetime64; those without any date lose their coordinate.

    Parameters
    ----------
    fine : Dataset
        Result of :func:`tropdsx.pipeline.downscale`; its orientation and values stay.

    Returns
    -------
    Dataset
        The same data.

    Raises
    ------
    GridError
        If it has no latitude and longitude of a grid, or a date cannot be read.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"latitude": [1.0, 0.0], "longitude": [5.0, 6.0]})
    >>> sorted(with_standard_names(ds).dims)
    ['lat', 'lon']
    """
    axes = find_axes(fine)
    names = {"lat": axes.lat, "lon": axes.lon}
    if axes.time is not None:
        names["time"] = axes.time
    for name, coord in names.items():
        dims = {dim: name for dim in coord.dims if dim != name}
        fine = fine.rename_dims(dims)
        if coord.name not in fine.variables or (name == "time" and coord.isnull().all()):
            # Epochs without dates: no coordinate can be written of them.
            fine = fine.drop_vars(str(coord.name), errors="ignore")
            continue
        if coord.name != name:
            fine = fine.rename_vars({coord.name: name})
        if name == "time" and not _is_cf_time(coord):
            fine = _with_cf_time(fine, coord)
        if name in fine.dims and name not in fine.indexes:
            fine = fine.set_xindex(name)
    if "time" in fine.indexes and not fine.indexes["time"].is_monotonic_increasing:
        fine = fine.sortby("time")
    return fine.transpose("time", "lat", "lon", ..., missing_dims="ignore")


def _is_cf_time(time: xr.DataArray) -> bool:
    if time.dtype.kind == "M" or " since " in str(time.attrs.get("units", "")):
        return True
    return time.dtype == object and hasattr(np.atleast_1d(time.values)[0], "calendar")


def _with_cf_time(fine: xr.Dataset, time: xr.DataArray) -> xr.Dataset:
    """Write dates for text and days of other counts, which are dates to us but not to CF."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TropdsxWarning)  # said when the input was read
        dates = read_dates(time, [])
    if np.isnat(dates).all():
        return fine
    kept = {name: value for name, value in time.attrs.items() if name != "units"}
    return fine.assign_coords(time=(time.dims and ("time",), dates, kept))
