"""Integrals between levels: exact for an exponential, defined for zeros and gaps."""

import numpy as np
import pytest

from tropdsx.atmos import integrate_refractivity


def test_exponential_atmosphere_is_exact_on_any_levels():
    scale = 7500.0
    rng = np.random.default_rng(0)
    z = np.cumsum(rng.uniform(200, 4000, 25))
    targets = np.linspace(z[0] - 500, z[-1], 40)
    n = 300 * np.exp(-z / scale)
    tail = 1e-6 * n[-1] * scale
    found = integrate_refractivity(n, z, targets, above_top=tail)
    np.testing.assert_allclose(found, 1e-6 * 300 * scale * np.exp(-targets / scale), rtol=1e-12)
    trapezoid = integrate_refractivity(n, z, targets, above_top=tail, quadrature="trapezoid")
    assert np.all(trapezoid[:10] - found[:10] > 0.004)


def test_zeros_negatives_and_nan():
    z = np.array([0.0, 1000.0, 2000.0, 3000.0])
    assert integrate_refractivity([10.0, 0.0, 0.0, 0.0], z) == pytest.approx(0.005)
    assert integrate_refractivity([10.0, -10.0, 0.0, 0.0], z) == pytest.approx(-0.005)
    assert integrate_refractivity([10.0, 10.0, 10.0, 10.0], z) == pytest.approx(0.03)
    below_ground = integrate_refractivity([np.nan, 10.0, 10.0, 10.0], z, [500.0, 1500.0])
    np.testing.assert_allclose(below_ground, [np.nan, 0.015])
    assert np.isnan(integrate_refractivity([1.0, 1.0, np.nan, 1.0], z, 500.0))
    assert np.isnan(integrate_refractivity([1.0, 1.0, 1.0, 1.0], z, 3000.1))
    assert integrate_refractivity([1.0, 1.0, 1.0, 1.0], z, 3000.0) == 0
