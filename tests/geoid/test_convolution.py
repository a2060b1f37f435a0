"""Cubic convolution on the globe."""

import numpy as np
import pytest

from tropdsx.geoid.convolution import cubic_weights, reflect_rows


def test_weights_make_parabolas_exact():
    t = np.linspace(0, 1, 11)
    nodes = np.arange(-1.0, 3.0)
    for power in range(3):
        np.testing.assert_allclose(cubic_weights(t) @ nodes**power, t**power, atol=1e-15)


@pytest.mark.parametrize("first", [0, 1])
def test_rows_beyond_a_pole_are_those_of_the_same_latitude(first):
    """Latitude 90 + x on this meridian is 90 - x on the other."""
    size = 10
    lat = np.linspace(90, -90, size) if first else np.arange(81.0, -90, -18)
    step = lat[0] - lat[1]
    wanted = np.arange(-2, size + 2)
    rows, turned = reflect_rows(wanted, size, first, first)
    real = lat[0] - step * wanted
    over = np.abs(real) > 90
    np.testing.assert_array_equal(turned, over)
    there = np.where(over, np.sign(real) * 180 - real, real)
    np.testing.assert_allclose(lat[rows], there)


def test_rows_beyond_an_edge_stay():
    rows, turned = reflect_rows(np.array([-1, 3, 5]), 5, None, 0)
    assert rows.tolist() == [-1, 3, 4]
    assert turned.tolist() == [False, False, True]
