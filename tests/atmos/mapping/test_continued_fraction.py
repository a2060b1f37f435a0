"""What every mapping function has from its continued fraction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx.errors import DomainError

from helpers.properties import DAY, ELEVATION, HEIGHT, LAT, LON, few, mappings


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
