"""Pressure at the ground from that at sea level."""

import numpy as np
import pytest

from tropdsx import atmos
from tropdsx.workflows.derive.moisture.pressure import off_ground, pressure_at_ground


def test_the_standard_atmosphere_comes_out():
    height = np.array([-300.0, 0.0, 500.0, 4000.0])
    temperature = 288.15 - 0.0065 * height
    expected = atmos.standard_pressure(height)
    assert pressure_at_ground(1013.25, height, temperature) == pytest.approx(expected, abs=0.03)
    assert pressure_at_ground(987.6, 0.0, 250.0) == 987.6


def test_weather_is_no_misfit_and_another_ground_is():
    assert not off_ground([950.0, 1050.0], 0.0).any()
    assert off_ground([1013.0], [900.0]).all()
