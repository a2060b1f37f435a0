"""Settle the time of a Dataset: one axis of valid times, on its step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.coordinates import rank_horizontal
from tropdsx.cf.time.dates import is_date, read_dates
from tropdsx.cf.time.roles import TIME_NAMES, VALID_NAMES, is_bare_lead, is_lead, rank_times
from tropdsx.cf.time.runs import flatten_runs
from tropdsx.cf.time.snap import snap_to_step, tolerance_of
from tropdsx.cf.time.valid import ValidTime, find_valid_time
from tropdsx.cf.time.zones import describe_zone
from tropdsx.errors import GridError, warn

if TYPE_CHECKING:
    from collections.abc import Hashable


__all__ = ["find_horizontal", "make_valid", "settle_time"]

#: A date as RAiDER writes it: 2019_11_17T20_51_58.
_STATED = r"(\d{4})[_-](\d\d)[_-](\d\d)[T ](\d\d)[_:](\d\d)(?:[_:](\d\d))?"
_SECOND = np.timedelta64(1, "s")


def settle_time(
    ds: xr.Dataset, notes: list[str] | None = None, *, flatten: bool = True
) -> xr.Dataset:
    """Give a Dataset one time: the valid one, stored, along one dimension, on its step.

    Start and lead of forecasts are added; a second axis of the same epochs becomes the first; runs
    and their steps become one axis; epochs a little off an evident step are put on it.

    Parameters
    ----------
    ds : Dataset
        Any, on a grid or not.
    notes : list of str, optional
        What was made of its times is appended here, and what was assumed or changed by a second or
        more is warned of; without a list neither is done.
    flatten : bool, optional
        Make one dimension of runs and steps. Else the valid time has both.

    Returns
    -------
    Dataset
        The same object where its time is settled; fields stay lazy.

    Raises
    ------
    GridError
        If there are two forecasts for one valid time, forecasts of which nothing says how long
        they had run or in which unit, or a time that cannot be read.

    Examples
    --------
    >>> start = np.datetime64("2022-07-01", "ns")
    >>> coords = {"time": start, "step": ("step", [0, 6], {"units": "hours"})}
    >>> settle_time(xr.Dataset(coords=coords)).valid_time.dims
    ('step',)
    """
    told: list[str] = []
    warned: list[str] = []
    ds = make_valid(ds, told, warned, flatten=flatten)
    ds = _snap(ds, told, warned)
    clocks = _of_other_clocks(ds)
    told, warned = told + clocks, warned + clocks
    if notes is not None:
        notes += told
        for text in warned:
            warn(text)
    return ds


def make_valid(ds: xr.Dataset, told: list[str], warned: list[str], *, flatten: bool) -> xr.Dataset:
    """Give a Dataset one valid time, without moving its epochs.

    Parameters
    ----------
    ds : Dataset
        Any, on a grid or not.
    told, warned : list of str
        What was made of its times, and what is to be warned of, are appended here.
    flatten : bool
        See :func:`settle_time`, which also says what is raised.

    Returns
    -------
    Dataset
        The same object where it has one.

    Examples
    --------
    >>> told = []
    >>> coords = {"init_time": np.datetime64("2022-07-01", "ns"), "step": np.timedelta64(6, "h")}
    >>> make_valid(xr.Dataset(coords=coords), told, [], flatten=True).valid_time.dt.hour.item()
    6
    >>> told
    ["valid times are the sum of 'init_time' and 'step'"]
    """
    horizontal = find_horizontal(ds)
    ds = _join_axes(ds, horizontal)
    _refuse_bare_leads(ds)
    found = find_valid_time(ds, horizontal)
    _refuse_starts(ds, found)
    if found.time is None:
        return _with_stated_date(ds, told)
    ds = _store(ds, found, told, warned)
    return flatten_runs(ds, found, told) if found.time.ndim == 2 and flatten else ds


def find_horizontal(ds: xr.Dataset) -> set[Hashable]:
    """Find the dimensions of a grid; a list of places or a track has its times along them.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    set of Hashable
        Those of latitude and longitude; none where both run along the same one.

    Examples
    --------
    >>> track = {"lat": ("point", [48.0, 49.0]), "lon": ("point", [16.0, 17.0])}
    >>> find_horizontal(xr.Dataset(coords=track))
    set()
    """
    latitudes, longitudes = rank_horizontal(ds, ndims=(1, 2))
    if not latitudes or not longitudes:
        return set()
    lat, lon = ds[latitudes[0]].dims, ds[longitudes[0]].dims
    return set() if lat == lon and len(lat) == 1 else {*lat, *lon}


def _join_axes(ds: xr.Dataset, horizontal: set[Hashable]) -> xr.Dataset:
    """Make one of the time axes that have the same epochs; fields may have others of their own."""
    names = [
        name
        for name in rank_times(ds, horizontal)
        if ds[name].dims == (name,)
        and str(name).lower() in (*TIME_NAMES, *VALID_NAMES)
        and not is_lead(name, ds.variables[name])
        and is_date(ds.variables[name])
    ]
    if len(names) < 2:
        return ds
    first, *others = names
    own = read_dates(ds[first])
    for name in others:
        dates = read_dates(ds[name])
        if dates.shape == own.shape and (np.abs(dates - own) <= tolerance_of(own)).all():
            ds = _rename_dim(ds.drop_vars([name]), name, first)
    return ds


def _rename_dim(ds: xr.Dataset, old: Hashable, new: Hashable) -> xr.Dataset:
    """Rename a dimension to one that is there, in all variables that have it."""
    moved = ds.drop_vars([name for name, v in ds.variables.items() if old not in v.dims])
    rest = ds.drop_vars(list(moved.variables))
    moved = moved.rename_dims({old: new})
    return rest.assign_coords(moved.coords).assign(moved.data_vars)[list(ds.data_vars)]


def _refuse_starts(ds: xr.Dataset, found: ValidTime) -> None:
    running = [name for name in found.starts if ds[name].size > 1]
    if running:
        msg = (
            f"'{running[0]}' says when {ds[running[0]].size} forecasts began, and no lead time "
            "(step) says when their fields hold; accepted is a valid time. Add it with "
            f"ds.assign_coords(valid_time=...), or rename '{running[0]}' to time without its "
            "standard_name where these are analyses."
        )
        raise GridError(msg)


def _refuse_bare_leads(ds: xr.Dataset) -> None:
    """Refuse leads without a unit beside the date that they count from."""
    leads = [name for name, variable in ds.variables.items() if is_bare_lead(name, variable)]
    if not leads or not any(v.ndim == 0 and is_date(v) for v in ds.variables.values()):
        return
    lead = leads[0]
    first, last = (float(ds[lead].values[place]) for place in (0, -1))
    msg = (
        f"'{lead}' ({first:g} to {last:g}) says how long forecasts had run, and not in which unit; "
        "accepted are lengths of time, or numbers with units. Set them: "
        f"ds['{lead}'].attrs['units'] = 'hours'."
    )
    raise GridError(msg)


def _with_stated_date(ds: xr.Dataset, told: list[str]) -> xr.Dataset:
    """Take the date of a file without time from the attribute that RAiDER writes."""
    said = re.fullmatch(_STATED, str(ds.attrs.get("datetime", "")).strip())
    if said is None or "time" in ds.variables or "time" in ds.dims:
        return ds
    year, month, day, hour, minute, second = said.groups(default="00")
    try:
        date = np.datetime64(f"{year}-{month}-{day}T{hour}:{minute}:{second}", "ns")
    except ValueError:
        return ds
    told.append(f"epoch from the global attribute 'datetime' ({said[0]})")
    return ds.assign_coords(time=date)


def _store(ds: xr.Dataset, found: ValidTime, told: list[str], warned: list[str]) -> xr.Dataset:
    """Store valid times that are sums, or have dimensions of size 1 that fields lack."""
    time = found.time
    assert time is not None
    if found.sum_of:
        start, lead = found.sum_of
        note = f"valid times are the sum of '{start}' and '{lead}'"
        told.append(note)
        if found.is_assumed:
            warned.append(f"{note}, for nothing else says when the forecasts hold")
    elif time.dims == ds[time.name].dims:
        return ds
    return ds.drop_vars(str(time.name), errors="ignore").assign_coords({time.name: time.variable})


def _of_other_clocks(ds: xr.Dataset) -> list[str]:
    """Tell of dates that are those of a clock other than UTC, which are taken as they stand."""
    dated = (ds[name] for name in ds.coords if ds.variables[name].dtype.kind == "M")
    found = (describe_zone(time) for time in dated)
    return [
        f"{text}, no UTC by that; its dates were taken as UTC. If they are not, shift them, for "
        "example with `cdo shifttime,-9hour`"
        for text in found
        if text
    ]


def _snap(ds: xr.Dataset, told: list[str], warned: list[str]) -> xr.Dataset:
    """Put epochs on their step, where they are a little off it."""
    time = find_valid_time(ds, find_horizontal(ds)).time
    if time is None or time.ndim != 1 or not is_date(time):
        return ds
    dates = read_dates(time)
    if dates.size < 2 or np.isnat(dates).any():
        return ds
    snapped, step, moved = snap_to_step(dates)
    if snapped is dates:
        return ds
    much = moved >= _SECOND
    text = (
        f"times of '{time.name}' are up to {moved / _SECOND:.3g} s off steps of "
        f"{step / np.timedelta64(1, 'h'):g} h: taken as on the step"
    )
    told.append(text)
    if much:
        warned.append(text)
    attrs = {key: value for key, value in time.attrs.items() if key not in ("units", "calendar")}
    return ds.assign_coords({time.name: (time.dims, snapped, attrs)})
