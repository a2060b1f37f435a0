"""A field from elsewhere on the nodes of patches: regridded where its own nodes are others."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.errors import DomainError, GridError
from tropdsx.grid.axis_weights import Columns, Rows, bracket_axis, combine_axes
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.matching import is_same_axis
from tropdsx.grid.spacing import unwrap_longitude

__all__ = ["Companion"]

_MOST_HELD = 4


class Companion:
    """A field on the grid of patches, at their times.

    Parameters
    ----------
    field : DataArray
        On latitude and longitude of any order and spacing, and on time where it changes.
    lat, lon : ndarray, shape (J,) and (I,)
        Nodes of the grid of the patches [deg].

    Attributes
    ----------
    name, units : str
        Of the field.
    record : str
        What was done to bring it there.

    Examples
    --------
    >>> axes = {"lat": [0.0, 2.0], "lon": [0.0, 2.0]}
    >>> sst = xr.DataArray([[1.0, 3.0], [5.0, 7.0]], axes, name="t")
    >>> here = Companion(sst, np.array([1.0]), np.array([0.5, 1.0]))
    >>> here.at(None).tolist(), here.record
    ([[3.5, 4.0]], 't: bilinear from 2 x 2 to 1 x 2 nodes')
    """

    def __init__(self, field: xr.DataArray, lat: NDArray, lon: NDArray) -> None:
        self.name, self.units = str(field.name), str(field.attrs.get("units", ""))
        axes = find_axes(field.to_dataset(name=self.name), field.dims)
        self._time_dim = axes.time_dim
        order = [dim for dim in (axes.time_dim, axes.lat_dim, axes.lon_dim) if dim is not None]
        if set(field.dims) != set(order):
            msg = f"{self.name} has dimensions {field.dims}; accepted are time, latitude, longitude"
            raise DomainError(msg)
        self._field = field.transpose(*order)
        self._times = None if axes.time_dim is None else field[axes.time_dim].to_numpy()
        have_lat, have_lon = np.asarray(axes.lat, np.float64), np.asarray(axes.lon, np.float64)
        self._weights: tuple[Rows, Columns] | None = None
        self._held: dict[int, NDArray[np.float64]] = {}
        self.record = f"{self.name}: as stored, on the nodes of the patches"
        if is_same_axis(have_lat, lat) and is_same_axis(have_lon % 360.0, lon % 360.0):
            return
        self._weights = _weights(have_lat, have_lon, lat, lon)
        self.record = f"{self.name}: bilinear from {have_lat.size} x {have_lon.size} to "
        self.record += f"{lat.size} x {lon.size} nodes"
        if all(np.isnan(each.weight).any(axis=-1).all() for each in self._weights):
            msg = f"{self.name} lies elsewhere than the patches; give a field that covers them"
            raise GridError(msg)

    def at(self, time: np.datetime64 | None) -> NDArray[np.float64]:
        """Give the field at a time.

        Parameters
        ----------
        time : datetime64 or None
            Of a patch; no matter where the field has no time.

        Returns
        -------
        ndarray, shape (J, I)
            NaN where it is unknown, or a node is missing that would count.

        Raises
        ------
        DomainError
            If the field does not have this time.
        """
        step = self._step(time)
        if step not in self._held:
            while len(self._held) >= _MOST_HELD:
                self._held.pop(next(iter(self._held)))
            field = self._field if self._times is None else self._field[step]
            values = field.to_numpy().astype(np.float64)
            self._held[step] = values if self._weights is None else combine_axes(
                values, *self._weights
            )  # fmt: skip
        return self._held[step]

    def _step(self, time: np.datetime64 | None) -> int:
        if self._times is None:
            return 0
        found = np.flatnonzero(np.asarray(self._times == time))
        if time is None or not found.size:
            msg = f"{self.name} has no value at {time}; it has {self._times.size} times from "
            msg += (
                f"{self._times.min()} to {self._times.max()}: interpolate it to the patches' times"
            )
            raise DomainError(msg)
        return int(found[0])


def _weights(
    have_lat: NDArray, have_lon: NDArray, lat: NDArray, lon: NDArray
) -> tuple[Rows, Columns]:
    """Weigh the two nodes on each side; round a globe the columns go on."""
    if have_lat.size < 2 or have_lon.size < 2:
        msg = f"{have_lat.size} x {have_lon.size} nodes cannot be interpolated; give 2 x 2 or more"
        raise GridError(msg)
    along = bracket_axis(have_lat, lat)
    rows = Rows(along.index, np.zeros(along.index.shape, dtype=np.bool_), along.weight)
    axis = np.unwrap(have_lon, period=360.0)
    if not (np.diff(axis) > 0).all() and not (np.diff(axis) < 0).all():
        run, order = unwrap_longitude(have_lon)  # a region across Greenwich, sorted by 0 to 360
        found = _columns(run, lon)
        return rows, Columns(order[found.index], found.weight)
    if axis[-1] < axis[0]:
        mirrored = _columns(axis[::-1], lon)
        return rows, Columns(axis.size - 1 - mirrored.index, mirrored.weight)
    return rows, _columns(axis, lon)


def _columns(axis: NDArray, lon: NDArray) -> Columns:
    places = axis[0] + (lon - axis[0]) % 360.0
    if not is_global_longitude(axis):
        # A place a rounding error west of the first node belongs to it, not to the other end.
        places = np.where(places - axis[0] > 359.999, places - 360.0, places)
        return bracket_axis(axis, places)
    found = bracket_axis(np.append(axis, axis[0] + 360.0), places)
    return Columns(found.index % axis.size, found.weight)
