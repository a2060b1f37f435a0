"""Describe a result of which nothing is computed: its rows come later, in bands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.extent import vertical_extent
from tropdsx.cf.attributes.limits import count_names, describe_count
from tropdsx.cf.quantities import DELAYS
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine
from tropdsx.reduce.geometry import GridPair, find_inside
from tropdsx.system.workers import compute_here
from tropdsx.workflows.convert.bands import Bands

__all__ = ["outline", "with_range"]


def outline(plan: Plan) -> tuple[xr.Dataset, dict[str, Any]]:
    """Lay out what :func:`tropdsx.pipeline.run.refine` would give, from one of the target's rows.

    Parameters
    ----------
    plan : Plan
        With a lazy grid.

    Returns
    -------
    fine : Dataset
        Names, types, attributes and axes of the result; of its values nothing but places, lazy.
    network : dict
        For the provenance.
    """
    fine = plan.target.fine
    grids = GridPair.from_datasets(plan.grid, fine)
    grids.check_overlap()
    row = int(np.argmax(find_inside(grids)[0]))
    line = compute_here(fine.isel(lat=slice(row, row + 1)))
    found, network = refine(replace(plan, target=replace(plan.target, fine=line)), plan.grid)
    variables = {name: _stretch(var, fine) for name, var in found.variables.items()}
    variables["lat"] = fine["lat"].variable
    for name in (each for each in count_names(DELAYS) if each in variables):
        nodes, points = _nodes_of(grids), fine.sizes["lat"] * fine.sizes["lon"]
        variables[name].attrs = describe_count(name, nodes=nodes, points=points)
    coords = {name: variables.pop(name) for name in found.coords}
    out = xr.Dataset(variables, coords, found.attrs)
    out.encoding |= found.encoding
    return out, network


def _nodes_of(grids: GridPair) -> int:
    from tropdsx.predict.points import grid_window  # loads torch

    return grid_window(0, grids).wanted


def _stretch(var: xr.Variable, fine: xr.Dataset) -> xr.Variable:
    """Give a variable of one row all rows, without values; nothing is to be computed of it."""
    if "lat" not in var.dims and var.chunks is None:
        return var
    import dask.array as da  # for large targets alone

    shape = tuple(fine.sizes["lat"] if dim == "lat" else n for dim, n in var.sizes.items())
    places = da.zeros(shape, dtype=var.dtype, chunks=shape)
    return xr.Variable(var.dims, places, var.attrs, var.encoding)


def with_range(described: xr.Dataset, bands: Bands) -> xr.Dataset:
    """Tell the range of heights that nobody has seen at once.

    Parameters
    ----------
    described : Dataset
        Result with its attributes.
    bands : Bands
        That know the range.

    Returns
    -------
    Dataset
        The same, with ``geospatial_vertical_min`` and what belongs to it.

    Examples
    --------
    >>> ds = xr.Dataset({"orography": (("lat", "lon"), np.zeros((2, 2)), {"units": "m"})})
    >>> with_range(ds, Bands(1, 2, 1, -5.0, 120.0)).geospatial_vertical_max
    120.0
    """
    attrs = described["orography"].attrs
    ends = xr.DataArray([bands.low, bands.high], dims="end", attrs=attrs)
    return described.assign_attrs(vertical_extent(ends))
