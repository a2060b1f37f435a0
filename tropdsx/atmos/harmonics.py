"""Surface spherical harmonics, and the coefficient tables that ship with tropdsx."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.constants import RADIAN

_BLOCK = 2048  # places of which one order (half a MiB at degree 12) stays in the cache


@lru_cache(maxsize=4)
def read_coefficients(name: str) -> tuple[tuple[str, ...], FloatArray]:
    """Column names and values of a coefficient table of this package, read on first use.

    Parameters
    ----------
    name : str
        File name of the table, e.g. "vmf3_coefficients.csv".

    Returns
    -------
    tuple of (tuple of str, ndarray)
        The names after n and m, and the values, shape (terms, names).

    Examples
    --------
    >>> names, values = read_coefficients("vmf3_coefficients.csv")
    >>> names[0], values.shape
    ('bh_A0_c', (91, 40))
    """
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    values = np.loadtxt(lines[1:], delimiter=",", ndmin=2)[:, 2:]
    values.flags.writeable = False
    return tuple(lines[0].split(",")[2:]), values


def evaluate(lat: FloatArray, lon: FloatArray, name: str, degree: int) -> dict[str, FloatArray]:
    """Sum every series of a coefficient table at the given places.

    Parameters
    ----------
    lat, lon : ndarray
        Latitude and longitude, broadcast against each other [deg].
    name : str
        File name of the table; columns come in pairs `<quantity>_c`, `<quantity>_s`.
    degree : int
        Highest degree of the table.

    Returns
    -------
    dict of str to ndarray
        Quantity to its value, in the broadcast shape of the places.

    Examples
    --------
    >>> values = evaluate(np.array(0.0), np.array(0.0), "degree_9_coefficients.csv", 9)
    >>> round(float(values["gpt_undulation"]), 1)
    18.9
    """
    names, table = read_coefficients(name)
    orders = _by_order(table, degree)
    lat, lon = np.broadcast_arrays(lat, lon)
    flat_lat, flat_lon = lat.ravel(), lon.ravel()
    sums = np.empty((table.shape[1] // 2, flat_lat.size))
    for start in range(0, flat_lat.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        sums[:, part] = _sum_series(flat_lat[part], flat_lon[part], orders)
    quantities = (column.removesuffix("_c") for column in names[0::2])
    return {q: total.reshape(lat.shape)[()] for q, total in zip(quantities, sums, strict=True)}


def _by_order(table: FloatArray, degree: int) -> list[FloatArray]:
    """Coefficients of each order m, shape (quantities, cosine terms then sine terms)."""
    rows = [
        [n * (n + 1) // 2 + m for n in range(m, degree + 1)]  # rows have m fastest
        for m in range(degree + 1)
    ]
    return [np.concatenate([table[r, 0::2], table[r, 1::2]]).T for r in rows]


def _sum_series(lat: FloatArray, lon: FloatArray, orders: list[FloatArray]) -> FloatArray:
    """Sum P_nm(sin lat) (c_nm cos(m lon) + s_nm sin(m lon)), shape (quantities, places).

    Recursion on the unit vector (Cunningham 1970, doi:10.1007/BF01229495), which needs neither
    factorials nor divisions by cos(lat) and so holds at the poles. Each order is summed before the
    next is begun, so that only one order has to stay in the processor's cache.
    """
    phi, lam = lat * RADIAN, lon * RADIAN
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    sectoral = np.stack([np.ones_like(z), np.zeros_like(z)])  # P_mm cos(m lon), P_mm sin(m lon)
    total = np.zeros((len(orders[0]), lat.size))
    for m, coefficients in enumerate(orders):
        if m > 0:
            v, w = sectoral
            sectoral = np.stack([x * v - y * w, x * w + y * v]) * (2 * m - 1)
        terms = np.empty((2, len(orders) - m, lat.size))
        terms[:, 0] = sectoral
        for k in range(1, len(orders) - m):
            n = m + k
            np.multiply(terms[:, k - 1], z * ((2 * n - 1) / k), out=terms[:, k])
            if k > 1:
                terms[:, k] -= terms[:, k - 2] * ((n + m - 1) / k)
        total += coefficients @ terms.reshape(-1, lat.size)
    return total
