"""Delays that are missing in a result: told of by epoch, and refused where there are no others.

Wet delays that no vapour makes are refused in the same pass.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import GridError, UnitsError, warn

__all__ = ["tell_missing", "watch_missing"]

_CAUSES = (
    "heights above the topmost level, levels or surface fields without values, or a ground of NaN"
)


def watch_missing(ds: xr.Dataset) -> xr.Dataset:
    """Count missing delays as they are computed, and refuse a result that has no others.

    Wet delays below the noise that a conversion accepts (-5 mm) are refused, too.

    Parameters
    ----------
    ds : Dataset
        ``zhd`` and ``zwd``, or ``zwd`` alone, in memory or lazy, with or without ``time``.

    Returns
    -------
    Dataset
        The same values.

    Raises
    ------
    GridError
        If no epoch holds a delay; of lazy ones when the last of them is computed.
    UnitsError
        If a wet delay is below -5 mm; of lazy ones when it is computed.

    Examples
    --------
    >>> axes = {"lat": [48.0], "lon": [16.0, 17.0]}
    >>> zhd = xr.DataArray([[np.nan, np.nan]], axes)
    >>> watch_missing(xr.Dataset({"zhd": zhd, "zwd": zhd}))
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: all delays are missing (NaN); usual causes are heights above...
    """
    return _watch(ds, "time" if "time" in ds.dims else None, refuse=True)


def tell_missing(ds: xr.Dataset) -> xr.Dataset:
    """Count missing delays as they are computed; refuse negative wet delays alone.

    Parameters
    ----------
    ds : Dataset
        As for :func:`watch_missing`, with epochs of any name.

    Returns
    -------
    Dataset
        The same values.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": ("site", [2.3, 2.4]), "zwd": ("site", [0.1, 0.2])})
    >>> tell_missing(ds).zhd.values
    array([2.3, 2.4])
    """
    dated = [
        dim
        for dim in ds["zwd"].dims
        if dim in ds.coords and np.issubdtype(ds[dim].dtype, np.datetime64)
    ]
    return _watch(ds, dated[0] if dated else None, refuse=False)


def _watch(ds: xr.Dataset, time: Hashable | None, *, refuse: bool) -> xr.Dataset:
    """Send the first delay through a look at both."""
    first = "zhd" if "zhd" in ds else "zwd"
    zhd, zwd = ds[first], ds["zwd"]
    dims = [dim for dim in zhd.dims if dim != time]
    epochs = np.array(["NaT"], "M8[ns]") if time is None else ds[time].to_numpy()
    number = xr.DataArray(np.arange(epochs.size), dims=["time" if time is None else time])
    if time is None:
        number = number[0]
    parts = [
        each.chunk(dict.fromkeys(dims, -1)) if each.chunks else each
        for each in (zhd, zwd.transpose(*zhd.dims))
    ]
    passed = xr.apply_ufunc(
        _Watch(epochs, refuse),
        number,
        *(xr.DataArray(each.variable) for each in parts),
        input_core_dims=[[], dims, dims],
        output_core_dims=[dims],
        dask="parallelized",
        output_dtypes=[zhd.dtype],
    )
    values = passed.transpose(*zhd.dims).data
    if zhd.chunks is not None:
        values = values.rechunk(zhd.chunks)  # as those of the other delay: epochs may be in pieces
    return ds.assign({first: zhd.variable.copy(data=values)})


@dataclass(eq=False)
class _Watch:
    """Looks at the epochs that pass."""

    epochs: NDArray[np.datetime64]
    refuse: bool
    missing: dict[int, bool] = field(default_factory=dict)
    __name__ = "missing"  # of the tasks in a dask graph

    def __call__(
        self, number: NDArray[np.intp], zhd: NDArray[Any], zwd: NDArray[Any]
    ) -> NDArray[Any]:
        epochs, found = np.atleast_1d(number), []
        for epoch, *delays in zip(
            epochs, *(each.reshape(epochs.size, -1) for each in (zhd, zwd)), strict=True
        ):
            self._judge(int(epoch), delays[1])
            known = np.isfinite(delays[0]) & np.isfinite(delays[1])
            self.missing[int(epoch)] = not known.any()
            if self.refuse and len(self.missing) == self.epochs.size and all(self.missing.values()):
                of_each = f" in each of {self.epochs.size} epochs" * (self.epochs.size > 1)
                msg = f"all delays are missing (NaN){of_each}; usual causes are {_CAUSES}."
                raise GridError(msg)
            if not known.all():
                found.append((int(epoch), int((~known).sum()), known.size))
        # A command tells of the first of a run; elsewhere each block has one word.
        for each in found if self.refuse else found[:1]:
            self._tell(*each, also=0 if self.refuse else len(found) - 1)
        return zhd

    def _judge(self, epoch: int, zwd: NDArray[Any]) -> None:
        """Refuse what no vapour makes, and tell of more than air holds, as under mountains."""
        lowest = float(np.fmin.reduce(zwd, initial=np.inf))
        highest = float(np.fmax.reduce(zwd, initial=-np.inf))
        if highest > QUANTITIES["zwd"].high:
            warn(
                f"wet delays up to {1000 * highest:.0f} mm{self._when(epoch)}, which no air has: "
                "check the humidity of the levels, or whether the heights lie under the ground.",
                topic="wet delays of no air",
            )
        if lowest < QUANTITIES["zwd"].low:
            msg = (
                f"wet delays down to {1000 * lowest:.0f} mm{self._when(epoch)}; accepted are "
                f"{1000 * QUANTITIES['zwd'].low:.0f} mm and more. The humidity of the levels is "
                "negative: check its fill value, its packing (scale_factor, add_offset) and its "
                "unit."
            )
            raise UnitsError(msg)

    def _when(self, epoch: int) -> str:
        at = self.epochs[epoch]
        return "" if np.isnat(at) else f" at {np.datetime_as_string(at, unit='m')}"

    def _tell(self, epoch: int, missing: int, size: int, *, also: int) -> None:
        when = self._when(epoch)
        when += f", and some of {also} other epochs," if also else ""
        many = "all" if missing == size else f"{missing} of"
        warn(
            f"{many} {size} delays{when} are missing (NaN); usual causes are {_CAUSES}.",
            topic=f"missing delays, {missing == size}",
        )
