"""What the CF attributes of a Dataset say, as cf-xarray reads them.

cf-xarray is imported when the first Dataset is looked at, not with tropdsx: the import takes 40 to
70 ms and brings rich with it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

import numpy as np
import xarray as xr

__all__ = [
    "axes_by_attributes",
    "find_ancillary",
    "find_bounds",
    "find_grid_mappings",
    "find_related",
    "names_by_standard_name",
]

_OF_AXES = ("standard_name", "units", "axis", "cartesian_axis", "grads_dim", "_CoordinateAxisType")
_RELATIONS = ("ancillary_variables", "bounds", "grid_mapping", "grid_mapping_name")


def axes_by_attributes(ds: xr.Dataset) -> dict[str, set[Hashable]]:
    """Find the variables whose attributes make them latitude, longitude or an axis of time.

    Parameters
    ----------
    ds : Dataset
        Any; data variables count like coordinates.

    Returns
    -------
    dict
        Names by "latitude", "longitude" and "time".

    Examples
    --------
    >>> ds = xr.Dataset({"row": ("row", [1.0, 0.0], {"units": "Degrees_North"})})
    >>> axes_by_attributes(ds)
    {'latitude': {'row'}, 'longitude': set(), 'time': set()}
    """
    from cf_xarray.criteria import coordinate_criteria

    view = _attributes_alone(ds, _OF_AXES)
    spellings = {
        unit.lower(): unit
        for axis in ("latitude", "longitude")
        for unit in coordinate_criteria[axis]["units"]
    }
    for variable in view.variables.values():
        unit = variable.attrs.get("units", "")
        variable.attrs["units"] = spellings.get(_spell_degrees(unit), unit)
    found = view.cf.coordinates
    return {key: set(found.get(key, ())) for key in ("latitude", "longitude", "time")}


def names_by_standard_name(ds: xr.Dataset) -> dict[str, list[Hashable]]:
    """Find the variables that have a CF standard name.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    dict
        Names of variables by standard name.

    Examples
    --------
    >>> ds = xr.Dataset({"t2": ((), 280.0, {"standard_name": "air_temperature"})})
    >>> names_by_standard_name(ds)
    {'air_temperature': ['t2']}
    """
    found: dict[str, list[Hashable]] = _attributes_alone(ds, ("standard_name",)).cf.standard_names
    return found


def find_bounds(ds: xr.Dataset) -> dict[Hashable, Hashable]:
    """Find the variables that hold the cell bounds of others.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    dict
        Name of the bounds by name of the variable; bounds that are not there are left out.

    Examples
    --------
    >>> lat = ("lat", [1.0, 0.0], {"bounds": "edges"})
    >>> find_bounds(xr.Dataset({"lat": lat, "edges": (("lat", "nv"), [[1.5, 0.5], [0.5, -0.5]])}))
    {'lat': 'edges'}
    """
    found = _attributes_alone(ds, ("bounds",)).cf.bounds
    return {name: found[name][0] for name in ds.variables if name in found}


def find_grid_mappings(ds: xr.Dataset) -> dict[str, list[Hashable]]:
    """Find the variables that describe how a grid lies on the Earth.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    dict
        Names of variables by their ``grid_mapping_name``.

    Examples
    --------
    >>> crs = ((), 0, {"grid_mapping_name": "latitude_longitude"})
    >>> find_grid_mappings(xr.Dataset({"crs": crs}))
    {'latitude_longitude': ['crs']}
    """
    view = _attributes_alone(ds, ("grid_mapping_name",))
    found: dict[str, list[Hashable]] = view.cf.grid_mapping_names
    return found


def find_related(ds: xr.Dataset, name: Hashable) -> dict[str, list[Hashable]]:
    """Find the variables that the attributes of one name: those that are there.

    Parameters
    ----------
    ds : Dataset
        Any.
    name : Hashable
        A variable.

    Returns
    -------
    dict
        Names by attribute: "ancillary_variables", "bounds", "grid_mapping", ...

    Examples
    --------
    >>> zwd = ((), 0.1, {"ancillary_variables": "zwd_sigma zwd_flag"})
    >>> ds = xr.Dataset({"zwd": zwd, "zwd_sigma": 0.01})
    >>> find_related(ds, "zwd")["ancillary_variables"]
    ['zwd_sigma']
    """
    import cf_xarray

    view = _attributes_alone(ds, _RELATIONS)
    with cf_xarray.set_options(warn_on_missing_variables=False):
        found: dict[str, list[Hashable]] = view.cf.get_associated_variable_names(name, error=False)
    return found


def find_ancillary(ds: xr.Dataset) -> set[Hashable]:
    """Find the variables that say something of others: errors, flags, and cell bounds.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    set
        Their names; no quantity is looked for in them.

    Examples
    --------
    >>> zwd = ((), 0.1, {"ancillary_variables": "error"})
    >>> find_ancillary(xr.Dataset({"zwd": zwd, "error": 0.01}))
    {'error'}
    """
    telling = [n for n, v in ds.variables.items() if "ancillary_variables" in v.attrs | v.encoding]
    found = {each for name in telling for each in find_related(ds, name)["ancillary_variables"]}
    return found | set(find_bounds(ds).values())


def _spell_degrees(unit: str) -> str:
    """Spell "deg N", "Degrees north" or "°N" as UDUNITS does, but for the case.

    cf-xarray compares units letter by letter; files are less careful.
    """
    return re.sub("^(deg(?!ree)|°_?)", "degree", unit.lower().replace(" ", "_"))


def _attributes_alone(ds: xr.Dataset, kept: tuple[str, ...]) -> xr.Dataset:
    """Make all variables coordinates without values, with these attributes alone.

    cf-xarray looks for axes among coordinates, and of those only at the ones with an index and the
    ones that a global attribute ``coordinates`` names. A long name is to it as good as a standard
    name, and an attribute that is no text makes it fail.
    """
    variables = {}
    for name, variable in ds.variables.items():
        # xarray moves relations to the encoding where it was asked to follow them.
        said = {**variable.encoding, **variable.attrs}
        attrs = {key: " ".join(said[key].split()) for key in kept if isinstance(said.get(key), str)}
        values = np.broadcast_to(np.int8(0), variable.shape)
        variables[name] = xr.Variable(variable.dims, values, attrs)
    return xr.Dataset(coords=xr.Coordinates(variables, indexes={}))
