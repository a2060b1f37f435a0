"""Terrain in another unit or place, and the floor of the sea."""

import numpy as np
import pytest

from tropdsx.grid.checks.terrain import explain_terrain, find_sea_floor, is_a_tenth, sample_grid

from helpers.fields import delays
from helpers.world import LAT, LON, above_geoid, terrain

CAUSES = {
    "divided by 9.80665": lambda h: h / 9.80665,
    "not divided by 9.80665": lambda h: h * 9.80665,
    "in feet": lambda h: h / 0.3048,
    "in km": lambda h: h / 1000.0,
    "positive downward": lambda h: -h,
    "mirrored north-south": lambda h: h[::-1],
    "mirrored east-west": lambda h: h[:, ::-1],
    "turned by 180 deg": lambda h: h[::-1, ::-1],
    "moved by 180 deg": lambda h: np.roll(h, 36, 1),
    "moved by 90 deg": lambda h: np.roll(h, 18, 1),
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("zero", [terrain, above_geoid])
def test_causes_are_named(cause, zero):
    assert cause in explain_terrain(CAUSES[cause](zero()), LAT, LON).text


def test_fine_terrain_is_sampled_in_its_place():
    lat, lon = np.arange(89.75, -90, -0.5), np.arange(0.25, 360, 0.5)
    height = terrain(lat, lon)
    assert explain_terrain(height, lat, lon) is None
    assert explain_terrain(height[::-1], lat, lon).text == "mirrored north-south"
    assert sample_grid(height, lat, lon, 1000)[0].size < 2000


@pytest.mark.parametrize("zero", [terrain, above_geoid])
def test_terrain_of_the_earth_is_right_everywhere(zero):
    rng = np.random.default_rng(0)
    for north in range(90, -80, -20):
        for west in range(0, 360, 30):
            lat, lon = north - 0.5 - np.arange(20.0), west + 0.5 + np.arange(30.0)
            height = zero(lat, lon)
            land = above_geoid(lat, lon) > 10.0  # other models of it differ on land
            height = height + land * rng.normal(0, 0.2 * height.std() + 1, height.shape)
            assert explain_terrain(height, lat, lon) is None
            assert not is_a_tenth(height, lat, lon)
            assert find_sea_floor(height, lat, lon) == ""


def test_invented_and_flat_ground_is_not_judged():
    hills = delays(LAT, LON).orography.values
    for height in (hills, np.zeros_like(hills), np.full_like(hills, np.nan)):
        assert explain_terrain(height, LAT, LON) is None
        assert not is_a_tenth(height, LAT, LON)
        assert find_sea_floor(height, LAT, LON) == ""


def test_a_tenth_is_told_in_regions_too():
    lat, lon = np.arange(49.5, 40.0, -1.0), np.arange(5.5, 20.0)
    assert is_a_tenth(above_geoid(lat, lon) / 9.80665, lat, lon)
    assert is_a_tenth(above_geoid() / 9.80665, LAT, LON)


@pytest.mark.parametrize("depth", [-50.0, -150.0, -500.0])
def test_the_floor_of_a_shelf_is_told(depth):
    lat, lon = np.arange(58.5, 50.0, -1.0), np.arange(0.5, 10.0)
    height = np.where(above_geoid(lat, lon) < 3.0, depth, above_geoid(lat, lon))
    assert "lies below its surface" in find_sea_floor(height, lat, lon)


IN_A_BOX = [name for name in CAUSES if "9.80665" in name or name.startswith(("in ", "positive"))]


def fine_box(zero, south, west, size, step=0.1):
    lat, lon = (start + step * (np.arange(size / step) + 0.5) for start in (south, west))
    lat = lat[::-1]
    rough = np.random.default_rng(0).normal(0.0, 300.0, (lat.size, lon.size))
    return zero(lat, lon) + rough, lat, lon


@pytest.mark.parametrize("cause", IN_A_BOX)
@pytest.mark.parametrize("zero", [terrain, above_geoid])
@pytest.mark.parametrize("size", [1.0, 2.5, 8.0])
def test_causes_are_named_in_boxes_that_hold_cells(cause, zero, size):
    """A terrain model of the Alps, as far as from the valleys to the summits."""
    height, lat, lon = fine_box(zero, 46.0, 7.0, size)
    assert explain_terrain(height, lat, lon) is None
    if size > 1.0:  # a single cell has no relief to be told by
        assert cause in explain_terrain(CAUSES[cause](height), lat, lon).text


def test_boxes_without_cells_voids_and_low_ground_are_not_judged():
    height, lat, lon = fine_box(terrain, 46.3, 7.3, 0.6)
    assert explain_terrain(height / 0.3048, lat, lon) is None
    height, lat, lon = fine_box(above_geoid, 52.0, 4.0, 2.0)
    assert explain_terrain(height / 0.3048, lat, lon) is None
    height, lat, lon = fine_box(terrain, 46.0, 7.0, 2.0)
    assert explain_terrain(np.where(height > 9e3, height, np.nan), lat, lon) is None
