"""Gravity of the ellipsoid, and heights from geopotential."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx import atmos

from helpers.properties import HEIGHT, LAT, few


@few
@given(HEIGHT, LAT, st.floats(-100, 85))
def test_height_and_geopotential_go_both_ways(height, lat, undulation):
    geopotential = atmos.height_to_geopotential(height, lat, undulation)
    back = atmos.geopotential_to_height(geopotential, lat, undulation)
    assert back == pytest.approx(height, abs=1e-8)


@few
@given(LAT)
def test_gravity_grows_polewards_and_falls_upwards(lat):
    g = atmos.normal_gravity(lat, [0.0, 1000.0])
    assert 9.7803 <= g[0] <= 9.8322
    assert g[0] - g[1] == pytest.approx(3.086e-3, rel=3e-3)


def test_gravity_of_the_ellipsoid():
    # NIMA TR8350.2, table 3.4: equator and pole.
    np.testing.assert_allclose(
        atmos.normal_gravity([0.0, 90.0]), [9.7803253359, 9.8321849378], rtol=1e-10
    )


def test_geopotential_height_is_the_integral_of_gravity():
    z = np.linspace(0, 20e3, 20001)
    geopotential = np.trapezoid(atmos.normal_gravity(30.0, z), z)
    assert atmos.geopotential_to_height(geopotential, 30.0) == pytest.approx(20e3, abs=1e-4)
    assert atmos.geopotential_to_height(0.0, 30.0, 45.0) == 45.0
