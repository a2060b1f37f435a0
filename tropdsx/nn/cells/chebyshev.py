"""Polynomials through Chebyshev points of a cell, its edges among them."""

from __future__ import annotations

import math

import torch

__all__ = ["chebyshev_places", "interpolation_matrix", "to_coefficients"]


def chebyshev_places(size: int) -> torch.Tensor:
    """Places between 0 and 1 that determine a polynomial well.

    The ends are among them, so that polynomials of neighbouring cells meet.

    Parameters
    ----------
    size : int
        How many, at least two.

    Returns
    -------
    Tensor of float64, shape (size,)
        Ascending [cells].

    Examples
    --------
    >>> [round(place, 4) for place in chebyshev_places(5).tolist()]
    [0.0, 0.1464, 0.5, 0.8536, 1.0]
    """
    number = torch.arange(size, dtype=torch.float64)
    return (1 - torch.cos(number * (math.pi / (size - 1)))) / 2


def to_coefficients(size: int) -> torch.Tensor:
    """Make the matrix from values at `chebyshev_places` to Chebyshev coefficients.

    Parameters
    ----------
    size : int
        Number of places.

    Returns
    -------
    Tensor of float64, shape (size, size)
        Row k gives the coefficient of degree k.

    Examples
    --------
    >>> place = to_coefficients(3) @ chebyshev_places(3)  # 1/2 + 1/2 (2 place - 1)
    >>> [round(abs(value), 12) for value in place.tolist()]
    [0.5, 0.5, 0.0]
    """
    number = torch.arange(size, dtype=torch.float64)
    angle = math.pi - number * (math.pi / (size - 1))
    # Of the points of a cosine series the outermost ones count half.
    share = torch.full((size,), 2.0 / (size - 1), dtype=torch.float64)
    share[[0, -1]] /= 2
    matrix = torch.cos(number[:, None] * angle) * share
    matrix[[0, -1]] /= 2
    return matrix


def interpolation_matrix(size: int, place: torch.Tensor) -> torch.Tensor:
    """Make the matrix from values at `chebyshev_places` to values of their polynomial.

    Parameters
    ----------
    size : int
        Number of those places.
    place : Tensor of float64, shape (M,)
        Where the polynomial is wanted, 0...1 [cells].

    Returns
    -------
    Tensor of float64, shape (M, size)
        Its rows add up to 1.

    Examples
    --------
    >>> square = chebyshev_places(4) ** 2
    >>> wanted = torch.tensor([0.3, 1.0], dtype=torch.float64)
    >>> [round(value, 6) for value in (interpolation_matrix(4, wanted) @ square).tolist()]
    [0.09, 1.0]
    """
    angle = torch.arccos((2 * place - 1).clamp(-1, 1))
    degree = torch.arange(size, dtype=torch.float64, device=place.device)
    return torch.cos(angle[:, None] * degree) @ to_coefficients(size).to(place.device)
