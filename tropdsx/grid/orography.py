"""An orography of any Dataset on the standard nodes: metres, lat descending, lon ascending."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx import assets
from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import to_units
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, InputError
from tropdsx.grid import spacing as grid
from tropdsx.grid.stencil import stencil
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["sample_heights", "shipped_heights", "standard_orography"]

VERTICAL_REFERENCES = {
    "height_above_reference_ellipsoid": "ellipsoid",
    "surface_altitude": "geoid, taken as the ellipsoid",
}


def standard_orography(ds: xr.Dataset, source: str = "the dataset") -> xr.DataArray:
    """Find the orography of a Dataset and bring it to the standard nodes.

    Parameters
    ----------
    ds : Dataset
        With an orography, surface height, or surface geopotential (divided by 9.80665 m s-2).
    source : str, optional
        What to call it in an error.

    Returns
    -------
    DataArray
        ``orography(lat, lon)`` float64 in memory; ``attrs["vertical_reference"]`` tells what is
        known of the zero of the heights [m].

    Raises
    ------
    InputError
        If there is no orography.
    GridError
        If the axes are missing or irregular.
    UnitsError
        If units are unknown or the values are no heights of land.

    Examples
    --------
    >>> ds = xr.Dataset(
    ...     {"z": (("lat", "lon"), [[9806.65] * 4] * 2, {"units": "m**2 s**-2"})},
    ...     coords={"lat": [-45.0, 45.0], "lon": [0.0, 90.0, 180.0, 270.0]},
    ... )
    >>> float(standard_orography(ds)[0, 0])
    1000.0
    """
    axes = find_axes(ds)
    name = find_variable(ds.reset_coords(), "orography", {axes.lat_dim, axes.lon_dim})
    if name is None:
        msg = (
            f"{source} holds no orography (variables {', '.join(map(str, ds.data_vars))}); "
            f"accepted are {', '.join(QUANTITIES['orography'].aliases)} on latitude and longitude."
        )
        raise InputError(msg)
    field = xr.DataArray(ds[name].variable, name=name)
    for dim in field.dims:
        if dim in (axes.lat_dim, axes.lon_dim):
            continue
        if field.sizes[dim] > 1 and dim != axes.time_dim:
            msg = (
                f"orography '{name}' of {source} has dimension '{dim}' of size {field.sizes[dim]}; "
                f"accepted is one height per node. Select one with ds.isel({dim}=0)."
            )
            raise GridError(msg)
        # Heights of land do not change with time.
        field = field.isel({dim: 0})
    field = field.transpose(axes.lat_dim, axes.lon_dim).load()
    lat = grid.regular_axis(axes.lat.values, "latitude")
    lon, columns = grid.unwrap_longitude(axes.lon.values)
    rows = slice(None, None, -1 if lat[0] < lat[-1] else 1)
    values = to_units(field, "orography", []).values[rows][:, columns]
    out = xr.DataArray(values, {"lat": lat[rows], "lon": lon}, ("lat", "lon"), "orography")
    standard_name = str(field.attrs.get("standard_name", ""))
    out.attrs = {
        "units": "m",
        "long_name": str(field.attrs.get("long_name", "surface height")),
        "vertical_reference": VERTICAL_REFERENCES.get(standard_name, "taken as the ellipsoid"),
    }
    if standard_name == "height_above_reference_ellipsoid":
        out.attrs["standard_name"] = standard_name
    return out


def sample_heights(field: xr.DataArray, lat: NDArray, lon: NDArray) -> NDArray[np.float64]:
    """Heights of a standard orography at nodes, bilinear between its own nodes.

    Parameters
    ----------
    field : DataArray
        Orography on (lat descending, lon ascending) [m].
    lat, lon : ndarray, shape (m,) and (n,)
        Nodes wanted [degree].

    Returns
    -------
    ndarray of float64, shape (m, n)
        Heights [m]; beyond the last row towards a pole, that row's value.

    Raises
    ------
    GridError
        If a node lies outside a regional orography.
    """
    have_lat, have_lon = field["lat"].to_numpy(), field["lon"].to_numpy()
    step = abs(have_lat[0] - have_lat[-1]) / max(have_lat.size - 1, 1)
    beyond = (lat > have_lat[0] + step) | (lat < have_lat[-1] - step)
    inside = np.clip(lat, have_lat[-1], have_lat[0])
    place = stencil(have_lat, have_lon, inside[:, None], lon[None, :], interpolation="bilinear")
    flat = field.transpose("lat", "lon").to_numpy().reshape(-1).astype(float)
    heights = (flat[place.index] * place.weight).sum(-1)
    if beyond.any() or np.isnan(place.weight).any():
        msg = (
            f"the orography (lat {have_lat[-1]:g} to {have_lat[0]:g}, lon {have_lon[0]:g} to "
            f"{have_lon[-1]:g}) does not cover the target (lat {lat.min():g} to {lat.max():g}, lon "
            f"{lon.min():g} to {lon.max():g}); give one that does"
        )
        raise GridError(msg)
    return np.asarray(heights)


def shipped_heights(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of the shipped 1 degree orography, bilinear between its nodes.

    Parameters
    ----------
    lat, lon : ndarray, shape (m,) and (n,)
        Axes [degree].

    Returns
    -------
    ndarray, shape (m, n)
        Good enough to sort nodes into groups [m, ellipsoidal].

    Examples
    --------
    >>> bool(shipped_heights(np.array([30.5]), np.array([88.5]))[0, 0] > 3000)
    True
    """
    table = load_netcdf(assets.asset_path("orography_1deg"))
    node_lat, node_lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    heights = table["orography"].to_numpy().ravel().astype(float)
    inside = np.clip(lat, node_lat.min(), node_lat.max())[:, None]
    place = stencil(node_lat, node_lon, inside, lon[None, :], interpolation="bilinear")
    return np.asarray((heights[place.index] * place.weight).sum(-1))
