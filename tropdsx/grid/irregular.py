"""What is wrong with an axis that is not evenly spaced, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["describe_irregular", "even_rows", "is_gaussian"]

_LARGEST_SHIFT = 0.02
"""Rows of Gaussian grids lie up to this share of a step beside even ones: 1.1 to 1.4 % [1]."""


def describe_irregular(values: NDArray[np.float64], allowed: NDArray[np.float64], name: str) -> str:
    """Say where the steps of an axis differ, and what to do.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Node coordinates as stored [deg].
    allowed : ndarray, shape (n,)
        How far each may lie from its regular place [deg].
    name : str
        What to call the axis.

    Returns
    -------
    str
        Text of an error.

    Examples
    --------
    >>> text = describe_irregular(np.array([0.0, 1.0, 2.0, 4.0, 5.0]), np.full(5, 1e-4), "latitude")
    >>> text.partition("; ")[0][-38:]
    'is 1 deg (node 2 to 3): 1 node missing'
    """
    steps = np.diff(values)
    if name.startswith("lat") and is_gaussian(values):
        return (
            f"{name} is a Gaussian grid (steps {np.abs(steps).min():.5g} to "
            f"{np.abs(steps).max():.5g} deg); accepted are uniform steps. Interpolate to a regular "
            "grid first, for example with `cdo remapbil,r360x180` or `ds.interp(lat=...)`."
        )
    usual = float(np.sort(steps)[(steps.size - 1) // 2 if steps[0] > 0 else steps.size // 2])
    off = np.abs(steps - usual) > allowed[1:] + allowed[:-1]
    first = int(np.argmax(off)) if off.any() else int(np.argmax(np.abs(steps - usual)))
    usual = float(steps[~off].mean())
    here, there = (f"{values[n]:.10g}" for n in (first, first + 1))
    with np.errstate(over="ignore"):  # of numbers that are no axis at all
        times = steps[first] / usual if usual else 0.0
    skipped = round(times) - 1 if np.isfinite(times) else 0
    close = 0.1 * abs(usual) + 2 * float(allowed.max())
    whole = skipped > 0 and abs(steps[first] - (skipped + 1) * usual) < close
    what = f": {skipped} node{'s' * (skipped > 1)} missing" if whole else ""
    what = f": {here} twice" if here == there else what
    return (
        f"{name} is not uniformly spaced: from {here} to {there} where the usual step is "
        f"{usual:.6g} deg (node {first} to {first + 1}){what}; accepted are steps equal to 1e-4 "
        "and to the rounding of the coordinates. Interpolate to a regular grid, or select the "
        "regular part."
    )


def is_gaussian(values: NDArray[np.float64], digits: NDArray[np.float64] | None = None) -> bool:
    """Tell whether latitudes are those of a global Gaussian grid.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Latitudes in order [deg].
    digits : ndarray, shape (n,), optional
        Half of their last digit, where an even axis rounds to them, too [deg].

    Returns
    -------
    bool
        Symmetric about the equator, no poles, steps equal to a few per cent; with digits, each as
        near as these to the zero of a Legendre polynomial.

    Examples
    --------
    >>> is_gaussian(np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(32)[0])))
    True
    """
    if values.size <= 8:
        return False
    size = np.abs(np.diff(values))
    symmetric = np.abs(values + values[::-1]).max() < 1e-3
    alike = bool(symmetric and size.max() < 1.2 * size.min())
    if digits is None or not alike:
        return alike
    off = np.abs(np.sort(values) - np.sort(_gaussian_rows(values.size)))
    return bool((off <= digits + 1e-3 * size.min()).all())


def _gaussian_rows(count: int) -> NDArray[np.float64]:
    """Zeros of a Legendre polynomial as latitudes, by Newton's method [deg]."""
    x = np.cos(np.pi * (np.arange(1, count + 1) - 0.25) / (count + 0.5))
    for _ in range(2):
        before, here = np.ones(count), x
        for degree in range(2, count + 1):
            step = ((2 * degree - 1) * x * here - (degree - 1) * before) / degree
            before, here = here, step
        x = x - here * (x**2 - 1.0) / (count * (x * here - before))
    return np.degrees(np.arcsin(x))


def even_rows(
    ds: xr.Dataset, dim: Hashable, lat: NDArray[np.float64]
) -> tuple[xr.Dataset, float] | None:
    """Interpolate the fields of a Gaussian grid to evenly spaced rows, linearly.

    The first and the last row stay. The others move by 1.4 % of a step at most, so that a share of
    as much comes from the row beside it: of delays and of the heights that they refer to alike.
    That the one is exponential in the other makes 1 mm where the ground falls by 2 km in a step.

    Parameters
    ----------
    ds : Dataset
        Fields, some of them with rows; lazy ones stay lazy.
    dim : hashable
        Dimension of the rows.
    lat : ndarray, shape (n,)
        Latitudes in order [deg].

    Returns
    -------
    tuple of Dataset and float, or None
        Numbers along `dim` on even rows, without what else runs along it but latitude itself, and
        the largest shift in steps [1]; None where the latitudes are no Gaussian ones.

    Examples
    --------
    >>> lat = np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(32)[0]))
    >>> even, shift = even_rows(xr.Dataset({"h": ("y", 2 * lat)}), "y", lat)
    >>> bool(np.allclose(np.diff(even.h), 2 * np.ptp(lat) / 31)), round(shift, 3)
    (True, 0.009)
    """
    if not is_gaussian(lat):
        return None
    even = np.linspace(lat[0], lat[-1], lat.size)
    shift = float(np.abs(even - lat).max() / abs(even[1] - even[0]))
    if shift > _LARGEST_SHIFT:
        return None
    turn = 1.0 if lat[0] < lat[-1] else -1.0
    place = np.interp(turn * even, turn * lat, np.arange(lat.size))
    place = np.where(np.abs(place - np.rint(place)) < 1e-9, np.rint(place), place)
    moved = {name: _between_rows(var, dim, place) for name, var in ds.variables.items()}
    moved |= {
        name: var.copy(data=even)
        for name, var in ds.variables.items()
        if var.dims == (dim,) and var.dtype.kind == "f" and np.array_equal(var.values, lat)
    }
    kept = {name: var for name, var in moved.items() if var is not None}
    coords = {name: kept.pop(name) for name in ds.coords if name in kept}
    out = xr.Dataset(kept, coords, ds.attrs)
    out.encoding = ds.encoding
    return out, shift


def _between_rows(
    var: xr.Variable, dim: Hashable, place: NDArray[np.float64]
) -> xr.Variable | None:
    """Interpolate a variable linearly to places between its rows; None where it is no number."""
    if dim not in var.dims:
        return var
    if var.dtype.kind not in "fiu":
        return None
    if var.dtype.kind != "f":  # heights in whole metres
        var = var.astype(np.float64)
    below, above = np.floor(place).astype(int), np.ceil(place).astype(int)
    share = xr.Variable(dim, (place - below).astype(var.dtype))
    mixed = var.isel({dim: below}) * (1 - share) + var.isel({dim: above}) * share
    return xr.Variable(var.dims, mixed.transpose(*var.dims).data, var.attrs, var.encoding)
