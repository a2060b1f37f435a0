"""Random fields on the sphere: isotropic, without seams, the same on every machine.

A field is a sum of spherical harmonics with Gaussian coefficients, evaluated on a grid of its own
and sampled anywhere with a cubic spline. It is a pure function of its seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["SphereField", "random_field", "synthesise"]

Array = NDArray[np.float64]

#: Rows continued across each pole; a cubic spline forgets its edge by a factor 0.27 per row.
POLE_ROWS = 12


@dataclass(frozen=True, eq=False)
class SphereField:
    """A smooth field on the sphere, kept as spline coefficients.

    Attributes
    ----------
    coefficients : ndarray, shape (rows + 2 * POLE_ROWS, 2 * rows)
        Cubic spline coefficients on cell centres, continued across the poles.

    Examples
    --------
    >>> field = SphereField.from_nodes(np.ones((48, 96)))
    >>> field.sample(np.array([89.9, -12.0]), np.array([400.0, 17.0])).round(6).tolist()
    [1.0, 1.0]
    """

    coefficients: Array

    @classmethod
    def from_nodes(cls, values: Array) -> SphereField:
        """Fit the spline to values on cell centres.

        Parameters
        ----------
        values : ndarray, shape (rows, 2 * rows)
            From the north, and from half a cell east of Greenwich.

        Returns
        -------
        SphereField
        """
        over = np.roll(values, values.shape[1] // 2, axis=1)
        padded = np.concatenate([over[POLE_ROWS - 1 :: -1], values, over[: -POLE_ROWS - 1 : -1]])
        return cls(ndimage.spline_filter(padded, order=3, mode="grid-wrap"))

    def sample(self, lat: Array, lon: Array, order: int = 3) -> Array:
        """Values at points.

        Parameters
        ----------
        lat, lon : ndarray
            Points of one shape; any longitude, not only 0..360 [deg].
        order : int, optional
            3 for the spline; 1 is three times quicker and, on spline coefficients, smooths a field.

        Returns
        -------
        ndarray
            Values, same shape.
        """
        rows = self.coefficients.shape[0] - 2 * POLE_ROWS
        per_degree = rows / 180.0
        row = (90.0 - lat) * per_degree - 0.5 + POLE_ROWS
        column = lon * per_degree - 0.5
        return np.asarray(
            ndimage.map_coordinates(
                self.coefficients, [row, column], order=order, mode="grid-wrap", prefilter=False
            )
        )


def random_field(power: Array, rows: int, seed: tuple[int, ...]) -> Array:
    """Draw an isotropic Gaussian field.

    Parameters
    ----------
    power : ndarray, shape (L + 1,)
        Variance of each spherical harmonic degree [unit squared].
    rows : int
        Rows of the grid; an even number of at least 2 L resolves every degree well.
    seed : tuple of int
        Non-negative numbers that name this field.

    Returns
    -------
    ndarray, shape (rows, 2 * rows)
        Values on cell centres from the north, longitude from 180 / rows / 2 degrees on [unit].

    Examples
    --------
    >>> field = random_field(np.array([0.0, 0.0, 1.0]), 8, (1, 2))
    >>> field.shape, bool(np.abs(field).max() < 10)
    ((8, 16), True)
    """
    size = power.size
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    cosine, sine = draw.standard_normal((2, size, size))
    sine[:, 0] = 0.0
    scale = np.sqrt(power / (2.0 * np.arange(size) + 1.0))
    return synthesise((cosine - 1j * sine) * scale[:, None], rows)


def synthesise(coefficients: NDArray[np.complex128], rows: int) -> Array:
    """Sum spherical harmonics on a grid of cell centres.

    Parameters
    ----------
    coefficients : ndarray of complex, shape (L + 1, L + 1)
        a - i b of degree l (first axis) and order m <= l, for fully (4 pi) normalised functions.
    rows : int
        Even number of rows.

    Returns
    -------
    ndarray, shape (rows, 2 * rows)
        The field.

    Examples
    --------
    >>> mean = np.array([[2.0]], complex)  # degree 0 alone
    >>> synthesise(mean, 2).tolist()
    [[2.0, 2.0, 2.0, 2.0], [2.0, 2.0, 2.0, 2.0]]
    """
    columns = 2 * rows
    half = rows // 2
    latitude = np.deg2rad(90.0 - (np.arange(half) + 0.5) * 180.0 / rows)
    spectra = _sum_degrees(coefficients, latitude)
    # The grid begins half a cell east of Greenwich.
    order = np.arange(coefficients.shape[0])
    shifted = np.concatenate(spectra) * np.exp(1j * order * np.pi / columns)
    shifted[:, 1:] *= 0.5
    full = np.zeros((rows, columns // 2 + 1), complex)
    keep = min(order.size, full.shape[1])
    full[:, :keep] = shifted[:, :keep]
    return np.fft.irfft(full * columns, columns, axis=1)


def _sum_degrees(coefficients: NDArray, latitude: Array) -> tuple[NDArray, NDArray]:
    """Fourier coefficients of the northern rows and, mirrored, of the southern ones.

    Runs the standard forward recurrence over the degrees for all orders at once, so that no table
    of Legendre functions is kept (it would take 60 MB).
    """
    size = coefficients.shape[0]
    sine, cosine = np.sin(latitude)[:, None], np.cos(latitude)[:, None]
    even = np.zeros((latitude.size, size), complex)
    odd = np.zeros_like(even)
    before = np.zeros((latitude.size, size))
    now = np.zeros_like(before)
    now[:, :1] = 1.0
    for degree in range(size):
        if degree:
            before, now = now, _next_degree(degree, sine, cosine, now, before)
        if coefficients[degree].any():
            # A function is the same on both sides of the equator where degree + order is even.
            for total, first in ((even, degree % 2), (odd, 1 - degree % 2)):
                orders = slice(first, degree + 1, 2)
                total[:, orders] += now[:, orders] * coefficients[degree, orders]
    return even + odd, (even - odd)[::-1]


def _next_degree(degree: int, sine: Array, cosine: Array, now: Array, before: Array) -> Array:
    """Fully normalised Legendre functions of one degree from the two below it."""
    m = np.arange(degree - 1)
    span = (degree - m) * (degree + m)
    first = np.sqrt((2 * degree - 1) * (2 * degree + 1) / span)
    second = np.sqrt(
        (2 * degree + 1) * (degree + m - 1) * (degree - m - 1) / (span * (2.0 * degree - 3))
    )
    result = np.zeros_like(now)
    result[:, : degree - 1] = first * sine * now[:, : degree - 1]
    result[:, : degree - 1] -= second * before[:, : degree - 1]
    sectoral = now[:, degree - 1 : degree]
    result[:, degree - 1 : degree] = np.sqrt(2 * degree + 1.0) * sine * sectoral
    # sqrt(3) instead of sqrt(3/2): order 0 has no sine partner.
    ratio = 3.0 if degree == 1 else (2 * degree + 1.0) / (2 * degree)
    result[:, degree : degree + 1] = np.sqrt(ratio) * cosine * sectoral
    return result
