"""Random fields on the sphere."""

import numpy as np
import pytest

from tropdsx.workflows.simulate.sphere import SphereField, random_field, synthesise
from tropdsx.workflows.simulate.weather import BANDS


def test_one_harmonic_is_what_the_formula_says():
    coefficients = np.zeros((4, 4), complex)
    coefficients[2, 1] = 1.0 - 0.5j
    field = synthesise(coefficients, 12)
    lat = np.deg2rad(90 - (np.arange(12) + 0.5) * 15)[:, None]
    lon = np.deg2rad((np.arange(24) + 0.5) * 15)
    legendre = np.sqrt(15) * np.sin(lat) * np.cos(lat)  # 4 pi normalised
    np.testing.assert_allclose(field, legendre * (np.cos(lon) + 0.5 * np.sin(lon)), atol=1e-13)


def test_random_field_has_unit_variance_at_every_latitude():
    power = BANDS[3].power
    fields = np.stack([random_field(power, 96, (5, number)) for number in range(20)])
    assert power.sum() == pytest.approx(1.0)
    variance = fields.var(axis=(0, 2))
    np.testing.assert_allclose(variance[10:-10], 1.0, atol=0.25)
    assert variance[:4].mean() == pytest.approx(1.0, abs=0.5)


def test_spline_meets_its_nodes_and_goes_across_the_pole():
    values = random_field(BANDS[2].power, 48, (1,))
    field = SphereField.from_nodes(values)
    step = 180 / 48
    lat = 90 - (np.arange(48) + 0.5) * step
    np.testing.assert_allclose(field.sample(lat, np.full(48, 0.5 * step)), values[:, 0], atol=1e-12)
    np.testing.assert_allclose(field.sample(lat, np.full(48, 0.5 * step - 720)), values[:, 0])
    around = field.sample(np.full(36, 89.99), np.arange(0.0, 360.0, 10.0))
    assert np.ptp(around) < 0.05
