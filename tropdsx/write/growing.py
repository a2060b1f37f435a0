"""Base class of the outputs that grow block by block: NetCDF file and Zarr store."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Self

import xarray as xr

from tropdsx.system.partial import Partial
from tropdsx.write.encoding import empty_like, encode

__all__ = ["GrowingOutput"]


class GrowingOutput:
    """An output in the making: a context, used from one thread at a time.

    Workers turn values into what the output stores with :meth:`encoder`, one thread puts that in
    its place with :meth:`append`, and what was complete at the last :meth:`commit` survives a kill.

    Parameters
    ----------
    ds : Dataset
        Described result, whose data variables along time are fields; lazy ones are not computed.
    partial : Partial
        Where it comes into being.
    time_dim : Hashable
        The dimension that grows.
    **storage
        ``compression``, ``quantize``, ``pack``; see :func:`tropdsx.write.write_netcdf`.

    Attributes
    ----------
    partial : Partial
        As given.
    time_dim : Hashable
        As given.
    """

    def __init__(
        self, ds: xr.Dataset, partial: Partial, time_dim: Hashable, **storage: Any
    ) -> None:
        self.partial = partial
        self.time_dim = time_dim
        self._ds = encode(ds, time_dim, **storage)
        self._done = partial.epochs_done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *problem: object) -> None:
        """Close; a subclass that holds something open does more."""

    def _series(self) -> dict[str, xr.Variable]:
        """Name the variables that grow; of each its type, attributes and encoding, no values."""
        return {
            str(name): empty_like(var.variable)
            for name, var in self._ds.data_vars.items()
            if self.time_dim in var.dims
        }
