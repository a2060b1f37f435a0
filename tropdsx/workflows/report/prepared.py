"""Maps and numbers as pictures want them: in standard order and one unit, with round ends."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.errors import GridError
from tropdsx.grid.axis_weights import Columns, Rows, weigh_axes
from tropdsx.grid.spacing import unwrap_longitude

__all__ = ["bilinear_axes", "map_on_nodes", "round_up"]

_MILLIMETRES = {"m": 1000.0, "cm": 10.0, "mm": 1.0}


def bilinear_axes(
    coarse_lat: NDArray, coarse_lon: NDArray, lat: NDArray, lon: NDArray
) -> tuple[Rows, Columns]:
    """Find the weights that interpolate a coarse field to fine nodes, for a picture of both.

    Parameters
    ----------
    coarse_lat, coarse_lon, lat, lon : ndarray
        Standard axes of both grids [deg].

    Returns
    -------
    rows, columns : Rows and Columns
        For :func:`tropdsx.grid.axis_weights.combine_axes`; NaN outside a region.

    Examples
    --------
    >>> rows, _ = bilinear_axes(*(np.array(a) for a in ([85.0, 80.0], [0.0, 5.0], [90.0], [1.0])))
    >>> rows.weight.tolist()
    [[1.0, 0.0]]
    """
    # Between the last row and a pole there is nothing to interpolate: the row's own value holds.
    if np.abs(coarse_lat).max() > 80.0:
        lat = np.clip(lat, coarse_lat[-1], coarse_lat[0])
    return weigh_axes(coarse_lat, coarse_lon, lat, lon, interpolation="bilinear")


def map_on_nodes(field: xr.DataArray) -> xr.DataArray:
    """Bring a map of errors to standard order and to millimetres.

    Parameters
    ----------
    field : DataArray
        On latitude and longitude, in any order [m, cm or mm], or a correlation without unit ("1").

    Returns
    -------
    DataArray
        On (lat, lon), latitudes descending and longitudes ascending, in memory [mm, or 1].

    Raises
    ------
    GridError
        If the unit or the dimensions are others.

    Examples
    --------
    >>> field = xr.DataArray([[0.01, 0.02]], {"lat": [45.0], "lon": [5.0, 4.0]}, ("lat", "lon"))
    >>> map_on_nodes(field.rename("zwd_rmse")).values.tolist()
    [[20.0, 10.0]]
    """
    factors = {"1": 1.0} if str(field.name).endswith("_correlation") else _MILLIMETRES
    unit = " ".join(str(field.attrs.get("units", "m")).split())
    axes = find_axes(field.to_dataset(name="map"))
    if unit not in factors or set(field.dims) != {axes.lat_dim, axes.lon_dim}:
        msg = (
            f"{field.name} has units '{unit}' and dimensions {', '.join(map(str, field.dims))}; "
            f"accepted is a map on latitude and longitude in {', '.join(factors)}"
        )
        raise GridError(msg)
    values = field.transpose(axes.lat_dim, axes.lon_dim).to_numpy().astype(float)
    lat = axes.lat.to_numpy().astype(float)
    lon, columns = unwrap_longitude(axes.lon.to_numpy())
    rows = np.argsort(-lat)
    values = values[rows][:, columns] * factors[unit]
    return xr.DataArray(values, {"lat": lat[rows], "lon": lon}, ("lat", "lon"))


def round_up(value: float) -> float:
    """Round to the next 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten.

    Parameters
    ----------
    value : float
        Above 0, in any unit.

    Returns
    -------
    float
        In the same unit.

    Examples
    --------
    >>> round_up(41.0), round_up(0.12)
    (50.0, 0.15)
    """
    power = 10.0 ** np.floor(np.log10(value))
    steps = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
    return float(np.round(steps[np.searchsorted(steps, value / power - 1e-9)] * power, 12))
