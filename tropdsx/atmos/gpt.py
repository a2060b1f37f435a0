"""GPT2, GPT2w and GPT3: climatology of the troposphere from a coefficient grid."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude
from tropdsx.atmos.constants import DRY_MOLAR_MASS, EPSILON, GAS_CONSTANT, STANDARD_GRAVITY
from tropdsx.atmos.epoch import TimeLike, days_since_j2000, doy, season
from tropdsx.atmos.gpt_grid import GptGrid, GptModel, GridLike, as_gpt_grid
from tropdsx.atmos.records import GptValues
from tropdsx.errors import DomainError

Polar: TypeAlias = Literal["official", "continuous"]

_BLOCK = 8192  # evaluations whose nodes (a few MiB) stay in the processor's cache


class _Corners(NamedTuple):
    """The four nodes around each place and their weights, both (places, 4)."""

    rows: FloatArray
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
        If the grid is that of another model, damaged, or not there.

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
        If the grid is that of another model, damaged, or not there.

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
        If the grid is that of another model, damaged, or not there.

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
    corners = _Corners(*(_stretch(c, lat.shape, shape) for c in corners))
    factors = _stretch(factors.reshape(-1, 5), days.shape, shape)
    heights = np.broadcast_to(height, shape).ravel()
    values = np.empty((heights.size, len(_fields(grid))))
    for start in range(0, heights.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        one_place, one_epoch = len(corners.rows) == 1, len(factors) == 1
        values[part] = _interpolate(
            grid,
            corners if one_place else _Corners(corners.rows[part], corners.weights[part]),
            factors if one_epoch else factors[part],
            heights[part],
        )
    columns = {f: values[:, i].reshape(shape)[()] for i, f in enumerate(_fields(grid))}
    return GptValues(**columns)


def _stretch(values: FloatArray, own: tuple[int, ...], shape: tuple[int, ...]) -> FloatArray:
    # (own size, k) to (full size, k), but a single row stays single: that is what makes one epoch
    # at many places and one place at many epochs cheap.
    if len(values) == 1:
        return values
    k = values.shape[1]
    padded = values.reshape((1,) * (len(shape) - len(own)) + own + (k,))
    return np.broadcast_to(padded, (*shape, k)).reshape(-1, k)


def _find_corners(lat: FloatArray, lon: FloatArray, grid: GptGrid, polar: Polar) -> _Corners:
    """Rows and weights of the four nodes, with the arithmetic of the official code.

    The official code works in radians and turns them into degrees again; the last bit of that
    decides which node is nearest at exactly the polar limit, so it is repeated here.
    """
    circle, bands = round(360 / grid.step), round(180 / grid.step)
    missing = np.isnan(lat) | np.isnan(lon)
    phi = np.deg2rad(np.where(missing, 0, lat))
    lam = np.deg2rad(np.where(np.abs(lon) <= 360, lon, np.mod(lon, 360)))
    lam = np.where(missing, 0, lam)
    polar_distance = (-phi + np.pi / 2) * 180 / np.pi
    eastwards = np.where(lam < 0, lam + 2 * np.pi, lam) * 180 / np.pi
    band, across = _cell_and_offset(polar_distance, grid.step)
    column, along = _cell_and_offset(eastwards, grid.step)
    band = np.clip(band, 0, bands - 1)
    next_band = band + np.sign(across).astype(np.int64)
    column, next_column = column % circle, (column + np.sign(along).astype(np.int64)) % circle
    rows = np.stack(
        [
            band * circle + column,
            band * circle + next_column,
            next_band * circle + column,
            next_band * circle + next_column,
        ],
        axis=-1,
    )
    u, v = np.abs(across), np.abs(along)
    beyond = (polar_distance <= grid.step / 2) | (polar_distance >= 180 - grid.step / 2)
    if polar == "official":
        rows[beyond] = rows[beyond, :1]
        u, v = np.where(beyond, 0, u), np.where(beyond, 0, v)
    else:
        pole_row = np.where(polar_distance < 90, circle * bands, circle * bands + 1)
        rows[beyond, 2:] = pole_row[beyond, np.newaxis]
        u = np.where(beyond, 2 * u, u)  # the pole is half a step away, not a whole one
    weights = np.stack([(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v], axis=-1)
    weights[missing] = np.nan
    return _Corners(rows, weights)


def _cell_and_offset(distance: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    # Number of the cell and distance from its centre in cells, as the official code writes them.
    number = np.floor((distance + step) / step)
    offset = (distance - (number * step - step / 2)) / step
    return number.astype(np.int64) - 1, offset


def _interpolate(
    grid: GptGrid, corners: _Corners, factors: FloatArray, heights: FloatArray
) -> FloatArray:
    nodes = _at_nodes(grid, corners.rows, factors)
    quantity = dict(zip(grid.names, np.moveaxis(nodes, -1, 0), strict=True))
    terrain = grid.heights[corners.rows]
    undulation = terrain[..., 0]
    dh = heights[:, np.newaxis] - undulation - terrain[..., 1]
    p0, t0, q = quantity["pressure"], quantity["temperature"], quantity["humidity"]
    virtual = t0 * (1 + 0.6077 * q)
    ratio = np.exp(-(STANDARD_GRAVITY * DRY_MOLAR_MASS / GAS_CONSTANT) * dh / virtual)
    quantity["pressure"] = p0 * ratio / 100
    quantity["temperature"] = t0 + quantity["lapse_rate"] * dh
    quantity["geoid_undulation"] = undulation
    if grid.model != "gpt2":
        e0 = _vapour_pressure(q, p0 / 100)
        decrease = quantity["water_vapour_decrease_factor"]
        quantity["water_vapour_pressure"] = e0 * ratio ** (decrease + 1)
    fields = [f if f in quantity else "humidity" for f in _fields(grid)]
    at_place = [(quantity[f] * corners.weights).sum(axis=-1) for f in fields]
    values = np.stack(np.broadcast_arrays(*at_place), axis=-1)
    if grid.model == "gpt2":  # here the humidity is interpolated, and becomes a pressure after
        e = _fields(grid).index("water_vapour_pressure")
        values[:, e] = _vapour_pressure(values[:, e], values[:, 0])
    return values


def _at_nodes(grid: GptGrid, rows: FloatArray, factors: FloatArray) -> FloatArray:
    """Seasonal sums at the nodes, (places or epochs, 4, quantities)."""
    quantities = grid.seasonal.shape[1]
    if len(factors) > 1 and len(rows) > 1:
        return np.einsum("nrqk,nk->nrq", grid.seasonal[rows], factors)
    if len(factors) == 1:
        sums = grid.seasonal[rows].reshape(-1, 5) @ factors[0]
        return sums.reshape(len(rows), 4, quantities)
    sums = factors @ grid.seasonal[rows[0]].reshape(-1, 5).T
    return sums.reshape(len(factors), 4, quantities)


def _vapour_pressure(humidity: FloatArray, pressure: FloatArray) -> FloatArray:
    return humidity * pressure / (EPSILON + (1 - EPSILON) * humidity)


def _fields(grid: GptGrid) -> tuple[str, ...]:
    """The fields of the record that this model fills, in the order of `GptValues`."""
    known = {*grid.names, "water_vapour_pressure", "geoid_undulation"} - {"humidity"}
    return tuple(f for f in GptValues._fields if f in known)


