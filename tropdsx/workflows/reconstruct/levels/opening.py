"""One field of a file, at one time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.cf.conventions import Conventions
from tropdsx.cf.time.epochs import reach_of
from tropdsx.cf.time.text import parse_date
from tropdsx.errors import DomainError, did_you_mean
from tropdsx.read.delays import open_delays

__all__ = ["open_field"]


def open_field(path: str | Path, variable: str, time: str | None = None) -> xr.DataArray:
    """Open one field of a file, at one time.

    Parameters
    ----------
    path : str or Path
        Of any kind that :func:`tropdsx.open_delays` reads.
    variable : str
        Name as stored.
    time : str, optional
        The one whose bounds hold it is taken, as of a monthly mean; without bounds the nearest,
        no further away than the file's times are from each other, or a day where there is one
        [UTC].

    Returns
    -------
    DataArray
        In memory, without dimensions of size 1; its time is the coordinate ``time``.

    Raises
    ------
    DomainError
        If the file has no such variable, or several times and none is named, or none near it.
    """
    with open_delays(path, chunks=None) as ds:
        if variable not in ds.data_vars:
            there = list(map(str, ds.data_vars))
            msg = f"no variable {variable!r} in {path}{did_you_mean(variable, there)}; there are "
            raise DomainError(msg + (", ".join(there) or "none"))
        da = ds[variable]
        times = find_axes(ds, da.dims).time
        place = 0 if times is None or time is None else _find_time(ds, times, time, path)
        if times is None and time is not None:
            msg = f"{path} has no times to choose {time} from; leave --time out"
            raise DomainError(msg)
        if times is not None and times.size > 1 and time is None:
            first, last = times.to_numpy().ravel()[[0, -1]]
            msg = f"{path} has {times.size} times from {first} to {last}; name one with --time"
            raise DomainError(msg)
        if times is not None:
            where = dict.fromkeys(times.dims, place)
            da = da.isel(where).drop_vars("time", errors="ignore")
            when = times.isel(where).reset_coords(drop=True)
            da = da.assign_coords(time=when.variable)
        return da.squeeze(drop=False).load()


def _find_time(ds: xr.Dataset, times: xr.DataArray, wanted: str, path: str | Path) -> int:
    """Find the place of the time that stands for the one that is wanted."""
    try:
        date = parse_date(wanted)
    except ValueError as error:
        msg = f"--time {wanted!r} is no date ({error}); accepted is ISO 8601, as 2021-06-29T12:00"
        raise DomainError(msg) from error
    if times.ndim > 1 or times.dtype.kind != "M":
        msg = f"the times of {path} are no list of dates of the usual calendar; give a file of one "
        raise DomainError(msg + "time")
    found = np.atleast_1d(times.to_numpy())
    away = np.abs(found - date)
    holding = np.flatnonzero(_holds(ds, times, date))
    if holding.size:
        return int(holding[away[holding].argmin()])
    place = int(away.argmin())
    if not away[place] <= reach_of(found):
        span = " to ".join(dict.fromkeys(str(each)[:16] for each in (found.min(), found.max())))
        advice = "name one of its own with --time" if found.size > 1 else "leave --time out"
        msg = f"{path} has no time near {wanted}: it has {span}; {advice}"
        raise DomainError(msg)
    return place


def _holds(ds: xr.Dataset, times: xr.DataArray, date: np.datetime64) -> NDArray[np.bool_]:
    """Say which times have bounds around a date."""
    name = Conventions(ds).bounds.get(times.name)
    bounds = None if name is None or name not in ds.variables else ds[name]
    if bounds is None or bounds.dtype.kind != "M" or bounds.shape != (*times.shape, 2):
        return np.zeros(times.size, np.bool_)
    ends = np.sort(bounds.to_numpy().reshape(-1, 2), axis=1)
    return (ends[:, 0] <= date) & (date < ends[:, 1])
