"""Layers of air: values between levels, heights from pressures, hydrostatic delay."""

import numpy as np
import pytest

from tropdsx import atmos
from tropdsx.atmos.profile.layers import (
    Profile,
    hypsometric_heights,
    integrate_pressure,
    interpolate_to_pressure,
    mixed_saturation,
)

AT_SEA = np.array(0.0)
LAT = np.array(45.0)


def test_saturation_is_over_water_when_warm_over_ice_when_cold_and_between_else():
    warm, cold = np.array([275.0, 300.0]), np.array([200.0, 250.0])
    np.testing.assert_allclose(mixed_saturation(warm), atmos.saturation_vapour_pressure(warm))
    np.testing.assert_allclose(
        mixed_saturation(cold), atmos.saturation_vapour_pressure(cold, "ice")
    )
    half = 250.16 + 23.0 * np.sqrt(0.5)  # the share of water grows with the square
    water, ice = (atmos.saturation_vapour_pressure(half, over) for over in ("water", "ice"))
    assert mixed_saturation(np.array(half)) == pytest.approx(0.5 * (water + ice))


def test_values_are_linear_in_the_logarithm_of_pressure_and_end_with_the_levels():
    p, t = np.array([[1000.0], [800.0], [500.0]]), np.array([[290.0], [280.0], [250.0]])
    wanted = np.sqrt(800.0 * 500.0)
    assert interpolate_to_pressure(t, p, np.array([wanted])) == pytest.approx(265.0)
    np.testing.assert_array_equal(interpolate_to_pressure(t, p, np.array([1050.0])), [290.0])
    np.testing.assert_array_equal(interpolate_to_pressure(t, p, np.array([400.0])), [250.0])
    beyond = interpolate_to_pressure(t, p, np.array([400.0]), extrapolate=True)
    assert beyond == pytest.approx(250 - 30 * np.log(500 / 400) / np.log(800 / 500))
    assert np.isnan(interpolate_to_pressure(t, p, np.array([np.nan]))).all()


def test_what_is_missing_under_the_ground_is_made_of_the_layer_above():
    p, t = np.array([[1000.0], [800.0], [500.0]]), np.array([[np.nan], [280.0], [250.0]])
    wanted = np.array([900.0])
    np.testing.assert_array_equal(interpolate_to_pressure(t, p, wanted), [280.0])
    beyond = interpolate_to_pressure(t, p, wanted, extrapolate=True)
    assert beyond == pytest.approx(280 + 30 * np.log(900 / 800) / np.log(800 / 500))
    t[1] = np.nan  # a hole above the ground, too
    assert np.isnan(interpolate_to_pressure(t, p, wanted)).all()


def test_heights_and_pressures_of_isothermal_air_agree():
    """p falls by exp(-phi / (Rd T)); height follows from the geopotential."""
    p = np.geomspace(1000.0, 10.0, 40)
    still = Profile(p, np.full(40, 250.0), np.zeros(40), np.full(40, 120.0))
    z = hypsometric_heights(still, LAT, AT_SEA)
    gas_constant = 8.3143 / 28.965e-3
    start = atmos.height_to_geopotential(120.0, 45.0)
    expected = atmos.geopotential_to_height(start + gas_constant * 250.0 * np.log(1000.0 / p), 45.0)
    np.testing.assert_allclose(z, expected, rtol=1e-12)
    moist = hypsometric_heights(still._replace(e=0.01 * p), LAT, AT_SEA)
    assert (moist[1:] > z[1:]).all(), "moist air is lighter"


def test_delay_of_a_column_is_that_of_its_pressure_at_every_height():
    """In balance the air above a height weighs what its pressure says (Davis et al. 1985)."""
    p = np.geomspace(1013.25, 0.5, 400)
    still = Profile(p, np.full(400, 250.0), np.zeros(400), np.zeros(400))
    air = still._replace(z=hypsometric_heights(still, LAT, AT_SEA))
    column = Profile(*(values[:, np.newaxis] for values in air))
    targets = np.array([0.0, 333.0, 5000.0, 12000.0])[:, np.newaxis]
    k1 = 77.604  # that of Saastamoinen's 0.0022768 [K hPa-1]
    where = LAT[np.newaxis], AT_SEA[np.newaxis]
    found = integrate_pressure(column, *where, targets, k1)[:, 0]
    reached = np.exp(np.interp(targets[:, 0], air.z, np.log(p)))
    np.testing.assert_allclose(
        found, atmos.saastamoinen_zhd(reached, 45.0, targets[:, 0]), rtol=0, atol=0.3e-3
    )
    above = integrate_pressure(column, *where, air.z[-1:, None] + 1, k1)
    assert np.isnan(above).all()
    below = integrate_pressure(column, *where, -100 + 0 * targets, k1)
    assert (below > found[0]).all()
