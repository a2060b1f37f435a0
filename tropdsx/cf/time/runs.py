"""Make one axis of the runs and steps of forecasts, one forecast for each valid time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.time.dates import read_dates
from tropdsx.cf.time.roles import is_lead, is_start
from tropdsx.cf.time.valid import ValidTime
from tropdsx.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["flatten_runs", "is_of_forecast", "refuse_two_forecasts"]


def flatten_runs(ds: xr.Dataset, found: ValidTime, told: list[str]) -> xr.Dataset:
    """Make one dimension of the two of a valid time, ascending.

    Parameters
    ----------
    ds : Dataset
        Fields of several runs and steps.
    found : ValidTime
        Of two dimensions.
    told : list of str
        What was made is appended here.

    Returns
    -------
    Dataset
        Fields along ``time``, lazy ones as lazy; starts and leads are left out.

    Raises
    ------
    GridError
        If two forecasts hold at one time.

    Examples
    --------
    >>> from tropdsx.cf.time.valid import find_valid_time
    >>> starts = np.array(["2022-07-01", "2022-07-02"], "datetime64[ns]")
    >>> axes = {"time": starts, "step": np.array([0, 12], "m8[h]")}
    >>> ds = xr.Dataset({"zwd": (("time", "step"), np.zeros((2, 2)))}, axes)
    >>> flatten_runs(ds, find_valid_time(ds), []).sizes["time"]
    4
    """
    valid = found.time
    assert valid is not None
    dates = read_dates(valid).ravel()
    refuse_two_forecasts(dates, _starts_of(ds, found), f"'{valid.name}'")
    told.append(f"epochs along {' and '.join(map(str, valid.dims))} made one time axis")
    dropped = [name for name, v in ds.variables.items() if is_of_forecast(name, v)]
    dropped += [name for name in (valid.name, *valid.dims, "time") if name in ds.variables]
    ds = _chunk_by_epoch(ds.drop_vars(set(dropped)), valid.dims)
    ds = ds.stack({"_epoch": valid.dims}, create_index=False).rename_dims(_epoch="time")
    order = np.argsort(dates, kind="stable")[: int((~np.isnat(dates)).sum())]
    if not np.array_equal(order, np.arange(dates.size)):
        ds = ds.isel(time=order)
    attrs = {"standard_name": "time", "long_name": "valid time"}
    return ds.assign_coords(time=("time", dates[order], attrs)).transpose("time", ...)


def is_of_forecast(name: Hashable, variable: xr.Variable) -> bool:
    """Say whether a variable is the start or the lead of forecasts.

    Parameters
    ----------
    name : Hashable
        Its name.
    variable : Variable
        Any.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_of_forecast("init_time", xr.Variable((), np.datetime64("2022-07-01", "ns")))
    True
    """
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
