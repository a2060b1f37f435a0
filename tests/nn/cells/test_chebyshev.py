"""Polynomials through Chebyshev points."""

import pytest
import torch

from tropdsx.nn.cells.chebyshev import chebyshev_places, interpolation_matrix, to_coefficients


@pytest.mark.parametrize("size", [2, 3, 12, 13])
def test_polynomials_are_reproduced(size):
    place = torch.linspace(0, 1, 31, dtype=torch.float64)
    matrix = interpolation_matrix(size, place)
    for degree in range(size):
        found = matrix @ chebyshev_places(size) ** degree
        torch.testing.assert_close(found, place**degree, rtol=0, atol=1e-12)


def test_values_at_the_points_themselves_stay():
    matrix = interpolation_matrix(9, chebyshev_places(9))
    torch.testing.assert_close(matrix, torch.eye(9, dtype=torch.float64), rtol=0, atol=1e-13)


def test_coefficients_are_those_of_chebyshev_polynomials():
    x = 2 * chebyshev_places(5) - 1
    values = 3 + 2 * x - (4 * x**3 - 3 * x)  # 3 T0 + 2 T1 - T3
    expected = torch.tensor([3.0, 2, 0, -1, 0], dtype=torch.float64)
    torch.testing.assert_close(to_coefficients(5) @ values, expected, rtol=0, atol=1e-13)
