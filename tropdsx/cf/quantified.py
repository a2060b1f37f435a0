"""Read arrays that carry their unit themselves, as pint's do."""

from __future__ import annotations

from typing import Any, TypeVar

import xarray as xr

__all__ = ["without_pint"]

Field = TypeVar("Field", xr.Dataset, xr.DataArray)


def without_pint(data: Field) -> Field:
    """Put the units of pint's arrays into the attribute ``units``, where files have theirs.

    pint-xarray's ``ds.pint.quantify()`` and MetPy's ``ds.metpy.quantify()`` make such arrays.
    Coordinates that pint-xarray has indexed get the usual index.

    Parameters
    ----------
    data : Dataset or DataArray
        Any; nothing is computed.

    Returns
    -------
    Dataset or DataArray
        The same object where there is no such array.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd": ("site", [0.1])})
    >>> without_pint(ds) is ds
    True
    """
    if isinstance(data, xr.DataArray):
        if not any(_is_quantity(each.variable) for each in (data, *data.coords.values())):
            return data
        return without_pint(data.to_dataset(name="_quantity"))["_quantity"].rename(data.name)
    found = {
        name: _with_attribute(variable)
        for name, variable in data.variables.items()
        if _is_quantity(variable)
    }
    if not found:
        return data
    coords = {name: variable for name, variable in found.items() if name in data.coords}
    fields = {name: variable for name, variable in found.items() if name not in coords}
    bare = data.drop_indexes([name for name in coords if name in data.xindexes])
    return bare.assign_coords(coords).assign(fields)


def _is_quantity(variable: xr.Variable) -> bool:
    return hasattr(_example(variable), "magnitude")


def _example(variable: xr.Variable) -> Any:
    """Find the array, or of a dask array an empty one like its blocks, which knows the unit."""
    # variable.data would read a file.
    values = getattr(variable, "_data", None)
    return values if hasattr(values, "magnitude") else getattr(values, "_meta", None)


def _with_attribute(variable: xr.Variable) -> xr.Variable:
    example, values = _example(variable), variable.data
    if hasattr(values, "magnitude"):
        values = values.magnitude
    else:  # dask around pint, as chunking leaves it, and not pint around dask
        values = values.map_blocks(_magnitude, dtype=variable.dtype, meta=example.magnitude)
    attrs = {**variable.attrs, "units": str(example.units)}
    return xr.Variable(variable.dims, values, attrs, variable.encoding)


def _magnitude(block: Any) -> Any:
    return block.magnitude
