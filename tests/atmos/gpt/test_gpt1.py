"""GPT of 2007 against the IERS Conventions."""

import pytest

from tropdsx import atmos
from tropdsx.atmos import from_mjd

from helpers.atmosphere import GREEN_BANK, GREEN_BANK_TIME, equal, table


def test_gpt_of_the_iers_conventions():
    v = atmos.gpt(GREEN_BANK_TIME, **GREEN_BANK, height=812.546)
    assert v.pressure == pytest.approx(918.0710638757363995, abs=1e-9)
    assert v.temperature == pytest.approx(273.15 + 19.31914181012882992, abs=1e-9)
    assert v.geoid_undulation == pytest.approx(-42.19185643717770517, abs=1e-9)
    assert v.lapse_rate == -0.0065
    assert v.ah is None


@pytest.mark.realdata
def test_gpt_2007():
    r = table("gpt2007.csv")
    found = atmos.gpt(from_mjd(r["mjd"]), r["lat_deg"], r["lon_deg"], r["h_m"])
    equal(found.pressure, r["p"])
    equal(found.temperature - 273.15, r["T"], atol=1e-11)
    equal(found.geoid_undulation, r["undu"], atol=1e-11)
