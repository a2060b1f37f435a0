"""The last look at the attributes of what is about to be written."""

from __future__ import annotations

import xarray as xr

from tropdsx.cf.attributes.references import settle_references
from tropdsx.cf.description import add_notes

__all__ = ["settle_attributes"]

# What libraries tell among the attributes of how another file keeps its values.
_OF_STORAGE = (
    "CLASS",
    "NAME",
    "DIMENSION_LIST",
    "REFERENCE_LIST",
    "_ARRAY_DIMENSIONS",
    "_ChunkSizes",
    "_Netcdf4Coordinates",
    "_Netcdf4Dimid",
    "_NCProperties",
    "_nczarr_array",
    "_nczarr_attrs",
)


def settle_attributes(ds: xr.Dataset) -> xr.Dataset:
    """Take out of the attributes what is not true of this data, and note what that was.

    Parameters
    ----------
    ds : Dataset
        What is about to be written.

    Returns
    -------
    Dataset
        The same data. Attributes hold as
        :func:`tropdsx.cf.attributes.references.settle_references` has it, none tells how another
        file was stored, and coordinates that no variable names stand in the global attribute
        ``coordinates``.

    Examples
    --------
    >>> said = {"quantization": "info", "quantization_nsb": 7, "units": "m"}
    >>> ds = settle_attributes(xr.Dataset({"zwd": ("lat", [0.1], said)}))
    >>> ds.zwd.attrs, ds.attrs
    ({'units': 'm'}, {'tropdsx_notes': 'zwd: quantization, quantization_nsb of the input left out'})
    """
    out, notes = settle_references(ds)
    for var in out.variables.values():
        var.attrs = {key: value for key, value in var.attrs.items() if key not in _OF_STORAGE}
    out.attrs = add_notes(out.attrs, notes)
    return _name_left_over(out)


def _name_left_over(ds: xr.Dataset) -> xr.Dataset:
    """Name coordinates that no variable names in a global attribute, from which xarray knows them.

    xarray would do so itself, but for a scalar time, which cf-xarray then finds no more.
    """
    named = " ".join(str(var.encoding.get("coordinates")) for var in ds.variables.values()).split()
    others = [name for name in ds.coords if name not in ds.dims and " " not in str(name)]
    # Where a variable names none, xarray names those that fit.
    quiet = [name for name in ds.data_vars if "coordinates" not in ds[name].encoding]
    left = [
        name
        for name in others
        if name not in named and not any(set(ds[name].dims) <= set(ds[each].dims) for each in quiet)
    ]
    if not left:
        return ds
    out = ds.reset_coords(left)
    for name in left:
        out.variables[name].encoding["coordinates"] = None
    out.attrs["coordinates"] = " ".join(sorted(map(str, others)))
    return out
