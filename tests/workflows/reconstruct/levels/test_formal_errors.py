"""Formal errors of profiles, of which some are missing."""

import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.reconstruct.levels.analysis import reconstruct_levels
from tropdsx.workflows.reconstruct.levels.formal_errors import complete_errors

VALUES = np.array([[1.0, 1.0], [2.0, np.nan], [3.0, 3.0]])


def test_a_missing_error_is_the_median_of_its_level():
    sigma = np.array([[0.1, np.nan], [0.3, 9.0], [np.nan, np.nan]])
    with pytest.warns(TropdsxWarning, match="3 of 5 values of profiles have no formal error"):
        found, count = complete_errors(VALUES, sigma)
    # An error without a value says nothing of the level.
    np.testing.assert_allclose(found, [[0.1, 0.2], [0.3, 9.0], [0.2, 0.2]])
    assert count == 3


def test_whole_errors_stay_and_no_errors_are_all_alike():
    whole = np.full((3, 2), 0.5)
    assert complete_errors(VALUES, whole) == (whole, 0)
    np.testing.assert_array_equal(complete_errors(VALUES, whole * np.nan)[0], np.ones((3, 2)))


def test_real_time_profiles_beside_delayed_ones_are_used_and_recorded(sea, seen):
    sigma = seen * 0 + 0.1
    sigma[3] = np.nan
    profiles = seen.to_dataset().assign(thetao_sigma=sigma)
    with pytest.warns(TropdsxWarning, match="values of profiles have no formal error"):
        found = reconstruct_levels(profiles, sea.isel(depth=0), variable="thetao", domain=sea)
    assert found.attrs["values_with_median_error"] == int(np.isfinite(seen[3]).sum())
    plain = reconstruct_levels(seen, sea.isel(depth=0), domain=sea)
    np.testing.assert_allclose(found.thetao, plain.thetao)
