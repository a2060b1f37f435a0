"""Put the files of a weather model together: epochs after each other, fields side by side."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import find_positions
from tropdsx.cf.variables import find_fields
from tropdsx.errors import GridError, InputError, warn
from tropdsx.workflows.derive.fields.alike import (
    check_alike,
    match_levels,
    single_level,
    with_level,
)
from tropdsx.workflows.derive.fields.axes import put_on_axes
from tropdsx.workflows.derive.fields.names import AT_GROUND, COLUMN, ON_LEVELS

__all__ = [
    "Part",
    "join_in_time",
    "join_levels",
    "join_side_by_side",
    "level_dims",
    "signature",
]

Part = tuple[xr.Dataset, str]
"""An opened file and what to call it."""

_LABELS = ("number", "step", "surface", "heightAboveGround", "expver")
_GROUND_ON_LEVELS = ON_LEVELS["geopotential"].aliases
_ROLES = (*ON_LEVELS.values(), *AT_GROUND.values(), *COLUMN.values())


def signature(ds: xr.Dataset) -> frozenset[tuple[Hashable, frozenset[Hashable]]]:
    """Tell files that follow each other in time from files that hold other fields.

    Parameters
    ----------
    ds : Dataset
        An opened file.

    Returns
    -------
    frozenset
        Names of its fields, each with its dimensions of levels: RDA calls both the geopotential of
        levels and that of the surface ``Z``.

    Examples
    --------
    >>> surface = xr.Dataset({"Z": (("lat", "lon"), np.zeros((2, 2)))})
    >>> surface = surface.assign_coords(lat=[1.0, 0.0], lon=[0.0, 1.0])
    >>> levels = surface.expand_dims(level=[1000.0, 500.0])
    >>> signature(surface) == signature(levels)
    False
    """
    return frozenset((name, frozenset(level_dims(ds, name))) for name in ds.data_vars)


def level_dims(ds: xr.Dataset, name: Hashable) -> list[Hashable]:
    """List the dimensions of a field that are neither place nor time nor of size 1.

    Parameters
    ----------
    ds : Dataset
        An opened file.
    name : Hashable
        One of its variables.

    Returns
    -------
    list of Hashable
        Those of levels, and any others.

    Examples
    --------
    >>> ds = xr.Dataset({"t": ("level", [280.0, 250.0])}, {"lat": 48.0, "lon": 16.0})
    >>> level_dims(ds, "t")
    ['level']
    """
    try:
        known = find_positions(ds).dims
    except GridError:
        known = set()
    return [d for d in ds[name].dims if d not in known and ds.sizes[d] > 1]


def join_levels(parts: Sequence[Part]) -> xr.Dataset:
    """Join files of the same fields: one level a file on top of each other, epochs in order.

    Parameters
    ----------
    parts : sequence of (Dataset, str)
        As for :func:`join_in_time`, which joins those of each level.

    Returns
    -------
    Dataset
        Their levels and epochs, in order.

    Raises
    ------
    InputError, GridError, UnitsError
        As there, or if levels have other epochs.
    """
    names = {single_level(ds) for ds, _ in parts}
    name = names.pop() if len(names) == 1 else None
    groups: dict[float, list[Part]] = {}
    for ds, file in parts if name is not None else ():
        groups.setdefault(float(ds[name].to_numpy().item()), []).append((ds, file))
    if len(groups) < 2:
        return join_in_time(parts)
    check_alike(parts)
    levels = [with_level(join_in_time(groups[value]), name) for value in sorted(groups)]
    how: dict[str, Any] = {"data_vars": "minimal", "coords": "minimal", "compat": "override"}
    try:
        return xr.concat(levels, str(name), join="exact", combine_attrs="override", **how)
    except ValueError as error:
        raise GridError(_describe_misfit(error)) from error


def join_in_time(parts: Sequence[Part]) -> xr.Dataset:
    """Join files that hold the same fields at other times.

    Parameters
    ----------
    parts : sequence of (Dataset, str)
        Opened files and their names, in any order.

    Returns
    -------
    Dataset
        Their epochs, in order.

    Raises
    ------
    InputError
        If there are several and one has no time.
    GridError
        If they are of different grids, levels or terrains, or hold an epoch twice.
    UnitsError
        If they hold a field in different units.
    """
    if len(parts) == 1:
        return parts[0][0]
    first = parts[0][0]
    parts = [(match_levels(ds, first, file), file) for ds, file in parts]
    check_alike(parts)
    datasets = [ds for ds, _ in parts]
    times = [find_positions(ds).names[2:] for ds in datasets]
    if not all(times):
        listed = ", ".join(Path(name).name for _, name in parts[:4])
        msg = (
            f"files of the same fields without time found ({listed}), which cannot be put in "
            "order; give one at a time."
        )
        raise InputError(msg)
    name = times[0][0]
    datasets = [ds if ds[name].ndim else ds.set_coords(name).expand_dims(name) for ds in datasets]
    order = sorted(range(len(datasets)), key=lambda i: datasets[i][name].values[0])
    try:
        out = xr.concat(
            [datasets[i] for i in order],
            datasets[0][name].dims[0],
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="exact",
            combine_attrs="override",
        )
    except ValueError as error:
        raise GridError(_describe_misfit(error)) from error
    _check_once(out[name].to_numpy(), parts, [ds[name].to_numpy() for ds in datasets])
    return out


def _check_once(
    times: NDArray[np.datetime64], parts: Sequence[Part], own: Sequence[NDArray[np.datetime64]]
) -> None:
    """Refuse an epoch that two files hold."""
    epochs, counts = np.unique(times, return_counts=True)
    if counts.max() == 1:
        return
    twice = epochs[counts.argmax()]
    holders = [
        Path(file).name for (_, file), there in zip(parts, own, strict=True) if twice in there
    ]
    msg = (
        f"the files hold an epoch twice: {np.datetime_as_string(twice, unit='m')} is in "
        f"{', '.join(holders[:3])}; accepted is each epoch once, of one forecast. Leave one file "
        "out."
    )
    raise GridError(msg)


def join_side_by_side(parts: Sequence[Part], notes: list[str]) -> xr.Dataset:
    """Put files that hold different fields beside each other, on the axes of the levels.

    Parameters
    ----------
    parts : sequence of (Dataset, str)
        Opened files and their names, two or more.
    notes : list of str
        What was left out is appended.

    Returns
    -------
    Dataset
        All their fields at the nodes and epochs of the temperature on levels, or else of the column
        of water vapour.

    Raises
    ------
    GridError
        If nodes or epochs are missing, or two files hold one field.
    """
    leading = (part for has in (_has_levels, _has_column) for part in parts if has(part[0]))
    main = next(leading, parts[0])
    on_levels = {name for ds, _ in parts for name in ds.data_vars if level_dims(ds, name)}
    parts = [(_name_ground(ds, on_levels), file) for ds, file in (main, *_others(parts, main))]
    joined = [parts[0][0].drop_vars(_LABELS, errors="ignore")]
    holders = dict.fromkeys(map(str, joined[0].variables), main[1])
    for ds, file in parts[1:]:
        beside = put_on_axes(ds.drop_vars(_LABELS, errors="ignore"), joined[0], file)
        beside = match_levels(beside, joined[0], file)
        beside = _keep_apart(beside, joined, holders, file, notes)
        joined.append(beside)
        holders |= dict.fromkeys(map(str, beside.variables), file)
    try:
        return xr.merge(joined, join="exact", compat="override", combine_attrs="override")
    except ValueError as error:
        named = ", ".join(Path(file).name for _, file in parts)
        msg = f"{_describe_misfit(error)} Files: {named}."
        raise GridError(msg) from error


def _has_levels(ds: xr.Dataset) -> bool:
    found = find_fields(ds, ON_LEVELS["temperature"])
    return any(level_dims(ds, field.name) for field in found)


def _has_column(ds: xr.Dataset) -> bool:
    return bool(find_fields(ds, COLUMN["column of water vapour"]))


def _others(parts: Sequence[Part], main: Part) -> list[Part]:
    """List the other parts, those with levels first, in whatever order files were given."""
    rest = [part for part in parts if part[0] is not main[0]]
    return sorted(rest, key=lambda part: not any(level_dims(part[0], n) for n in part[0].data_vars))


def _name_ground(ds: xr.Dataset, on_levels: Collection[Hashable]) -> xr.Dataset:
    """Give the geopotential of the surface a name that is not that of levels."""
    names = {
        name: f"{name}_surface"
        for name in ds.data_vars
        if str(name).lower() in _GROUND_ON_LEVELS
        and not level_dims(ds, name)
        and (name == "z" or name in on_levels)
    }
    return ds.rename(names)


def _keep_apart(
    ds: xr.Dataset,
    joined: Sequence[xr.Dataset],
    holders: dict[str, str],
    file: str,
    notes: list[str],
) -> xr.Dataset:
    """Refuse a field that is there already; leave out what is no field, or has other levels."""
    for name in list(ds.data_vars):
        if str(name) not in holders:
            continue
        other = next(each for each in joined if name in each.variables)
        if not any(find_fields(ds[[name]], names) for names in _ROLES):
            ds = ds.drop_vars([name])  # bounds, coefficients, dates in other words
        elif set(level_dims(ds, name)) != set(level_dims(other, name)):
            told = (
                f"'{name}' of {Path(file).name} not used: {Path(holders[str(name)]).name} holds "
                "another of that name, with other levels"
            )
            notes.append(told)
            warn(f"{told}.")
            ds = ds.drop_vars([name])
        else:
            msg = (
                f"'{name}' is in {Path(holders[str(name)]).name} and in {Path(file).name}; "
                "accepted is each field once. Leave one file out, or drop the field."
            )
            raise GridError(msg)
    return ds


def _describe_misfit(error: Exception) -> str:
    reason = " ".join(str(error).split())[:160]
    return (
        f"the files do not go together ({reason}); accepted are files of one grid, with the same "
        "epochs where they hold different variables."
    )
