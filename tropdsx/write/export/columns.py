"""Columns of a tidy table of series: rows of stations, epochs and directions, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import OutputError
from tropdsx.system.workers import Progress
from tropdsx.write.export.stations import Stations, stations_of

__all__ = ["Columns"]

_RAYS = ("elevation", "azimuth")
"""Dimensions of slant delays."""


class Columns(NamedTuple):
    """Columns of a table with a row for each station and epoch, and each direction.

    Attributes
    ----------
    stations : Stations
        P names and places.
    time : ndarray of datetime64, shape (T,)
        Epochs.
    rays : dict of ndarray, shape (D,)
        Columns of the directions; none where there are no slant delays.
    names : list of str
        Of the columns of the variables.
    values : list of Variable
        These on (station, time) or (station, time, direction), in memory or lazy.
    """

    stations: Stations
    time: NDArray[np.datetime64]
    rays: dict[str, NDArray[np.float64]]
    names: list[str]
    values: list[xr.Variable]

    @classmethod
    def of(cls, ds: xr.Dataset) -> Columns:
        """Find the columns of a Dataset.

        Parameters
        ----------
        ds : Dataset
            Series of stations, with slant delays or without.

        Returns
        -------
        Columns

        Raises
        ------
        GridError, OutputError
            If there are no stations with places, or no variable on (time, station).

        Examples
        --------
        >>> place = {"station": ["A"], "time": [np.datetime64("2021-01-30", "ns")]}
        >>> place |= {"elevation": [5.0, 9.0]}
        >>> place |= {name: ("station", [1.0], {"units": "m"}) for name in ("lat", "lon", "height")}
        >>> ds = xr.Dataset({"zwd": (("time", "station"), [[0.2]])}, place)
        >>> table = Columns.of(ds.assign(mfw=ds.zwd * ds.elevation))
        >>> _, fields = next(table.parts(100, None))
        >>> {name: each.tolist() for name, each in fields.items()}
        {'zwd': [0.2, 0.2], 'mfw': [1.0, 1.8]}
        """
        stations, base = stations_of(ds), {"time", "station"}
        known = [dim for dim in _RAYS if dim in ds.dims and dim in ds.coords]
        names = [name for name in ds.data_vars if base <= set(ds[name].dims) <= base.union(known)]
        if not names:
            found = ", ".join(map(str, ds)) or "none"
            msg = f"there is no variable on (time, station) among {found}"
            raise OutputError(msg)
        # Only a direction that a variable depends on makes rows.
        dims = [dim for dim in known if any(dim in ds[name].dims for name in names)]
        mesh = np.meshgrid(*(ds[dim].to_numpy().astype(np.float64) for dim in dims), indexing="ij")
        rays = {f"{dim}_deg": each.ravel() for dim, each in zip(dims, mesh, strict=True)}
        shape = {dim: ds.sizes[dim] for dim in dims}
        values = [_spread(ds[name].variable, shape) for name in names]
        return cls(stations, ds["time"].to_numpy(), rays, [_titled(ds[n]) for n in names], values)

    @property
    def each_time(self) -> int:
        """Rows of a station at an epoch."""
        return next((each.size for each in self.rays.values()), 1)

    def parts(
        self, rows: int, progress: Progress | None
    ) -> Iterator[tuple[slice, dict[str, NDArray[np.floating]]]]:
        """Cut stations so that some `rows` are in memory, and tell of those that were taken.

        Parameters
        ----------
        rows : int
            About how many.
        progress : callable or None
            Called with (stations taken, stations in all).

        Yields
        ------
        (slice, dict of str to ndarray)
            Stations, and the values of their rows by column.
        """
        total = self.stations.names.size
        count = max(rows // max(self.time.size * self.each_time, 1), 1)
        for block, held in self._blocks():
            for start in range(block.start, block.stop, count):
                part = slice(start, min(start + count, block.stop))
                here = slice(part.start - block.start, part.stop - block.start)
                yield part, {name: self._rows(held[name][here]) for name in self.names}
                if progress is not None:
                    progress(part.stop, total)

    def _blocks(self) -> Iterator[tuple[slice, dict[str, NDArray[np.floating]]]]:
        """Take stations together whose lazy values are computed together: each of them once."""
        total = self.stations.names.size
        known = dict(zip(self.names, self.values, strict=True))
        lazy = {name: each for name, each in known.items() if each.chunks is not None}
        kept = {name: known[name].to_numpy() for name in self.names if name not in lazy}
        cuts = [v.chunksizes["station"] for v in lazy.values()]
        ends = np.cumsum(max(cuts, key=len) if cuts else [total]).tolist()
        for start, stop in zip([0, *ends[:-1]], ends, strict=True):
            block = slice(start, stop)
            found = xr.Dataset(lazy).isel(station=block).compute() if lazy else {}
            yield (
                block,
                {
                    name: found[name].to_numpy() if name in lazy else kept[name][block]
                    for name in self.names
                },
            )

    def _rows(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Give each direction its row, also of what does not depend on it."""
        flat = values.reshape(*values.shape[:2], -1)
        return np.repeat(flat.ravel(), self.each_time // flat.shape[2])


def _spread(var: xr.Variable, rays: dict[str, int]) -> xr.Variable:
    """Bring a variable into the order of rows, with all directions if it depends on one."""
    if not set(rays) & set(var.dims):
        return var.transpose("station", "time")
    whole = {"station": var.sizes["station"], "time": var.sizes["time"], **rays}
    return var.set_dims(whole).transpose(*whole)


def _titled(da: xr.DataArray) -> str:
    unit = str(da.attrs.get("units", ""))
    return f"{da.name}_{unit}" if unit.isalpha() else str(da.name)
