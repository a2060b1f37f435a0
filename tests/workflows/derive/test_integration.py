"""Levels and ladders in any order of dimensions give the same integrals."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.workflows.derive.integration import LADDER, integrate_levels, pressure_heights
from tropdsx.workflows.derive.levels import find_levels

from helpers.levels import column, true_delays


def test_a_ladder_is_one_height_after_the_other(air):
    levels = find_levels(column(air))
    rungs = xr.DataArray([200.0, 1500.0, 9000.0], dims=LADDER)
    together = integrate_levels(levels, 0.0, None, rungs)
    assert together["zhd"].dims == (LADDER,)
    for rung in rungs:
        alone = integrate_levels(levels, 0.0, None, rung)
        for name, field in alone.items():
            assert field.item() == together[name].sel({LADDER: rungs == rung}).item()
    zhd, zwd = true_delays(air, rungs.values)
    np.testing.assert_allclose(together["zhd"], zhd, atol=0.1e-3)
    np.testing.assert_allclose(together["zwd"], zwd, atol=0.1e-3)


def test_the_dimension_of_the_levels_may_have_the_name_of_the_ladder(air):
    ds = column(air)
    target = xr.DataArray([0.0, 700.0], dims=LADDER)
    expected = integrate_levels(find_levels(ds), 0.0, None, target)
    renamed = find_levels(ds.rename(level=LADDER))
    assert renamed.dim == LADDER
    found = integrate_levels(renamed, 0.0, None, target)
    np.testing.assert_array_equal(found["zwd"], expected["zwd"])


def test_the_mean_temperature_is_given_where_it_is_wanted(air):
    levels, ground = find_levels(column(air)), xr.DataArray(0.0)
    assert set(integrate_levels(levels, 0.0, ground, ground)) == {"zhd", "zwd"}
    found = integrate_levels(levels, 0.0, ground, ground, mean_temperature=True)
    assert 265 < found["mean_temperature"].item() < 285


@pytest.mark.parametrize("undulation", [0.0, 45.0])
def test_the_ground_lies_where_its_pressure_is_reached(air, undulation):
    found = pressure_heights(find_levels(column(air, ground=800.0)), undulation)
    assert found.item() == pytest.approx(800.0 + undulation, abs=1.0)


@pytest.mark.parametrize(("is_ellipsoidal", "added"), [(False, 45.0), (True, 0.0)])
def test_heights_of_levels_above_the_geoid_get_the_undulation(air, is_ellipsoidal, added):
    levels = find_levels(column(air, ground=800.0))
    heights = levels.geopotential / STANDARD_GRAVITY
    levels = replace(levels, geopotential=None, height=heights, is_ellipsoidal=is_ellipsoidal)
    expected = pressure_heights(replace(levels, is_ellipsoidal=True), 0.0).item()
    found = pressure_heights(levels, 45.0).item()
    assert found == pytest.approx(expected + added, abs=1e-6)
