"""VMF1 and VMF3 against the authors' code."""

import pytest

from tropdsx import atmos
from tropdsx.atmos import from_mjd
from tropdsx.errors import DomainError

from helpers.atmosphere import (
    GREEN_BANK,
    GREEN_BANK_ELEVATION,
    GREEN_BANK_TIME,
    equal,
    in_degrees,
    table,
)


def test_vmf1_of_the_iers_conventions():
    site = atmos.vmf1(
        0.00127683, 0.00060955, GREEN_BANK_TIME, GREEN_BANK["lat"], GREEN_BANK_ELEVATION
    )
    assert site.mfh == pytest.approx(3.424342122738070593, abs=1e-12)
    assert site.mfw == pytest.approx(3.448299714692572238, abs=1e-12)
    gridded = atmos.vmf1(
        0.00127683, 0.00060955, GREEN_BANK_TIME, GREEN_BANK["lat"], GREEN_BANK_ELEVATION, 824.17
    )
    assert gridded.mfh == pytest.approx(3.425088087972572470, abs=1e-12)
    assert gridded.mfw == site.mfw


@pytest.mark.parametrize(
    ("elevation", "mfh", "mfw"), [(38.0, 1.621024, 1.623023), (85.0, 1.003810, 1.003816)]
)
def test_vmf3_of_tu_wien(elevation, mfh, mfw):
    m = atmos.vmf3(0.00123462, 0.00047101, "2018-11-25", 37.5, 277.5, elevation)
    assert m.mfh == pytest.approx(mfh, abs=1e-6)
    assert m.mfw == pytest.approx(mfw, abs=1e-6)


@pytest.mark.realdata
def test_vmf1():
    r = table("vmf1.csv")
    arguments = r["ah"], r["aw"], from_mjd(r["mjd"]), r["lat_deg"], r["elevation_deg"]
    site = atmos.vmf1(*arguments)
    equal(site.mfh, r["vmf1_h"])
    equal(site.mfw, r["vmf1_w"])
    gridded = atmos.vmf1(*arguments, r["h_m"])
    equal(gridded.mfh, r["vmf1ht_h"])
    equal(gridded.mfw, r["vmf1ht_w"])


@pytest.mark.realdata
def test_vmf3():
    r = table("vmf3.csv")
    place = from_mjd(r["mjd"]), r["lat_deg"], r["lon_deg"], r["elevation_deg"]
    site = atmos.vmf3(r["ah"], r["aw"], *place)
    equal(site.mfh, r["vmf3_h"])
    equal(site.mfw, r["vmf3_w"])
    gridded = atmos.vmf3(r["ah"], r["aw"], *place, r["h_m"])
    equal(gridded.mfh, r["vmf3ht_h"])
    equal(gridded.mfw, r["vmf3ht_w"])


@pytest.mark.realdata
def test_vmf3_published_vectors():
    r = table("gpt3_5deg_octave500.csv")
    site = atmos.vmf3(r["ah_1"], r["aw_1"], *in_degrees(r))
    gridded = atmos.vmf3(r["ah_1"], r["aw_1"], *in_degrees(r), r["h_ell_m"])
    equal(site.mfh, r["vmf3_h"])
    equal(site.mfw, r["vmf3_w"])
    equal(gridded.mfh, r["vmf3ht_h"])
    equal(gridded.mfw, r["vmf3ht_w"])


@pytest.mark.parametrize(("ah", "aw"), [(1.27, 0.6), (0.0012, 0.6), (-0.0012, 0.0006)])
def test_coefficients_in_thousandths_are_refused(ah, aw):
    """They made mapping functions below 1."""
    with pytest.raises(DomainError, match=r"mapping coefficient .* found; accepted are 0 to 0.02"):
        atmos.vmf1(ah, aw, "2018-11-25", 37.5, 38.0)
    with pytest.raises(DomainError, match="divided by 1000"):
        atmos.vmf3(ah, aw, "2018-11-25", 37.5, 277.5, 38.0)


@pytest.mark.realdata
def test_vmf3_with_odd_coefficients():
    r = table("vmf3ht_octave10.csv")
    found = atmos.vmf3(r["ah"], r["aw"], *in_degrees(r), r["h_ell_m"])
    equal(found.mfh, r["mfh"])
    equal(found.mfw, r["mfw"])
