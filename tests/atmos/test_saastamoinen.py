"""Zenith delays from pressure and vapour at the ground."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx import atmos

from helpers.atmosphere import equal, table
from helpers.properties import HEIGHT, LAT, few


def test_saastamoinen_of_tu_wien():
    assert atmos.saastamoinen_zhd(1000.0, 48.0, 200.0) == 2.2762945585533596
    # 15 degC, 10 hPa: 0.1003 m, where the slip in circulation gives 0.1219 m.
    assert atmos.saastamoinen_zwd(10.0, 288.15) == pytest.approx(0.10030147478743709, rel=1e-14)
    by_latitude = atmos.saastamoinen_zwd(10.0, 288.15, 0.0, 0.0)
    assert by_latitude == pytest.approx(0.10030147478743709 / (1 - 0.00266), rel=1e-14)
    with pytest.raises(TypeError, match="both"):
        atmos.saastamoinen_zwd(10.0, 288.15, 48.0)


def test_askne_nordius_of_tu_wien():
    assert atmos.askne_nordius_zwd(10.0, 273.0, 3.0) == pytest.approx(
        0.10242308317153026, rel=1e-14
    )


def test_hopfield_agrees_with_saastamoinen_at_sea_level():
    d = atmos.hopfield(1013.25, 288.15, 10.0)
    assert d.zhd == pytest.approx(atmos.saastamoinen_zhd(1013.25, 45.0, 0.0), abs=0.01)
    assert d.zwd == pytest.approx(atmos.saastamoinen_zwd(10.0, 288.15), abs=0.005)


@pytest.mark.realdata
def test_zenith_delays():
    r = table("zenith_delays.csv")
    equal(atmos.saastamoinen_zhd(r["p"], r["lat_deg"], r["h_ell_m"]), r["zhd"])
    equal(atmos.zhd_to_pressure(r["zhd"], r["lat_deg"], r["h_ell_m"]), r["p"])
    equal(atmos.saastamoinen_zwd(r["e"], r["T"] + 273.15), r["zwd_saast"])
    equal(atmos.askne_nordius_zwd(r["e"], r["Tm"], r["la"]), r["zwd_an"])


@few
@given(st.floats(300, 1100), LAT, HEIGHT)
def test_pressure_and_zhd_go_both_ways(pressure, lat, height):
    zhd = atmos.saastamoinen_zhd(pressure, lat, height)
    assert atmos.zhd_to_pressure(zhd, lat, height) == pytest.approx(pressure, rel=1e-14)
