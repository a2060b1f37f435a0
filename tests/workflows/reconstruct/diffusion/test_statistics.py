import numpy as np
import pytest

from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics, as_statistics

LAT, LON = np.array([60.0, 0.0]), np.array([0.0, 1.0])
FLAT = np.zeros((2, 2))
SETTING = Setting(LAT, LON, np.array([[0.0, 0.0], [900.0, 900.0]]), FLAT, FLAT, FLAT + 2.0)


def test_nodes_count_by_area_and_gaps_not_at_all():
    residual = np.array([[[0.2, np.nan], [0.4, 0.4]]])
    field = np.array([[[0.1, 9.0], [0.3, 0.3]]])
    found = Statistics.of(residual, field, SETTING)
    # Weights: half at 60 degrees, one at the equator.
    assert found.residual == pytest.approx(np.sqrt((0.5 * 0.1**2 + 2 * 0.2**2) / 2.5))
    assert found.field == pytest.approx((0.5 * 0.1 + 2 * 0.3) / 2.5)
    assert found.orography == pytest.approx(600.0)
    assert found.lifted_spread == 1.0  # flat: nothing to divide by


def test_a_card_brings_them_back():
    found = Statistics(0.01, 0.1, 0.05, 300.0, 500.0, 100.0)
    assert as_statistics({"statistics": found.as_card()}) == found
