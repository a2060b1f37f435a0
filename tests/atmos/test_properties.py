"""What must hold for any input: round trips, identities, monotony, shapes, and named errors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx import atmos
from tropdsx.errors import DomainError, TropdsxError

few = settings(max_examples=20, deadline=None)
LAT, LON = st.floats(-90, 90), st.floats(-180, 360)
HEIGHT, ELEVATION = st.floats(-100, 5000), st.floats(3, 90)
DAY = st.integers(0, 20000).map(lambda d: np.datetime64("1980-01-01") + np.timedelta64(d, "D"))

# Every mapping function as a function of (time, lat, lon, elevation, height).
MAPPINGS = {
    "vmf1": lambda t, la, lo, el, h: atmos.vmf1(1.2e-3, 5e-4, t, la, el, h),
    "vmf3": lambda t, la, lo, el, h: atmos.vmf3(1.2e-3, 5e-4, t, la, lo, el, h),
    "gmf": lambda t, la, lo, el, h: atmos.gmf(t, la, lo, h, el),
    "niell": lambda t, la, lo, el, h: atmos.niell(t, la, el, h),
}
mappings = pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS.keys())


@few
@given(st.floats(300, 1100), LAT, HEIGHT)
def test_pressure_and_zhd_go_both_ways(pressure, lat, height):
    zhd = atmos.saastamoinen_zhd(pressure, lat, height)
    assert atmos.zhd_to_pressure(zhd, lat, height) == pytest.approx(pressure, rel=1e-14)


@few
@given(st.floats(0, 0.6), st.floats(220, 310))
def test_pwv_and_zwd_go_both_ways(zwd, tm):
    assert atmos.pwv_to_zwd(atmos.zwd_to_pwv(zwd, tm), tm) == pytest.approx(zwd, rel=1e-14)


@few
@given(HEIGHT, LAT, st.floats(-100, 85))
def test_height_and_geopotential_go_both_ways(height, lat, undulation):
    geopotential = atmos.height_to_geopotential(height, lat, undulation)
    back = atmos.geopotential_to_height(geopotential, lat, undulation)
    assert back == pytest.approx(height, abs=1e-8)


@mappings
@few
@given(time=DAY, lat=LAT, lon=LON, height=HEIGHT)
def test_the_zenith_maps_to_one(mapping, time, lat, lon, height):
    assert mapping(time, lat, lon, 90.0, height) == (1.0, 1.0)


@mappings
@few
@given(time=DAY, lat=LAT, lon=LON, height=HEIGHT)
def test_mapping_falls_with_elevation(mapping, time, lat, lon, height):
    mf = mapping(time, lat, lon, np.linspace(3, 90, 60), height)
    assert np.all(np.diff(mf.mfh) < 0)
    assert np.all(np.diff(mf.mfw) < 0)


@mappings
@few
@given(time=DAY, lat=LAT, lon=LON, elevation=st.floats(3, 80))
def test_hydrostatic_mapping_grows_with_height_wet_does_not_change(
    mapping, time, lat, lon, elevation
):
    mf = mapping(time, lat, lon, elevation, np.array([0.0, 1000.0, 3000.0]))
    assert np.all(np.diff(mf.mfh) > 0)
    assert np.all(np.diff(np.broadcast_to(mf.mfw, 3)) == 0)


@mappings
@few
@given(time=DAY, lat=LAT, lon=LON, elevation=ELEVATION, turns=st.integers(-2, 2))
def test_longitude_may_be_any_revolution(mapping, time, lat, lon, elevation, turns):
    there, again = (mapping(time, lat, lo, elevation, 0.0) for lo in (lon, lon + 360 * turns))
    assert again == pytest.approx(there, rel=1e-12)


@mappings
def test_scalars_and_arrays_agree_and_nan_stays(mapping):
    rng = np.random.default_rng(3)
    lat, lon, el, h = (rng.uniform(a, b, 7) for a, b in ((-90, 90), (0, 360), (3, 90), (0, 3000)))
    time = np.datetime64("2020-01-01T00", "h") + np.arange(7) * np.timedelta64(1234, "h")
    whole = mapping(time, lat, lon, el, h)
    for i in range(7):
        one = mapping(time[i], lat[i], lon[i], el[i], h[i])
        assert isinstance(one.mfh, np.float64)
        assert isinstance(one.mfw, np.float64)
        assert (one.mfh, one.mfw) == pytest.approx((whole.mfh[i], whole.mfw[i]), rel=1e-14)
    outer = mapping(time[:, None], lat, lon, el, h)
    np.testing.assert_allclose(np.diagonal(outer.mfh), whole.mfh, rtol=1e-14)
    el[2] = np.nan
    np.testing.assert_array_equal(np.isnan(mapping(time, lat, lon, el, h).mfh), np.isnan(el))


@mappings
@pytest.mark.parametrize("elevation", [0.0, -5.0, 90.5])
def test_elevations_off_the_sky_are_errors(mapping, elevation):
    with pytest.raises(DomainError, match=rf"elevation {elevation:g} found; accepted"):
        mapping("2020-01-01", 48.0, 16.0, np.array([45.0, elevation]), 0.0)


@mappings
def test_latitudes_off_the_globe_are_errors(mapping):
    with pytest.raises(DomainError, match=r"latitude -91 found.*swapped"):
        mapping("2020-01-01", -91.0, 16.0, 45.0, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: atmos.saastamoinen_zhd(1000.0, 100.0, 0.0),
        lambda: atmos.gpt("2020-01-01", 100.0, 0.0, 0.0),
        lambda: atmos.geopotential_to_height(1000.0, 100.0),
        lambda: atmos.lift_zhd_kouba(2.3, 100.0, 0.0, 1.0),
        lambda: atmos.lift_zhd(2.3, 100.0, 0.0, 1.0, 290.0),
        lambda: atmos.mendes_pavlis_zenith(1000.0, 10.0, 100.0, 0.0),
        lambda: atmos.apg(100.0, 0.0),
    ],
)
def test_every_formula_refuses_a_latitude_of_100(call):
    with pytest.raises(DomainError, match="latitude 100 found"):
        call()


@pytest.mark.parametrize("time", [56141.0, "next week", [1, 2], None])
def test_times_that_are_none_are_errors(time):
    with pytest.raises(DomainError, match="from_mjd"):
        atmos.mjd(time)


def test_words_that_are_not_accepted_are_errors():
    with pytest.raises(DomainError, match="total, hydrostatic, wet"):
        atmos.chen_herring_gradient(30.0, 0.0, 1e-3, 0.0, "dry")
    with pytest.raises(DomainError, match="bevis, rueger, thayer"):
        atmos.refractivity(1000.0, 290.0, 10.0, "best")
    with pytest.raises(DomainError, match="'water' and 'ice'"):
        atmos.saturation_vapour_pressure(290.0, "snow")
    with pytest.raises(DomainError, match="'local', 'standard'"):
        atmos.lift_zhd(2.3, 48.0, 0.0, 1.0, 290.0, gravity="moon")
    assert issubclass(DomainError, TropdsxError)
    assert issubclass(DomainError, ValueError)


def test_times_of_every_kind_are_one_time():
    aware = dt.datetime(2021, 3, 4, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    same = [
        "2021-03-04T05:30",
        "2021-03-04T05:30:00Z",
        aware,
        dt.datetime(2021, 3, 4, 5, 30),
        np.datetime64("2021-03-04T05:30", "ns"),
        np.datetime64("2021-03-04T05:30", "m"),
    ]
    assert [float(atmos.mjd(t)) for t in same] == pytest.approx([59277 + 5.5 / 24] * 6, abs=1e-11)
    assert float(atmos.doy(dt.date(2021, 3, 4))) == 63.0
    several = atmos.mjd(["2021-03-04", dt.datetime(2021, 3, 5)])
    np.testing.assert_array_equal(several, [59277.0, 59278.0])
    missing = np.array(["2021-03-04", "NaT"], dtype="datetime64[s]")
    np.testing.assert_array_equal(np.isnan(atmos.doy(missing)), [False, True])
    assert np.isnat(atmos.from_mjd(np.nan))


@few
@given(st.floats(0, 80000))
def test_mjd_goes_both_ways(day):
    assert atmos.mjd(atmos.from_mjd(day)) == pytest.approx(day, abs=2e-11)


@few
@given(ELEVATION, st.floats(0, 360), st.floats(-2e-3, 2e-3), st.floats(-2e-3, 2e-3))
def test_gradient_is_odd_in_azimuth(elevation, azimuth, north, east):
    here = atmos.chen_herring_gradient(elevation, azimuth, north, east)
    opposite = atmos.chen_herring_gradient(elevation, azimuth + 180, north, east)
    assert here == pytest.approx(-opposite, abs=1e-12)
    assert abs(atmos.chen_herring_gradient(90.0, azimuth, north, east)) < 1e-15


def test_single_precision_fields_stay_single():
    f = np.float32([2.3, 2.2])
    assert atmos.saastamoinen_zhd(f * 440, f, f).dtype == np.float32
    assert atmos.zwd_to_pwv(f, 280.0).dtype == np.float32
    assert atmos.lift_zwd(f, f, f, 2000.0).dtype == np.float32


def test_nan_propagates_through_the_plain_formulas():
    x = np.array([np.nan, 1.0])
    for value in (
        atmos.saastamoinen_zhd(1000 * x, 48.0, 0.0),
        atmos.saastamoinen_zwd(10.0, 290 * x),
        atmos.zwd_to_pwv(0.1 * x, 280.0),
        atmos.gpt("2020-01-01", 48 * x, 16.0, 0.0).pressure,
        atmos.refractivity(1000.0, 290 * x, 10.0).total,
        atmos.standard_ties(1000.0, 290.0, 10.0 * x, 48.0, 0.0, 10.0).ztd,
    ):
        np.testing.assert_array_equal(np.isnan(value), [True, False])
