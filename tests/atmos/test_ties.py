"""Tropospheric ties between heights."""

import pytest

from tropdsx import atmos

from helpers.atmosphere import equal, table


def test_standard_tie_is_reference_minus_rover():
    tie = atmos.standard_ties(779.8, 273.15 - 24.86, 3.024, -72.1158, 3125.79, 3125.79 + 19.429)
    assert tie.zhd * 1000 == pytest.approx(4.735037728014591, rel=1e-10)
    assert tie.zwd * 1000 == pytest.approx(0.36109526529451985, rel=1e-10)
    assert tie.ztd == tie.zhd + tie.zwd
    assert tie.ztd > 0  # the rover is higher


@pytest.mark.realdata
def test_standard_ties():
    r = table("stand_ties.csv")
    found = atmos.standard_ties(
        r["p0"], r["t0"] + 273.15, r["e0"], r["lat_deg"], r["h_ref"], r["h_ref"] + r["dh"]
    )
    # h_ref + dh is rounded before it is subtracted again: 1e-13 of the height.
    equal(found.zhd * 1000, r["dzhd"], rtol=1e-11, atol=1e-10)
    equal(found.zwd * 1000, r["dzwd"], rtol=1e-11, atol=1e-10)
    equal(found.ztd * 1000, r["tie"], rtol=1e-11, atol=1e-10)
