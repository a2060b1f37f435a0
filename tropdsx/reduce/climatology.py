"""The shipped climatology at the nodes of a grid: temperature by month, scale height of ZWD."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx import assets
from tropdsx.atmos.epoch import doy
from tropdsx.grid.stencil import stencil
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["at_epochs", "tables_at"]


@cache
def _tables() -> xr.Dataset:
    return load_netcdf(assets.asset_path("climatology"))


@cache
def tables_at(lat: tuple[float, ...], lon: tuple[float, ...]) -> tuple[NDArray, NDArray]:
    """Monthly sea-level temperature (12, J, I) [K] and scale height (J, I) [m] at the nodes."""
    tables = _tables()
    place = stencil(
        tables["lat"],
        tables["lon"],
        np.array(lat)[:, None],
        np.array(lon)[None, :],
        interpolation="bilinear",
    )
    monthly = tables["temperature"].to_numpy().reshape(12, -1)[:, place.index]
    scale = tables["scale_height"].to_numpy().reshape(-1)[place.index]
    return (monthly * place.weight).sum(-1), (scale * place.weight).sum(-1)


def at_epochs(monthly: NDArray, time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Interpolate linearly between the middles of months; the annual mean for NaT."""
    known = ~np.isnat(time)
    year = np.where(known, time, np.datetime64("2000-01-01"))
    position = (doy(year) - 16.2) / 30.4375
    lower = np.floor(position).astype(int)
    share = (position - lower)[:, None, None]
    value = (1 - share) * monthly[lower % 12] + share * monthly[(lower + 1) % 12]
    return np.where(known[:, None, None], value, monthly.mean(axis=0))
