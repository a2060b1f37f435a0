"""What heights themselves tell of their zero."""

import numpy as np
import pytest

from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.evidence import weigh_evidence

from helpers.fields import delays
from helpers.world import LAT, LON, above_geoid, terrain

ROWS, COLUMNS = np.arange(60.0, 20.0, -1.0) - 0.5, np.arange(60.0, 140.0) + 0.5


def weigh(height, lat=LAT, lon=LON):
    return weigh_evidence(height, lat[:, None], lon)


def test_terrain_of_the_earth_tells_its_zero():
    assert weigh(terrain()).zero == "ellipsoid"
    for height in (above_geoid(), np.maximum(above_geoid(), 0), np.round(above_geoid())):
        assert weigh(height).zero == "geoid"


def test_ripples_of_a_spectral_model_are_seen_through():
    ripples = np.random.default_rng(0).normal(0, 6, terrain().shape)
    assert weigh(above_geoid() + ripples).zero == "geoid"
    assert weigh(terrain() + ripples).zero == "ellipsoid"


def test_a_region_inland_tells_by_its_plains():
    lat, lon = np.arange(62.5, 54.0, -1.0), np.arange(66.5, 80.0)
    undulation = geoid_undulation(lat[:, None], lon)
    assert np.abs(undulation).min() > 10
    assert weigh(terrain(lat, lon), lat, lon).zero == "ellipsoid"
    assert weigh(terrain(lat, lon) - undulation, lat, lon).zero == "geoid"


def test_hills_that_are_zero_at_sea_alone_stand_on_the_geoid():
    land = above_geoid() > 3.0
    hills = np.where(land, np.random.default_rng(0).uniform(100, 3000, land.shape), 0.0)
    assert weigh(hills).zero == "geoid"


@pytest.mark.parametrize("height", [np.zeros((36, 72)), np.full((36, 72), 250.0)])
def test_flat_ground_tells_nothing(height):
    assert weigh(height)[:2] == ("", "flat")


def test_invented_hills_tell_nothing():
    hills = delays(LAT, LON).orography.values
    random = np.random.default_rng(0).uniform(0, 4000, hills.shape)
    for height in (hills, random):
        found = weigh(height)
        assert found.zero == ""
        assert not found.of_the_earth


def test_missing_heights_and_one_place_are_no_matter():
    assert weigh(np.where(terrain() > 3000, np.nan, terrain())).zero == "ellipsoid"
    assert weigh_evidence(np.array(300.0), np.array(48.0), np.array(16.0)).zero == ""
    assert weigh(np.full((36, 72), np.nan)).zero == ""
