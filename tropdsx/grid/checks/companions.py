"""Variables beside the delays of a grid, such as mapping coefficients, on its standard nodes."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import in_unit
from tropdsx.errors import GridError, UnitsError, warn

__all__ = [
    "COEFFICIENTS",
    "GRADIENTS",
    "arrange_companion",
    "attributes_of",
    "companions_of",
    "with_companions",
]

#: Nodes so far apart are the same: longitudes in single precision are off by 1.5e-5 [deg].
NEAR = 1e-4
COEFFICIENTS = ("ah", "aw")
"""Coefficients of the Vienna mapping functions, which ``.tropds.slant`` wants."""
GRADIENTS = tuple(
    f"gradient_{way}{part}" for part in ("", "_hydrostatic", "_wet") for way in ("north", "east")
)
"""Gradients of delays."""


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
        If it does not lie on the nodes of the delays, or has other epochs.

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
    turned = (lon - start + NEAR) % 360.0 + start - NEAR
    _, columns = np.unique(turned.round(4), return_index=True)
    if (rows.size, columns.size) != (grid.sizes["lat"], grid.sizes["lon"]) or not (
        np.allclose(lat[rows], grid["lat"], atol=NEAR)
        and np.allclose(turned[columns], grid["lon"], atol=NEAR)
    ):
        msg = f"'{da.name}' does not lie on the nodes of the delays; interpolate it there first"
        raise GridError(msg)
    dims = (ds[lat_name].dims[0], ds[lon_name].dims[0])
    if not set(dims) <= set(da.dims):
        msg = f"'{da.name}' lies on {', '.join(map(str, da.dims))}, not on the axes of the delays"
        raise GridError(msg)
    field = da.isel({dims[0]: rows, dims[1]: columns})
    along = _time_dim(field, grid, ds, time, dims)
    others = [dim for dim in field.dims if dim not in (*dims, along)]
    if any(field.sizes[dim] > 1 for dim in others):
        msg = f"'{da.name}' lies on {', '.join(map(str, others))} besides the axes of the delays"
        raise GridError(msg)
    field = field.squeeze(others, drop=True)
    epochs = {}
    if along is None:
        field = field.transpose(*dims).expand_dims("time")
    else:
        if time is not None:
            field = field.isel({along: np.argsort(ds[time].to_numpy(), kind="stable")})
        field = field.transpose(along, *dims)
        epochs = {"time": grid["time"]} if "time" in grid else {}
        if epochs and field.sizes[along] != grid.sizes["time"]:
            msg = (
                f"'{da.name}' has {field.sizes[along]} epochs, the delays have "
                f"{grid.sizes['time']}; select the same"
            )
            raise GridError(msg)
    axes = {"lat": grid["lat"], "lon": grid["lon"], **epochs}
    return xr.DataArray(field.variable.data, axes, ("time", "lat", "lon"), da.name, da.attrs)


def _time_dim(
    field: xr.DataArray,
    grid: xr.Dataset,
    ds: xr.Dataset,
    time: Hashable | None,
    dims: tuple[Hashable, Hashable],
) -> Hashable | None:
    """Find the dimension of the epochs: that of their coordinate; of undated ones by its length."""
    if time is not None and ds[time].ndim == 1:
        return ds[time].dims[0] if ds[time].dims[0] in field.dims else None
    count = grid.sizes.get("time", 1)
    fits = [dim for dim in field.dims if dim not in dims and field.sizes[dim] == count > 1]
    return fits[0] if len(fits) == 1 and time is None else None


def companions_of(ds: xr.Dataset) -> list[str]:
    """List the coefficients and gradients that a Dataset has.

    Parameters
    ----------
    ds : Dataset
        Delays, and what lies beside them.

    Returns
    -------
    list of str
        Names out of `COEFFICIENTS` and `GRADIENTS`.

    Examples
    --------
    >>> companions_of(xr.Dataset({"zwd": 0.1, "aw": 0.0006, "ah": 0.0012}))
    ['ah', 'aw']
    """
    return [name for name in (*COEFFICIENTS, *GRADIENTS) if name in ds.data_vars]


def with_companions(
    grid: xr.Dataset, ds: xr.Dataset, *, notes: list[str] | None = None
) -> xr.Dataset:
    """Add coefficients and gradients to the standard grid; lazy where they are.

    Parameters
    ----------
    grid : Dataset
        What :func:`tropdsx.grid.standardise_grid` made of `ds`.
    ds : Dataset
        The caller's data.
    notes : list of str, optional
        Where it is given, what cannot be used is left out and noted here, with a warning.

    Returns
    -------
    Dataset
        With ``ah``, ``aw`` [1] and gradients [m] on (time, lat, lon), as far as `ds` has them.

    Raises
    ------
    GridError, UnitsError
        If one of them lies on other nodes or has no unit of its kind, and `notes` are not given.

    Examples
    --------
    >>> ds = xr.Dataset({"ah": (("lat", "lon"), [[1.2, 1.1]], {"units": "1e-3"})})
    >>> ds = ds.assign_coords(lat=[5.0], lon=[-5.0, 5.0])
    >>> grid = xr.Dataset(coords={"time": [0], "lat": [5.0], "lon": [5.0, 355.0]})
    >>> with_companions(grid, ds).ah.values.tolist()
    [[[0.0011, 0.0012]]]
    """
    found = {}
    for name in companions_of(ds):
        try:
            found[name] = _arranged(name, grid, ds)
        except (GridError, UnitsError) as error:
            if notes is None:
                raise
            notes.append(f"{name} of the input left out: {error}")
            warn(notes[-1])
    return grid.assign(found)


def _arranged(name: str, grid: xr.Dataset, ds: xr.Dataset) -> xr.DataArray:
    quantity = "gradient" if name in GRADIENTS else "mapping coefficient"
    field = arrange_companion(in_unit(ds[name], quantity), grid, ds)
    if field.sizes["time"] == 1 < grid.sizes["time"]:
        field = field.isel(time=0, drop=True).broadcast_like(grid["time"])
    field = field.transpose("time", "lat", "lon").assign_coords(time=grid["time"])
    return field.assign_attrs(attributes_of(name))


def attributes_of(name: str) -> dict[str, str]:
    """Say what a delay, a coefficient or a gradient is.

    Parameters
    ----------
    name : str
        Delay, coefficient or gradient.

    Returns
    -------
    dict of str to str
        Its ``long_name`` and ``units``.

    Examples
    --------
    >>> attributes_of("gradient_north_wet")
    {'long_name': 'wet delay gradient, towards north', 'units': 'm'}
    """
    if name not in GRADIENTS:
        return dict(QUANTITIES[name].attributes)
    _, way, *part = name.split("_")
    about = f"{''.join(part) or 'total'} delay gradient, towards {way}"
    return {"long_name": about, "units": "m"}
