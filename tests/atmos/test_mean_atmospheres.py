"""Lifts through mean atmospheres."""

import numpy as np
import pytest

from tropdsx import atmos
from tropdsx.atmos.constants import WET_SCALE_HEIGHT
from tropdsx.atmos.mean_atmospheres import reduction_to_sea, standard_height

from helpers.atmosphere import equal, table


def test_kouba_is_as_tu_wien_codes_it():
    zhd, lat, hg, h = 2.2, 48.0, 300.0, 1200.0
    f = 1 - 0.00266 * np.cos(2 * np.deg2rad(lat))
    p = zhd / 0.0022768 * (f - 0.28e-6 * hg) * (1 - 2.26e-5 * (h - hg)) ** 5.225
    expected = 0.0022768 * p / (f - 0.28e-6 * h)
    assert atmos.lift_zhd_kouba(zhd, lat, hg, h) == pytest.approx(expected, rel=1e-14)
    assert atmos.lift_zwd_kouba(0.2, hg, h) == pytest.approx(0.2 * np.exp(-0.45), rel=1e-14)


def test_seasonal_lapse():
    c = np.array([0.022, 0.001, 30.0, 0.0005, 10.0])
    expected = (
        c[0] + c[1] * np.cos(2 * np.pi * 70 / 365.25) + c[3] * np.cos(4 * np.pi * 90 / 365.25)
    )
    assert atmos.seasonal_lapse(c, 100.0) == pytest.approx(expected, rel=1e-14)
    nodes = np.broadcast_to(c[:, None, None], (5, 2, 3))
    assert atmos.seasonal_lapse(nodes, 100.0).shape == (2, 3)


@pytest.mark.realdata
def test_kouba_lift_in_the_round_trip_of_a_gridded_product():
    """Reverse the reference: it lifted nodes that we do not all have, but it lifted them so."""
    r = table("vmf_grid_kouba.csv")
    h, lat = r["h_ell_m"], r["lat_deg"]
    down = atmos.lift_zhd_kouba(r["vmf3_1_zhd"], lat, h, h - 250.0)
    pressure = atmos.zhd_to_pressure(r["vmf3_1_zhd"], lat, h)
    expected = atmos.saastamoinen_zhd(pressure * (1 + 2.26e-5 * 250) ** 5.225, lat, h - 250.0)
    equal(down, expected)
    wet = atmos.lift_zwd_kouba(r["vmf3_1_zwd"], h, h - 250.0)
    equal(wet, r["vmf3_1_zwd"] * np.exp(250 / 2000))


def test_standard_pressure_is_that_of_air_that_cools_at_the_standard_rate():
    height = np.linspace(-400.0, 11e3, 20)
    lifted = atmos.lift_pressure(1013.25, 0.0, height, 288.15)
    np.testing.assert_allclose(atmos.standard_pressure(height), lifted, atol=0.05)
    np.testing.assert_allclose(standard_height(atmos.standard_pressure(height)), height, atol=1e-6)


def test_reduction_to_sea_leaves_what_lies_at_sea_level():
    height = np.array([[0.0, 1000.0], [0.0, 9500.0]])
    hydrostatic, wet = reduction_to_sea(height, [60.0, 0.0])
    assert hydrostatic[:, 0].tolist() == wet[:, 0].tolist() == [1.0, 1.0]
    assert hydrostatic[0, 1] == pytest.approx((1 - 6.5 / (301 - 46 * 0.75)) ** -5.2559)
    assert hydrostatic[1, 1] == pytest.approx((1 - 0.0065 * 9000 / 301) ** -5.2559)
    np.testing.assert_array_equal(wet, np.exp(height / WET_SCALE_HEIGHT))
