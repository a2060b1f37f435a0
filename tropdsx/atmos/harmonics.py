"""Surface spherical harmonics, and the coefficient tables that ship with tropdsx."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.constants import RADIAN

_BLOCK = 4096  # sites whose basis (a few MiB at degree 12) stays in the processor's cache


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
    # Rows as the basis gives them: all cosine terms, then all sine terms.
    series = np.concatenate([table[:, 0::2], table[:, 1::2]])
    lat, lon = np.broadcast_arrays(lat, lon)
    flat_lat, flat_lon = lat.ravel(), lon.ravel()
    sums = np.empty((series.shape[1], flat_lat.size))
    for start in range(0, flat_lat.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        sums[:, part] = series.T @ _evaluate_basis(flat_lat[part], flat_lon[part], degree)
    quantities = (column.removesuffix("_c") for column in names[0::2])
    return {q: total.reshape(lat.shape)[()] for q, total in zip(quantities, sums, strict=True)}


def _evaluate_basis(lat: FloatArray, lon: FloatArray, degree: int) -> FloatArray:
    """P_nm(sin lat) cos(m lon), then the same with sin(m lon); (n, m) with m fastest.

    Recursion on the unit vector (Cunningham 1970, doi:10.1007/BF01229495), which needs neither
    factorials nor divisions by cos(lat) and so holds at the poles.
    """
    phi, lam = lat * RADIAN, lon * RADIAN
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    size = (degree + 1) * (degree + 2) // 2
    basis = np.empty((2, size, lat.size))

    def at(n: int, m: int) -> int:
        return n * (n + 1) // 2 + m

    basis[0, 0] = 1
    basis[1, [at(n, 0) for n in range(degree + 1)]] = 0
    for m in range(degree + 1):
        if m > 0:
            v, w = basis[0, at(m - 1, m - 1)], basis[1, at(m - 1, m - 1)]
            basis[0, at(m, m)] = (2 * m - 1) * (x * v - y * w)
            basis[1, at(m, m)] = (2 * m - 1) * (x * w + y * v)
        # The sines of order 0 are zero; from order 1 on cosines and sines go together.
        rows = slice(0, 1) if m == 0 else slice(0, 2)
        if m < degree:
            basis[rows, at(m + 1, m)] = (2 * m + 1) * z * basis[rows, at(m, m)]
        for n in range(m + 2, degree + 1):
            first, second = basis[rows, at(n - 1, m)], basis[rows, at(n - 2, m)]
            following = basis[rows, at(n, m)]
            np.multiply(first, z * ((2 * n - 1) / (n - m)), out=following)
            following -= second * ((n + m - 1) / (n - m))
    return basis.reshape(2 * size, lat.size)
