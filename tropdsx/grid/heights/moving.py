"""Heights along time: mostly one terrain again and again, sometimes one model after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import unit_of
from tropdsx.errors import GridError, warn

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SAME_GROUND",
    "STREAMS",
    "find_move",
    "group_epochs",
    "hold_still",
    "hold_streams",
    "keep_moving",
    "metres_of_unit",
]

STREAMS = ("expver", "number", "realization")
"""Dimensions of the members of an ensemble, and of final and preliminary fields (ERA5, ERA5T)."""

#: Heights that differ by less are the same ground: a step of packed ERA5 files is 0.73 m [m].
SAME_GROUND = 1.0


def find_move(one: ArrayLike, other: ArrayLike, metres: float = 1.0) -> float:
    """Find how far heights are off others of the same places, if they are another ground.

    Parameters
    ----------
    one, other : array_like
        Heights in one unit; they broadcast, and missing ones do not count.
    metres : float, optional
        Their unit [m].

    Returns
    -------
    float
        Largest distance [m]; 0 for the same ground, see `SAME_GROUND`.

    Examples
    --------
    >>> find_move([10.0, 20.0], [10.4, 20.0]), find_move([1.0, np.nan], [1.5, 2.0], 1000.0)
    (0.0, 500.0)
    """
    off = np.abs(np.asarray(one) - np.asarray(other))
    most = float(np.fmax.reduce(off, axis=None, initial=0.0)) * abs(metres)
    return most if most > SAME_GROUND else 0.0


def metres_of_unit(field: xr.DataArray, quantity: str = "orography") -> float:
    """Find how many metres the unit of heights is.

    Parameters
    ----------
    field : DataArray
        Heights or a geopotential as stored.
    quantity : {"orography", "geopotential"}, optional
        What it is where it has no unit that is known.

    Returns
    -------
    float
        Metres for each unit [m].

    Examples
    --------
    >>> metres_of_unit(xr.DataArray(0.0, attrs={"units": "km"}))
    1000.0
    """
    units = QUANTITIES[quantity].units
    return units.get(unit_of(field), (1.0, 0.0))[0] / units["m"][0]


def group_epochs(heights: NDArray[np.floating]) -> NDArray[np.intp]:
    """Find which terrain each of a series of epochs stands on.

    Parameters
    ----------
    heights : ndarray, shape (N, ...)
        Heights of each epoch [m].

    Returns
    -------
    ndarray of int, shape (N,)
        Which terrain each epoch stands on, from 0: within 1 m of the first epoch of that.

    Examples
    --------
    >>> group_epochs(np.array([[5.0, 7.0], [5.0, 90.0], [5.4, 7.0]])).tolist()
    [0, 1, 0]
    """
    found = np.empty(len(heights), np.intp)
    firsts: list[int] = []
    for epoch, field in enumerate(heights):
        same = (n for n, first in enumerate(firsts) if _is_same(field, heights[first]))
        found[epoch] = next(same, len(firsts))
        if found[epoch] == len(firsts):
            firsts.append(epoch)
    return found


def hold_still(
    field: xr.DataArray,
    time_dim: Hashable,
    *,
    source: str = "the input",
    advice: str = "Take the epochs of each terrain by themselves, ds.sel(time=...)",
    how: str = "change with time",
) -> xr.DataArray:
    """Take the heights of the first epoch, which must be those of all.

    What the first lacks is taken from the others.

    Parameters
    ----------
    field : DataArray
        Heights as stored, perhaps along time.
    time_dim : hashable
        Its time.
    source : str, optional
        Where they are from, for the error.
    advice, how : str, optional
        What to do about heights that change, and how they do it.

    Returns
    -------
    DataArray
        Without time.

    Raises
    ------
    GridError
        If the ground moves by more than 1 m; for lazy heights when they are computed.

    Examples
    --------
    >>> field = xr.DataArray([[10.0], [10.2]], dims=("time", "lat"), attrs={"units": "m"})
    >>> hold_still(field, "time").values
    array([10.])
    """
    if field.sizes.get(time_dim, 1) == 1:
        return field.isel({time_dim: 0}, missing_dims="ignore")
    most = field.max([time_dim])
    held = xr.apply_ufunc(
        _hold,
        field.isel({time_dim: 0}).fillna(most),
        (most - field.min([time_dim])) * metres_of_unit(field),
        kwargs={"what": f"the heights '{field.name}' of {source} {how}", "advice": advice},
        dask="parallelized",
        output_dtypes=[field.dtype],
    )
    return held.rename(field.name).assign_attrs(field.attrs)


def hold_streams(field: xr.DataArray, *, source: str = "the input") -> xr.DataArray:
    """Take the heights of the first member, or of the first stream that has them.

    Parameters
    ----------
    field : DataArray
        Heights as stored, perhaps along one of `STREAMS`.
    source : str, optional
        Where they are from, for the error.

    Returns
    -------
    DataArray
        Without those dimensions.

    Raises
    ------
    GridError
        If they differ by more than 1 m; for lazy heights when they are computed.

    Examples
    --------
    >>> field = xr.DataArray([[10.0, np.nan], [10.0, 20.0]], dims=("expver", "lat"))
    >>> hold_streams(field).values
    array([10., 20.])
    """
    for dim in [each for each in STREAMS if each in field.dims]:
        advice = f"Select one with ds.isel({dim}=0)"
        field = hold_still(field, dim, source=source, advice=advice, how=f"differ along '{dim}'")
    return field


def keep_moving(field: xr.DataArray, time_dim: Hashable, notes: list[str]) -> xr.DataArray:
    """Keep the time of heights that change with it; drop it where all are the same ground.

    Parameters
    ----------
    field : DataArray
        Heights as stored, perhaps along time. Lazy ones must be one terrain, as in
        :func:`hold_still`: to tell which epochs go together all would have to be read. Commands
        read heights when they open a file.
    time_dim : hashable
        Its time.
    notes : list of str
        What was found is appended.

    Returns
    -------
    DataArray
        With time or without.

    Raises
    ------
    GridError
        If lazy heights change; when they are computed.

    Examples
    --------
    >>> field = xr.DataArray([[10.0], [80.0]], dims=("time", "lat"), attrs={"units": "m"})
    >>> keep_moving(field[:1], "time", []).dims
    ('lat',)
    """
    if field.chunks is not None or field.sizes.get(time_dim, 1) == 1:
        return hold_still(field, time_dim, advice=f"Load them first, ds['{field.name}'].load()")
    heights = field.transpose(time_dim, ...).to_numpy() * metres_of_unit(field)
    terrains = int(group_epochs(heights).max()) + 1
    if terrains == 1:
        return field.isel({time_dim: 0})
    text = (
        f"the heights '{field.name}' change with time ({terrains} terrains): each epoch is taken "
        "at its own, and networks see no neighbouring epochs of another terrain"
    )
    notes.append(text)
    warn(f"{text}.")
    return field


def _hold(
    first: NDArray[Any], spread: NDArray[np.floating], *, what: str, advice: str
) -> NDArray[Any]:
    moved = find_move(spread, 0.0)
    if moved:
        msg = (
            f"{what}, by up to {moved:.0f} m; accepted is one terrain for all of a file. "
            f"{advice}, or give the heights that the delays refer to."
        )
        raise GridError(msg)
    return first


def _is_same(one: NDArray[np.floating], other: NDArray[np.floating]) -> bool:
    return not find_move(one, other) and bool((np.isnan(one) == np.isnan(other)).all())
