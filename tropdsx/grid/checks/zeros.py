"""Wet delays of exactly 0 that stand for a missing value, which the file does not say.

Air without any vapour is nowhere: a delay is exactly 0 where it was rounded to the step in which a
file is packed, among others of a few steps, or where 0 was written for nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import warn

__all__ = ["find_zeros", "without_zeros"]

_HALF, _MOST = 0.025, 0.01
"""[m] What half of the nodes around zeros, and nine of ten, hold at least where 0 is no delay.

Rounding, and a total delay less a hydrostatic one of a mean pressure, put exact zeros into dry air:
around large areas in 11 epochs of VMF1 half of the nodes held up to 16 mm and nine of ten up to 5;
around masks of sea, land or a box 20 to 345 mm and 10 to 190.
"""
_MOIST = 0.06
"""[m] What half of them hold where the others do not count: an area may run over the poles."""
_STEPS = 5.0
"""What half of them hold in steps of the packing."""
_LEAST = 10
"""Nodes around an area that is judged; all zeros together are, too."""


def find_zeros(zwd: NDArray[np.floating]) -> tuple[NDArray[np.bool_], float]:
    """Find the nodes of an epoch whose 0 stands for a missing value.

    Parameters
    ----------
    zwd : ndarray, shape (J, I)
        Wet delays; NaN passes [m].

    Returns
    -------
    ndarray of bool, shape (J, I)
        All exact zeros, if an area of them lies in air that is not dry; else none.
    float
        Median of the delays around those; 0 where there are none [m].

    Examples
    --------
    >>> moist = np.linspace(0.1, 0.2, 64).reshape(8, 8)
    >>> moist[2:5, 2:6] = 0.0
    >>> find_zeros(moist)[0].sum(), find_zeros(moist / 10)[0].sum()
    (np.int64(12), np.int64(0))
    """
    zero = zwd == 0.0
    beside = _moist_beside(zwd, zero) if zero.any() else 0.0
    if not beside or beside < _STEPS * _step(zwd):
        return np.zeros_like(zero), 0.0
    return zero, beside


def _moist_beside(zwd: NDArray[np.floating], zero: NDArray[np.bool_]) -> float:
    """Median of the delays around zeros that lie in moist air; the highest of all areas [m]."""
    found = 0.0
    for delays in _around_areas(zwd, zero):
        most, half = np.quantile(delays, (0.1, 0.5), method="lower")
        if half >= _MOIST or (half >= _HALF and most >= _MOST):
            found = max(found, float(half))
    return found


def _around_areas(
    zwd: NDArray[np.floating], zero: NDArray[np.bool_]
) -> Iterator[NDArray[np.floating]]:
    """Give the delays around all zeros, and around each connected area of them."""
    from scipy.ndimage import label  # where there are zeros: hardly ever

    areas, _ = label(zero)
    owners, delays = [], []
    for axis in (0, 1):
        for step in (1, -1):
            here, there = [slice(None)] * 2, [slice(None)] * 2
            here[axis], there[axis] = (slice(1, None), slice(-1))[::step]
            own, other = areas[tuple(here)], zwd[tuple(there)]
            border = (own > 0) & (other != 0.0) & np.isfinite(other)
            owners.append(own[border])
            delays.append(other[border])
    owner, delay = np.concatenate(owners), np.concatenate(delays)
    if delay.size >= _LEAST:
        yield delay
    counts = np.bincount(owner)
    order = np.argsort(owner, kind="stable")
    ends = np.cumsum(counts)
    for area in np.flatnonzero(counts >= _LEAST):
        yield delay[order[ends[area] - counts[area] : ends[area]]]


def _step(zwd: NDArray[np.floating]) -> float:
    """Smallest step between the delays of an epoch, which is that of their packing [m]."""
    known = np.unique(zwd[np.isfinite(zwd) & (zwd != 0.0)].astype(np.float64))
    return float(np.diff(known).min(initial=np.inf)) if known.size > 1 else 0.0


def without_zeros(
    zwd: xr.DataArray,
    notes: list[str],
    name: str = "zwd",
    dims: tuple[Hashable, Hashable] = ("lat", "lon"),
) -> xr.DataArray:
    """Take the zeros that stand for missing values out of wet delays, with a warning.

    Parameters
    ----------
    zwd : DataArray
        On latitude and longitude, and time perhaps; in memory or lazy [m].
    notes : list of str
        What was found in memory is appended; of lazy delays the warning tells when they are
        computed.
    name : str, optional
        Caller's name, for the warning.
    dims : tuple of hashable, optional
        Latitude and longitude.

    Returns
    -------
    DataArray
        NaN in their place.

    Examples
    --------
    >>> dry = xr.DataArray(np.zeros((2, 2), "f4"), dims=("lat", "lon"))
    >>> without_zeros(dry, []).values.max()
    np.float32(0.0)
    """
    look = _Look(name)
    out = xr.apply_ufunc(
        look,
        zwd,
        input_core_dims=[[*dims]],
        output_core_dims=[[*dims]],
        dask="parallelized",
        output_dtypes=[zwd.dtype],
        keep_attrs=True,
    )
    if not zwd.chunks:
        notes += look.said[:1]
    return out.transpose(*zwd.dims)


@dataclass(frozen=True, eq=False)
class _Look:
    """Take the zeros out of a block of epochs: a function that any scheduler can send on."""

    name: str
    said: list[str] = field(default_factory=list)
    __name__ = "without_zeros"  # of the tasks in a dask graph

    def __call__(self, block: NDArray[np.floating]) -> NDArray[np.floating]:
        if not (block == 0.0).any():
            return block
        out = block.copy()
        for epoch in out.reshape(-1, *out.shape[-2:]):
            zeros, beside = find_zeros(epoch)
            if beside:
                _tell(self.name, int(zeros.sum()), epoch.size, beside, self.said)
                epoch[zeros] = np.nan
        return out


def _tell(name: str, zeros: int, nodes: int, beside: float, said: list[str]) -> None:
    text = (
        f"'{name}' is exactly 0 at {zeros} of {nodes} nodes of an epoch, with {1000 * beside:.0f} "
        "mm of wet delay beside them: 0 was taken for a missing value there (NaN)"
    )
    if not said:
        warn(f"{text}. Declare it as _FillValue.", topic=f"zeros of {name}")
    said.append(text)
