"""Whether a field holds any value at all, and which of its epochs is the first that does."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

__all__ = ["find_first_epoch", "find_first_values", "without_fills"]

_ROWS = 32
"""So many rows of a field that comes in pieces are looked at, if they hold a value."""
_HUGE = 1e15
"""Values from this on are none."""


def find_first_values(
    field: xr.DataArray, epoch: Collection[Hashable], *, above: float = np.inf
) -> NDArray[np.generic] | None:
    """Give values of the first epoch that has any; all of them of a field in memory.

    Parameters
    ----------
    field : DataArray
        Any; of a lazy one each epoch is read until one holds a value, and of an epoch in pieces
        some rows, if these hold one.
    epoch : collection of Hashable
        Dimensions of the time.
    above : float, optional
        Values of this size stand for missing ones.

    Returns
    -------
    ndarray or None
        None where there is no value in any epoch.

    Examples
    --------
    >>> field = xr.DataArray([[np.nan, np.nan], [np.nan, 5.0]], dims=("time", "site"))
    >>> find_first_values(field.chunk(time=1), ["time"]).tolist()
    [nan, 5.0]
    >>> find_first_values(field[:1], ["time"]) is None
    True
    """
    for index in _epochs(field, epoch) if field.chunks else iter([{}]):
        for rows in _some_or_all(field, epoch):
            values = field.isel(index | rows).to_numpy()
            if _holds_any(values, above):
                return values
    return None


def find_first_epoch(field: xr.DataArray, epoch: Collection[Hashable]) -> dict[Hashable, int]:
    """Find the first epoch of a field that holds any value.

    Parameters
    ----------
    field : DataArray
        Any; of a lazy one each epoch is read until one holds a value.
    epoch : collection of Hashable
        Dimensions of the time.

    Returns
    -------
    dict
        Its place along each of them; the first of all where there is no value.

    Examples
    --------
    >>> field = xr.DataArray([[np.nan, np.nan], [np.nan, 5.0]], dims=("time", "site"))
    >>> find_first_epoch(field, ["time"])
    {'time': 1}
    """
    found = (
        index
        for index in _epochs(field, epoch)
        for rows in _some_or_all(field, epoch)
        if bool(field.isel(index | rows).notnull().any())
    )
    return next(found, dict.fromkeys((dim for dim in epoch if dim in field.dims), 0))


def _epochs(field: xr.DataArray, epoch: Collection[Hashable]) -> Iterator[dict[Hashable, Any]]:
    dims = [dim for dim in epoch if dim in field.dims]
    for numbers in product(*(range(field.sizes[dim]) for dim in dims)):
        yield dict(zip(dims, numbers, strict=True))


def _some_or_all(field: xr.DataArray, epoch: Collection[Hashable]) -> Iterator[dict[Hashable, Any]]:
    """Select some rows of a field that comes in pieces, and then all."""
    some = {
        dim: slice(None, None, max(1, field.sizes[dim] // _ROWS))
        for dim, pieces in (field.chunksizes or {}).items()
        if dim not in epoch and len(pieces) > 1
    }
    if some:
        yield some
    yield {}


def _holds_any(values: NDArray[np.generic], above: float) -> bool:
    if values.dtype.kind not in "fiu":
        return values.size > 0
    return bool((np.abs(values) < above).any())


def without_fills(values: NDArray[Any], *, fills: Collection[float]) -> NDArray[Any]:
    """Make missing what stands for it.

    Parameters
    ----------
    values : ndarray of float
        As stored.
    fills : collection of float
        Values that stand for missing ones, besides all that are huge.

    Returns
    -------
    ndarray
        The same array where it holds none.

    Examples
    --------
    >>> without_fills(np.array([-999.0, 280.0, 1e20]), fills=[-999.0]).tolist()
    [nan, 280.0, nan]
    """
    if not values.size:
        return values
    low, high = (f.reduce(values, axis=None) for f in (np.fmin, np.fmax))
    there = [fill for fill in fills if low <= fill <= high and (values == fill).any()]
    if not there and low > -_HUGE and high < _HUGE:
        return values
    known = (np.abs(values) < _HUGE) | np.isnan(values)
    for each in there:
        known &= values != each
    return values if known.all() else np.where(known, values, values.dtype.type(np.nan))
