"""Mapping functions and gradients that need no coefficients of a weather model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx import atmos
from tropdsx.atmos import from_mjd

from helpers.atmosphere import GREEN_BANK, GREEN_BANK_ELEVATION, GREEN_BANK_TIME, equal, table
from helpers.properties import ELEVATION, few


def test_gmf_of_the_iers_conventions():
    m = atmos.gmf(GREEN_BANK_TIME, **GREEN_BANK, height=844.715, elevation=GREEN_BANK_ELEVATION)
    assert m.mfh == pytest.approx(3.425245519339138678, abs=1e-12)
    assert m.mfw == pytest.approx(3.449589116182419257, abs=1e-12)


def test_apg_of_the_iers_conventions():
    g = atmos.apg(np.rad2deg(0.6274877539940092), np.rad2deg(2.454994088489240))
    assert g.north * 1000 == pytest.approx(-0.1042668498001996791, abs=1e-12)
    assert g.east * 1000 == pytest.approx(0.04662515377110782594, abs=1e-12)


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


@pytest.mark.realdata
def test_gmf():
    r = table("gmf.csv")
    found = atmos.gmf(from_mjd(r["mjd"]), r["lat_deg"], r["lon_deg"], r["h_m"], r["elevation_deg"])
    equal(found.mfh, r["gmf_h"])
    equal(found.mfw, r["gmf_w"])


@few
@given(ELEVATION, st.floats(0, 360), st.floats(-2e-3, 2e-3), st.floats(-2e-3, 2e-3))
def test_gradient_is_odd_in_azimuth(elevation, azimuth, north, east):
    here = atmos.chen_herring_gradient(elevation, azimuth, north, east)
    opposite = atmos.chen_herring_gradient(elevation, azimuth + 180, north, east)
    assert here == pytest.approx(-opposite, abs=1e-12)
    assert abs(atmos.chen_herring_gradient(90.0, azimuth, north, east)) < 1e-15
