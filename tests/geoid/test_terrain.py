"""The shipped terrain as a yardstick."""

import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.terrain import find_open_sea, find_plains, tell_default_heights, terrain_at


def test_cells_go_round_the_globe():
    assert terrain_at(30.2, 88.9) == terrain_at(30.8, 88.1) == terrain_at(30.5, -271.5)
    assert terrain_at([90.0, -90.0], 0.0).shape == (2,)
    assert terrain_at(-90.0, 0.0) > 2500.0


def test_the_open_sea_lies_on_the_geoid():
    lat, lon = np.arange(70.5, -70.0, -3.0)[:, None], np.arange(0.5, 360.0, 3.0)
    sea = find_open_sea(lat, lon)
    above = terrain_at(lat, lon) - geoid_undulation(lat, lon)
    assert 0.4 < sea.mean() < 0.7
    assert np.abs(above[sea]).max() < 5.0
    assert find_open_sea(lat, lon, 5.0).sum() < sea.sum()


def test_plains_are_not_mountains():
    assert not find_plains(28.5, 86.5)
    assert find_plains(60.5, 72.5)


def test_a_few_stations_at_height_zero_on_high_ground_are_told():
    lat, lon = np.full(3, 46.5), np.array([7.5, 8.5, 9.5])
    with pytest.warns(TropdsxWarning, match="a.csv: 3 of 3 stations have the height 0"):
        tell_default_heights("a.csv", np.zeros(3), lat, lon)
    tell_default_heights("a.csv", np.array([0.0, 0.0, 0.01]), lat, lon)
    tell_default_heights("a.csv", np.zeros(3), np.zeros(3), np.full(3, -30.0))
