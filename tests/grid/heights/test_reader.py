"""Heights as stored become metres above the ellipsoid; what is wrong with them is told."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, TropdsxWarning, UnitsError
from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.datum import Datum
from tropdsx.grid.heights.reader import HeightReader, standardise_heights

from helpers.world import LAT, LON, above_geoid, terrain

ELLIPSOIDAL = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
GEOPOTENTIAL = {"units": "m2 s-2", "standard_name": "geopotential"}


def read(values, attrs, name="orography", **options):
    """Heights, and what is told of them."""
    field = xr.DataArray(values, {"lat": LAT, "lon": LON}, ("lat", "lon"), name, attrs)
    notes = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = standardise_heights(field, field.lat, field.lon, notes, **options)
    told = [str(each.message) for each in caught]
    assert all(any(note in text for note in notes) for text in told)
    return found, told


@pytest.mark.parametrize(
    ("values", "attrs"),
    [
        (above_geoid() * 9.80665, GEOPOTENTIAL),
        (above_geoid(), {"units": "m", "standard_name": "surface_altitude"}),
        (above_geoid() / 1000, {"units": "km", "standard_name": "height_above_mean_sea_level"}),
        (above_geoid(), {"units": "m", "long_name": "height above the geoid"}),
        (above_geoid(), {"units": "m"}),
        (terrain(), {"units": "m"}),
        (terrain(), ELLIPSOIDAL),
        (terrain() * 100, {**ELLIPSOIDAL, "units": "cm"}),
    ],
)
def test_all_heights_become_the_same(values, attrs):
    found, told = read(values, attrs)
    np.testing.assert_allclose(found, terrain(), atol=1e-9)
    assert len(told) == (0 if values is terrain() or "ellipsoid" in str(attrs) else len(told))
    assert found.attrs["vertical_reference"] == "ellipsoid"
    again, told = read(found.values, found.attrs)
    np.testing.assert_array_equal(again, found)
    assert told == []


def test_geopotential_divided_before_is_metres():
    for heights in (terrain(), above_geoid()):
        found, told = read(heights, GEOPOTENTIAL)
        np.testing.assert_allclose(found, terrain(), atol=1e-9)
        assert "divided by 9.80665 before: used as metres" in told[0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda h: h / 9.80665, "divided by 9.80665 once too often"),
        (lambda h: h[::-1], "mirrored north-south"),
        (lambda h: np.roll(h, 36, 1), "moved by 180 deg"),
        (lambda h: np.minimum(h / 0.3048, 8999.0), "in feet"),
    ],
)
def test_terrain_that_is_wrong_is_told(change, text):
    _, told = read(change(terrain()), ELLIPSOIDAL)
    assert any(text in each for each in told)


def test_the_floor_of_the_sea_is_told():
    depths = np.where(np.abs(above_geoid()) < 3.0, -400.0, above_geoid())
    _, told = read(depths, {"units": "m", "standard_name": "surface_altitude"})
    assert any("the floor of the sea is no ground of delays" in each for each in told)
    with pytest.raises(UnitsError, match="set the depths to 0"):
        read(np.where(depths < 0, -4000.0, depths), ELLIPSOIDAL)


def test_lazy_heights_tell_when_computed(no_compute):
    field = xr.DataArray(above_geoid(), {"lat": LAT, "lon": LON}, attrs={"units": "m"}, name="h")
    lazy = standardise_heights(field.chunk(), field.lat, field.lon, [])
    with pytest.warns(TropdsxWarning, match="above the geoid"):
        found = lazy.compute(scheduler="synchronous")
    np.testing.assert_allclose(found, terrain())


def test_several_epochs_are_converted_alike():
    reader = HeightReader(Datum("h", {"standard_name": "altitude"}))
    with pytest.warns(TropdsxWarning, match="above the geoid"):
        found = reader(np.stack([above_geoid(), above_geoid() + 50]), LAT[:, None], LON[None])
    np.testing.assert_allclose(found[1] - found[0], 50.0)
    np.testing.assert_allclose(found[0], above_geoid() + geoid_undulation(LAT[:, None], LON))


def test_another_word_is_refused():
    with pytest.raises(DomainError, match="accepted are 'auto'"):
        read(terrain(), ELLIPSOIDAL, heights="sea")
