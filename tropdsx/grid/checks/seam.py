"""Two columns of one meridian, such as 0 and 360 degrees, of which a grid keeps one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import warn

__all__ = ["Seam", "check_seam", "find_seam", "tell_difference"]

_MOST_DECIMALS = 6
_DIGITS = 1.01
"""Last digits by which two columns that were rounded each by itself may differ."""
_FLOATS = 8
"""The same of numbers with all digits of float32 [spacings of the largest]."""


class Seam(NamedTuple):
    """Columns of a grid that lie on one meridian.

    Attributes
    ----------
    kept, dropped : int
        Places of the one that stays and of the other.
    lon : tuple of float
        Their longitudes as stored [deg].
    """

    kept: int
    dropped: int
    lon: tuple[float, float]


def find_seam(lon: ArrayLike, columns: ArrayLike | slice) -> Seam | None:
    """Find the column that was left out of a grid, and the one that stands for it.

    Parameters
    ----------
    lon : array_like, shape (n,)
        Longitudes as stored [deg].
    columns : array_like of int, or slice
        Places of those that were kept, see :func:`tropdsx.grid.spacing.unwrap_longitude`.

    Returns
    -------
    Seam or None
        None where all were kept.

    Examples
    --------
    >>> find_seam([-180.0, 0.0, 180.0], [1, 0]).lon
    (-180.0, 180.0)
    """
    stored = np.asarray(lon, np.float64)
    every = np.arange(stored.size)
    columns = every[columns] if isinstance(columns, slice) else np.asarray(columns)
    gone = np.setdiff1d(every, columns)
    if not gone.size:
        return None
    dropped = int(gone[0])
    away = np.abs((stored[columns] - stored[dropped] + 180.0) % 360.0 - 180.0)
    kept = int(columns[int(away.argmin())])
    return Seam(kept, dropped, (float(stored[kept]), float(stored[dropped])))


def check_seam(field: xr.DataArray, seam: Seam | None) -> xr.DataArray:
    """Warn where the two columns of a meridian differ by more than their rounding.

    Parameters
    ----------
    field : DataArray
        On ``lat`` and ``lon`` with both columns, and time perhaps; in memory or lazy.
    seam : Seam or None
        The columns; None where there is one of each meridian.

    Returns
    -------
    DataArray
        The same values; a lazy field warns when it is computed.

    Examples
    --------
    >>> field = xr.DataArray([[0.1, 0.2, 0.1]], dims=("lat", "lon"))
    >>> check_seam(field, find_seam([0.0, 180.0, 360.0], [0, 1])).sizes["lon"]
    3
    """
    if seam is None or "lon" not in field.dims:
        return field
    looked = xr.apply_ufunc(
        _Look(seam, f"'{field.name}'", str(field.attrs.get("units", ""))),
        field,
        input_core_dims=[["lat", "lon"]],
        output_core_dims=[["lat", "lon"]],
        dask="parallelized",
        output_dtypes=[field.dtype],
        keep_attrs=True,
    )
    looked.encoding = field.encoding
    return looked.transpose(*field.dims)


@dataclass(frozen=True, eq=False)
class _Look:
    """Look at both columns of a block: it travels to a worker, without the field itself."""

    seam: Seam
    name: str
    unit: str
    __name__ = "check_seam"  # of the tasks in a dask graph

    def __call__(self, block: NDArray) -> NDArray:
        pair = block[..., self.seam.kept], block[..., self.seam.dropped]
        tell_difference(*pair, self.seam.lon, self.name, self.unit)
        return block


def tell_difference(
    kept: NDArray, dropped: NDArray, lon: tuple[float, float], name: str, unit: str
) -> None:
    """Warn of two columns that differ by more than their rounding, once a run.

    Parameters
    ----------
    kept, dropped : ndarray
        Values of the column that stays and of the other.
    lon : tuple of float
        Their longitudes as stored [deg].
    name, unit : str
        What to call the values, and their unit.

    Examples
    --------
    >>> tell_difference(np.array([0.1234]), np.array([0.1235]), (0.0, 360.0), "'zwd'", "m")
    """
    if not kept.size or kept.dtype.kind not in "fiu":
        return
    pair = np.stack([kept, dropped]).astype(np.float64)
    gaps = np.isnan(pair)
    alone = int((gaps[0] != gaps[1]).sum())
    known = pair[:, ~gaps.any(axis=0)]
    most = float(np.abs(known[0] - known[1]).max(initial=0.0))
    if most <= _rounding(known, kept.dtype) and not alone:
        return
    by = [f"differ by up to {most:.3g} {unit}".rstrip()] if most else []
    by += [f"in {alone} values one alone is missing"] if alone else []
    warn(
        f"{name}: the columns at {lon[0]:.10g} and {lon[1]:.10g} degrees are one meridian, and "
        f"{', and '.join(by)}; the one at {lon[0]:.10g} was taken",
        topic=f"seam of {name}",
    )


def _rounding(values: NDArray[np.float64], dtype: np.dtype) -> float:
    """How far two values of one place may lie apart by their digits."""
    largest = float(np.abs(values).max(initial=0.0))
    spacing = _FLOATS * float(np.spacing(np.float32(largest)))
    if dtype.kind in "iu":
        return _DIGITS
    for decimals in range(_MOST_DECIMALS):
        if (np.abs(values - values.round(decimals)) <= spacing).all():
            return max(_DIGITS * 10.0**-decimals, spacing)
    return spacing
