"""Where GPT places lie between the nodes of a grid, and what the nodes say at their height."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.constants import (
    DRY_MOLAR_MASS,
    EPSILON,
    GAS_CONSTANT,
    RADIAN,
    STANDARD_GRAVITY,
)
from tropdsx.atmos.gpt.coefficients import GptGrid
from tropdsx.atmos.water_vapour import vapour_pressure

Polar: TypeAlias = Literal["official", "continuous"]


class Corners(NamedTuple):
    """The four nodes around each place, from `find_corners`.

    Attributes
    ----------
    rows : ndarray of int, shape (4, places)
        Rows of `GptGrid.seasonal`.
    weights : ndarray, shape (4, places)
        Weights of these rows; they add up to 1, NaN where a place is NaN [1].
    """

    rows: NDArray[np.int64]
    weights: FloatArray


def find_corners(lat: FloatArray, lon: FloatArray, grid: GptGrid, polar: Polar) -> Corners:
    """Rows and weights of the four nodes, with the arithmetic of the official code.

    The official code works in radians and turns them into degrees again; the last bit of that
    decides which node is nearest at exactly the polar limit, so it is repeated here.

    Parameters
    ----------
    lat, lon : ndarray, shape (places,)
        Geodetic latitude and longitude, any revolution [deg].
    grid : GptGrid
        Tells the size of the cells.
    polar : {"official", "continuous"}
        What to do poleward of the outermost nodes, see `tropdsx.atmos.gpt3`.

    Returns
    -------
    Corners
        Nodes and weights, both (4, places).

    Examples
    --------
    >>> grid = GptGrid("gpt3", 5.0, (), np.empty((2594, 0, 5)))
    >>> corners = find_corners(np.array([47.5]), np.array([3.5]), grid, "official")
    >>> corners.weights[:, 0].round(2).tolist()  # on a row of centres, 1 deg east of one
    [0.8, 0.2, 0.0, 0.0]
    """
    circle, bands = round(360 / grid.step), round(180 / grid.step)
    missing = np.isnan(lat) | np.isnan(lon)
    phi = np.where(missing, 0, lat) * RADIAN
    lam = np.where(np.abs(lon) <= 360, lon, np.mod(lon, 360)) * RADIAN
    lam = np.where(missing, 0, lam)
    polar_distance = (-phi + np.pi / 2) * 180 / np.pi
    eastwards = np.where(lam < 0, lam + 2 * np.pi, lam) * 180 / np.pi
    band, across = _find_cell(polar_distance, grid.step)
    column, along = _find_cell(eastwards, grid.step)
    band = np.minimum(band, bands - 1)  # the south pole itself belongs to the last band
    next_column = (column + np.sign(along).astype(np.int64)) % circle
    first = band * circle
    second = first + np.sign(across).astype(np.int64) * circle
    column = column % circle
    rows: NDArray[np.int64] = np.stack(
        [first + column, first + next_column, second + column, second + next_column]
    )
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
    return Corners(rows, np.stack([(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v]))


def _find_cell(distance: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    # Number of the cell and distance from its centre in cells, as the official code writes them.
    number = np.floor((distance + step) / step)
    offset = (distance - (number * step - step / 2)) / step
    return number.astype(np.int64) - 1, offset


def interpolate(
    grid: GptGrid,
    rows: NDArray[np.int64],
    weights: FloatArray,
    factors: FloatArray,
    heights: FloatArray,
) -> FloatArray:
    """Move the nodes around each place to its height, and add them up with their weights.

    Formulas: see `tropdsx.atmos.gpt3`, and `tropdsx.atmos.gpt2` for its humidity.

    Parameters
    ----------
    grid : GptGrid
        Coefficients and their names.
    rows : ndarray of int, shape (4, places) or (4, 1)
        The nodes around each place, see `Corners`.
    weights : ndarray, shape of `rows`
        Their weights [1].
    factors : ndarray, shape (harmonics, epochs) or (harmonics, 1)
        Harmonic factors of the epochs, see `tropdsx.atmos.epoch.season` [1].
    heights : ndarray, shape (1, places)
        Ellipsoidal heights of the places [m].

    Returns
    -------
    ndarray, shape (quantities, places)
        In the order of `grid.names`: pressures [hPa], temperatures [K], the others [SI]. The place
        of the humidity holds the vapour pressure [hPa].
    """
    nodes = _sum_at_nodes(grid, rows, factors)
    quantity = dict(zip(grid.names, nodes, strict=True))  # views: what is written lands in nodes
    dh = heights - (quantity["geoid_undulation"] + quantity["cell_height"])
    p, t, q = quantity["pressure"], quantity["temperature"], quantity["humidity"]
    log_ratio = (-STANDARD_GRAVITY * DRY_MOLAR_MASS / GAS_CONSTANT) * dh / (t * (1 + 0.6077 * q))
    if grid.model != "gpt2":
        decrease = quantity["water_vapour_decrease_factor"] + 1
        q = vapour_pressure(q, p / 100, epsilon=EPSILON) * np.exp(decrease * log_ratio)
    p = p * np.exp(log_ratio) / 100
    t = t + quantity["lapse_rate"] * dh
    shape = np.broadcast_shapes(nodes.shape[1:], dh.shape)
    if nodes.shape[1:] != shape:  # one place and one epoch at many heights
        nodes = np.broadcast_to(nodes, (len(nodes), *shape)).copy()
    for name, moved in (("pressure", p), ("temperature", t), ("humidity", q)):
        nodes[grid.names.index(name)] = moved
    values: FloatArray = np.einsum("qrn,rn->qn", nodes, np.broadcast_to(weights, shape))
    if grid.model == "gpt2":  # here the humidity is interpolated, and becomes a pressure last
        e = grid.names.index("humidity")
        p = values[grid.names.index("pressure")]
        values[e] = vapour_pressure(values[e], p, epsilon=EPSILON)
    return values


def _sum_at_nodes(grid: GptGrid, rows: NDArray[np.int64], factors: FloatArray) -> FloatArray:
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
