"""Settle the time of a Dataset: one axis of valid times, on its step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.coordinates import rank_horizontal
from tropdsx.cf.time.dates import is_date, read_dates
from tropdsx.cf.time.roles import TIME_NAMES, VALID_NAMES, is_lead, is_start, rank_times
from tropdsx.cf.time.snap import snap_to_step, tolerance_of
from tropdsx.cf.time.valid import ValidTime, find_valid_time
from tropdsx.errors import GridError, warn

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["refuse_two_forecasts", "settle_time"]

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
        Make one dimension of runs and steps, and refuse two different time axes. Else the valid
        time may have two dimensions, and fields may have times of their own.

    Returns
    -------
    Dataset
        The same object where its time is settled; fields stay lazy.

    Raises
    ------
    GridError
        If there are two different time axes, two forecasts for one valid time, forecasts of which
        nothing says how long they had run, or a time that cannot be read.

    Examples
    --------
    >>> start = np.datetime64("2022-07-01", "ns")
    >>> coords = {"time": start, "step": ("step", [0, 6], {"units": "hours"})}
    >>> settle_time(xr.Dataset(coords=coords)).valid_time.dims
    ('step',)
    """
    told: list[str] = []
    warned: list[str] = []
    horizontal = _horizontal(ds)
    ds = _join_axes(ds, horizontal, refuse=flatten)
    found = find_valid_time(ds, horizontal)
    _refuse_starts(ds, found)
    if found.time is not None:
        ds = _store(ds, found, told, warned)
        if found.time.ndim == 2 and flatten:
            ds = _flatten(ds, found, told)
        ds = _snap(ds, horizontal, told, warned)
    if notes is not None:
        notes += told
        for text in warned:
            warn(text)
    return ds


def refuse_two_forecasts(
    valid: NDArray[np.datetime64], start: NDArray[np.datetime64] | None, name: object
) -> None:
    """Refuse forecasts of several runs for the same time: nothing says which one counts.

    Parameters
    ----------
    valid : ndarray of datetime64, shape (N,)
        When each field holds; NaT does not count.
    start : ndarray of datetime64, shape (N,), optional
        When its forecast began, for the message.
    name : object
        What holds them: a file or a time.

    Raises
    ------
    GridError
        If one of them occurs twice.

    Examples
    --------
    >>> noon = np.array(["2022-07-01T12"] * 2, "datetime64[ns]")
    >>> refuse_two_forecasts(noon, None, "run.grb")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: run.grb holds 2 forecasts for 2022-07-01T12:00; accepted is one ...
    """
    values, counts = np.unique(valid[~np.isnat(valid)], return_counts=True)
    if not (counts > 1).any():
        return
    twice = values[counts > 1][0]
    began = "" if start is None else _list_dates(start[valid == twice])
    msg = (
        f"{name} holds {counts.max()} forecasts for {np.datetime_as_string(twice, unit='m')}"
        f"{began and f' (begun {began})'}; accepted is one for each valid time. Select a run, as "
        "with ds.isel(time=[0]) or grib_copy -w dataTime=0, or the first hours of each."
    )
    raise GridError(msg)


def _list_dates(dates: NDArray[np.datetime64]) -> str:
    return " and ".join(np.datetime_as_string(np.unique(dates)[:2], unit="m"))


def _horizontal(ds: xr.Dataset) -> set[Hashable]:
    """Find the dimensions of a grid; a list of places or a track has its times along them."""
    latitudes, longitudes = rank_horizontal(ds, ndims=(1, 2))
    if not latitudes or not longitudes:
        return set()
    lat, lon = ds[latitudes[0]].dims, ds[longitudes[0]].dims
    return set() if lat == lon and len(lat) == 1 else {*lat, *lon}


def _join_axes(ds: xr.Dataset, horizontal: set[Hashable], *, refuse: bool) -> xr.Dataset:
    """Make one of the time axes that have the same epochs; refuse different ones."""
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
        if dates.shape != own.shape or (np.abs(dates - own) > tolerance_of(own)).any():
            if not refuse:
                continue
            msg = (
                f"two time axes found ('{first}' with {_span(own)}, '{name}' with {_span(dates)}); "
                "accepted is one time per field. Select the epochs that both have, and give them "
                f"one name: ds.rename({{'{name}': '{first}'}})."
            )
            raise GridError(msg)
        ds = _rename_dim(ds.drop_vars([name]), name, first)
    return ds


def _span(dates: NDArray[np.datetime64]) -> str:
    first, last = np.datetime_as_string(dates[[0, -1]], unit="m")
    return f"{dates.size} epochs from {first} to {last}"


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


def _flatten(ds: xr.Dataset, found: ValidTime, told: list[str]) -> xr.Dataset:
    """Make one dimension of the two of a valid time, ascending."""
    valid = found.time
    assert valid is not None
    dates = read_dates(valid).ravel()
    refuse_two_forecasts(dates, _starts_of(ds, found), f"'{valid.name}'")
    told.append(f"epochs along {' and '.join(map(str, valid.dims))} made one time axis")
    dropped = [name for name, v in ds.variables.items() if _is_time_of_forecast(name, v)]
    dropped += [name for name in (valid.name, *valid.dims, "time") if name in ds.variables]
    ds = _chunk_by_epoch(ds.drop_vars(set(dropped)), valid.dims)
    ds = ds.stack({"_epoch": valid.dims}, create_index=False).rename_dims(_epoch="time")
    order = np.argsort(dates, kind="stable")[: int((~np.isnat(dates)).sum())]
    if not np.array_equal(order, np.arange(dates.size)):
        ds = ds.isel(time=order)
    attrs = {"standard_name": "time", "long_name": "valid time"}
    return ds.assign_coords(time=("time", dates[order], attrs)).transpose("time", ...)


def _is_time_of_forecast(name: Hashable, variable: xr.Variable) -> bool:
    return variable.ndim <= 2 and (is_start(name, variable) or is_lead(name, variable))


def _starts_of(ds: xr.Dataset, found: ValidTime) -> NDArray[np.datetime64] | None:
    """Find when the forecast of each valid time began, where that is known."""
    valid = found.time
    assert valid is not None
    names = [*found.sum_of[:1], *(n for n, v in ds.variables.items() if is_start(n, v))]
    for name in names:
        start = ds[name].reset_coords(drop=True)
        if set(start.dims) <= set(valid.dims):
            over = start.drop_vars(start.dims, errors="ignore").broadcast_like(valid)
            return read_dates(over.transpose(*valid.dims)).ravel()
    return None


def _chunk_by_epoch(ds: xr.Dataset, dims: tuple[Hashable, ...]) -> xr.Dataset:
    """Leave on the disk what was opened without chunks: stacking would read it."""
    chunks = dict.fromkeys(dims, 1)
    lazy = {
        name: v.chunk({dim: size for dim, size in chunks.items() if dim in v.dims})
        for name, v in ds.data_vars.items()
        if v.chunks is None and not getattr(v.variable, "_in_memory", True)
    }
    return ds.assign(lazy)


def _snap(
    ds: xr.Dataset, horizontal: set[Hashable], told: list[str], warned: list[str]
) -> xr.Dataset:
    """Put epochs on their step, where they are a little off it."""
    time = find_valid_time(ds, horizontal).time
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
