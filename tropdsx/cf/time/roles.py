"""Tell times apart: when values hold, when forecasts began, how long they had run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.conventions import Conventions
from tropdsx.cf.time.dates import is_date
from tropdsx.cf.time.text import parse_date

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from numpy.typing import NDArray

__all__ = [
    "START",
    "TIME_NAMES",
    "VALID_NAMES",
    "is_bare_lead",
    "is_epoch",
    "is_lead",
    "is_named_start",
    "is_start",
    "rank_times",
    "read_leads",
]

START = "forecast_reference_time"
"""CF standard name of the time at which a forecast began."""

TIME_NAMES = ("time", "valid_time", "datetime", "date", "epoch", "epochs", "times", "step", "t")
"""Accepted names of times in order of preference, compared without case."""

VALID_NAMES = ("valid_time", "validtime", "time_valid", "valid_date", "verification_time")
"""Names of times at which values hold, whatever other times there are."""

_START_NAMES = {
    *(START, "reference_time", "reftime", "ref_time", "time_run", "run_time"),
    *("init_time", "initial_time", "initial_time_hours", "initial_time_encoded", "init", "run"),
    *("initialization_time", "initialisation_time", "analysis_time", "base_time", "base_date"),
    *("forecast_start_time", "forecast_initial_time", "issue_time", "init_date"),
}
_LEAD_NAMES = {
    *("step", "forecast_period", "prediction_timedelta", "lead_time", "leadtime", "lead"),
    *("forecast_time", "forecast_hour", "forecast_hours", "forecast_lead", "time_offset"),
    *(
        "forecast_step",
        "fcst_hour",
        "fhour",
        "fhr",
        "lead_hour",
        "lead_hours",
        "forecast_lead_time",
    ),
}
_LENGTHS = {
    1: ("ns", "nanosecond"),
    10**3: ("us", "microsecond"),
    10**6: ("ms", "millisecond"),
    10**9: ("s", "sec", "second"),
    60 * 10**9: ("min", "minute"),
    3600 * 10**9: ("h", "hr", "hour"),
    86400 * 10**9: ("d", "day"),
}
"""Units of lengths of time by their size [ns]; all also in the plural."""


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
        if name in by_standard_name or is_date(variable):
            certainty = 0
        elif name in by_attributes or _is_written(name, variable):
            certainty = 1
        elif _is_axis(name, variable) or (is_lead(name, variable) and variable.dims == (name,)):
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
    return not is_start(name, variable) and not (name == "validation_time" and variable.ndim == 0)


def is_start(name: Hashable, variable: xr.Variable) -> bool:
    """Say whether a time is when forecasts began: by its standard name, or by its name.

    Parameters
    ----------
    name : Hashable
        Name of the time.
    variable : Variable
        The time.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_start("init_time", xr.Variable((), np.datetime64("2022-07-01", "ns")))
    True
    """
    said = str(variable.attrs.get("standard_name"))
    if said in (START, "time"):
        return said != "time"
    return is_named_start(name)


def is_named_start(name: Hashable) -> bool:
    """Say whether the name of a time is one for when forecasts began, whatever its attributes say.

    Parameters
    ----------
    name : Hashable
        Name of the time.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_named_start("forecast_reference_time"), is_named_start("time")
    (True, False)
    """
    return _plain(name) in _START_NAMES


def is_bare_lead(name: Hashable, variable: xr.Variable) -> bool:
    """Say whether an axis is named after leads of forecasts and lacks their unit.

    Parameters
    ----------
    name : Hashable
        Of the variable.
    variable : Variable
        Numbers, or anything else.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_bare_lead("step", xr.Variable("step", [0, 6]))
    True
    """
    is_axis = variable.dims == (name,) and variable.size > 1 and variable.dtype.kind in "iuf"
    return (
        is_axis
        and _plain(name) in _LEAD_NAMES
        and not variable.attrs.get("units")
        and (_length_of(name, variable) is None)
    )


def is_lead(name: Hashable, variable: xr.Variable) -> bool:
    """Say whether a variable holds the times that forecasts had run.

    Parameters
    ----------
    name : Hashable
        Its name.
    variable : Variable
        Lengths of time, or numbers with their unit.

    Returns
    -------
    bool
        True also for a time that is an axis of lengths of time.

    Examples
    --------
    >>> is_lead("step", xr.Variable("step", [0, 6], {"units": "hours"}))
    True
    """
    if variable.dtype.kind not in "miuf" or not _length_of(name, variable):
        return False
    if str(variable.attrs.get("standard_name")) == "forecast_period" or _plain(name) in _LEAD_NAMES:
        return True
    return _is_axis(name, variable)


def read_leads(name: Hashable, variable: xr.Variable) -> NDArray[np.timedelta64]:
    """Read how long forecasts had run.

    Parameters
    ----------
    name : Hashable
        Of the variable.
    variable : Variable
        One of :func:`is_lead`.

    Returns
    -------
    ndarray of timedelta64[ns]
        Same shape.

    Examples
    --------
    >>> read_leads("step", xr.Variable("step", [6.0], {"units": "hours"})).astype("m8[h]")
    array([6], dtype='timedelta64[h]')
    """
    values = variable.values
    if values.dtype.kind == "m":
        return values.astype("timedelta64[ns]")
    scaled = values * (_length_of(name, variable) or 1)
    missing = ~np.isfinite(scaled)
    leads = np.rint(np.where(missing, 0, scaled)).astype(np.int64).astype("timedelta64[ns]")
    return np.where(missing, np.timedelta64("NaT", "ns"), leads)


def _length_of(name: Hashable, variable: xr.Variable) -> int | None:
    """Find the unit of lengths of time [ns]; None where it is none."""
    if variable.dtype.kind == "m":
        return 1
    unit = str(variable.attrs.get("units", "")).strip().lower()
    if unit in ("", "1") and "hour" in str(name).lower():
        unit = "hours"
    found = (
        size
        for size, words in _LENGTHS.items()
        if unit in words or (unit.endswith("s") and unit[:-1] in words)
    )
    return next(found, None)


def _is_axis(name: Hashable, variable: xr.Variable) -> bool:
    """Say whether a name alone makes a variable a time: as a field, "t" is temperature."""
    lower = str(name).lower()
    return (variable.dims == (name,) and lower in TIME_NAMES) or (
        variable.ndim == 0 and lower == "time"
    )


def _is_written(name: Hashable, variable: xr.Variable) -> bool:
    """Say whether a variable holds dates as text, wherever it stands: WRF's Times(Time)."""
    if variable.dtype.kind not in "SU" or str(name).lower() not in TIME_NAMES or not variable.size:
        return False
    first = variable.values.flat[0]
    try:
        parse_date(first.decode("ascii") if isinstance(first, bytes) else str(first))
    except ValueError:
        return False
    return True


def _plain(name: Hashable) -> str:
    """Take off the number that NCL gives: initial_time0_hours, forecast_time0."""
    return re.sub(r"\d+", "", str(name).lower())


def _place(name: Hashable, names: tuple[str, ...]) -> int:
    lower = str(name).lower()
    return names.index(lower) if lower in names else len(names)
