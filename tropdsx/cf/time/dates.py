"""Read the dates of a time coordinate of any form."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.time.numbers import find_form, read_numbers
from tropdsx.cf.time.text import FIRST_YEAR, LAST_YEAR, read_texts
from tropdsx.errors import GridError, warn

__all__ = ["UNDATED", "counts_since", "is_cftime", "is_date", "read_dates", "with_dates"]

UNDATED = "the epochs are taken as unknown"
"""How the notes end that say why a field has no dates."""

_REAL_CALENDARS = {"standard", "gregorian", "proleptic_gregorian"}
_OTHER_DAYS = {
    "julian": "its days are 13 days off those of the standard calendar",
    "360_day": "30 days in each month are not those of a year",
}
"""Calendars whose days are no days of the standard one, though most have the names of such."""

_LIMITS = (np.datetime64(f"{FIRST_YEAR}", "us"), np.datetime64(f"{LAST_YEAR + 1}", "us"))


def counts_since(variable: xr.Variable | xr.DataArray) -> bool:
    """Say whether numbers count from a date, as those of a file opened with decode_times=False.

    Parameters
    ----------
    variable : Variable or DataArray
        Any.

    Returns
    -------
    bool

    Examples
    --------
    >>> counts_since(xr.Variable((), 6, {"units": "Hours since 2022-07-01"}))
    True
    """
    return " since " in str(variable.attrs.get("units", "")).lower()


def is_cftime(variable: xr.Variable | xr.DataArray) -> bool:
    """Say whether a variable holds dates of the package cftime.

    Parameters
    ----------
    variable : Variable or DataArray
        Any.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_cftime(xr.Variable("time", ["2022-07-01"]))
    False
    """
    if variable.dtype != object or variable.size == 0:
        return False
    first = variable.values.flat[0]
    return hasattr(first, "calendar") and hasattr(first, "strftime")


def is_date(variable: xr.Variable | xr.DataArray) -> bool:
    """Say whether a variable holds dates whatever its name: datetime64, cftime, CF numbers.

    Parameters
    ----------
    variable : Variable or DataArray
        Any.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_date(xr.Variable("time", np.array(["2022-07-01"], "M8[ns]")))
    True
    """
    return variable.dtype.kind == "M" or counts_since(variable) or is_cftime(variable)


def read_dates(time: xr.DataArray, notes: list[str] | None = None) -> NDArray[np.datetime64]:
    """Read the dates of a time coordinate of any form, in its order.

    Parameters
    ----------
    time : DataArray
        datetime64, cftime of any calendar whose days exist, ISO 8601 text, CF numbers ("hours
        since ..."), numbers such as 20220701.25 or 2022070106, modified Julian dates (units "MJD")
        or cdo's absolute times (units "day as %Y%m%d.%f").
    notes : list of str, optional
        What was assumed is warned of and appended here; without a list neither is done.

    Returns
    -------
    ndarray of datetime64[ns]
        Same shape [UTC]; NaT where numbers make no dates.

    Raises
    ------
    GridError
        If text or a day is no date, a day is missing or a 32-bit number, a date lies outside the
        years 1678 to 2261, or the calendar knows days that do not exist.

    Examples
    --------
    >>> read_dates(xr.DataArray([59647.25], dims="t", attrs={"units": "MJD"}))
    array(['2022-03-09T06:00:00.000000000'], dtype='datetime64[ns]')
    """
    found: list[str] = []
    assumed: list[str] = []
    dates = _read(time, found, assumed)
    if notes is not None:
        notes += [*found, *assumed]
        for note in assumed:
            warn(note)
    return dates


def with_dates(time: xr.DataArray, dates: NDArray[np.datetime64]) -> xr.DataArray:
    """Give a time its dates as values, where it holds text or numbers that are no CF times.

    Parameters
    ----------
    time : DataArray
        As a caller keeps it.
    dates : ndarray of datetime64
        What :func:`read_dates` makes of it [UTC].

    Returns
    -------
    DataArray
        The caller's where that holds dates as files have them, or no dates at all.

    Examples
    --------
    >>> time = xr.DataArray(["20220701"], dims="time", name="time", attrs={"axis": "T"})
    >>> with_dates(time, read_dates(time)).dtype, with_dates(time, read_dates(time)).attrs
    (dtype('<M8[ns]'), {'axis': 'T'})
    """
    if is_date(time) or np.isnat(dates).any():
        return time
    kept = {name: each for name, each in time.attrs.items() if name not in ("units", "calendar")}
    return xr.DataArray(dates, dims=time.dims, name=time.name, attrs=kept)


def _read(time: xr.DataArray, notes: list[str], assumed: list[str]) -> NDArray[np.datetime64]:
    if counts_since(time):
        time = _decode(time)
    values = time.values
    if values.dtype.kind == "M":
        return _in_nanoseconds(values, time.name)
    if is_cftime(time):
        return _from_cftime(np.asarray(values, object), time.name, assumed)
    if values.dtype.kind in "USO" or values.dtype.kind == "T":
        return read_texts(np.asarray(values), time.name, assumed)
    undated = np.full(values.shape, "NaT", dtype="datetime64[ns]")
    if values.dtype.kind not in "iuf":
        _note_undated(time, notes)
        return undated
    unit = str(time.attrs.get("units", "")).strip()
    form = find_form(values, unit)
    if form is None:
        _note_undated(time, notes)
        return undated
    declared = find_form(np.empty(0), unit) is not None and form != "yyyymm"
    if declared:
        notes.append(f"dates taken from '{time.name}' by its units '{unit}'")
    else:
        assumed.append(f"numbers of '{time.name}' taken for dates of the form {form.upper()}")
    try:
        return read_numbers(values, form)
    except ValueError as error:
        msg = (
            f"time '{time.name}' has units '{unit}' and cannot be read: {error}; accepted are "
            "days as 64-bit numbers. Give dates with ds.assign_coords(time=...)."
        )
        raise GridError(msg) from None


def _decode(time: xr.DataArray) -> xr.DataArray:
    name = time.name or "time"
    bare = xr.Variable(time.dims, time.values, {**time.attrs, "units": time.attrs["units"].lower()})
    try:
        with warnings.catch_warnings():
            # Of calendars that change and of cftime; what comes out is checked here.
            warnings.simplefilter("ignore")
            return xr.decode_cf(xr.Dataset({name: bare}))[name]
    except (ValueError, OverflowError) as error:
        msg = (
            f"time '{time.name}' has units '{time.attrs['units']}' and cannot be read "
            f"({' '.join(str(error).split())[:120]}); accepted are CF units of a fixed length, "
            "such as 'hours since 2022-01-01'. Give dates with ds.assign_coords(time=...)."
        )
        raise GridError(msg) from None


def _in_nanoseconds(values: NDArray[np.datetime64], name: object) -> NDArray[np.datetime64]:
    """Convert dates of any resolution; NumPy alone lets far ones overflow without an error."""
    if values.dtype == "datetime64[ns]":
        return values
    known = values[~np.isnat(values)]
    far = known[(known < _LIMITS[0]) | (known >= _LIMITS[1])]
    if far.size:
        msg = (
            f"time '{name}' holds {np.datetime_as_string(far[0], unit='D')}; accepted are the "
            f"years {FIRST_YEAR} to {LAST_YEAR}, those of 64-bit nanoseconds. Check its units."
        )
        raise GridError(msg)
    return values.astype("datetime64[ns]")


def _from_cftime(values: NDArray[Any], name: object, assumed: list[str]) -> NDArray[np.datetime64]:
    """Convert dates of cftime, day by day; those of other calendars are told of."""
    calendar = values.flat[0].calendar
    try:
        if calendar in _OTHER_DAYS:
            raise ValueError(_OTHER_DAYS[calendar])
        texts = np.array([v.isoformat() for v in values.flat])
        dates = texts.astype("datetime64[us]").reshape(values.shape)
    except ValueError as error:
        msg = (
            f"time uses the calendar '{calendar}' ({error}); accepted are "
            f"{', '.join(sorted(_REAL_CALENDARS))}, and days of others that exist in these. "
            "Convert it with ds.convert_calendar('standard')."
        )
        raise GridError(msg) from None
    if calendar not in _REAL_CALENDARS:
        assumed.append(f"days of '{name}' in the calendar '{calendar}' taken as standard ones")
    return _in_nanoseconds(dates, name)


def _note_undated(time: xr.DataArray, notes: list[str]) -> None:
    unit = str(time.attrs.get("units", "")).strip()
    if time.dtype.kind == "m":
        said = "counts from a start that is not there"
    elif unit not in ("", "1"):
        said = f"has units '{unit}', which makes no dates"
    else:
        said = "counts fields without dates"
    notes.append(f"'{time.name}' {said}: {UNDATED}")
