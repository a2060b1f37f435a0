"""Official examples as literals: the physics is tested where the reference tables are not."""

from __future__ import annotations

import numpy as np
import pytest

from tropdsx import atmos

GREEN_BANK = {"lat": np.rad2deg(0.6708665767), "lon": np.rad2deg(-1.393397187)}
ELEVATION = 90 - np.rad2deg(1.278564131)
TIME = np.datetime64("2009-08-12")


def test_gpt_of_the_iers_conventions():
    v = atmos.gpt(TIME, **GREEN_BANK, height=812.546)
    assert v.pressure == pytest.approx(918.0710638757363995, abs=1e-9)
    assert v.temperature == pytest.approx(273.15 + 19.31914181012882992, abs=1e-9)
    assert v.geoid_undulation == pytest.approx(-42.19185643717770517, abs=1e-9)
    assert v.lapse_rate == -0.0065
    assert v.ah is None


def test_gmf_of_the_iers_conventions():
    m = atmos.gmf(TIME, **GREEN_BANK, height=844.715, elevation=ELEVATION)
    assert m.mfh == pytest.approx(3.425245519339138678, abs=1e-12)
    assert m.mfw == pytest.approx(3.449589116182419257, abs=1e-12)


def test_vmf1_of_the_iers_conventions():
    site = atmos.vmf1(0.00127683, 0.00060955, TIME, GREEN_BANK["lat"], ELEVATION)
    assert site.mfh == pytest.approx(3.424342122738070593, abs=1e-12)
    assert site.mfw == pytest.approx(3.448299714692572238, abs=1e-12)
    gridded = atmos.vmf1(0.00127683, 0.00060955, TIME, GREEN_BANK["lat"], ELEVATION, 824.17)
    assert gridded.mfh == pytest.approx(3.425088087972572470, abs=1e-12)
    assert gridded.mfw == site.mfw


@pytest.mark.parametrize(
    ("elevation", "mfh", "mfw"), [(38.0, 1.621024, 1.623023), (85.0, 1.003810, 1.003816)]
)
def test_vmf3_of_tu_wien(elevation, mfh, mfw):
    m = atmos.vmf3(0.00123462, 0.00047101, "2018-11-25", 37.5, 277.5, elevation)
    assert m.mfh == pytest.approx(mfh, abs=1e-6)
    assert m.mfw == pytest.approx(mfw, abs=1e-6)


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


def test_mendes_pavlis_of_the_iers_conventions():
    # The header lists a height of 2010.344 m; its output belongs to 2003.344 m.
    d = atmos.mendes_pavlis_zenith(798.4188, 14.322, 30.67166667, 2003.344, 0.532)
    assert d.ztd == pytest.approx(1.935225924846803114, abs=1e-12)
    assert d.zhd == pytest.approx(1.932992176591644462, abs=1e-12)
    assert d.zwd == pytest.approx(0.002233748255158703871, abs=1e-14)
    slant = atmos.mendes_pavlis_mapping(15.0, 300.15, 30.67166667, 2075.0)
    assert slant == pytest.approx(3.800243667312344087, abs=1e-12)


def test_apg_of_the_iers_conventions():
    g = atmos.apg(np.rad2deg(0.6274877539940092), np.rad2deg(2.454994088489240))
    assert g.north * 1000 == pytest.approx(-0.1042668498001996791, abs=1e-12)
    assert g.east * 1000 == pytest.approx(0.04662515377110782594, abs=1e-12)


def test_pwv_of_bevis():
    assert atmos.pwv_factor(280.0) == pytest.approx(0.158876, abs=5e-7)
    assert atmos.zwd_to_pwv(0.15, atmos.bevis_mean_temperature(288.15)) == pytest.approx(
        23.636282716623317, rel=1e-13
    )


def test_standard_tie_is_reference_minus_rover():
    tie = atmos.standard_ties(779.8, 273.15 - 24.86, 3.024, -72.1158, 3125.79, 3125.79 + 19.429)
    assert tie.zhd * 1000 == pytest.approx(4.735037728014591, rel=1e-10)
    assert tie.zwd * 1000 == pytest.approx(0.36109526529451985, rel=1e-10)
    assert tie.ztd == tie.zhd + tie.zwd
    assert tie.ztd > 0  # the rover is higher


def test_niell_keeps_the_season_of_each_hemisphere():
    north = atmos.niell("2009-01-28", 45.0, 5.0)
    south = atmos.niell("2009-07-29T15:00", -45.0, 5.0)
    assert north.mfh == pytest.approx(south.mfh, rel=1e-9)
    # Table 3 of the paper at 45 deg, the winter value of the hydrostatic a, b, c.
    a, b, c = 1.2465397e-3 - 2.6523662e-5, 2.9288445e-3 - 3.0160779e-5, 63.721774e-3 - 4.3497037e-5
    s = np.sin(np.deg2rad(5.0))
    assert north.mfh == pytest.approx(
        (1 + a / (1 + b / (1 + c))) / (s + a / (s + b / (s + c))), rel=1e-13
    )
    assert atmos.niell("2009-01-28", 80.0, 5.0).mfw == atmos.niell("2009-01-28", 75.0, 5.0).mfw


def test_hopfield_agrees_with_saastamoinen_at_sea_level():
    d = atmos.hopfield(1013.25, 288.15, 10.0)
    assert d.zhd == pytest.approx(atmos.saastamoinen_zhd(1013.25, 45.0, 0.0), abs=0.01)
    assert d.zwd == pytest.approx(atmos.saastamoinen_zwd(10.0, 288.15), abs=0.005)


def test_refractivity_splits_add_up_and_differ_by_k2():
    for name in ("bevis", "rueger", "thayer"):
        n = atmos.refractivity(1000.0, 290.0, 15.0, name)
        assert n.hydrostatic + n.wet == pytest.approx(n.total, rel=1e-15)
        assert n.dry + n.vapour == pytest.approx(n.total, rel=1e-15)
        assert n.vapour / n.wet == pytest.approx(1.035, abs=0.01)
    dry = atmos.refractivity(1000.0, 290.0, 0.0)
    assert dry.hydrostatic == dry.dry == dry.total
    own = atmos.RefractivityCoefficients(77.604, 64.79, 377600.0)
    assert atmos.refractivity(1000.0, 290.0, 15.0, own) == atmos.refractivity(
        1000.0, 290.0, 15.0, "thayer"
    )


def test_vapour_pressures():
    assert atmos.saturation_vapour_pressure(273.15) == pytest.approx(6.112)
    assert atmos.saturation_vapour_pressure(263.15, "ice") < atmos.saturation_vapour_pressure(
        263.15
    )
    assert atmos.vapour_pressure(0.0, 1000.0) == 0.0
    assert atmos.vapour_pressure(1.0, 1000.0) == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("time", "mjd", "doy"),
    [
        ("2000-01-01T12:00", 51544.5, 1.5),
        ("2012-08-02", 56141.0, 215.0),
        ("2020-12-31T23:59:59.5", 59214.99999421296, 366.99999421296),
        ("1858-11-17", 0.0, 321.0),
    ],
)
def test_epochs(time, mjd, doy):
    assert atmos.mjd(time) == pytest.approx(mjd, abs=1e-9)
    assert atmos.doy(time) == pytest.approx(doy, abs=1e-9)
    assert atmos.mjd(atmos.from_mjd(atmos.mjd(time))) == pytest.approx(mjd, abs=1e-11)
