"""Settle the times of files that follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.time.dates import is_date, read_dates
from tropdsx.cf.time.runs import is_of_forecast
from tropdsx.cf.time.settle import find_horizontal, make_valid
from tropdsx.cf.time.valid import find_valid_time
from tropdsx.errors import warn

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

__all__ = ["settle_series"]


def settle_series(parts: Sequence[xr.Dataset], notes: list[str]) -> list[xr.Dataset]:
    """Settle the times of files that follow each other, before they are joined.

    Parameters
    ----------
    parts : sequence of Dataset
        As opened, in any order.
    notes : list of str
        What was made of their times is appended here, and what was assumed is warned of.

    Returns
    -------
    list of Dataset
        Each with its valid time under the name that the first one has. Starts and leads that are
        not the same in all are left out. Epochs are not moved: their step is that of the series.

    Raises
    ------
    GridError
        As :func:`settle_time`.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> start = np.datetime64("2022-07-01", "ns")
    >>> parts = [
    ...     xr.Dataset(coords={"time": start, "step": np.timedelta64(hours, "h")})
    ...     for hours in (6, 12)
    ... ]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     sorted(settle_series(parts, [])[1].coords)
    ['time', 'valid_time']
    """
    told: list[str] = []
    warned: list[str] = []
    settled = [make_valid(ds, told, warned, flatten=True) for ds in parts]
    notes += dict.fromkeys(told)
    for text in dict.fromkeys(warned):
        warn(text)
    first = find_valid_time(settled[0], find_horizontal(settled[0])).time if settled else None
    if first is None:
        return settled
    settled = [_name_as(ds, first) for ds in settled]
    varying = {
        name
        for ds in settled
        for name, v in ds.variables.items()
        if name != first.name
        and (is_of_forecast(name, v) or (v.ndim == 0 and is_date(v)))
        and not _is_equal_in_all(settled, name)
    }
    return _of_one_kind([ds.drop_vars(varying & set(ds.variables)) for ds in settled], notes)


def _of_one_kind(parts: list[xr.Dataset], notes: list[str]) -> list[xr.Dataset]:
    """Make datetime64 of all epochs where some files have text or numbers, and others dates."""
    times = [find_valid_time(ds, find_horizontal(ds)).time for ds in parts]
    if len({time.dtype.kind for time in times if time is not None}) < 2:
        return parts
    return [_with_dates(ds, time, notes) for ds, time in zip(parts, times, strict=True)]


def _with_dates(ds: xr.Dataset, time: xr.DataArray | None, notes: list[str]) -> xr.Dataset:
    dates = np.array("NaT", "M8[ns]") if time is None else read_dates(time, notes)
    if time is None or np.isnat(dates).any():
        return ds
    attrs = {key: v for key, v in time.attrs.items() if key not in ("units", "calendar")}
    return ds.assign_coords({time.name: (time.dims, dates, attrs)})


def _is_equal_in_all(parts: Sequence[xr.Dataset], name: Hashable) -> bool:
    found = [ds.variables.get(name) for ds in parts]
    return all(each is not None and each.equals(found[0]) for each in found)


def _name_as(ds: xr.Dataset, time: xr.DataArray) -> xr.Dataset:
    """Give the time of a file the name that it has in another."""
    own = find_valid_time(ds, find_horizontal(ds)).time
    if own is None or own.name not in ds.variables or time.name is None:
        return ds
    dims = {old: new for old, new in zip(own.dims, time.dims, strict=False) if old != new}
    names = {own.name: time.name} if own.name != time.name else {}
    # The start of a forecast may have the name that the first file has for its valid time.
    ds = ds.drop_vars({*dims.values(), *names.values()} & set(ds.variables))
    ds = ds.rename_dims(dims).rename_vars(names)
    is_axis = time.name in ds.dims and time.name not in ds.indexes
    return ds.set_xindex([time.name]) if is_axis else ds
