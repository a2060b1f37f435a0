"""Bring labelled heights to the ellipsoid, in memory or lazy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Judge", "about_heights", "refer_to_ellipsoid"]


class Judge(Protocol):
    """Decides what heights count from, and gives ellipsoidal ones."""

    def __call__(
        self,
        height: NDArray[np.floating],
        lat: NDArray[np.floating],
        lon: NDArray[np.floating],
        *,
        notes: list[str] | None = None,
    ) -> NDArray[np.float64]:
        """Convert heights [m] at places [deg]."""


def refer_to_ellipsoid(
    field: xr.DataArray,
    lat: xr.DataArray,
    lon: xr.DataArray,
    judge: Judge,
    notes: list[str],
) -> xr.DataArray:
    """Bring labelled heights to the ellipsoid; lazy ones when they are computed.

    Parameters
    ----------
    field : DataArray
        Heights, in memory or lazy [m].
    lat, lon : DataArray
        Places on dimensions of `field` [deg].
    judge : callable
        ``judge(height, lat, lon, notes=...)`` decides and converts: a
        :class:`tropdsx.geoid.datum.Datum`.
    notes : list of str
        What was changed or guessed is appended, of heights in memory.

    Returns
    -------
    DataArray
        float64, with the attributes of `field` [m].

    Examples
    --------
    >>> from tropdsx.geoid.datum import Datum
    >>> axes = {"lat": [48.2], "lon": [16.37]}
    >>> field = xr.DataArray([[100.0]], axes)
    >>> datum = Datum("h", field.attrs, choice="ellipsoid")
    >>> notes = []
    >>> float(refer_to_ellipsoid(field, field.lat, field.lon, datum, notes)[0, 0])
    100.0
    >>> notes
    ["heights 'h' taken as ellipsoidal, as heights='ellipsoid' says"]
    """
    if not {*lat.dims, *lon.dims} <= set(field.dims):
        field = field.broadcast_like(lat).broadcast_like(lon).assign_attrs(field.attrs)
    dims = [dim for dim in field.dims if dim in {*lat.dims, *lon.dims}]
    if field.chunks is None:
        values = field.transpose(..., *dims)
        found = judge(values.to_numpy(), _shaped(lat, dims), _shaped(lon, dims), notes=notes)
        return values.copy(data=found).transpose(*field.dims)
    places = xr.broadcast(lat.reset_coords(drop=True), lon.reset_coords(drop=True))
    found = xr.apply_ufunc(
        judge,
        field.chunk(dict.fromkeys(dims, -1)),  # evidence wants to see the whole of it
        *(place.transpose(*dims) for place in places),
        input_core_dims=[dims] * 3,
        output_core_dims=[dims],
        dask="parallelized",
        output_dtypes=[np.float64],
        keep_attrs=True,
    )
    return found.transpose(*field.dims)


def about_heights(ds: xr.Dataset, name: Hashable) -> tuple[Mapping[Hashable, Any], ...]:
    """List the attributes that may tell the zero of heights besides their own.

    Parameters
    ----------
    ds : Dataset
        Where the heights are.
    name : hashable
        Which variable.

    Returns
    -------
    tuple of mapping
        Of the grid mapping, where there is one, and of the file.

    Examples
    --------
    >>> about_heights(xr.Dataset({"h": 5.0}, attrs={"title": "Heights above sea level"}), "h")
    ({'title': 'Heights above sea level'},)
    """
    variable = ds.variables[name]
    mapping = variable.attrs.get("grid_mapping") or variable.encoding.get("grid_mapping")
    found = [ds.variables[mapping].attrs] if mapping in ds.variables else []
    return (*found, ds.attrs)


def _shaped(place: xr.DataArray, dims: Sequence[Hashable]) -> NDArray[np.floating]:
    """Values with an axis of size 1 for each dimension that they lack."""
    ordered = place.transpose(*(dim for dim in dims if dim in place.dims)).to_numpy()
    return ordered.reshape([place.sizes.get(dim, 1) for dim in dims])
