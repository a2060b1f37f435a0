"""Record names, order and coordinates of a caller's grid, and give them back to a result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import COUNTED
from tropdsx.cf.time.dates import with_dates
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.matching import find_nearest_nodes, node_tolerance
from tropdsx.grid.spacing import wrap_longitude

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from tropdsx.cf.axes import Axes

__all__ = ["GridRecord"]


@dataclass(frozen=True, eq=False)
class GridRecord:
    """Names, order and coordinates of a caller's grid.

    Parameters
    ----------
    dims : tuple of hashable
        Caller's dimensions of a delay, in order, without those of size 1 that were dropped.
    time, lat, lon : DataArray or None
        Caller's coordinates as stored; `time` is None where there was none.
    standard_time, standard_lat, standard_lon : ndarray
        The same nodes in the standard grid.
    time_order : slice or ndarray of int
        What sorted the caller's epochs.
    scalars : dict
        Scalar coordinates, and coordinates of dropped dimensions.
    had_time : bool
        Whether time was a dimension.
    units : dict
        Caller's units by variable name in the standard grid.
    notes : tuple of str
        What was assumed.

    Examples
    --------
    >>> from tropdsx.grid.standardise import standardise_grid
    >>> nodes = {"latitude": [-45.0, 45.0], "longitude": [-90.0, 0.0, 90.0]}
    >>> zwd = xr.DataArray(np.full((2, 3), 0.1), nodes, attrs={"units": "m"})
    >>> _, record = standardise_grid(zwd.to_dataset(name="zwd"))
    >>> record.dims, record.lat_ascending, record.lon_convention
    (('latitude', 'longitude'), True, '-180..180')
    """

    dims: tuple[Hashable, ...]
    time: xr.DataArray | None
    lat: xr.DataArray
    lon: xr.DataArray
    standard_time: np.ndarray
    standard_lat: np.ndarray
    standard_lon: np.ndarray
    time_order: slice | np.ndarray
    scalars: dict[Hashable, xr.Variable] = field(default_factory=dict)
    had_time: bool = True
    units: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        first: xr.DataArray,
        axes: Axes,
        standard: xr.Dataset,
        *,
        time_order: slice | np.ndarray,
        units: dict[str, str],
        notes: tuple[str, ...],
    ) -> GridRecord:
        """Write down how a caller keeps a grid.

        Parameters
        ----------
        first : DataArray
            One of the caller's delays.
        axes : Axes
            The caller's axes.
        standard : Dataset
            The same grid in standard form.
        time_order : slice or ndarray of int
            What sorted the caller's epochs.
        units : dict
            Caller's units by variable name in the standard grid.
        notes : tuple of str
            What was assumed.

        Returns
        -------
        GridRecord
        """
        kept = {axes.time_dim, axes.lat_dim, axes.lon_dim}
        return cls(
            dims=tuple(d for d in first.dims if d in kept),
            time=axes.time,
            lat=axes.lat,
            lon=axes.lon,
            standard_time=standard["time"].values,
            standard_lat=standard["lat"].values,
            standard_lon=standard["lon"].values,
            time_order=time_order,
            scalars=_find_scalars(first, kept, axes.time),
            had_time=axes.time_dim is not None,
            units=units,
            notes=notes,
        )

    def restore(self, ds: xr.Dataset) -> xr.Dataset:
        """Give a standard result the caller's orientation, names and coordinates.

        Parameters
        ----------
        ds : Dataset
            Result on (time, lat, lon), on the caller's grid or another.

        Returns
        -------
        Dataset
            The same values; where `ds` has the caller's own nodes, the coordinates are the
            caller's bit for bit, a repeated column included. Lazy arrays stay lazy.

        Examples
        --------
        >>> from tropdsx.grid.standardise import standardise_grid
        >>> lon = [-180.0, -90.0, 0.0, 90.0, 180.0]
        >>> ds = xr.Dataset({"zwd": (("lat", "lon"), np.full((2, 5), 0.1), {"units": "m"})},
        ...                 coords={"lat": [-45.0, 45.0], "lon": lon})
        >>> grid, record = standardise_grid(ds)
        >>> record.restore(grid).lon.values
        array([-180.,  -90.,    0.,   90.,  180.])
        """
        ds, lat = self._restore_lat(ds)
        ds, lon = self._restore_lon(ds)
        ds, time = self._restore_time(ds)
        names = {"lat": self.lat.dims[0], "lon": self.lon.dims[0]}
        ds = ds.drop_vars(["lat", "lon", "time"], errors="ignore")
        if time is not None:
            names["time"] = self._time_dim
        # By way of names that nobody has: the caller's "lat" may be the longitude.
        ds = ds.rename_dims({old: f"standard {old}" for old in names})
        ds = ds.rename_dims({f"standard {old}": new for old, new in names.items()})
        coords: dict[Hashable, Any] = {
            self.lat.name: (names["lat"], lat, self.lat.attrs),
            self.lon.name: (names["lon"], lon, self.lon.attrs),
        }
        if time is not None and time.attrs != COUNTED:
            coords[self._time_name] = xr.Variable(
                names["time"], time.values, time.attrs, _time_encoding(time)
            )
        scalars = {k: v for k, v in self.scalars.items() if k not in ds.variables}
        ds = ds.assign_coords({**scalars, **coords})
        return ds.transpose(*self.dims, ..., missing_dims="ignore")

    def move_to(self, fine: xr.Dataset, lat: xr.DataArray, lon: xr.DataArray) -> GridRecord:
        """Record results on another grid as that grid's owner keeps it.

        Parameters
        ----------
        fine : Dataset
            The other grid in standard order.
        lat, lon : DataArray
            Its axes as stored, shapes (m,) and (n,) [deg].

        Returns
        -------
        GridRecord
            Time and scalars of this record, latitude and longitude of the other grid.
        """
        renamed = {self.lat.dims[0]: lat.dims[0], self.lon.dims[0]: lon.dims[0]}
        return replace(
            self,
            dims=tuple(renamed.get(d, d) for d in self.dims),
            lat=lat,
            lon=lon,
            standard_lat=fine["lat"].values,
            standard_lon=fine["lon"].values,
        )

    @property
    def lat_ascending(self) -> bool:
        """Whether the caller's latitudes run from south to north."""
        return bool(self.lat.values[0] < self.lat.values[-1])

    @property
    def lon_convention(self) -> str:
        """Interval of the caller's longitudes: "0..360", "-180..180" or "from <first>"."""
        lon = self._stored_lon
        if _lies_within(lon, 0.0):
            return "0..360"
        return "-180..180" if _lies_within(lon, -180.0) else f"from {lon.min():g}"

    @property
    def lon_start(self) -> float:
        """Western end of the caller's interval of 360 degrees [deg]."""
        starts = {"0..360": 0.0, "-180..180": -180.0}
        return starts.get(self.lon_convention, float(self._stored_lon.min()))

    @property
    def lon_direction(self) -> int:
        """1 for longitudes that ascend, -1 for descending ones, 0 for a box broken at the wrap."""
        steps = np.diff(self._stored_lon)
        return 1 if (steps > 0).all() else -int((steps < 0).all())

    @property
    def duplicate_column(self) -> bool:
        """Whether the last of the caller's columns repeats the first."""
        return self.lon.size > self.standard_lon.size

    @property
    def _stored_lon(self) -> NDArray[np.float64]:
        return self.lon.values.astype(np.float64)

    @property
    def _time_dim(self) -> Hashable:
        return self.time.dims[0] if self.time is not None and self.time.ndim else "time"

    @property
    def _time_name(self) -> Hashable:
        return self.time.name if self.time is not None and self.time.ndim else "time"

    def _restore_lat(self, ds: xr.Dataset) -> tuple[xr.Dataset, np.ndarray]:
        lat = ds["lat"].values
        own = _same(lat, self.standard_lat)
        if self.lat_ascending:
            ds, lat = ds.isel(lat=slice(None, None, -1)), lat[::-1]
        return ds, self.lat.values if own else lat

    def _restore_lon(self, ds: xr.Dataset) -> tuple[xr.Dataset, np.ndarray]:
        lon = ds["lon"].values
        if _same(lon, self.standard_lon):
            columns, _ = find_nearest_nodes(lon, self.lon.values, period=360.0)
            values = self.lon.values
        else:
            columns, values = self._arrange_lon(lon)
        if np.array_equal(columns, np.arange(lon.size)):
            return ds, values
        return ds.isel(lon=columns), values

    def _arrange_lon(self, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find order and values of other longitudes in the caller's convention."""
        stored = self._stored_lon
        close = node_tolerance(stored, lon) / 2
        columns = np.arange(lon.size)
        whole = is_global_longitude(lon)
        split = np.ptp(stored) > np.ptp(self.standard_lon) + 1 and not is_global_longitude(
            self.standard_lon
        )
        if self.lon_direction and not whole and not split:
            # A box in one run keeps its run, moved by whole turns to where the caller has it.
            turns = np.round((stored.mean() - lon.mean()) / 360.0)
            values = (lon + 360.0 * turns).round(9)
        else:
            values = wrap_longitude(lon, self.lon_start)
            end = self.lon_start + 360.0
            if abs(stored.max() - end) < close and not self.duplicate_column:
                # The caller writes this meridian 180 (or 360), not -180 (or 0).
                values[np.abs(values - self.lon_start) < close] = end
            if self.lon_direction:
                columns = np.argsort(values, kind="stable")
            elif whole:
                columns = np.argsort(np.mod((values - stored[0]).round(6), 360.0), kind="stable")
            values = values[columns]
        if self.duplicate_column and whole and abs(values[0] - stored.min()) < close:
            columns, values = np.append(columns, columns[0]), np.append(values, values[0] + 360.0)
        turn = slice(None, None, -1 if self.lon_direction < 0 else 1)
        return columns[turn], values[turn]

    def _restore_time(self, ds: xr.Dataset) -> tuple[xr.Dataset, xr.DataArray | None]:
        if "time" not in ds.dims:
            return ds, None
        if not self.had_time and ds.sizes["time"] == 1:
            return ds.isel(time=0, drop=True), None
        time = ds["time"]
        if self.time is None or not self.had_time or not _same(time.values, self.standard_time):
            return ds, time
        if not isinstance(self.time_order, slice):
            ds = ds.isel(time=np.argsort(self.time_order))
        return ds, with_dates(self.time, ds["time"].values)


def _same(values: np.ndarray, own: np.ndarray) -> bool:
    if values.shape != own.shape:
        return False
    if own.dtype.kind == "M":
        return np.array_equal(values, own, equal_nan=True)
    # Both are regular: the same nodes differ by less than two stored forms of them.
    return bool(np.abs(values - own).max() < node_tolerance(values, own) / 2)


def _lies_within(lon: NDArray[np.float64], start: float) -> bool:
    """Whether longitudes lie in the turn from `start` eastward [deg]."""
    close = node_tolerance(lon) / 2
    return bool(lon.min() >= start - close and lon.max() <= start + 360.0 + close)


def _find_scalars(
    first: xr.DataArray, kept: set[Hashable | None], time: xr.DataArray | None
) -> dict[Hashable, xr.Variable]:
    """Coordinates without a running dimension, and a single time that is called a variable."""
    coords = dict(first.coords) if time is None else {time.name: time, **first.coords}
    single = {n: c for n, c in coords.items() if c.size == 1 and not kept & set(c.dims)}
    return {n: c.variable.squeeze().to_base_variable() for n, c in single.items()}


def _time_encoding(time: xr.DataArray) -> dict[str, Any]:
    # Chunks and filters belong to the caller's file, not to the next one.
    return {k: v for k, v in time.encoding.items() if k in ("units", "calendar", "dtype")}
