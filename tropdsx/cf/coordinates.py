"""Which variables of a Dataset can be its latitude, longitude and time, best first.

The tables of names stand here alone; attributes are read with cf-xarray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from tropdsx.cf.conventions import Conventions

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

__all__ = [
    "HORIZONTAL_NAMES",
    "TIME_NAMES",
    "is_epoch",
    "rank_horizontal",
    "rank_times",
]

HORIZONTAL_NAMES = {
    "latitude": ("lat", "latitude", "lats", "lat_deg", "nav_lat", "xlat", "y"),
    "longitude": ("lon", "longitude", "lons", "long", "lon_deg", "nav_lon", "xlong", "x"),
}
"""Accepted names in order of preference, compared without case."""

TIME_NAMES = ("time", "valid_time", "datetime", "date", "epoch", "epochs", "times", "step", "t")
"""Accepted names of times in order of preference, compared without case."""

_DEGREES = {"", "1", "degrees", "degree", "deg", "°", "decimal degrees", "decimal_degrees"}
"""Units that a latitude or longitude told by its name may have."""


def rank_horizontal(
    ds: xr.Dataset, *, ndims: Collection[int]
) -> tuple[list[Hashable], list[Hashable]]:
    """List the variables that can be the latitude, and those that can be the longitude.

    Parameters
    ----------
    ds : Dataset
        Any.
    ndims : collection of int
        Accepted numbers of dimensions.

    Returns
    -------
    latitudes, longitudes : list of Hashable
        Names, best first: those told by CF attributes, a scalar or 1-D axis before a 2-D field and
        the coordinate of a dimension before another variable; then those told by their names.

    Examples
    --------
    >>> ds = xr.Dataset({"y": [1.0, 0.0], "LAT": ("y", [48.0, 47.0]), "lat_bnds": ("y", [0, 0])})
    >>> rank_horizontal(ds, ndims=(1,))
    (['LAT', 'y'], [])
    """
    by_attributes = Conventions(ds).axes
    latitudes, longitudes = (
        _rank_one(ds, HORIZONTAL_NAMES[axis], by_attributes[axis], ndims)
        for axis in ("latitude", "longitude")
    )
    return latitudes, longitudes


def _rank_one(
    ds: xr.Dataset,
    names: tuple[str, ...],
    by_attributes: set[Hashable],
    ndims: Collection[int],
) -> list[Hashable]:
    ranked = []
    for name, variable in ds.variables.items():
        if variable.ndim not in ndims or variable.dtype.kind not in "fiu":
            continue
        preference = _place(name, names)
        unit = str(variable.attrs.get("units", "")).strip().lower()
        if name in by_attributes:
            ranked.append(((0, variable.ndim, name not in ds.dims, preference), name))
        elif preference < len(names) and unit in _DEGREES:
            ranked.append(((1, 0, False, preference), name))
    return [name for _, name in sorted(ranked, key=lambda entry: entry[0])]


def rank_times(ds: xr.Dataset, horizontal: Collection[Hashable] = ()) -> list[Hashable]:
    """List the scalar and 1-D variables that can be the time.

    Parameters
    ----------
    ds : Dataset
        Any.
    horizontal : collection of Hashable, optional
        Dimensions of latitude and longitude: times along them are passed over.

    Returns
    -------
    list of Hashable
        Names, best first: one that really runs before size 1, an axis before a scalar, one told by
        CF attributes or its dates before one told by its name.

    Examples
    --------
    >>> date = xr.date_range("2022-03-09", periods=1)[0]
    >>> rank_times(xr.Dataset(coords={"t": [0, 1], "reference": date, "valid_time": date}))
    ['t', 'valid_time', 'reference']
    """
    conventions = Conventions(ds)
    by_standard_name = set(conventions.standard_names.get("time", ()))
    by_attributes = conventions.axes["time"]
    ranked = []
    for name, variable in ds.variables.items():
        if (
            variable.ndim > 1
            or set(variable.dims) & set(horizontal)
            or not is_epoch(name, variable)
        ):
            continue
        preference = _place(name, TIME_NAMES)
        since = " since " in str(variable.attrs.get("units", ""))
        # "t" and "step" are time only as an axis: as a field, t is temperature.
        is_axis = variable.dims == (name,) or (str(name).lower() == "time" and variable.ndim == 0)
        if name in by_standard_name or since or variable.dtype.kind == "M" or _is_cftime(variable):
            certainty = 0
        elif name in by_attributes:
            certainty = 1
        elif preference < len(TIME_NAMES) and is_axis:
            certainty = 2
        else:
            continue
        key = (-min(variable.size, 2), -variable.ndim, certainty, preference, str(name))
        ranked.append((key, name))
    return [name for _, name in sorted(ranked, key=lambda entry: entry[0])]


def is_epoch(name: Hashable, variable: xr.Variable) -> bool:
    """Tell a time of the data from the times of other things that files keep.

    Parameters
    ----------
    name : Hashable
        Name of the time.
    variable : Variable
        The time.

    Returns
    -------
    bool
        False for the start of a forecast, and for the scalar that stands for the period in which
        RMSE maps were measured.

    Examples
    --------
    >>> is_epoch("reftime", xr.Variable((), 0, {"standard_name": "forecast_reference_time"}))
    False
    """
    is_start = str(variable.attrs.get("standard_name")) == "forecast_reference_time"
    return not is_start and not (name == "validation_time" and variable.ndim == 0)


def _place(name: Hashable, names: tuple[str, ...]) -> int:
    lower = str(name).lower()
    return names.index(lower) if lower in names else len(names)


def _is_cftime(variable: xr.Variable) -> bool:
    if variable.dtype != object or variable.size == 0:
        return False
    first = variable.values.flat[0]
    return hasattr(first, "calendar") and hasattr(first, "strftime")
