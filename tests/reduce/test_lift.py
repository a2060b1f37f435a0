"""Coarse nodes lifted to a fine orography."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.reduce.lift import reduce_to_orography

from helpers.fields import delays

LAT1, LON1 = np.arange(89.5, -90.0, -1.0), np.arange(0.5, 360.0)


def fine_target(orography=None):
    heights = np.zeros((180, 360)) if orography is None else orography
    return xr.Dataset(
        {"orography": (("lat", "lon"), heights, {"units": "m"})}, {"lat": LAT1, "lon": LON1}
    )


@pytest.mark.parametrize("model", ["climatology", "kouba", "none"])
def test_a_node_at_its_own_height_keeps_its_value_bit_for_bit(coarse, model):
    heights = np.random.default_rng(0).uniform(0, 4000, (180, 360))
    heights[2::5, 2::5] = coarse["orography"]
    fine = reduce_to_orography(coarse, fine_target(heights), height_model=model)
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(fine[name].values[:, 2::5, 2::5], coarse[name].values)


def test_lazy_chunks_and_values(coarse, no_compute):
    target = fine_target()
    lazy = reduce_to_orography(coarse.chunk(time=1), target.chunk())
    assert lazy.zhd.chunksizes["time"] == (1, 1, 1)
    assert set(lazy) == {"zhd", "zwd"}


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_chunks_do_not_change_a_bit(coarse, chunk):
    target = fine_target(np.full((180, 360), 700.0))
    eager = reduce_to_orography(coarse, target)
    lazy = reduce_to_orography(coarse.chunk(time=chunk), target).compute(scheduler="threads")
    xr.testing.assert_identical(eager, lazy)


def test_the_result_carries_the_heights_that_it_refers_to(coarse):
    target = fine_target(np.random.default_rng(2).uniform(0, 4000, (180, 360)))
    for grid in (coarse, coarse.chunk(time=1)):
        fine = reduce_to_orography(grid, target)
        xr.testing.assert_identical(fine.orography.variable, target.orography.variable)


def test_one_delay_alone(coarse):
    both = reduce_to_orography(coarse, fine_target())
    alone = reduce_to_orography(coarse.drop_vars("zhd"), fine_target())
    assert set(alone) == {"zwd"}
    np.testing.assert_allclose(alone.zwd, both.zwd, atol=1e-3)


def test_missing_heights_are_told_and_none_at_all_is_refused(coarse):
    target = xr.Dataset(
        {"orography": (("lat", "lon"), np.zeros((2, 2)))}, {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    )
    coarse = coarse.assign(orography=coarse.orography.astype(float).copy())
    coarse.orography[3, 4] = np.nan
    with pytest.warns(UserWarning, match="1 of 2592 coarse height values are missing"):
        reduce_to_orography(coarse, target)
    coarse = coarse.assign(orography=coarse.orography * np.nan)
    with pytest.raises(GridError, match="all coarse heights are missing"):
        reduce_to_orography(coarse, target)


def test_missing_node_touches_its_cells_only_and_is_counted(coarse):
    coarse = coarse.copy(deep=True)
    coarse.zwd[0, 10, 10] = np.nan
    with pytest.warns(UserWarning, match="1 of .* missing"):
        fine = reduce_to_orography(coarse, fine_target())
    missing = np.isnan(fine.zwd.values)
    assert 200 < missing[0].sum() <= 20 * 20
    assert not missing[1:].any()
    assert not np.isnan(fine.zhd.values).any()


def test_region_equals_global_inside(coarse):
    """Away from its edges a region gives what the whole globe gives."""
    box = coarse.sel(lat=slice(70, 20), lon=slice(30, 120))
    inner = fine_target().sel(lat=slice(58, 33), lon=slice(44, 106))
    a = reduce_to_orography(box, inner)
    b = reduce_to_orography(coarse, inner)
    np.testing.assert_allclose(a.zhd, b.zhd, atol=1e-6)


def test_target_outside_is_refused(coarse):
    box = coarse.sel(lat=slice(70, 20), lon=slice(30, 120))
    with pytest.raises(GridError, match="outside the coarse grid"):
        reduce_to_orography(box, fine_target().sel(lat=slice(-10, -30)))


def test_no_orography_says_how_to_give_it(coarse):
    with pytest.raises(GridError, match="coarse_orography="):
        reduce_to_orography(coarse.drop_vars("orography"), fine_target())


def test_no_warning_on_clean_input(coarse):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reduce_to_orography(coarse, fine_target())


def test_poles_in_the_coarse_grid():
    grid = delays(np.arange(90.0, -91, -2.0), np.arange(0.0, 360, 2.5), epochs=1)
    fine = reduce_to_orography(grid, fine_target())
    assert np.isfinite(fine.zhd.values).all()
