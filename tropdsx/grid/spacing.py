"""Latitude and longitude axes: spacing, wrap and registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import GridError
from tropdsx.grid.edges import is_global_longitude

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "RELATIVE_TOLERANCE",
    "ROUNDING",
    "find_registration",
    "find_step",
    "is_global",
    "regularise_axis",
    "unwrap_longitude",
    "wrap_longitude",
]

RELATIVE_TOLERANCE = 1e-4
"""How far a node may lie from its regular place [fraction of the step]."""

ROUNDING = 6e-5
"""Rounding of stored coordinates that is forgiven on top [deg]: float32 at 360 deg, 4 decimals."""


def find_step(values: ArrayLike, name: str = "axis") -> float:
    """Find the step of a regular axis, negative when it descends.

    Parameters
    ----------
    values : array_like
        Node coordinates, shape (n,), n at least 2 [deg].
    name : str, optional
        What to call the axis in an error.

    Returns
    -------
    float
        Mean step [deg].

    Raises
    ------
    GridError
        If there are fewer than two nodes, a coordinate is not finite, or the steps differ by more
        than 1e-4 of the step (plus the rounding of float32 and of four decimals).

    Examples
    --------
    >>> find_step([90.0, 88.0, 86.0])
    -2.0
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or values.size < 2:
        msg = (
            f"{name} of shape {values.shape} found; accepted is a 1-D axis of at least 2 nodes. "
            "Give a grid, not a single row or a list of points."
        )
        raise GridError(msg)
    if not np.isfinite(values).all():
        msg = f"{name} holds NaN or infinity; every node needs a finite coordinate in degrees."
        raise GridError(msg)
    step = float((values[-1] - values[0]) / (values.size - 1))
    steps = np.diff(values)
    line = values[0] + step * np.arange(values.size)
    allowed = RELATIVE_TOLERANCE * abs(step) + ROUNDING
    if (
        step == 0
        or (np.sign(steps) != np.sign(step)).any()
        or np.abs(values - line).max() > allowed
    ):
        raise GridError(_irregular(values, steps, name))
    return round(step, 9)


def _irregular(values: NDArray[np.float64], steps: NDArray[np.float64], name: str) -> str:
    usual = float(np.median(steps))
    off = np.abs(steps - usual) > RELATIVE_TOLERANCE * abs(usual) + ROUNDING
    first = int(np.argmax(off)) if off.any() else int(np.argmax(np.abs(steps - usual)))
    where = f"{values[first]:g} to {values[first + 1]:g} where the usual step is {usual:g} deg"
    if name.startswith("lat") and _looks_gaussian(values, steps):
        return (
            f"{name} is a Gaussian grid (steps {np.abs(steps).min():.5g} to "
            f"{np.abs(steps).max():.5g} deg); accepted are uniform steps. Interpolate to a regular "
            "grid first, for example with `cdo remapbil,r360x180` or `ds.interp(lat=...)`."
        )
    return (
        f"{name} is not uniformly spaced: from {where} (node {first} to {first + 1}); accepted are "
        "steps equal to 1e-4. Interpolate to a regular grid, or select the regular part."
    )


def _looks_gaussian(values: NDArray[np.float64], steps: NDArray[np.float64]) -> bool:
    # Gaussian latitudes: symmetric about the equator, no poles, steps equal to a few per cent.
    symmetric = np.abs(values + values[::-1]).max() < 1e-3
    size = np.abs(steps)
    return bool(symmetric and values.size > 8 and size.max() < 1.2 * size.min())


def regularise_axis(values: ArrayLike, name: str = "axis") -> NDArray[np.float64]:
    """Take the rounding of float32, of four decimals or of a sum from coordinates.

    Parameters
    ----------
    values : array_like
        Node coordinates of a regular axis, shape (n,) [deg].
    name : str, optional
        What to call the axis in an error.

    Returns
    -------
    ndarray
        Evenly spaced float64 coordinates, rounded to 1e-9 deg, shape (n,) [deg].

    Raises
    ------
    GridError
        If the axis is not regular (see :func:`find_step`).

    Examples
    --------
    >>> regularise_axis(np.array([0.1, 0.2, 0.3], dtype="f4"))
    array([0.1, 0.2, 0.3])
    """
    find_step(values, name)
    values = np.asarray(values, dtype=np.float64)
    line = np.linspace(values[0], values[-1], values.size)
    if np.abs(values - line).max() > 1e-8 or np.abs(values - values.round(9)).max() > 1e-10:
        line = np.linspace(round(values[0], 4), round(values[-1], 4), values.size)
    return line.round(9) + 0.0


def is_global(ds: xr.Dataset | xr.DataArray) -> bool:
    """Say whether a standard grid covers the whole Earth.

    Parameters
    ----------
    ds : Dataset or DataArray
        Standard grid with `lat` and `lon` [deg].

    Returns
    -------
    bool
        True when the longitudes close and the latitudes end within a step of both poles.

    Examples
    --------
    >>> import xarray as xr
    >>> cells = xr.Dataset(coords={"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)})
    >>> is_global(cells), is_global(cells.isel(lat=slice(2, None)))
    (True, False)
    """
    lat = np.asarray(ds["lat"], dtype=np.float64)
    if lat.size < 2:
        return False
    step = abs(lat[-1] - lat[0]) / (lat.size - 1)
    return is_global_longitude(ds["lon"]) and bool(90.0 - np.abs(lat[[0, -1]]).min() < step)


def find_registration(lat: ArrayLike) -> str:
    """Tell node from cell registration by the latitudes.

    Parameters
    ----------
    lat : array_like
        Regular latitudes, shape (n,) [deg].

    Returns
    -------
    str
        ``"cell"`` when the poles lie half a step beyond a row (89.5, 88.5, ...), else ``"node"``.

    Examples
    --------
    >>> find_registration([90, 88, 86]), find_registration([89.5, 88.5, 87.5])
    ('node', 'cell')
    """
    lat = np.asarray(lat, dtype=np.float64)
    steps_from_pole = (90.0 - lat[0]) / abs(find_step(lat, "latitude"))
    return "cell" if abs(steps_from_pole % 1.0 - 0.5) < 0.01 else "node"


def wrap_longitude(lon: ArrayLike, start: float = 0.0) -> NDArray[np.float64]:
    """Move longitudes by whole turns into [start, start + 360).

    Parameters
    ----------
    lon : array_like
        Longitude, any shape [deg].
    start : float, optional
        Western end of the interval [deg].

    Returns
    -------
    ndarray
        Longitude rounded to 1e-9, same shape [deg].

    Examples
    --------
    >>> wrap_longitude([-0.5, 360.0, 190.0])
    array([359.5,   0. , 190. ])
    """
    # Rounding first keeps -1e-12 at 0 instead of sending it to 360.
    lon = np.asarray(lon, dtype=np.float64).round(9)
    return (np.mod((lon - start).round(9), 360.0) + start).round(9) + 0.0


def unwrap_longitude(lon: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Put longitudes of any convention in one ascending run that starts in [0, 360).

    A box across Greenwich runs on past 360; one column that repeats another is left out.

    Parameters
    ----------
    lon : array_like
        Longitudes in any order and convention, shape (n,) [deg].

    Returns
    -------
    values : ndarray
        Ascending regular longitudes, shape (m,), m = n or n - 1 [deg].
    index : ndarray of int
        Where each of them lies in `lon`, shape (m,).

    Raises
    ------
    GridError
        If the steps are not uniform or more than one column is repeated.

    Examples
    --------
    >>> unwrap_longitude([-10.0, 0.0, 10.0])
    (array([350., 360., 370.]), array([0, 1, 2]))
    """
    lon = np.asarray(lon)
    if lon.ndim != 1 or lon.size < 2 or not np.isfinite(lon.astype(np.float64)).all():
        find_step(lon, "longitude")
    wrapped = wrap_longitude(_without_rounding(lon))
    order = np.argsort(wrapped, kind="stable")
    gaps = np.diff(wrapped[order], append=wrapped[order][0] + 360.0)
    repeated = gaps < 10 * ROUNDING
    if repeated.sum() > 1:
        value = wrapped[order][repeated][0]
        msg = (
            f"longitude {value:g} and others occur twice; accepted is each meridian once (one "
            "repeated closing column is left out). Remove the repeated columns."
        )
        raise GridError(msg)
    if repeated.any():
        order = np.delete(order, _later_of_pair(order, int(np.argmax(repeated))))
        gaps = np.diff(wrapped[order], append=wrapped[order][0] + 360.0)
    # A global grid has no gap wider than the rest and starts at its smallest longitude.
    widest = int(np.argmax(gaps))
    if gaps[widest] > 1.5 * gaps.min():
        order = np.roll(order, -(widest + 1))
    values = wrapped[order]
    values = values + 360.0 * (values < values[0])
    return regularise_axis(values, "longitude"), order


def _without_rounding(lon: NDArray[np.floating]) -> NDArray[np.float64]:
    # float32 longitudes just below 0 or 360 would land on the wrong side of the wrap.
    exact = lon.astype(np.float64)
    return exact if np.abs(exact - exact.round(9)).max() < 1e-10 else exact.round(4)


def _later_of_pair(order: NDArray[np.intp], pair: int) -> int:
    # Of two columns for one meridian the one stored first is kept.
    other = (pair + 1) % order.size
    return pair if order[pair] > order[other] else other
