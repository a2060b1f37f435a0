"""What lies beside the delays of a grid and serves stations, too: coefficients and gradients."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import in_unit
from tropdsx.grid.checks.companions import arrange_companion
from tropdsx.grid.stencil import make_stencil
from tropdsx.workflows.stations.lifting import epochs_of

__all__ = ["COEFFICIENTS", "GRADIENTS", "attributes_of", "companions_at", "with_companions"]

COEFFICIENTS = ("ah", "aw")
"""Coefficients of the Vienna mapping functions, which ``.tropds.slant`` wants."""
GRADIENTS = tuple(
    f"gradient_{way}{part}" for part in ("", "_hydrostatic", "_wet") for way in ("north", "east")
)
"""Gradients of delays."""


def with_companions(grid: xr.Dataset, ds: xr.Dataset) -> xr.Dataset:
    """Add coefficients and gradients to the standard grid; lazy where they are.

    Parameters
    ----------
    grid : Dataset
        What :func:`tropdsx.grid.standardise_grid` made of `ds`.
    ds : Dataset
        The caller's data.

    Returns
    -------
    Dataset
        With ``ah``, ``aw`` [1] and gradients [m] on (time, lat, lon), as far as `ds` has them.

    Raises
    ------
    GridError, UnitsError
        If one of them lies on other nodes, or in no unit of it.
    """
    found = {}
    for name in (*COEFFICIENTS, *GRADIENTS):
        if name not in ds.data_vars:
            continue
        quantity = "gradient" if name in GRADIENTS else "mapping coefficient"
        field = arrange_companion(in_unit(ds[name], quantity), grid, ds)
        if field.sizes["time"] == 1 < grid.sizes["time"]:
            field = field.isel(time=0, drop=True).broadcast_like(grid["time"])
        found[name] = field.transpose("time", "lat", "lon").assign_coords(time=grid["time"])
    return grid.assign(found)


def companions_at(grid: xr.Dataset, places: xr.Dataset) -> dict[str, xr.Variable]:
    """Interpolate coefficients, which belong to height zero, and gradients horizontally.

    Parameters
    ----------
    grid : Dataset
        As :func:`with_companions` gives it.
    places : Dataset
        ``lat`` and ``lon`` [deg] on ``station``.

    Returns
    -------
    dict of str to Variable
        Float32 on (time, station), in memory.

    Examples
    --------
    >>> companions_at(xr.Dataset(), xr.Dataset())
    {}
    """
    names = [name for name in (*COEFFICIENTS, *GRADIENTS) if name in grid]
    if not names:
        return {}
    place = make_stencil(
        grid["lat"], grid["lon"], places["lat"], places["lon"], interpolation="bilinear"
    )
    size = (grid.sizes["time"], places.sizes["station"])
    out = {name: np.empty(size, np.float32) for name in names}
    step = epochs_of(grid.sizes["lat"] * grid.sizes["lon"])
    for start in range(0, size[0], step):
        part = slice(start, start + step)
        block = grid[names].isel(time=part).compute()
        for name in names:
            out[name][part] = place.apply(block[name].to_numpy())
    return {name: xr.Variable(("time", "station"), values) for name, values in out.items()}


def attributes_of(name: str) -> dict[str, str]:
    """Say what a variable of a series is.

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
