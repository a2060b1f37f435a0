"""Nodes beside targets: the same for the cells of a grid and for stations."""

import numpy as np
import pytest

from tropdsx.atmos.constants import STANDARD_TEMPERATURE
from tropdsx.atmos.gravity import normal_gravity
from tropdsx.atmos.height import lift_zhd
from tropdsx.errors import DomainError
from tropdsx.reduce.pairs import pairs_of

LAT = np.array([75.0, 45.0, -30.0])
HEIGHT = np.random.default_rng(0).uniform(0.0, 4000.0, (3, 4))
INDEX = np.array([[0, 5, 11], [1, 6, 8]])  # two nodes of three targets
TARGET = np.array([100.0, 2500.0, 4000.0])


def test_heights_are_those_of_node_and_target():
    pairs = pairs_of(INDEX, LAT, HEIGHT, TARGET)
    np.testing.assert_allclose(pairs.height_from, HEIGHT.ravel()[INDEX], rtol=1e-7)
    np.testing.assert_allclose(pairs.rise, TARGET - HEIGHT.ravel()[INDEX], rtol=1e-6)
    np.testing.assert_array_equal(pairs.lat, [[75.0, 45.0, -30.0], [75.0, 45.0, -30.0]])
    assert {part.dtype for part in (pairs.lat, pairs.rise, pairs.gravity)} == {np.dtype("f4")}


def test_gravity_is_that_half_way_and_the_ratio_is_what_a_lift_without_gravity_leaves():
    pairs = pairs_of(INDEX, LAT, HEIGHT, TARGET)
    lat, height = LAT[INDEX // 4], HEIGHT.ravel()[INDEX]
    middle = normal_gravity(lat, 0.5 * (height + TARGET))
    np.testing.assert_array_equal(pairs.gravity, middle.astype(np.float32))
    left = lift_zhd(1.0, lat, height, TARGET, STANDARD_TEMPERATURE, gravity=0.0)
    np.testing.assert_array_equal(pairs.davis_ratio, left.astype(np.float32))


def test_stations_and_cells_are_paired_alike():
    """Targets along the last axis as in a cell, or along the first as for stations."""
    cells = pairs_of(INDEX, LAT, HEIGHT, TARGET)
    stations = pairs_of(INDEX.T, LAT, HEIGHT, TARGET[:, None])
    for name in ("lat", "height_from", "rise", "gravity", "davis_ratio"):
        np.testing.assert_array_equal(getattr(cells, name), getattr(stations, name).T)


def test_a_latitude_beyond_a_pole_is_refused():
    with pytest.raises(DomainError, match="latitude 95"):
        pairs_of(np.array([0]), np.array([95.0]), np.zeros((1, 1)), np.zeros(1))
