"""Delays of light against the IERS Conventions."""

import pytest

from tropdsx import atmos

from helpers.atmosphere import equal, table


def test_mendes_pavlis_of_the_iers_conventions():
    # The header lists a height of 2010.344 m; its output belongs to 2003.344 m.
    d = atmos.mendes_pavlis_zenith(798.4188, 14.322, 30.67166667, 2003.344, 0.532)
    assert d.ztd == pytest.approx(1.935225924846803114, abs=1e-12)
    assert d.zhd == pytest.approx(1.932992176591644462, abs=1e-12)
    assert d.zwd == pytest.approx(0.002233748255158703871, abs=1e-14)
    slant = atmos.mendes_pavlis_mapping(15.0, 300.15, 30.67166667, 2075.0)
    assert slant == pytest.approx(3.800243667312344087, abs=1e-12)


@pytest.mark.realdata
def test_mendes_pavlis():
    r = table("mendes_pavlis_zenith.csv")
    found = atmos.mendes_pavlis_zenith(r["p"], r["e"], r["lat_deg"], r["h_ell_m"], r["lambda_um"])
    equal(found.zhd, r["zhd"])
    equal(found.zwd, r["zwd"])
    equal(found.ztd, r["ztd"])
