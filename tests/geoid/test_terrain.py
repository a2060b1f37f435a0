"""The shipped terrain as a yardstick."""

import numpy as np

from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.terrain import find_open_sea, find_plains, terrain_at


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
