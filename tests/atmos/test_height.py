"""Moving delays in height: exact where nothing moves, back where it came from, right in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx import atmos

from helpers.properties import HEIGHT, LAT, few

ZHD, ZWD = st.floats(1.0, 2.5), st.floats(0.0, 0.5)

# Each way of moving a delay, as a function of (delay, lat, height_from, height_to).
LIFTS = {
    "lift_zhd": lambda d, la, a, b: atmos.lift_zhd(d, la, a, b, 285.0),
    "lift_zhd standard": lambda d, la, a, b: atmos.lift_zhd(d, la, a, b, 285.0, gravity="standard"),
    "lift_zhd isothermal": lambda d, la, a, b: atmos.lift_zhd(d, la, a, b, 285.0, 0.0),
    "lift_zhd_kouba": atmos.lift_zhd_kouba,
    "lift_zwd": lambda d, la, a, b: atmos.lift_zwd(d, a, b, 1800.0),
    "lift_zwd_kouba": lambda d, la, a, b: atmos.lift_zwd_kouba(d, a, b),
    "lift_pressure": lambda d, la, a, b: atmos.lift_pressure(d, a, b, 285.0),
    "tau zhd": lambda d, la, a, b: atmos.lift_tau_gama(d, 0.1, a, b, 0.022, 2.5).zhd,
    "gama zwd": lambda d, la, a, b: atmos.lift_tau_gama(2.3, d, a, b, 0.022, 2.5).zwd,
}
lifts = pytest.mark.parametrize("lift", LIFTS.values(), ids=LIFTS.keys())


@lifts
@few
@given(delay=ZHD, lat=LAT, height=HEIGHT)
def test_no_step_no_change_to_the_last_bit(lift, delay, lat, height):
    assert lift(delay, lat, height, height) == delay


@lifts
@few
@given(delay=ZHD, lat=LAT, height=HEIGHT, step=st.floats(1, 3000))
def test_delays_shrink_upwards(lift, delay, lat, height, step):
    assert lift(delay, lat, height, height + step) < delay


@few
@given(ZHD, LAT, HEIGHT, HEIGHT, st.floats(220, 310), st.floats(-0.01, 0.01))
def test_lift_up_then_down(zhd, lat, low, high, temperature, lapse_rate):
    up = atmos.lift_zhd(zhd, lat, low, high, temperature, lapse_rate)
    temperature_up = temperature - lapse_rate * (high - low)
    back = atmos.lift_zhd(up, lat, high, low, temperature_up, lapse_rate)
    assert back == pytest.approx(zhd, rel=1e-12)


@few
@given(ZWD, HEIGHT, HEIGHT, st.floats(500, 5000))
def test_wet_lift_up_then_down(zwd, low, high, scale):
    up = atmos.lift_zwd(zwd, low, high, scale)
    assert atmos.lift_zwd(up, high, low, scale) == pytest.approx(zwd, rel=1e-13)


@few
@given(st.floats(-3000, 3000))
def test_isothermal_air_is_the_limit_of_no_lapse(step):
    limit = atmos.lift_pressure(1000.0, 0.0, step, 285.0, 0.0)
    assert limit == pytest.approx(1000 * np.exp(-9.80665 * step / (8.3143 / 28.965e-3 * 285)))
    for tiny in (1e-18, 1e-12, -1e-12, 5e-324):
        near = atmos.lift_pressure(1000.0, 0.0, step, 285.0, tiny)
        assert near == pytest.approx(limit, rel=1e-9)


def test_standard_atmosphere():
    # ICAO standard atmosphere, table 1; its gas constant is 287.053 instead of 287.046.
    p = atmos.lift_pressure(1013.25, 0.0, [1000.0, 5000.0, 11000.0], 288.15)
    np.testing.assert_allclose(p, [898.746, 540.199, 226.321], atol=0.02)


def test_zhd_moves_as_its_pressure_does():
    p = atmos.lift_pressure(950.0, 500.0, 1500.0, 280.0, gravity=atmos.normal_gravity(60, 1000))
    expected = atmos.saastamoinen_zhd(p, 60.0, 1500.0)
    zhd = atmos.saastamoinen_zhd(950.0, 60.0, 500.0)
    assert atmos.lift_zhd(zhd, 60.0, 500.0, 1500.0, 280.0) == pytest.approx(expected, rel=1e-14)
    given_value = atmos.lift_zhd(zhd, 60.0, 500.0, 1500.0, 280.0, gravity=9.80665)
    standard = atmos.lift_zhd(zhd, 60.0, 500.0, 1500.0, 280.0, gravity="standard")
    assert given_value == standard != pytest.approx(expected, abs=1e-5)


@lifts
def test_single_precision_stays_single_and_shapes_broadcast(lift):
    field = np.full((3, 1, 4), 2.25, dtype=np.float32)
    lat, low = np.float32([[10.0], [20.0]]), np.float32(100.0)
    high = np.float32([[0.0, 50.0, 100.0, 900.0]])
    moved = lift(field, lat, low, high)
    assert moved.dtype == np.float32
    assert moved.shape[-1] == 4
    np.testing.assert_array_equal(moved[..., 2], np.float32(2.25))
    double = lift(field.astype(float), lat.astype(float), 100.0, high.astype(float))
    np.testing.assert_allclose(moved, double, rtol=2e-6)
