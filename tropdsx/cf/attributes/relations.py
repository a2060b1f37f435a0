"""Which variables belong to a field: errors, heights, coordinates beside the axes."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import xarray as xr

from tropdsx.cf.attributes.acdd import make_storable
from tropdsx.cf.attributes.grid_mapping import is_grid_mapping
from tropdsx.cf.axes import AxisNames
from tropdsx.cf.conventions import Conventions
from tropdsx.cf.fields import is_delay

__all__ = ["BESIDE", "companions", "is_level", "not_coordinates", "relate_fields"]

BESIDE = ("sigma", "rmse", "expected_error", "bounded", "floored")
"""What stands beside a delay, as the end of a name: errors, counts of what limits held."""

_LEVELS = {
    "air_pressure",
    "altitude",
    "atmosphere_hybrid_sigma_pressure_coordinate",
    "depth",
    "geopotential_height",
    "height",
    "height_above_mean_sea_level",
    "height_above_reference_ellipsoid",
    "model_level_number",
}
"""Standard names of levels."""


def is_level(variables: Mapping[Hashable, Any], name: Hashable) -> bool:
    """Tell a scalar coordinate that is a height, a pressure or another level.

    Parameters
    ----------
    variables : mapping
        Variables by name; others are no levels.
    name : Hashable
        Name of the coordinate.

    Returns
    -------
    bool

    Examples
    --------
    >>> two_metres = xr.Variable((), 2.0, {"standard_name": "height", "units": "m"})
    >>> is_level({"height": two_metres}, "height"), is_level({}, "height")
    (True, False)
    """
    if name not in variables:
        return False
    said = variables[name].attrs
    return said.get("axis") == "Z" or "positive" in said or said.get("standard_name") in _LEVELS


def relate_fields(ds: xr.Dataset, axes: AxisNames) -> None:
    """Say which variables belong to a field, in place.

    Parameters
    ----------
    ds : Dataset
        Described variables. What lies on the grid as a field does, such as the heights, becomes
        ancillary to it: tools that keep no auxiliary coordinates but positions (cdo) drop what
        ``coordinates`` names.
    axes : AxisNames
        Of the grid.

    Examples
    --------
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> zwd = xr.DataArray([[0.1, 0.2], [0.1, 0.2]], axes)
    >>> ds = xr.Dataset({"zwd": zwd}).assign_coords(orography=zwd * 0, number=3)
    >>> relate_fields(ds, AxisNames(None, "lat", "lon"))
    >>> ds.zwd.attrs, ds.zwd.encoding["coordinates"]
    ({'ancillary_variables': 'orography'}, 'number')
    """
    others = not_coordinates(ds)
    beside = companions(ds, axes)
    for name, var in ds.variables.items():
        var.attrs = make_storable(var.attrs)
        if name in others:
            var.encoding["coordinates"] = None
        if name in others or name in ds.coords:
            continue
        var.encoding["coordinates"] = _coordinates_of(ds, name, {*others, *beside})
        base, _, kind = str(name).partition("_")
        own = [f"{base}_{what}" for what in BESIDE] if is_delay(name) and not kind else []
        known = [each for each in own if each in ds]
        known += str(var.attrs.pop("ancillary_variables", "")).split()
        known += [str(each) for each in beside if set(ds[each].dims) <= set(var.dims)]
        if known:
            var.attrs["ancillary_variables"] = " ".join(dict.fromkeys(known))


def not_coordinates(ds: xr.Dataset) -> list[Hashable]:
    """List what is no coordinate to CF, though it may be one to xarray.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    list of Hashable
        Names of the cell bounds and grid mappings.

    Examples
    --------
    >>> not_coordinates(xr.Dataset({"crs": ((), 0, {"grid_mapping_name": "latitude_longitude"})}))
    ['crs']
    """
    edges = set(Conventions(ds).bounds.values())
    return [name for name, var in ds.variables.items() if name in edges or is_grid_mapping(var)]


def companions(ds: xr.Dataset, axes: AxisNames) -> list[Hashable]:
    """List the coordinates that are fields: they have a value at every node.

    Parameters
    ----------
    ds : Dataset
        Any.
    axes : AxisNames
        Of the grid.

    Returns
    -------
    list of Hashable
        Names of heights and the like; no positions.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": [1.0, 0.0], "lon": [5.0, 6.0], "number": 3})
    >>> ds = ds.assign_coords(ground=(("lat", "lon"), [[10.0, 20.0], [30.0, 40.0]]))
    >>> companions(ds, AxisNames(None, "lat", "lon"))
    ['ground']
    """
    grid = {*ds[axes.lat].dims, *ds[axes.lon].dims}
    others = not_coordinates(ds)
    return [
        name
        for name, coord in ds.coords.items()
        if name not in (*ds.dims, *others)
        and grid <= set(coord.dims)
        and len(grid) > 1
        and str(coord.attrs.get("standard_name")) not in ("latitude", "longitude")
        and " " not in str(name)
    ]


def _coordinates_of(ds: xr.Dataset, name: Hashable, without: Collection[Hashable]) -> str | None:
    """Spell the CF ``coordinates`` attribute: alone, xarray gives all validation_time."""
    dims = set(ds[name].dims)
    names = [
        str(coord)
        for coord in ds.coords
        if coord not in ds.dims and coord not in without and set(ds[coord].dims) <= dims
    ]
    if not str(name).endswith("_rmse"):
        names = [coord for coord in names if coord != "validation_time"]
    return " ".join(sorted(n for n in names if " " not in n)) or None
