"""Bring fields that count their own epochs onto those of the levels."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import Positions
from tropdsx.cf.variables import find_fields
from tropdsx.errors import GridError
from tropdsx.workflows.derive.fields.names import AT_GROUND

__all__ = ["find_rows", "follow_epochs"]

_SAME = np.timedelta64(60, "s")
"""Times this near are one epoch: float32 and fractions of days move them by seconds."""


def follow_epochs(ds: xr.Dataset, positions: Positions) -> tuple[xr.Dataset, dict[Hashable, str]]:
    """Bring fields on another dimension of time onto the epochs of the levels.

    The Climate Data Store called the time ``time`` until 2024 and ``valid_time`` since, so that
    levels and surface fields of one model come with two.

    Parameters
    ----------
    ds : Dataset
        Levels and surface fields.
    positions : Positions
        Where and when the levels are.

    Returns
    -------
    Dataset
        The same fields, those of other times on the dimension of the levels' time.
    dict
        Why fields could not be brought there, by name.

    Raises
    ------
    GridError
        If an epoch of the levels occurs twice.

    Examples
    --------
    >>> from tropdsx.cf.positions import find_positions
    >>> hours = np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")
    >>> levels = xr.Dataset({"t": (("valid_time", "level"), np.ones((2, 3)))})
    >>> levels = levels.assign_coords(valid_time=hours, lat=48.0, lon=16.0)
    >>> positions = find_positions(levels)
    >>> surface = xr.Dataset({"sp": ("time", [1e5, 9e4])}, {"time": hours[::-1]})
    >>> follow_epochs(levels.merge(surface), positions)[0].sp.values.tolist()
    [90000.0, 100000.0]
    """
    time = positions.time
    if time is None or time.ndim > 1:
        return ds, {}
    places = {*positions.lat.dims, *positions.lon.dims}
    if not set(time.dims) & places:
        _check_known(time)
        _check_once(time)
    reasons: dict[Hashable, str] = {}
    for dim in [d for d in ds.dims if d not in positions.dims and _is_dated(ds, d)]:
        on_it = [name for name in ds.variables if dim in ds[name].dims]
        rows = find_rows(ds[dim].to_numpy(), np.atleast_1d(time.to_numpy()))
        if set(time.dims) & places:
            rows = None
        if rows is None and ds.sizes[dim] == 1:
            # What does not move holds at any time; the rest is of another one.
            still = [each.name for each in find_fields(ds[on_it], AT_GROUND["ground"])]
            gone = {n: f"of {_day(ds[dim])} alone" for n in on_it if n not in (*still, dim)}
            reasons |= gone
            ds = ds.drop_vars(list(gone)).isel({dim: 0}, drop=True)
        elif rows is None:
            reasons |= dict.fromkeys(
                (name for name in on_it if name != dim),
                f"on '{dim}', which lacks epochs of the levels",
            )
        else:
            ds = _take(ds, on_it, dim, rows, time)
    return ds, reasons


def find_rows(have: NDArray, want: NDArray) -> NDArray[np.intp] | None:
    """Find the rows of a list of times that hold other times.

    Parameters
    ----------
    have, want : ndarray of datetime64
        Times that there are, and those to be found among them.

    Returns
    -------
    ndarray of int or None
        One for each time wanted; None where one is farther than a minute from all.

    Examples
    --------
    >>> hours = np.array(["2022-07-01T00", "2022-07-01T06", "2022-07-01T12"], "M8[ns]")
    >>> find_rows(hours, hours[2:]).tolist(), find_rows(hours[:2], hours)
    ([2], None)
    """
    if have.dtype.kind != "M" or want.dtype.kind != "M" or np.isnat([*have, *want]).any():
        return None
    order = np.argsort(have)
    after = np.clip(np.searchsorted(have[order], want), 0, have.size - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(have[order][before] - want) <= np.abs(have[order][after] - want)
    rows = order[np.where(nearer, before, after)]
    return rows if bool((np.abs(have[rows] - want) <= _SAME).all()) else None


def _is_dated(ds: xr.Dataset, dim: Hashable) -> bool:
    return dim in ds.variables and ds[dim].dtype.kind == "M"


def _check_known(time: xr.DataArray) -> None:
    missing = np.isnat(np.atleast_1d(time.to_numpy()))
    if missing.any():
        msg = (
            f"the levels have no date at place {int(missing.argmax())} of '{time.name}'; accepted "
            "is a date for every epoch. Drop it with ds.sel(time=ds.time.notnull())."
        )
        raise GridError(msg)


def _check_once(time: xr.DataArray) -> None:
    values, counts = np.unique(np.atleast_1d(time.to_numpy()), return_counts=True)
    if counts.size and counts.max() > 1:
        epoch = np.datetime_as_string(values[counts.argmax()], unit="m")
        msg = (
            f"the levels hold epoch {epoch} {counts.max()} times; accepted is each epoch once, of "
            "one forecast. Select one, with ds.isel(...), or by when the forecasts began."
        )
        raise GridError(msg)


def _take(
    ds: xr.Dataset,
    names: list[Hashable],
    dim: Hashable,
    rows: NDArray[np.intp],
    time: xr.DataArray,
) -> xr.Dataset:
    """Pick these rows of a dimension and put them on that of the time."""
    index = rows if time.ndim else int(rows[0])
    moved = {name: ds[name].variable.isel({dim: index}) for name in names if name != dim}
    if time.ndim:
        moved = {
            name: xr.Variable(
                [time.dims[0] if d == dim else d for d in each.dims], each.data, each.attrs
            )
            for name, each in moved.items()
        }
    return ds.drop_vars(names).assign(moved)


def _day(time: xr.DataArray) -> str:
    return str(np.datetime_as_string(time.to_numpy().ravel()[0], unit="m"))
