"""The shipped climatology at the nodes of a grid: temperature by month, scale height of ZWD.

Both tables are made by ``tools/make_tables.py`` from the digital maps of Recommendations ITU-R
P.1510-1 (monthly surface temperature) and ITU-R P.836-6 (scale height of the water vapour).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import asset_path
from tropdsx.atmos.epoch import doy
from tropdsx.grid.stencil import make_stencil
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["at_epochs", "tables_at"]

MIDDLE_OF_JANUARY, MONTH = 16.2, 30.4375  # day of the year, and days


@cache
def _tables() -> xr.Dataset:
    return load_netcdf(asset_path("climatology"))


@cache
def tables_at(
    lat: tuple[float, ...], lon: tuple[float, ...], precision: str = "float64"
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Interpolate the shipped tables to the nodes of a grid.

    Parameters
    ----------
    lat, lon : tuple of float
        Axes of J and I nodes; tuples, so that the answer can be kept [deg].
    precision : {"float64", "float32"}, optional
        Of the answer.

    Returns
    -------
    temperature : ndarray, shape (12, J, I)
        Mean air temperature of each month, reduced to the ellipsoid [K].
    scale_height : ndarray, shape (J, I)
        Height over which ZWD falls to 1/e [m].

    Examples
    --------
    >>> temperature, scale_height = tables_at((47.5, -12.5), (12.5,))
    >>> bool(temperature[6, 0, 0] > temperature[0, 0, 0])  # July and January north of the equator
    True
    >>> scale_height.shape
    (2, 1)
    """
    tables = _tables()
    place = make_stencil(
        tables["lat"],
        tables["lon"],
        np.array(lat)[:, None],
        np.array(lon)[None, :],
        interpolation="bilinear",
    )
    monthly, scale = tables["temperature"].to_numpy(), tables["scale_height"].to_numpy()
    kind = np.dtype(precision)
    return place.apply(monthly).astype(kind), place.apply(scale).astype(kind)


def at_epochs(monthly: NDArray[Any], time: NDArray[np.datetime64]) -> NDArray[np.floating]:
    """Interpolate linearly between the middles of months.

    Parameters
    ----------
    monthly : ndarray, shape (12, J, I)
        A value for each month, in any unit.
    time : ndarray of datetime64, shape (N,)
        Epochs in UTC; NaT gives the annual mean.

    Returns
    -------
    ndarray, shape (N, J, I)
        In the unit and precision of `monthly`.

    Examples
    --------
    >>> monthly = np.arange(12.0).reshape(12, 1, 1)
    >>> time = np.array(["2021-02-01", "NaT"], "datetime64[ns]")
    >>> at_epochs(monthly, time).ravel().round(2).tolist()
    [0.52, 5.5]
    """
    known = ~np.isnat(time)
    year = np.where(known, time, np.datetime64("2000-01-01"))
    position = (doy(year) - MIDDLE_OF_JANUARY) / MONTH
    lower = np.floor(position).astype(int)
    share = (position - lower)[:, None, None].astype(monthly.dtype)
    if (lower == lower[:1]).all():  # epochs of a month share its fields, which need no copies
        lower = lower[:1]
    value = (1 - share) * monthly[lower % 12]
    value += share * monthly[(lower + 1) % 12]
    if not known.all():
        value[~known] = monthly.mean(axis=0)
    return np.asarray(value)
