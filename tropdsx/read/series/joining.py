"""Join series of several files, such as one for each day or station."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.sinex_tro import time_system_of
from tropdsx.errors import InputError, warn
from tropdsx.read.series.places import Place, are_apart
from tropdsx.read.series.station_series import place_stations
from tropdsx.read.text import list_some

__all__ = ["join_series"]

_TOLD = 1e-4
"""Total delays that differ by more, at one station and epoch, are told [m]."""


def join_series(parts: Sequence[xr.Dataset], files: Sequence[str]) -> xr.Dataset:
    """Join series along time and stations.

    Parameters
    ----------
    parts : sequence of Dataset
        On (time, station), as the readers of this folder give them.
    files : sequence of str
        Their files, for messages.

    Returns
    -------
    Dataset
        Times ascending, stations in the order of the files. Where two files have one station and
        epoch, as at midnight, the first counts, with a warning.

    Raises
    ------
    InputError
        If the files are of different time systems.

    Examples
    --------
    >>> days = [xr.Dataset({"ztd": (("time", "station"), [[2.3]])},
    ...     {"time": [np.datetime64(day, "ns")], "station": ["A"]}) for day in ("2021", "2022")]
    >>> join_series(days, ["a", "b"]).ztd.values.ravel().tolist()
    [2.3, 2.3]
    """
    if len(parts) == 1:
        return parts[0]
    _check_systems(parts, files)
    times = np.unique(np.concatenate([part["time"].to_numpy() for part in parts]))
    stations = list(dict.fromkeys(each for part in parts for each in _names(part)))
    column = {name: place for place, name in enumerate(stations)}
    taken = np.zeros((times.size, len(stations)), np.bool_)
    fields: dict[str, NDArray[np.float64]] = {}
    attrs: dict[str, dict[Any, Any]] = {}
    twice, apart = 0, 0.0
    for part in parts:
        here = np.array([column[name] for name in _names(part)])
        cells = np.ix_(np.searchsorted(times, part["time"].to_numpy()), here)
        own = {str(name): each.to_numpy() for name, each in part.data_vars.items()}
        there = np.any([np.isfinite(each) for each in own.values()], axis=0)
        again = there & taken[cells]
        twice += int(again.sum())
        if "ztd" in own and "ztd" in fields:
            moved = np.abs(fields["ztd"][cells] - own["ztd"])[again]
            apart = max(apart, float(moved[np.isfinite(moved)].max(initial=0.0)))
        for name, values in own.items():
            field = fields.setdefault(name, np.full(taken.shape, np.nan))
            attrs.setdefault(name, dict(part[name].attrs))
            field[cells] = np.where(there & ~again, values, field[cells])
        taken[cells] |= there
    _tell_twice(twice, apart, len(parts))
    ds = xr.Dataset(
        {name: (("time", "station"), each, attrs[name]) for name, each in fields.items()},
        {"time": ("time", times, parts[0]["time"].attrs), "station": np.asarray(stations, str)},
    )
    ds["station"].attrs = parts[0]["station"].attrs
    common = {
        key: value
        for key, value in parts[0].attrs.items()
        if all(part.attrs.get(key) == value for part in parts)
    }
    return place_stations(ds, _places(parts)).assign_attrs(common)


def _tell_twice(count: int, apart: float, files: int) -> None:
    if count:
        by = f"; total delays differ by up to {1e3 * apart:.1f} mm" if apart > _TOLD else ""
        warn(f"{count} epochs of stations stand in two of {files} files: the first counts{by}")


def _names(part: xr.Dataset) -> list[str]:
    return [str(each) for each in part["station"].to_numpy()]


def _check_systems(parts: Sequence[xr.Dataset], files: Sequence[str]) -> None:
    systems = [time_system_of(part.attrs) for part in parts]
    other = next((k for k, each in enumerate(systems) if each != systems[0]), None)
    if other is not None:
        msg = (
            f"{files[0]} has times of the system {systems[0]}, {files[other]} of {systems[other]}; "
            "accepted are files of one time system. Open them one by one"
        )
        raise InputError(msg)


def _places(parts: Sequence[xr.Dataset]) -> dict[str, Place]:
    """Find the place of each station, in the first file that has one."""
    found: dict[str, Place] = {}
    moved: dict[str, None] = {}
    for part in parts:
        if "height" not in part.coords:
            continue
        points = zip(*(part[name].to_numpy().tolist() for name in Place._fields), strict=True)
        for name, point in zip(_names(part), points, strict=True):
            if np.isfinite(point).all() and are_apart(
                found.setdefault(name, Place(*point)), Place(*point)
            ):
                moved[name] = None
    if moved:
        warn(f"files place {list_some(list(moved))} differently; the place of the first counts")
    return found
