"""Find when the values of a Dataset hold, in forecasts of any layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from tropdsx.cf.conventions import Conventions
from tropdsx.cf.time.dates import is_date, read_dates
from tropdsx.cf.time.roles import (
    TIME_NAMES,
    VALID_NAMES,
    is_lead,
    is_named_start,
    is_start,
    rank_times,
    read_leads,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

__all__ = ["ValidTime", "find_valid_time"]

_CF_LEADS = {"forecast_period", "time_offset"}
"""Names of leads beside which, where neither runs, a time is when values hold."""


class ValidTime(NamedTuple):
    """When the values of a Dataset hold.

    Parameters
    ----------
    time : DataArray or None
        Scalar, 1-D or 2-D, without coordinates and without dimensions of size 1 beside others:
        as stored where it is there, else start and lead of forecasts added; None where there is
        no time.
    sum_of : tuple of Hashable
        Names of start and lead that were added.
    is_assumed : bool
        Whether nothing says that the first of them is the start.
    starts : tuple of Hashable
        Times at which forecasts began, where nothing says how long they had run.

    Examples
    --------
    >>> find_valid_time(xr.Dataset()).time is None
    True
    """

    time: xr.DataArray | None
    sum_of: tuple[Hashable, ...] = ()
    is_assumed: bool = False
    starts: tuple[Hashable, ...] = ()


def find_valid_time(ds: xr.Dataset, horizontal: Collection[Hashable] = ()) -> ValidTime:
    """Find the time at which values hold: the valid time of forecasts, never their start.

    Parameters
    ----------
    ds : Dataset
        Any; nothing but times is read.
    horizontal : collection of Hashable, optional
        Dimensions of latitude and longitude: times along them are passed over.

    Returns
    -------
    ValidTime

    Raises
    ------
    GridError
        If a time of text holds no dates.

    Examples
    --------
    >>> start = np.datetime64("2022-07-01", "ns")
    >>> steps = ("step", [0, 6], {"units": "hours"})
    >>> found = find_valid_time(xr.Dataset(coords={"time": start, "step": steps}))
    >>> found.sum_of, found.time.values.astype("M8[h]").astype(str).tolist()
    (('time', 'step'), ['2022-07-01T00', '2022-07-01T06'])
    """
    ranked = rank_times(ds, horizontal)
    times = {name: v for name, v in ds.variables.items() if not set(v.dims) & set(horizontal)}
    leads = [name for name, v in times.items() if v.ndim <= 1 and is_lead(name, v)]
    leads.sort(key=lambda name: ds[name].size == 1)
    starts = [n for n, v in times.items() if v.ndim <= 1 and is_start(n, v) and _is_dated(ds, n)]
    dated = [n for n in _fields_of_dates(ds, times) + ranked if n not in leads and _is_dated(ds, n)]
    explicit = _find_explicit(ds, dated, _running(ds, [*starts, *leads]), ranked)
    if explicit is not None:
        return ValidTime(_bare(ds, explicit))
    if leads and _running(ds, leads[:1]):
        return _of_running_lead(ds, leads[0], starts, dated)
    others = [name for name in ranked if name not in leads]
    if not others and not starts:
        return ValidTime(_bare(ds, ranked[0]) if ranked else None)
    if not others:
        return _add(ds, starts[0], leads[0]) if leads else ValidTime(None, starts=tuple(starts))
    best = dated[0] if dated and ds[dated[0]].ndim > 1 else others[0]
    if leads and not starts and best in dated and _counts_from(ds, best, leads[0]):
        return _add(ds, best, leads[0], is_assumed=True)
    return ValidTime(_bare(ds, best))


def _find_explicit(
    ds: xr.Dataset, dated: list[Hashable], running: set[Hashable], ranked: list[Hashable]
) -> Hashable | None:
    """Find the dates that their name calls valid, where they run with all that runs."""
    others = _running(ds, ranked[:1])
    for name in dated:
        along = _dims(ds, name)
        if str(name).lower() in VALID_NAMES and running <= along and (along or not others):
            return _same_under_another_name(ds, name, ranked)
    return None


def _of_running_lead(
    ds: xr.Dataset, lead: Hashable, starts: list[Hashable], dated: list[Hashable]
) -> ValidTime:
    """Take the dates that run with the lead, or else add it to those that do not."""
    along = _dims(ds, lead)
    valid = [name for name in dated if along <= _dims(ds, name)]
    if valid:
        return ValidTime(_bare(ds, valid[0]))
    # Several times may say when forecasts began: one that runs is not the same for all.
    candidates = sorted(
        [*starts, *dated], key=lambda name: (ds[name].size == 1, name not in starts)
    )
    if candidates:
        return _add(ds, candidates[0], lead)
    return ValidTime(_bare(ds, lead))


def _counts_from(ds: xr.Dataset, time: Hashable, lead: Hashable) -> bool:
    """Say whether a lead of one value is to be added to a time that nothing calls the start.

    CF has the time beside forecast_period; "step" is of cfgrib, where "time" is the start, unless
    the file was made after it: then the time has the standard name of a valid one.
    """
    if is_named_start(time):  # an attribute that files copy from their time
        return bool(read_leads(lead, ds.variables[lead]).any())
    attrs = ds.variables[time].attrs
    is_valid = attrs.get("standard_name") == "time" and "initial" not in str(attrs.get("long_name"))
    is_cf = str(lead).lower() in (*_CF_LEADS, "time")
    return not is_valid and not is_cf and bool(read_leads(lead, ds.variables[lead]).any())


def _add(ds: xr.Dataset, start: Hashable, lead: Hashable, *, is_assumed: bool = False) -> ValidTime:
    began = xr.Variable(ds[start].dims, read_dates(ds[start].reset_coords(drop=True)))
    valid = began + xr.Variable(ds[lead].dims, read_leads(lead, ds.variables[lead]))
    attrs = {"standard_name": "time", "long_name": "valid time"}
    time = xr.DataArray(_squeeze(valid), name="valid_time", attrs=attrs)
    return ValidTime(time, (start, lead), is_assumed)


def _same_under_another_name(ds: xr.Dataset, valid: Hashable, ranked: list[Hashable]) -> Hashable:
    """Prefer the time that is an axis to a valid time of equal values along it."""
    for name in ranked:
        if name != valid and ds[name].dims == ds[valid].dims == (name,) and _is_dated(ds, name):
            return name if (read_dates(ds[name]) == read_dates(ds[valid])).all() else valid
    return valid


def _fields_of_dates(ds: xr.Dataset, times: dict[Hashable, xr.Variable]) -> list[Hashable]:
    """List the dates of two or more dimensions, which are times only by their name."""
    bounds = set(Conventions(ds).bounds.values())
    names = (*VALID_NAMES, *TIME_NAMES)
    found = [
        name
        for name, variable in times.items()
        if 2 <= variable.ndim <= 4
        and _squeeze(variable).ndim <= 2
        and name not in bounds
        and (str(name).lower() in names or variable.attrs.get("standard_name") == "time")
        and is_date(variable)
        and not is_start(name, variable)
    ]
    return sorted(found, key=lambda n: (names.index(str(n).lower()) if n in names else 99, str(n)))


def _is_dated(ds: xr.Dataset, name: Hashable) -> bool:
    variable = ds.variables[name]
    if is_date(variable):
        return True
    is_short = variable.ndim <= 1 and variable.dtype.kind in "iufSUOT"
    return is_short and not np.isnat(read_dates(ds[name].reset_coords(drop=True))).all()


def _dims(ds: xr.Dataset, name: Hashable) -> set[Hashable]:
    return {dim for dim, size in ds[name].sizes.items() if size > 1}


def _running(ds: xr.Dataset, names: list[Hashable]) -> set[Hashable]:
    return set().union(*(_dims(ds, name) for name in names))


def _bare(ds: xr.Dataset, name: Hashable) -> xr.DataArray:
    """Take a time without other coordinates; dimensions of size 1 beside others are left out."""
    time = ds[name].reset_coords(drop=True)
    if time.ndim < 2:
        return time
    return xr.DataArray(_squeeze(time.variable), name=name)


def _squeeze(variable: xr.Variable) -> xr.Variable:
    if variable.ndim < 2:
        return variable
    ones = [dim for dim, size in variable.sizes.items() if size == 1]
    return variable.squeeze(ones[:-1] if len(ones) == variable.ndim else ones)
