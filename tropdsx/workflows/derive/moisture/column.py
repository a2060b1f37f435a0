"""Find the total column of water vapour, and judge what its attributes say of its values."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from tropdsx.cf.positions import Positions, find_positions
from tropdsx.cf.variables import find_fields
from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.fields.names import COLUMN, ON_LEVELS
from tropdsx.workflows.derive.fields.reading import FieldReader

__all__ = ["VAPOUR", "check_instant", "find_moisture", "place_column", "tell_saturated"]

VAPOUR = "column of water vapour"
"""What the column is called where fields are read by their role."""

_NO_LEVEL = ("number", "step", "surface", "expver")
_SUMS = ("accum", "diff")


def find_moisture(ds: xr.Dataset) -> xr.DataArray | None:
    """Find the column of water vapour of a Dataset that has no temperature on levels.

    Parameters
    ----------
    ds : Dataset
        Fields of a weather model.

    Returns
    -------
    DataArray or None
        As stored, without coordinates; None where there is none, or there are levels.

    Examples
    --------
    >>> ds = xr.Dataset({"tcwv": ("site", [20.0]), "t2m": ("site", [288.0])})
    >>> ds = ds.assign_coords(lat=("site", [48.0]), lon=("site", [16.0]))
    >>> find_moisture(ds).name
    'tcwv'
    """
    found = find_fields(ds, COLUMN[VAPOUR])
    if not found:
        return None
    try:
        places = find_positions(ds).dims
    except GridError:
        places = set()
    for field in find_fields(ds, ON_LEVELS["temperature"]):
        if any(_may_be_levels(ds, dim) for dim in set(field.dims) - places):
            return None
    return found[0]


def _may_be_levels(ds: xr.Dataset, dim: Hashable) -> bool:
    is_dated = dim in ds.variables and ds[dim].dtype.kind == "M"
    return ds.sizes[dim] > 1 and dim not in _NO_LEVEL and not is_dated


def place_column(ds: xr.Dataset) -> tuple[xr.DataArray, Positions]:
    """Find the column of water vapour, and where and when it holds.

    Parameters
    ----------
    ds : Dataset
        Of which :func:`find_moisture` finds one; its dimensions of size 1 are dropped.

    Returns
    -------
    DataArray
        As stored, without coordinates, with its encoding.
    Positions
        Of this field, whose time may be another one than that of the fields beside it.

    Raises
    ------
    GridError
        If it has another dimension.

    Examples
    --------
    >>> ds = xr.Dataset({"tcwv": ("site", [20.0])})
    >>> field, where = place_column(ds.assign_coords(lat=("site", [48.0]), lon=("site", [16.0])))
    >>> field.name, where.dims
    ('tcwv', {'site'})
    """
    field = find_fields(ds, COLUMN[VAPOUR])[0]
    field.encoding = dict(ds[field.name].encoding)
    own = [name for name in ds.variables if set(ds[name].dims) <= set(field.dims)]
    try:
        positions = find_positions(ds[own].reset_coords())
    except GridError:
        positions = find_positions(ds)
    others = [str(dim) for dim in field.dims if dim not in positions.dims]
    if others:
        msg = (
            f"'{field.name}' has dimensions {', '.join(others)} besides place and time; accepted "
            "is one column for each place and time. Select one with ds.isel(...)."
        )
        raise GridError(msg)
    return field, positions


def check_instant(field: xr.DataArray) -> list[str]:
    """Refuse a column that is a sum over time, and tell of one that is a mean.

    Parameters
    ----------
    field : DataArray
        As stored, with its attributes.

    Returns
    -------
    list of str
        What to tell; empty for values of an instant.

    Raises
    ------
    UnitsError
        If it is accumulated.

    Examples
    --------
    >>> check_instant(xr.DataArray(20.0, name="prw", attrs={"cell_methods": "time: mean"}))
    ["'prw' is no instant value (time: mean), and neither are its delays"]
    """
    kind = str(field.attrs.get("GRIB_stepType", "instant"))
    methods = str(field.attrs.get("cell_methods", ""))
    over_time = methods.partition("time:")[2].split("(")[0].split()[:1]
    method = over_time[0] if over_time else "point"
    if kind in _SUMS or method == "sum":
        said = f"GRIB_stepType {kind}" if kind in _SUMS else f"time: {method}"
        msg = (
            f"'{field.name}' is a sum over time ({said}); accepted are instant columns of water "
            "vapour (kg m-2). Fetch the analysis or the instant value, or correct the attribute."
        )
        raise UnitsError(msg)
    if kind == "instant" and method == "point":
        return []
    said = f"time: {method}" if method != "point" else f"GRIB_stepType {kind}"
    return [f"'{field.name}' is no instant value ({said}), and neither are its delays"]


def tell_saturated(field: xr.DataArray, reader: FieldReader) -> list[str]:
    """Tell of values at the top of what a file can hold, where it says what that is.

    Parameters
    ----------
    field : DataArray
        As stored, with attributes and encoding: ``valid_max``, ``valid_range``, or a packing in 8
        bit, which often ends at values that are meant as "or more".
    reader : FieldReader
        Knows what may be looked at.

    Returns
    -------
    list of str
        Empty where nothing is known, or no value is at the top.

    Examples
    --------
    >>> field = xr.DataArray([30.0, 70.0], name="pwat", attrs={"valid_max": 70.0})
    >>> tell_saturated(field, FieldReader((), sample=False))
    ["'pwat' is at the top of its range (70) at 1 of 2 places: there it may be more"]
    """
    top = _top_of(field)
    values = None if top is None else reader.look(field)
    if top is None or values is None:
        return []
    # Attributes are often float32, and packed values are rounded twice.
    count = int((values.astype(np.float64) >= top * (1.0 - 1e-6)).sum())
    if not count:
        return []
    return [
        f"'{field.name}' is at the top of its range ({top:g}) at {count} of {values.size} places: "
        "there it may be more"
    ]


def _top_of(field: xr.DataArray) -> float | None:
    """Highest value that a file can hold, as far as it says so without ambiguity."""
    packed = np.dtype(field.encoding.get("dtype", np.float64))
    scale, offset = (field.encoding.get(key) for key in ("scale_factor", "add_offset"))
    if scale is None:
        said = [field.attrs.get("valid_max"), *np.ravel(field.attrs.get("valid_range", ()))[1:]]
        known = [float(each) for each in said if isinstance(each, (int, float, np.number))]
        return known[0] if known else None
    # valid_max of packed values is one of the packed, or not: nobody knows.
    if packed.kind not in "iu" or packed.itemsize > 1:
        return None
    highest = np.iinfo(packed).max
    highest -= field.encoding.get("_FillValue") == highest
    return float(highest) * float(scale) + float(offset or 0.0)
