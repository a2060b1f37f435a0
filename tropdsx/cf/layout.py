"""Lay a result out as CF wants files: names and order of dimensions, ascending dates."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.references import rename_references
from tropdsx.cf.axes import find_axes
from tropdsx.cf.time.dates import is_date, read_dates
from tropdsx.cf.time.roles import START, is_lead
from tropdsx.cf.time.settle import settle_time

__all__ = ["straighten_axes", "with_standard_names"]


def with_standard_names(fine: xr.Dataset) -> xr.Dataset:
    """Name the dimensions of a result time, lat and lon, in this order, and sort its epochs.

    Epochs of other forms become datetime64; those without any date lose their coordinate. In a
    forecast the valid time is the time, and the start of a run ``forecast_reference_time``. What
    attributes say of axes follows their names.

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
    fine = _exchange_names(straighten_axes(settle_time(fine)))
    axes = find_axes(fine)
    names = {"lat": axes.lat, "lon": axes.lon}
    if axes.time is not None:
        fine = _set_starts_apart(fine, axes.time)
        names["time"] = axes.time
    fine = _make_room(fine, names)
    for name, coord in names.items():
        dims = {dim: name for dim in coord.dims if dim != name}
        fine = fine.rename_dims(dims)
        if coord.name not in fine.variables or (name == "time" and coord.isnull().all()):
            # Epochs without dates: no coordinate can be written of them.
            fine = fine.drop_vars(str(coord.name), errors="ignore")
            continue
        if name != "time" and coord.name in coord.dims and not coord.indexes:
            fine = fine.assign_coords({coord.name: coord.variable})  # radians in degrees
        if coord.name != name:
            fine = fine.rename_vars({coord.name: name})
        if name == "time" and coord.dtype.kind != "M":
            fine = _with_dates(fine, coord)
        if name in fine.dims and name not in fine.indexes:
            fine = fine.set_xindex(name)
    new = {old: name for name, coord in names.items() for old in (coord.name, *coord.dims)}
    cells = {f"{old}_bnds": f"{name}_bnds" for old, name in new.items() if old != name}
    cells = {old: name for old, name in cells.items() if old in fine.variables}
    fine = rename_references(fine.rename_vars(cells), new | cells)
    if "time" in fine.indexes and not fine.indexes["time"].is_monotonic_increasing:
        fine = fine.sortby("time")
    return fine.transpose("time", "lat", "lon", ..., missing_dims="ignore")


def _exchange_names(fine: xr.Dataset) -> xr.Dataset:
    """Give latitudes called "lon" and longitudes called "lat" their own names, all at once."""
    axes = find_axes(fine)
    if (axes.lat.name, axes.lon.name) != ("lon", "lat"):
        return fine
    names = {"lat": "lon", "lat_bnds": "lon_bnds"}
    names |= {new: old for old, new in names.items()}
    found = {old: new for old, new in names.items() if old in {*fine.variables, *fine.dims}}
    return rename_references(fine.rename(found), names)


def straighten_axes(fine: xr.Dataset) -> xr.Dataset:
    """Put the axes of a regular grid in the place of its 2-D latitudes and longitudes.

    An axis of the right name on a dimension of another becomes the coordinate of its dimension.

    Parameters
    ----------
    fine : Dataset
        On a grid.

    Returns
    -------
    Dataset
        With one-dimensional axes.

    Raises
    ------
    GridError
        If the grid is curvilinear, or none.

    Examples
    --------
    >>> lat, lon = np.meshgrid([1.0, 0.0], [5.0, 6.0, 7.0], indexing="ij")
    >>> ds = xr.Dataset(coords={"lat": (("y", "x"), lat), "lon": (("y", "x"), lon)})
    >>> straighten_axes(ds).y.values.tolist()
    [1.0, 0.0]
    """
    axes = find_axes(fine)
    for axis, name, unit in (
        (axes.lat, "latitude", "degrees_north"),
        (axes.lon, "longitude", "degrees_east"),
    ):
        dim = axis.dims[0]
        if axis.name not in fine.variables or fine.variables[axis.name].ndim < 2:
            is_named = axis.name in ("lat", "lon") and axis.name in fine.variables
            fine = fine.swap_dims({dim: axis.name}) if is_named and dim != axis.name else fine
            continue
        fine = fine.drop_vars({axis.name, dim} & set(fine.variables))
        attrs = {"standard_name": name, "units": unit, **axis.attrs}
        fine = fine.assign_coords({dim: (dim, axis.values, attrs)})
    return fine


def _make_room(fine: xr.Dataset, names: dict[str, xr.DataArray]) -> xr.Dataset:
    """Rename variables that are called like an axis, and are none, such as 2-D latitudes."""
    new = {
        name: f"{name}_other"
        for name, coord in names.items()
        if name in fine.variables and name not in (coord.name, *fine.dims)
    }
    return rename_references(fine.rename_vars(new), new)


def _set_starts_apart(fine: xr.Dataset, time: xr.DataArray) -> xr.Dataset:
    """Leave the name "time" to when values hold; of leads the start of a run says enough."""
    leads = [n for n, v in fine.variables.items() if n != time.name and is_lead(n, v)]
    fine = fine.drop_vars(leads)
    if "time" in fine.dims and "time" not in time.dims:
        fine = fine.squeeze("time")
    if time.name == "time" or "time" not in fine.variables:
        return fine
    start = fine["time"].variable
    if start.ndim or not is_date(start) or START in fine.variables:
        return fine.drop_vars("time")
    attrs = {"standard_name": START, "long_name": "start of the forecast"}
    return fine.rename_vars(time=START).assign_coords({START: ((), start.values, attrs)})


def _with_dates(fine: xr.Dataset, time: xr.DataArray) -> xr.Dataset:
    """Write dates for text, other calendars and counts, which are dates to us but not to CF."""
    dates = read_dates(time)
    if np.isnat(dates).all():
        return fine
    kept = {name: v for name, v in time.attrs.items() if name not in ("units", "calendar")}
    return fine.assign_coords(time=(time.dims and ("time",), dates, kept))
