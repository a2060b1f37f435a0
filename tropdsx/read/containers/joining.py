"""Join files of delays: along time, or side by side where they hold different variables."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.expected import expected_names
from tropdsx.cf.attributes.limits import count_names
from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import DELAYS, DELAYS_AND_TOTAL, INPUTS, QUANTITIES
from tropdsx.cf.time.series import settle_series
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, InputError, UnitsError, warn
from tropdsx.grid.matching import is_same_axis
from tropdsx.read.containers.heights import check_same_heights
from tropdsx.read.containers.temporary import origin_of
from tropdsx.read.netcdf import close_all
from tropdsx.read.text import list_some

__all__ = ["join_files"]

_Piece = tuple[xr.Dataset, Any, np.ndarray]
"""A file, its time dimension and its epochs."""
_PER_EPOCH = (*DELAYS_AND_TOTAL, "temperature", "pressure")
_NUMBERS = (*count_names(DELAYS), *expected_names(DELAYS))
"""Variables of a result with one number for each epoch."""


def join_files(datasets: list[xr.Dataset], files: list[str | Path]) -> xr.Dataset:
    """Join along time what has the same variables, and put other variables beside them.

    Parameters
    ----------
    datasets : list of Dataset
        As opened, each with latitude and longitude.
    files : list of str or Path
        Their names, for messages.

    Returns
    -------
    Dataset
        Lazy where they are; closing it closes them all.

    Raises
    ------
    InputError
        If some variables stand in some files only, or a file has no time.
    GridError
        If the grids or heights differ, or an epoch occurs twice.
    UnitsError
        If the units differ.

    Examples
    --------
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> field = xr.DataArray([[0.1, 0.2], [0.1, 0.3]], axes, attrs={"units": "m"})
    >>> parts = [field.to_dataset(name="zwd"), (field + 2).to_dataset(name="zhd")]
    >>> list(join_files(parts, ["wet.nc", "dry.nc"]))
    ['zwd', 'zhd']
    """
    notes: list[str] = []
    settled = _agree_on_counts(_turn_alike(settle_series(datasets, notes)), notes)
    sides: dict[frozenset[Hashable], tuple[list[xr.Dataset], list[str | Path]]] = {}
    for ds, file in zip(settled, files, strict=True):
        parts, names = sides.setdefault(frozenset(ds.data_vars), ([], []))
        parts.append(ds)
        names.append(file)
    _check_names(list(sides.values()))
    if len(sides) == 1 or not _are_apart(settled, sides):
        joined = _join_in_time(settled, files)  # or says which variables differ
    else:
        joined = _put_side_by_side(list(sides.values()))
    # xarray forgets the files when it joins them, and would close them whenever it likes.
    joined.set_close(partial(close_all, datasets))
    joined.encoding["tropdsx_notes"] = notes
    return joined


def _turn_alike(datasets: list[xr.Dataset]) -> list[xr.Dataset]:
    """Let the rows of all files run as those of the first, from the north or from the south."""
    found, own = [], None
    for ds in datasets:
        try:
            lat = find_axes(ds).lat
        except GridError:  # it may be of no use, and is told of then
            found.append(ds)
            continue
        own = lat if own is None else own
        turned = lat.size == own.size and (lat[0] < lat[-1]) != (own[0] < own[-1])
        found.append(ds.isel({lat.dims[0]: slice(None, None, -1)}) if turned else ds)
    return found


def _agree_on_counts(datasets: list[xr.Dataset], notes: list[str]) -> list[xr.Dataset]:
    """Leave out counts that results of before, or of physics alone, do not have."""
    lost = [
        name
        for name in _NUMBERS
        if any(name in ds for ds in datasets)
        and any(name not in ds and name.partition("_")[0] in ds for ds in datasets)
    ]
    if not lost:
        return datasets
    notes.append(f"{', '.join(lost)} left out: not in all files")
    return [ds.drop_vars(lost, errors="ignore") for ds in datasets]


def _check_names(sides: list[tuple[list[xr.Dataset], list[str | Path]]]) -> None:
    """Refuse a delay that files call by different names: they would be put side by side."""
    for role in DELAYS_AND_TOTAL:
        named: dict[Hashable, str | Path] = {}
        for parts, files in sides:
            name = find_variable(parts[0], role, set())
            if name is not None:
                named.setdefault(name, files[0])
        if len(named) > 1:
            listed = ", ".join(f"'{name}' in {file}" for name, file in named.items())
            msg = (
                f"the {QUANTITIES[role].long_name} has different names: {listed}; accepted is one "
                "name in all files. Rename it, for example with `ncrename -v` or ds.rename(...)."
            )
            raise InputError(msg)


def _are_apart(datasets: list[xr.Dataset], sides: Iterable[frozenset[Hashable]]) -> bool:
    """Tell whether no field but the heights stands on two sides: all have a ``crs`` and bounds."""
    heights = {find_variable(ds, "orography", set()) for ds in datasets}
    beside = {name for ds in datasets for name in ds.data_vars if not _is_field(ds, name)}
    names = [name for side in sides for name in side - heights - beside]
    return len(names) == len(set(names))


def _is_field(ds: xr.Dataset, name: Hashable) -> bool:
    """Tell fields from grid mappings, bounds and counts, where there is a grid."""
    try:
        axes = find_axes(ds)
    except GridError:
        return True
    return {axes.lat_dim, axes.lon_dim} <= set(ds[name].dims)


def _put_side_by_side(sides: list[tuple[list[xr.Dataset], list[str | Path]]]) -> xr.Dataset:
    useful = [side for side in sides if _inputs_of(side[0][0])]
    for parts, names in sides if useful else ():
        if not _inputs_of(parts[0]):
            text = (
                f"{origin_of(names[0])} holds neither delays nor what belongs to them "
                f"({list_some([str(name) for name in parts[0].data_vars])}): it is left out"
            )
            warn(text)
    joined = [
        (_join_in_time(parts, names) if len(parts) > 1 else _hold_still(parts[0]), names[0])
        for parts, names in useful or sides
    ]
    joined.sort(key=lambda side: _are_still(side[0]))  # the others have the epochs
    out, own = joined[0]
    for part, file in joined[1:]:
        _check_same_places(out, part, own, file)
        coords = [
            n for n in part.coords if _is_field(part, n)
        ]  # heights that some file lists there
        names = [n for n in (*part.data_vars, *coords) if n not in out.variables]
        out = out.assign({n: part[n].variable for n in names})
    return out


def _inputs_of(ds: xr.Dataset) -> list[Hashable]:
    ds = ds.reset_coords()
    return [n for role in INPUTS if (n := find_variable(ds, role, set())) is not None]


def _are_still(ds: xr.Dataset) -> bool:
    return find_axes(ds).time is None and not any(
        find_variable(ds, role, set()) is not None for role in _PER_EPOCH
    )


def _hold_still(ds: xr.Dataset) -> xr.Dataset:
    """Take the time from a file of heights alone: its single date is that of the file."""
    axes = find_axes(ds)
    if axes.time is None or axes.time.size > 1:
        return ds
    still = ds.isel({axes.time_dim: 0}) if axes.time_dim is not None else ds
    still = still.drop_vars([axes.time.name])
    return still if _are_still(still) else ds


def _check_same_places(
    ds: xr.Dataset, other: xr.Dataset, file: str | Path, beside: str | Path
) -> None:
    """Refuse files of different variables on other nodes, at other epochs, or of other heights."""
    mine, theirs = find_axes(ds), find_axes(other)
    times = [] if _are_still(other) else [(mine.time, theirs.time)]
    pairs = [(mine.lat, theirs.lat), (mine.lon, theirs.lon), *times]
    shared = [name for name in other.data_vars if name in ds and _is_field(other, name)]
    pairs += [(ds[name], other[name]) for name in shared]
    for one, two in pairs:
        if one is None and two is None:
            continue
        equal = is_same_axis if one is mine.lat or one is mine.lon else np.array_equal
        if one is None or two is None or one.dims != two.dims or not equal(one, two):
            name = next(each.name for each in (one, two) if each is not None)
            msg = (
                f"{origin_of(file)} and {origin_of(beside)} hold different variables and another "
                f"'{name}'; accepted are files of one grid with the same epochs and heights. "
                "Convert each by itself; heights of another grid are for orography= (--orography)."
            )
            raise GridError(msg)


def _join_in_time(datasets: list[xr.Dataset], files: list[str | Path]) -> xr.Dataset:
    """Join along time what has the same variables on the same grid."""
    first = datasets[0]
    pieces = []
    for ds, file in zip(datasets, files, strict=True):
        if set(ds.data_vars) != set(first.data_vars):
            differing = ", ".join(sorted(map(str, set(ds.data_vars) ^ set(first.data_vars))))
            msg = (
                f"{file} and {files[0]} do not hold the same variables ({differing} in one of "
                "them only); accepted are files that follow each other in time, or files of "
                "different variables. Give those that go together, or merge them with xarray.merge."
            )
            raise InputError(msg)
        _check_units(ds, first, file, files[0])
        pieces.append(_with_time(ds, file))
    _check_one_grid(pieces, files)
    check_same_heights([ds for ds, _, _ in pieces], files)
    named = sorted(zip(pieces, files, strict=True), key=lambda pair: pair[0][2][0])
    _check_epochs_once(named)
    pieces = [piece for piece, _ in named]
    return xr.concat(
        [ds for ds, _, _ in pieces],
        pieces[0][1],
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )


def _check_one_grid(pieces: list[_Piece], files: list[str | Path]) -> None:
    own = find_axes(pieces[0][0])
    for (ds, _, _), file in zip(pieces, files, strict=True):
        other = find_axes(ds)
        for mine, theirs in ((own.lat, other.lat), (own.lon, other.lon)):
            if not is_same_axis(mine.values, theirs.values):
                msg = (
                    f"{file} has another {mine.name} than {files[0]}; accepted are files of one "
                    "grid. Convert each grid by itself."
                )
                raise GridError(msg)


def _check_units(ds: xr.Dataset, first: xr.Dataset, file: str | Path, own: str | Path) -> None:
    """Refuse other units than those of the first file, whose attributes the joined ones get."""
    axes = find_axes(ds)
    for role in INPUTS:
        name = find_variable(ds, role, {axes.lat_dim, axes.lon_dim})
        if name is None:
            continue
        units, others = (str(each[name].attrs.get("units", "")) for each in (ds, first))
        known = QUANTITIES[role].units
        size, other = (known.get(" ".join(u.split()).lower(), u) for u in (units, others))
        if size != other:
            msg = (
                f"'{name}' has units '{units}' in {file} and '{others}' in {own}; accepted are "
                "files of the same units. Convert each by itself, or bring them to one unit."
            )
            raise UnitsError(msg)


def _check_epochs_once(named: list[tuple[_Piece, str | Path]]) -> None:
    seen: dict[Any, str | Path] = {}
    for (_, _, epochs), file in named:
        twice = next((epoch for epoch in epochs if epoch in seen), None)
        if twice is not None:
            msg = (
                f"{seen[twice]} and {file} hold the same epoch {str(twice)[:16]}; accepted is each "
                "epoch once. Leave one of the files out, or select its other epochs."
            )
            raise GridError(msg)
        seen |= dict.fromkeys(epochs, file)


def _with_time(ds: xr.Dataset, file: str | Path) -> _Piece:
    """Give a file a time dimension; return it with the name of that and the epochs."""
    axes = find_axes(ds)
    if axes.time is None:
        msg = (
            f"{file} has no time, so that it cannot be put in order with others; add one with "
            "ds.assign_coords(time=...), or convert it by itself."
        )
        raise InputError(msg)
    if axes.time_dim is None:
        name = axes.time.name
        found = (find_variable(ds, role, {axes.lat_dim, axes.lon_dim}) for role in _PER_EPOCH)
        moving = [n for n in found if n is not None]
        moving += [n for n in _NUMBERS if n in ds.data_vars]
        epoch = axes.time.expand_dims(name)
        ds = ds.drop_vars([name])
        ds = ds.assign({n: ds[n].expand_dims({name: epoch}) for n in moving})
        return ds, name, epoch.values
    return ds, axes.time_dim, axes.time.values
