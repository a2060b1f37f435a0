"""Vapour pressure and precipitable water."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx import atmos
from tropdsx.atmos.constants import EPSILON, VIRTUAL_INCREMENT
from tropdsx.errors import DomainError

from helpers.atmosphere import equal, table
from helpers.properties import few


def test_pwv_of_bevis():
    assert atmos.pwv_factor(280.0) == pytest.approx(0.158876, abs=5e-7)
    assert atmos.zwd_to_pwv(0.15, atmos.bevis_mean_temperature(288.15)) == pytest.approx(
        23.636282716623317, rel=1e-13
    )


def test_delay_of_a_kilogram_of_vapour():
    """Within the range of Bevis et al. (1994), and by their own constants where these are meant."""
    millimetres = 1000 * atmos.pwv_to_zwd(1.0, [220.0, 275.0, 300.0], "bevis")
    assert millimetres == pytest.approx([7.945, 6.377, 5.854], abs=1e-3)
    k2_prime, k3 = 70.4 - 77.60 * 18.016 / 28.965, 373900.0
    expected = 1e-6 * 999.97 * 8.3143 / 18.016e-3 * (k2_prime + k3 / 275.0) / 100
    assert atmos.pwv_to_zwd(1000.0, 275.0, "bevis") == pytest.approx(expected, rel=1e-12)
    for chosen in ("rueger", "thayer"):
        assert 0.003 < 1 - atmos.pwv_factor(275.0, chosen) / atmos.pwv_factor(275.0, "bevis") < 0.01
    assert atmos.zwd_to_pwv(0.1, 275.0) == atmos.zwd_to_pwv(0.1, 275.0, "rueger")
    with pytest.raises(DomainError, match="coefficients='smith' found"):
        atmos.pwv_factor(275.0, "smith")


def test_vapour_pressures():
    assert atmos.saturation_vapour_pressure(273.15) == pytest.approx(6.112)
    assert atmos.saturation_vapour_pressure(263.15, "ice") < atmos.saturation_vapour_pressure(
        263.15
    )
    assert atmos.vapour_pressure(0.0, 1000.0) == 0.0
    assert atmos.vapour_pressure(1.0, 1000.0) == pytest.approx(1000.0)


@pytest.mark.realdata
def test_water_vapour():
    r = table("pwv_bevis.csv")
    equal(atmos.bevis_mean_temperature(r["Ts"]), r["Tm"])
    equal(atmos.pwv_factor(r["Tm"]), r["PI"])
    equal(atmos.zwd_to_pwv(r["zwd"], r["Tm"]), r["pwv"])
    equal(atmos.pwv_to_zwd(r["pwv"], r["Tm"]), r["zwd"])


@few
@given(st.floats(0, 0.6), st.floats(220, 310))
def test_pwv_and_zwd_go_both_ways(zwd, tm):
    assert atmos.pwv_to_zwd(atmos.zwd_to_pwv(zwd, tm), tm) == pytest.approx(zwd, rel=1e-14)


def test_moist_air_is_as_light_as_dry_air_of_its_virtual_temperature():
    p, t, e = 900.0, 295.0, 18.0
    virtual = atmos.virtual_temperature(t, e, p)
    dry, vapour = (p - e) / t, EPSILON * e / t  # densities times the gas constant of dry air
    assert p / virtual == pytest.approx(dry + vapour, rel=1e-14)
    assert t * atmos.virtual_factor(e, p) == pytest.approx(virtual, rel=1e-4)
    assert atmos.virtual_temperature(t, 0.0, p) == t
    assert EPSILON + VIRTUAL_INCREMENT == 1
