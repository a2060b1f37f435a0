"""Variables beside the delays of a grid, such as mapping coefficients, on its standard nodes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axis_names
from tropdsx.errors import GridError

__all__ = ["arrange_companion"]


def arrange_companion(da: xr.DataArray, grid: xr.Dataset, ds: xr.Dataset) -> xr.DataArray:
    """Bring a companion of delays into the order of their standard grid.

    Parameters
    ----------
    da : DataArray
        On the axes of `ds`, with or without time.
    grid : Dataset
        What :func:`tropdsx.grid.standardise_grid` made of `ds`.
    ds : Dataset
        The caller's data.

    Returns
    -------
    DataArray
        On (time, lat, lon) of the grid, of one epoch where it has no time; lazy where `da` is.

    Raises
    ------
    GridError
        If it does not lie on the nodes of the delays.

    Examples
    --------
    >>> ds = xr.Dataset({"ah": (("lat", "lon"), [[1.0, 2.0]])}, {"lat": [5.0], "lon": [-5.0, 5.0]})
    >>> grid = xr.Dataset(coords={"lat": [5.0], "lon": [5.0, 355.0]})
    >>> arrange_companion(ds.ah, grid, ds).values.tolist()
    [[[2.0, 1.0]]]
    """
    time, lat_name, lon_name = find_axis_names(ds)
    lat, lon = (ds[name].to_numpy().astype(np.float64) for name in (lat_name, lon_name))
    rows = np.argsort(-lat)
    start = float(grid["lon"][0])
    turned = (lon - start + 1e-6) % 360.0 + start - 1e-6
    _, columns = np.unique(turned.round(6), return_index=True)
    if (rows.size, columns.size) != (grid.sizes["lat"], grid.sizes["lon"]) or not (
        np.allclose(lat[rows], grid["lat"], atol=1e-4)
        and np.allclose(turned[columns], grid["lon"], atol=1e-4)
    ):
        msg = f"'{da.name}' does not lie on the nodes of the delays; interpolate it there first"
        raise GridError(msg)
    dims = (ds[lat_name].dims[0], ds[lon_name].dims[0])
    field = da.isel({dims[0]: rows, dims[1]: columns})
    if time in da.dims:
        order = np.argsort(ds[time].to_numpy(), kind="stable")
        field = field.isel({time: order}).transpose(time, *dims)
        epochs = {"time": grid["time"]} if "time" in grid else {}
    else:
        others = [dim for dim in field.dims if dim not in dims]
        field = field.squeeze(others, drop=True).transpose(*dims).expand_dims("time")
        epochs = {}
    axes = {"lat": grid["lat"], "lon": grid["lon"], **epochs}
    return xr.DataArray(field.variable.data, axes, ("time", "lat", "lon"), da.name, da.attrs)
