"""Whether files hold the same things alike: levels in one order and unit, one ground, one unit."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import find_positions
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.spelling.same_unit import is_same_unit
from tropdsx.cf.units import unit_of
from tropdsx.cf.variables import find_fields
from tropdsx.errors import GridError, UnitsError
from tropdsx.grid.heights.moving import find_move, metres_of_unit
from tropdsx.workflows.derive.fields.names import AT_GROUND, ON_LEVELS, PRESSURE_AXES

__all__ = ["check_alike", "match_levels", "single_level", "with_level"]

_SAME = 1e-4
"""Levels this near are one [share]."""
_IN_PASCAL = 1100.0
"""Levels without a unit whose highest value is above this are in Pa."""


def match_levels(ds: xr.Dataset, main: xr.Dataset, file: str) -> xr.Dataset:
    """Bring the levels of a file into the order, the unit and the name of those of another.

    Parameters
    ----------
    ds : Dataset
        Fields, on levels or not.
    main : Dataset
        The levels that count.
    file : str
        What to call the file in a message.

    Returns
    -------
    Dataset
        With the coordinate of `main`.

    Raises
    ------
    GridError
        If a level of `main` is missing.

    Examples
    --------
    >>> main = xr.Dataset(coords={"level": ("level", [1000.0, 500.0], {"units": "hPa"})})
    >>> z = xr.Dataset({"z": ("plev", [5.4e4, 1e3])})
    >>> z = z.assign_coords(plev=("plev", [5e4, 1e5], {"units": "Pa"}))
    >>> match_levels(z, main, "z.nc").z.values.tolist()
    [1000.0, 54000.0]
    """
    known, wanted = _levels(ds), _levels(main)
    for dim, values in known.items():
        other = dim if dim in wanted else _find_same(values, wanted, known)
        if other is None:
            continue
        rows = _find_rows(values, wanted[other])
        missing = wanted[other][rows < 0]
        if missing.size:
            msg = (
                f"the files do not go together ({Path(file).name} has no level {missing[0]:g} hPa "
                f"on '{dim}'); accepted are files of the same levels. Select those that all have."
            )
            raise GridError(msg)
        if not np.array_equal(rows, np.arange(values.size)):
            ds = ds.isel({dim: rows})
        ds = ds.drop_vars([dim]).rename({} if dim == other else {dim: other})
        ds = ds.assign_coords({other: main[other].reset_coords(drop=True)})
    return ds


def single_level(ds: xr.Dataset) -> Hashable | None:
    """Find the coordinate of the one pressure level that a file holds.

    Parameters
    ----------
    ds : Dataset
        An opened file.

    Returns
    -------
    Hashable or None
        None where there are more levels, or none.

    Examples
    --------
    >>> single_level(xr.Dataset({"plev": ((), 85000.0, {"units": "Pa"}), "t": ("x", [280.0])}))
    'plev'
    """
    for name, variable in ds.variables.items():
        lower = str(name).lower()
        known = lower in PRESSURE_AXES or lower.startswith("isobaricin")
        of_pressure = unit_of(ds[name]) in QUANTITIES["pressure"].units
        if known and of_pressure and variable.size == 1 and variable.dims in ((), (name,)):
            return name
    return None


def with_level(ds: xr.Dataset, name: Hashable | None) -> xr.Dataset:
    """Let the fields of a file have the dimension of its one level.

    Parameters
    ----------
    ds : Dataset
        An opened file.
    name : Hashable or None
        As :func:`single_level` finds it.

    Returns
    -------
    Dataset
        The same where they have it.

    Examples
    --------
    >>> t = xr.DataArray([280.0], dims="site", attrs={"units": "K"})
    >>> ds = xr.Dataset({"t": t}, {"lat": ("site", [48.0]), "lon": ("site", [16.0]), "plev": 85e3})
    >>> with_level(ds, "plev").t.dims
    ('plev', 'site')
    """
    if name in ds.dims:
        return ds
    ds = ds.set_coords([name])
    places = {*find_positions(ds).lat.dims, *find_positions(ds).lon.dims}
    fields = [each for each in ds.data_vars if places <= set(ds[each].dims)]
    moved = ds[fields].expand_dims(str(name))
    return ds.drop_vars([*fields, name]).merge(moved, compat="override")


def check_alike(parts: Sequence[tuple[xr.Dataset, str]]) -> None:
    """Refuse files that follow each other in time with other units or another ground.

    Parameters
    ----------
    parts : sequence of (Dataset, str)
        Files with the same fields, and their names.

    Raises
    ------
    UnitsError
        If a field has another unit.
    GridError
        If the ground is another by more than 1 m.

    Examples
    --------
    >>> ds = xr.Dataset({"z_surface": ((), 980.0, {"units": "m2 s-2"})})
    >>> check_alike([(ds, "a.nc"), (ds, "b.nc")])
    """
    first, name_of_first = parts[0]
    for ds, file in parts[1:]:
        for name in (n for n in first.data_vars if _has_role(first, n)):
            units = [str(each[name].attrs.get("units", "")) for each in (ds, first)]
            if not is_same_unit(*units):
                msg = (
                    f"'{name}' has units '{units[0]}' in {Path(file).name} and '{units[1]}' in "
                    f"{Path(name_of_first).name}; accepted are files of the same units. Bring them "
                    "to one unit, or correct the attribute."
                )
                raise UnitsError(msg)
        _check_ground(ds, file, first, name_of_first)


def _has_role(ds: xr.Dataset, name: Hashable) -> bool:
    roles = (*ON_LEVELS.values(), *AT_GROUND.values())
    return any(find_fields(ds[[name]], names) for names in roles)


def _check_ground(ds: xr.Dataset, file: str, first: xr.Dataset, name_of_first: str) -> None:
    places = _places(first)
    for field in find_fields(first, AT_GROUND["ground"]):
        own = ds[field.name].variable
        if own.dims != field.dims or own.shape != field.shape or not {*own.dims} <= places:
            continue
        off = find_move(own, field, metres_of_unit(field, "geopotential"))
        if off:
            msg = (
                f"the heights '{field.name}' of {Path(file).name} are not those of "
                f"{Path(name_of_first).name} (up to {off:.0f} m off); accepted are files of one "
                "terrain. Integrate those of each terrain by themselves."
            )
            raise GridError(msg)


def _places(ds: xr.Dataset) -> set[Hashable]:
    """Dimensions along which the place changes, and nothing else."""
    try:
        positions = find_positions(ds)
    except GridError:
        return set()
    times = set() if positions.time is None else set(positions.time.dims)
    return {*positions.lat.dims, *positions.lon.dims} - times


def _levels(ds: xr.Dataset) -> dict[Hashable, NDArray[np.float64]]:
    """Values of the coordinates of levels, pressures in hPa."""
    try:
        known = find_positions(ds).dims
    except GridError:
        known = set()
    units = QUANTITIES["pressure"].units
    found = {}
    for dim in ds.dims:
        if dim in known or dim not in ds.variables or ds[dim].dtype.kind not in "iuf":
            continue
        values = ds[dim].to_numpy().astype(np.float64)
        unit = unit_of(ds[dim])
        assumed = 0.01 if not unit and values.size and values.max() > _IN_PASCAL else 1.0
        found[dim] = values * (units[unit][0] if unit in units else assumed)
    return found


def _find_same(
    values: NDArray[np.float64],
    wanted: dict[Hashable, NDArray[np.float64]],
    known: dict[Hashable, NDArray[np.float64]],
) -> Hashable | None:
    """Find levels of another name with these values."""
    same = (
        dim
        for dim, there in wanted.items()
        if dim not in known and there.size > 1 and (_find_rows(values, there) >= 0).all()
    )
    return next(same, None)


def _find_rows(have: NDArray[np.float64], want: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find the place of each level among others, -1 where it is not there."""
    if not have.size:
        return np.full(want.size, -1, np.intp)
    off = np.abs(have[None, :] - want[:, None])
    rows = off.argmin(axis=1)
    near = off.min(axis=1) <= _SAME * np.maximum(np.abs(want), 1e-6)
    return np.where(near, rows, -1)
