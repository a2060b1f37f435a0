"""Sea water against check values of its papers and of TEOS-10."""

import numpy as np
import pytest

from tropdsx.atmos.profile.sea_water import (
    adiabatic_lapse_rate,
    depth_of_pressure,
    potential_temperature,
)
from tropdsx.errors import DomainError


def test_depths_are_near_those_of_teos_10():
    """Check values of gsw_z_from_p at 4 degrees north."""
    teos = [9.9445834469453, 124.2726219409978, 595.8253480356214, 992.0919060719987]
    found = depth_of_pressure([10.0, 125.0, 600.0, 1000.0], 4.0)
    np.testing.assert_allclose(found, teos, atol=0.1)


def test_potential_temperature_is_near_that_of_teos_10():
    """Check values of gsw_pt0_from_t; practical salinity is absolute salinity / 1.0047."""
    salinity = np.array([34.7118, 34.8915, 35.0256, 34.8472, 34.7366, 34.7324]) / 1.0047
    temperature = [28.7856, 28.4329, 22.8103, 10.2600, 6.8863, 4.4036]
    teos = [28.78320, 28.42098, 22.78493, 10.23052, 6.82923, 4.32451]
    pressure = [10.0, 50.0, 125.0, 250.0, 600.0, 1000.0]
    found = potential_temperature(salinity, temperature, pressure)
    np.testing.assert_allclose(found, teos, atol=5e-4)
    np.testing.assert_allclose(potential_temperature(35.0, 8.0, 0.0), 8.0)


def test_it_is_the_integral_of_the_lapse_rate():
    t, steps = 5.0, np.linspace(4000.0, 0.0, 4001)
    for upper, lower in zip(steps[1:], steps[:-1], strict=True):
        t += (upper - lower) * float(adiabatic_lapse_rate(34.5, t, (upper + lower) / 2))
    assert float(potential_temperature(34.5, 5.0, 4000.0)) == pytest.approx(t, abs=1e-4)


def test_gaps_stay_and_latitudes_are_checked():
    assert np.isnan(depth_of_pressure([np.nan, 10.0], 0.0)).tolist() == [True, False]
    assert np.isnan(potential_temperature(np.nan, 5.0, 100.0))
    with pytest.raises(DomainError, match="latitude"):
        depth_of_pressure(10.0, 91.0)
