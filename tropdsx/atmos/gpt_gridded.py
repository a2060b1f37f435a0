"""GPT2, GPT2w and GPT3: climatology of the troposphere from a coefficient grid."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.constants import DRY_MOLAR_MASS, EPSILON, GAS_CONSTANT, RADIAN, STANDARD_GRAVITY
from tropdsx.atmos.epoch import TimeLike, days_since_j2000, doy, season
from tropdsx.atmos.gpt_grid import GptGrid, GptModel, GridLike, as_gpt_grid
from tropdsx.atmos.records import GptValues
from tropdsx.errors import DomainError

Array = TypeVar("Array", bound="NDArray[Any]")
Polar: TypeAlias = Literal["official", "continuous"]

_BLOCK = 2048  # evaluations whose nodes (a few MiB) stay in the processor's cache


class _Corners(NamedTuple):
    """The four nodes around each place and their weights, both (4, places)."""

    rows: NDArray[np.int64]
    weights: FloatArray


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
    time : datetime64, datetime, str or array of these
        UTC, any shape, broadcast against the places [-].
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].
    height : array_like
        Ellipsoidal height, broadcast [m].
    grid : GptGrid or path-like
        `gpt2_5.grd`, or what `read_gpt_grid` made of it.
    seasonal : bool, optional
        False keeps the mean only (`it=1` of the official code).
    polar : {"official", "continuous"}, optional
        See `gpt3`.

    Returns
    -------
    GptValues
        Without mean temperature, decrease factor and gradients, which are None.

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90], or `polar` is another word.
    GridError, AssetError
        If the grid is of another model, damaged, or not there.

    Notes
    -----
    Lagler et al. (2013), doi:10.1002/grl.50288.

    Examples
    --------
    >>> values = gpt2("2012-08-02", 48.2, 16.37, 156.0, "gpt2_5.grd")  # doctest: +SKIP
    >>> round(float(values.pressure), 2)  # doctest: +SKIP
    1002.56
    """
    return _evaluate("gpt2", time, lat, lon, height, grid, seasonal, polar)


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
    time : datetime64, datetime, str or array of these
        UTC, any shape, broadcast against the places [-].
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].
    height : array_like
        Ellipsoidal height, broadcast [m].
    grid : GptGrid or path-like
        `gpt2_5w.grd`, `gpt2_1wA.grd`, or what `read_gpt_grid` made of it.
    seasonal : bool, optional
        False keeps the mean only (`it=1` of the official code).
    polar : {"official", "continuous"}, optional
        See `gpt3`.

    Returns
    -------
    GptValues
        Without gradients, which are None.

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90], or `polar` is another word.
    GridError, AssetError
        If the grid is of another model, damaged, or not there.

    Notes
    -----
    Boehm et al. (2015), doi:10.1007/s10291-014-0403-7.

    Examples
    --------
    >>> values = gpt2w("2012-08-02", 48.2, 16.37, 156.0, "gpt2_5w.grd")  # doctest: +SKIP
    >>> round(float(values.water_vapour_pressure), 2)  # doctest: +SKIP
    16.72
    """
    return _evaluate("gpt2w", time, lat, lon, height, grid, seasonal, polar)


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
        many epochs are the fast cases, `time[:, None]` gives every epoch at every place [-].
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
    return _evaluate("gpt3", time, lat, lon, height, grid, seasonal, polar)


def _evaluate(
    model: GptModel,
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    height: ArrayLike,
    grid: GridLike,
    seasonal: bool,
    polar: Polar,
) -> GptValues:
    if polar not in ("official", "continuous"):
        msg = f"polar={polar!r} found; accepted are 'official' and 'continuous'."
        raise DomainError(msg)
    grid = as_gpt_grid(grid, model)
    lat, lon, height = (a.astype(np.float64) for a in as_floats(lat, lon, height))
    check_latitude(lat)
    days: FloatArray = np.asarray(doy(time) if model == "gpt3" else days_since_j2000(time))
    shape = np.broadcast_shapes(days.shape, lat.shape, lon.shape, height.shape)
    factors = season(days)
    if not seasonal:
        factors = factors * np.array([1.0, 0, 0, 0, 0])  # keeps NaT a NaN
    lat, lon = np.broadcast_arrays(lat, lon)
    corners = _find_corners(lat.ravel(), lon.ravel(), grid, polar)
    rows = _stretch(corners.rows, lat.shape, shape)
    weights = _stretch(corners.weights, lat.shape, shape)
    factors = _stretch(factors.reshape(-1, 5).T, days.shape, shape)
    heights = np.broadcast_to(height, shape).reshape(1, -1)
    if factors.shape[1] == 1 and rows.size > len(grid.seasonal):
        grid, factors = _contract(grid, factors), np.ones((1, 1))
    names = (*grid.names, "geoid_undulation")
    values = np.empty((len(names), heights.size))
    for start in range(0, heights.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        block = (v if v.shape[1] == 1 else v[:, part] for v in (rows, weights, factors, heights))
        values[:, part] = _interpolate(grid, *block)
    columns = {f: v.reshape(shape)[()] for f, v in zip(names, values, strict=True)}
    return GptValues(water_vapour_pressure=columns.pop("humidity"), **columns)


def _stretch(values: Array, own: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    # (k, own size) to (k, full size), but a single column stays single: that is what makes one
    # epoch at many places and one place at many epochs cheap.
    k, size = values.shape
    if size == 1 or own == shape:
        return values
    padded = values.reshape((k,) + (1,) * (len(shape) - len(own)) + own)
    return np.broadcast_to(padded, (k, *shape)).reshape(k, -1)


def _contract(grid: GptGrid, factors: FloatArray) -> GptGrid:
    # With more nodes to visit than the grid has, the season is summed once for the whole grid.
    sums = grid.seasonal @ factors
    return dataclasses.replace(grid, seasonal=sums)


def _find_corners(lat: FloatArray, lon: FloatArray, grid: GptGrid, polar: Polar) -> _Corners:
    """Rows and weights of the four nodes, with the arithmetic of the official code.

    The official code works in radians and turns them into degrees again; the last bit of that
    decides which node is nearest at exactly the polar limit, so it is repeated here.
    """
    circle, bands = round(360 / grid.step), round(180 / grid.step)
    missing = np.isnan(lat) | np.isnan(lon)
    phi = np.where(missing, 0, lat) * RADIAN
    lam = np.where(np.abs(lon) <= 360, lon, np.mod(lon, 360)) * RADIAN
    lam = np.where(missing, 0, lam)
    polar_distance = (-phi + np.pi / 2) * 180 / np.pi
    eastwards = np.where(lam < 0, lam + 2 * np.pi, lam) * 180 / np.pi
    band, across = _cell_and_offset(polar_distance, grid.step)
    column, along = _cell_and_offset(eastwards, grid.step)
    band = np.minimum(band, bands - 1)  # the south pole itself belongs to the last band
    next_column = (column + np.sign(along).astype(np.int64)) % circle
    first = band * circle
    second = first + np.sign(across).astype(np.int64) * circle
    column = column % circle
    rows = np.stack([first + column, first + next_column, second + column, second + next_column])
    u, v = np.abs(across), np.abs(along)
    beyond = (polar_distance <= grid.step / 2) | (polar_distance >= 180 - grid.step / 2)
    if polar == "official":
        rows[:, beyond] = rows[0, beyond]
        u[beyond], v[beyond] = 0, 0
    else:
        north = polar_distance[beyond] < 90
        rows[2:, beyond] = np.where(north, circle * bands, circle * bands + 1)
        u[beyond] *= 2  # the pole is half a step away, not a whole one
    u[missing] = np.nan
    return _Corners(rows, np.stack([(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v]))


def _cell_and_offset(distance: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    # Number of the cell and distance from its centre in cells, as the official code writes them.
    number = np.floor((distance + step) / step)
    offset = (distance - (number * step - step / 2)) / step
    return number.astype(np.int64) - 1, offset


def _interpolate(
    grid: GptGrid,
    rows: NDArray[np.int64],
    weights: FloatArray,
    factors: FloatArray,
    heights: FloatArray,
) -> FloatArray:
    """All fields at the places, (fields, places), from the four nodes around each."""
    nodes = _at_nodes(grid, rows, factors)
    quantity = dict(zip(grid.names, nodes, strict=True))  # views: what is written lands in nodes
    undulation, terrain = grid.heights[:, rows]
    dh = heights - (undulation + terrain)
    p, t, q = quantity["pressure"], quantity["temperature"], quantity["humidity"]
    log_ratio = (-STANDARD_GRAVITY * DRY_MOLAR_MASS / GAS_CONSTANT) * dh / (t * (1 + 0.6077 * q))
    if grid.model != "gpt2":
        decrease = quantity["water_vapour_decrease_factor"] + 1
        q = _vapour_pressure(q, p / 100) * np.exp(decrease * log_ratio)
    p = p * np.exp(log_ratio) / 100
    t = t + quantity["lapse_rate"] * dh
    shape = np.broadcast_shapes(nodes.shape[1:], dh.shape)
    if nodes.shape[1:] != shape:  # one place and one epoch at many heights
        nodes = np.broadcast_to(nodes, (len(nodes), *shape)).copy()
    for name, moved in (("pressure", p), ("temperature", t), ("humidity", q)):
        nodes[grid.names.index(name)] = moved
    values = np.empty((len(nodes) + 1, shape[1]))
    np.einsum("qrn,rn->qn", nodes, np.broadcast_to(weights, shape), out=values[:-1])
    values[-1] = (undulation * weights).sum(axis=0)
    if grid.model == "gpt2":  # here the humidity is interpolated, and becomes a pressure last
        e = grid.names.index("humidity")
        values[e] = _vapour_pressure(values[e], values[grid.names.index("pressure")])
    return values


def _at_nodes(grid: GptGrid, rows: NDArray[np.int64], factors: FloatArray) -> FloatArray:
    """Seasonal sums at the nodes, (quantities, 4, places or epochs)."""
    _, quantities, harmonics = grid.seasonal.shape
    if rows.shape[1] == 1 and factors.shape[1] > 1:
        sums = grid.seasonal[rows[:, 0]].reshape(-1, harmonics) @ factors
        return np.moveaxis(sums.reshape(4, quantities, -1), 1, 0)
    nodes = np.empty((quantities, *rows.shape))
    for corner, cells in enumerate(rows):  # one corner at a time stays in the processor's cache
        series = grid.seasonal[cells]
        if factors.shape[1] == 1:
            sums = series.reshape(-1, harmonics) @ factors[:, 0]
            nodes[:, corner] = sums.reshape(-1, quantities).T
        else:
            np.einsum("nqk,kn->qn", series, factors, out=nodes[:, corner])
    return nodes


def _vapour_pressure(humidity: FloatArray, pressure: FloatArray) -> FloatArray:
    return humidity * pressure / (EPSILON + (1 - EPSILON) * humidity)
