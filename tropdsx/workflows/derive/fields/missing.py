"""Delays that are missing in a result: told of by epoch, and refused where there are no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError, warn

__all__ = ["watch_missing"]

_CAUSES = (
    "heights above the topmost level, levels or surface fields without values, or a ground of NaN"
)


def watch_missing(ds: xr.Dataset) -> xr.Dataset:
    """Count missing delays as they are computed, and refuse a result that has no others.

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

    Examples
    --------
    >>> axes = {"lat": [48.0], "lon": [16.0, 17.0]}
    >>> zhd = xr.DataArray([[np.nan, np.nan]], axes)
    >>> watch_missing(xr.Dataset({"zhd": zhd, "zwd": zhd}))
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: all delays are missing (NaN); usual causes are heights above...
    """
    first = "zhd" if "zhd" in ds else "zwd"
    zhd, zwd = ds[first], ds["zwd"]
    dims = [dim for dim in zhd.dims if dim != "time"]
    epochs = ds["time"].to_numpy() if "time" in zhd.dims else np.array(["NaT"], "M8[ns]")
    number = xr.DataArray(np.arange(epochs.size), dims="time")
    if "time" not in zhd.dims:
        number = number[0]
    parts = [
        each.chunk(dict.fromkeys(dims, -1)) if each.chunks else each
        for each in (zhd, zwd.transpose(*zhd.dims))
    ]
    passed = xr.apply_ufunc(
        _Watch(epochs),
        number,
        *(each.drop_vars(set(each.coords)) for each in parts),
        input_core_dims=[[], dims, dims],
        output_core_dims=[dims],
        dask="parallelized",
        output_dtypes=[zhd.dtype],
    )
    return ds.assign({first: zhd.copy(data=passed.transpose(*zhd.dims).data)})


@dataclass(eq=False)
class _Watch:
    """Looks at the epochs that pass."""

    epochs: NDArray[np.datetime64]
    missing: dict[int, bool] = field(default_factory=dict)
    __name__ = "missing"  # of the tasks in a dask graph

    def __call__(
        self, number: NDArray[np.intp], zhd: NDArray[Any], zwd: NDArray[Any]
    ) -> NDArray[Any]:
        epochs = np.atleast_1d(number)
        for epoch, *delays in zip(
            epochs, *(each.reshape(epochs.size, -1) for each in (zhd, zwd)), strict=True
        ):
            known = np.isfinite(delays[0]) & np.isfinite(delays[1])
            self.missing[int(epoch)] = not known.any()
            if len(self.missing) == self.epochs.size and all(self.missing.values()):
                of_each = f" in each of {self.epochs.size} epochs" * (self.epochs.size > 1)
                msg = f"all delays are missing (NaN){of_each}; usual causes are {_CAUSES}."
                raise GridError(msg)
            if (not known.all() and self.epochs.size > 1) or (known.any() and not known.all()):
                self._tell(int(epoch), int((~known).sum()), known.size)
        return zhd

    def _tell(self, epoch: int, missing: int, size: int) -> None:
        at = self.epochs[epoch]
        when = "" if np.isnat(at) else f" at {np.datetime_as_string(at, unit='m')}"
        many = "all" if missing == size else f"{missing} of"
        warn(
            f"{many} {size} delays{when} are missing (NaN); usual causes are {_CAUSES}.",
            topic=f"missing delays, {missing == size}",
        )
