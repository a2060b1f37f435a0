"""Which levels of a profile are used, and what stands in place of the others."""

import numpy as np
import pytest

from tropdsx.atmos.profile.places import Profile
from tropdsx.atmos.profile.unused import fill_unused, find_used

PRESSURE = np.array([1000.0, 900.0, 700.0, 400.0])
HEIGHT = np.array([110.0, 990.0, 3010.0, 7180.0])
NOWHERE = Profile(*(np.array([np.nan]) for _ in range(4)))
KNOWN = np.array([False])


def air(**other):
    known = {"p": PRESSURE, "t": np.full(4, 260.0), "e": np.full(4, 3.0), "z": HEIGHT}
    rows = {name: np.asarray(other.get(name, row))[:, np.newaxis] for name, row in known.items()}
    return Profile(**rows)


def used(level, ground=NOWHERE, bare=KNOWN):
    low, last = find_used(level, ground, np.isfinite(ground.p + ground.z), bare)
    return low.item(), last.item()


def ground(p, z):
    return Profile(*(np.array([each]) for each in (p, 265.0, 4.0, z)))


@pytest.mark.parametrize(
    ("p", "z", "low"), [(1013.0, 0.0, 0), (950.0, 500.0, 1), (905.0, 989.6, 2), (800.0, 900.0, 2)]
)
def test_levels_under_the_ground_by_pressure_or_height_are_not_used(p, z, low):
    assert used(air(), ground(p, z)) == (low, 3)


def test_without_a_ground_what_is_missing_below_and_above_is_not_used():
    assert used(air()) == (0, 3)
    assert used(air(t=[np.nan, 260.0, 260.0, np.nan])) == (1, 2)
    assert used(air(e=[np.nan, 3.0, np.nan, 3.0])) == (1, 3), "a hole is no end"
    assert used(air(z=[np.nan] * 4)) == (4, -1)
    assert used(air(z=[np.nan] * 4), bare=np.array([True])) == (0, 3)


def test_a_pressure_that_repeats_is_that_of_the_ground():
    assert used(air(p=[900.0, 900.0, 700.0, 400.0])) == (1, 3)


def test_columns_are_filled_each_for_itself():
    level = np.array([[1.0] * 4, [2.0] * 4, [3.0] * 4])
    low, last = np.array([0, 2, 1, 0]), np.array([2, 2, 1, 0])
    has_ground = np.array([True, True, False, False])
    found = fill_unused(level, np.array([9.0, 9.0, np.nan, np.nan]), has_ground, low, last)
    expected = [[9, 1, 2, 3], [9, 9, 9, 3], [2, 2, 2, 2], [1, 1, 1, 1]]
    np.testing.assert_array_equal(found.T, expected)
