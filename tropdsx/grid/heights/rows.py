"""Heights of a terrain that is too large to hold: read from its file row by row, when asked."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import GEOPOTENTIAL_UNITS
from tropdsx.cf.ranges import MISSING
from tropdsx.cf.units import to_units, unit_of
from tropdsx.errors import warn
from tropdsx.geoid.datum import Datum, check_choice
from tropdsx.geoid.statements import ELLIPSOID, GEOID, SETTLED
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.grid.heights.reader import HeightReader
from tropdsx.system.workers import compute_here

__all__ = ["HeightRows", "is_large", "standardise_rows"]

#: Heights that are held in memory [byte].
HELD_BYTES = 32 * 2**20
#: Heights read at once [1].
AT_ONCE = 2**20


def is_large(field: xr.DataArray) -> bool:
    """Tell whether heights are better read row by row than held.

    Parameters
    ----------
    field : DataArray
        As stored, rows and columns; of metres, for geopotentials are looked at as a whole.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_large(xr.DataArray(np.zeros((36, 72)), dims=("lat", "lon")))
    False
    """
    return field.size * 8 > HELD_BYTES and unit_of(field) not in GEOPOTENTIAL_UNITS


@dataclass(frozen=True, eq=False)
class HeightRows:
    """Heights in the order of the standard grid, of which rows are read on demand.

    Sliced like an array, it reads what was asked for, and converts it.

    Attributes
    ----------
    stored : DataArray
        Heights as stored, (lat, lon).
    lat, lon : ndarray, shape (J,) and (I,)
        Standard axes [deg].
    is_flipped : bool
        Whether the first stored row is the southernmost.
    columns : ndarray of int or None
        Stored columns in standard order; None where that is theirs.
    is_above_geoid : bool
        Whether the undulation is to be added.

    Examples
    --------
    >>> stored = xr.DataArray([[1.0, 2.0], [3.0, 4.0]], dims=("y", "x"), attrs={"units": "m"})
    >>> rows = HeightRows(stored, np.array([1.0, 0.0]), np.array([5.0, 6.0]), is_flipped=True)
    >>> rows[:1].tolist(), rows[::2, ::2].tolist()
    ([[3.0, 4.0]], [[3.0]])
    """

    stored: xr.DataArray
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    is_flipped: bool = False
    columns: NDArray[np.intp] | None = None
    is_above_geoid: bool = False

    dtype = np.dtype(np.float64)
    ndim = 2

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.lat.size, self.lon.size

    def __getitem__(self, key: Any) -> NDArray[np.float64]:
        """Read rows and columns that slices name."""
        key = key if isinstance(key, tuple) else (key,)
        rows, columns = (*(part for part in key if part is not ...), slice(None))[:2]
        if not (isinstance(rows, slice) and isinstance(columns, slice)):
            return self[:][rows][:, columns]
        wanted = np.arange(self.shape[0])[rows]
        out = np.empty((wanted.size, np.arange(self.shape[1])[columns].size))
        step = max(1, AT_ONCE // max(self.shape[1], 1))
        start = 0
        while start < wanted.size:
            stop = int(np.searchsorted(wanted, wanted[start] + step))
            part = wanted[start:stop]
            whole = self._read(int(part[0]), int(part[-1]) + 1)
            out[start:stop] = whole[part - part[0]][:, columns]
            start = stop
        return out

    def _read(self, start: int, stop: int) -> NDArray[np.float64]:
        """Read some rows in standard order."""
        total = self.shape[0]
        here = slice(total - stop, total - start) if self.is_flipped else slice(start, stop)
        # As chunks, of which nobody counts what is missing: that was done for the whole.
        metres = to_units(self.stored[here].load().chunk(), "orography", [])
        values = np.asarray(compute_here(metres).to_numpy(), np.float64)
        values = values[::-1] if self.is_flipped else values
        values = values if self.columns is None else values[:, self.columns]
        if self.is_above_geoid:
            values = values + geoid_undulation(self.lat[start:stop, None], self.lon[None, :])
        return values

    def parts(self) -> Iterator[NDArray[np.float64]]:
        """Read all rows, some after the other."""
        step = max(1, AT_ONCE // max(self.shape[1], 1))
        for start in range(0, self.shape[0], step):
            yield self[start : start + step]


def standardise_rows(
    rows: HeightRows,
    notes: list[str],
    *,
    about: tuple[Mapping[Hashable, Any], ...] = (),
    heights: str = "auto",
) -> xr.DataArray:
    """Bring heights of any number to metres above the ellipsoid, lazily.

    Parameters
    ----------
    rows : HeightRows
        As stored.
    notes : list of str
        What was changed, guessed or found wrong is appended.
    about, heights
        See :func:`tropdsx.grid.heights.reader.standardise_heights`, which does the same with
        heights in memory.

    Returns
    -------
    DataArray
        (lat, lon) float64 [m, ellipsoidal]; a part of it reads that part from the file.

    Raises
    ------
    UnitsError
        If units are unknown or the values are no heights of land.
    DomainError
        If `heights` is another word.
    """
    name = str(rows.stored.name)
    datum = Datum(name, rows.stored.attrs, about, check_choice(heights))
    to_units(rows.stored[:0].load().chunk(), "orography", notes)  # for what it says of the unit
    if not unit_of(rows.stored):
        rows = replace(rows, stored=rows.stored.assign_attrs(units="m"))
    missing = sum(int(np.isnan(part).sum()) for part in rows.parts())
    if missing:
        warn(MISSING.format(name, missing, rows.lat.size * rows.lon.size))
    reader = HeightReader(datum)
    _, zero = reader.judge(rows, rows.lat[:, None], rows.lon[None, :], notes=notes)
    rows = replace(rows, is_above_geoid=zero == GEOID)
    step = max(1, AT_ONCE // max(rows.lon.size, 1))
    import dask.array as da  # for large terrain alone

    # Of a getter that is told not to fancy, dask reads whole chunks for a slice of them.
    lazy = da.from_array(rows, (step, rows.lon.size), name=False, meta=np.empty((0, 0)))
    axes = {"lat": rows.lat, "lon": rows.lon}
    return xr.DataArray(lazy, axes, ("lat", "lon"), attrs={SETTLED: ELLIPSOID})
