"""GPT2, GPT2w and GPT3: climatology of the troposphere from a coefficient grid."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.epoch import J2000, TimeLike, days_since, doy, season
from tropdsx.atmos.gpt.coefficients import GptGrid, GptModel, GridLike, as_gpt_grid
from tropdsx.atmos.gpt.nodes import Polar, find_corners, interpolate
from tropdsx.atmos.records import GptValues
from tropdsx.errors import DomainError

Number = TypeVar("Number", bound=np.generic)

_BLOCK = 2048  # evaluations whose nodes (a few MiB) stay in the processor's cache


def gpt2(
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    height: ArrayLike,
    grid: GridLike,
    seasonal: bool = True,
    polar: Polar = "official",
) -> GptValues:
    """Pressure, temperature, humidity and VMF1 coefficients by GPT2.

    As `gpt3`, with the season counted from 2000-01-01 12 h, and the vapour pressure from the
    interpolated specific humidity Q and pressure p, e = Q p / (0.622 + 0.378 Q).

    Parameters
    ----------
    time, lat, lon, height, grid, seasonal, polar
        As for `gpt3`, with errors as there; the grid is `gpt2_5.grd`.

    Returns
    -------
    GptValues
        Without mean temperature, decrease factor and gradients, which are None.

    Notes
    -----
    Lagler et al. (2013), doi:10.1002/grl.50288.

    Examples
    --------
    >>> values = gpt2("2012-08-02", 48.2, 16.37, 156.0, "gpt2_5.grd")  # doctest: +SKIP
    >>> round(float(values.pressure), 2)  # doctest: +SKIP
    1002.56
    """
    return _evaluate("gpt2", grid, time, (lat, lon, height), seasonal, polar)


def gpt2w(
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    height: ArrayLike,
    grid: GridLike,
    seasonal: bool = True,
    polar: Polar = "official",
) -> GptValues:
    """Pressure, temperature, water vapour and VMF1 coefficients by GPT2w.

    As `gpt3`, with the season counted from 2000-01-01 12 h.

    Parameters
    ----------
    time, lat, lon, height, grid, seasonal, polar
        As for `gpt3`, with errors as there; the grid is `gpt2_5w.grd` or `gpt2_1wA.grd`.

    Returns
    -------
    GptValues
        Without gradients, which are None.

    Notes
    -----
    Boehm et al. (2015), doi:10.1007/s10291-014-0403-7.

    Examples
    --------
    >>> values = gpt2w("2012-08-02", 48.2, 16.37, 156.0, "gpt2_5w.grd")  # doctest: +SKIP
    >>> round(float(values.water_vapour_pressure), 2)  # doctest: +SKIP
    16.72
    """
    return _evaluate("gpt2w", grid, time, (lat, lon, height), seasonal, polar)


def gpt3(
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    height: ArrayLike,
    grid: GridLike,
    seasonal: bool = True,
    polar: Polar = "official",
) -> GptValues:
    """Pressure, temperature, water vapour, VMF3 coefficients and gradients by GPT3.

    At each of the four nodes v = a0 + A1 cos w + B1 sin w + A2 cos 2w + B2 sin 2w,
    w = 2 pi doy / 365.25; the node is moved to the height of the place, T = T0 + dT dh,
    p = p0 exp(-g M dh / (R Tv)), e = e0 (p / p0)^(la + 1); then bilinear in latitude and longitude.

    Parameters
    ----------
    time : datetime64, datetime, str or array of these
        UTC, any shape, broadcast against the places: one epoch with many places and one place with
        many epochs are the fast cases, `time[:, None]` gives every epoch at every place.
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].
    height : array_like
        Ellipsoidal height, broadcast [m].
    grid : GptGrid or path-like
        `gpt3_5.grd`, `gpt3_1.grd`, or what `read_gpt_grid` made of it.
    seasonal : bool, optional
        False keeps the mean only (`it=1` of the official code).
    polar : {"official", "continuous"}, optional
        Poleward of the outermost nodes: "official" takes the nearest node, which jumps in
        longitude and has many values at the pole; "continuous" interpolates towards the mean of
        the outermost circle.

    Returns
    -------
    GptValues
        All fields, each in the broadcast shape.

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90], or `polar` is another word.
    GridError, AssetError
        If the grid is of another model, damaged, or not there.

    Notes
    -----
    Landskron and Boehm (2018), doi:10.1007/s00190-017-1066-2. Climatology of ERA-Interim
    2001-2010: expect 5 hPa and 4 K rms against weather, and little above 5 km.

    Examples
    --------
    >>> values = gpt3("2012-08-02", 48.2, 16.37, 156.0, "gpt3_5.grd")  # doctest: +SKIP
    >>> round(float(values.pressure), 2), round(float(values.ah), 9)  # doctest: +SKIP
    (1002.58, 0.001258154)
    """
    return _evaluate("gpt3", grid, time, (lat, lon, height), seasonal, polar)


def _evaluate(
    model: GptModel,
    grid: GridLike,
    time: TimeLike,
    place: tuple[ArrayLike, ArrayLike, ArrayLike],
    seasonal: bool,
    polar: Polar,
) -> GptValues:
    """Evaluate a gridded model at places (lat, lon, height)."""
    if polar not in ("official", "continuous"):
        msg = f"polar={polar!r} found; accepted are 'official' and 'continuous'."
        raise DomainError(msg)
    grid = as_gpt_grid(grid, model)
    lat, lon, height = (a.astype(np.float64) for a in as_floats(*place))
    check_latitude(lat)
    days: FloatArray = np.asarray(doy(time) if model == "gpt3" else days_since(time, J2000))
    shape = np.broadcast_shapes(days.shape, lat.shape, lon.shape, height.shape)
    factors = season(days)
    if not seasonal:
        factors = factors * np.array([1.0, 0, 0, 0, 0])  # keeps NaT a NaN
    lat, lon = np.broadcast_arrays(lat, lon)
    corners = find_corners(lat.ravel(), lon.ravel(), grid, polar)
    rows = _stretch(corners.rows, lat.shape, shape)
    weights = _stretch(corners.weights, lat.shape, shape)
    factors = _stretch(factors.reshape(-1, 5).T, days.shape, shape)
    heights = np.broadcast_to(height, shape).reshape(1, -1)
    if factors.shape[1] == 1 and rows.size > len(grid.seasonal):
        grid, factors = _sum_season(grid, factors), np.ones((1, 1))
    values = np.empty((len(grid.names), heights.size))
    for start in range(0, heights.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        values[:, part] = interpolate(
            grid,
            _take_part(rows, part),
            _take_part(weights, part),
            _take_part(factors, part),
            heights[:, part],
        )
    columns = {f: v.reshape(shape)[()] for f, v in zip(grid.names, values, strict=True)}
    del columns["cell_height"]
    return GptValues(water_vapour_pressure=columns.pop("humidity"), **columns)


def _stretch(
    values: NDArray[Number], own: tuple[int, ...], shape: tuple[int, ...]
) -> NDArray[Number]:
    # (k, own size) to (k, full size), but a single column stays single: that is what makes one
    # epoch at many places and one place at many epochs cheap.
    k, size = values.shape
    if size == 1 or own == shape:
        return values
    padded = values.reshape((k,) + (1,) * (len(shape) - len(own)) + own)
    full: NDArray[Number] = np.broadcast_to(padded, (k, *shape)).reshape(k, -1)
    return full


def _take_part(values: NDArray[Number], part: slice) -> NDArray[Number]:
    return values if values.shape[1] == 1 else values[:, part]


def _sum_season(grid: GptGrid, factors: FloatArray) -> GptGrid:
    # With more nodes to visit than the grid has, the season is summed once for the whole grid.
    cells, quantities, harmonics = grid.seasonal.shape
    sums = grid.seasonal.reshape(-1, harmonics) @ factors
    sums = sums.reshape(cells, quantities, 1)
    return dataclasses.replace(grid, seasonal=sums)
