"""Wet delays of exactly 0: missing values that the file does not declare, or very dry air."""

import pickle
import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.checks.delays import mean_wet_delay
from tropdsx.grid.checks.zeros import find_zeros, without_zeros
from tropdsx.grid.orography import shipped_orography
from tropdsx.grid.standardise import standardise_grid


@pytest.fixture
def globe():
    """Mean wet delays on the terrain, on 2 degrees."""
    ground = shipped_orography()[::2, ::2]
    zwd = mean_wet_delay(ground.lat.to_numpy()[:, None], ground.to_numpy())
    noise = np.random.default_rng(1).uniform(0.9, 1.1, zwd.shape)
    return xr.DataArray(zwd * noise, {"lat": ground.lat, "lon": ground.lon}).astype("f4")


def as_file(zwd, *epochs):
    zwd = xr.concat([zwd, *epochs], "time").transpose("time", "lat", "lon")
    zwd = zwd.assign_coords(time=np.datetime64("2021-01-01", "ns") + np.arange(zwd.time.size))
    return zwd.assign_attrs(units="m").to_dataset(name="zwd")


def test_zeros_over_an_area_are_missing_and_told(globe):
    gone = globe.where((globe.lat > 50) | (globe.lon > 100), 0.0)
    with pytest.warns(
        TropdsxWarning, match=r"'zwd' is exactly 0 at 3500 of 16200 .* mm of wet delay beside"
    ):
        grid, _ = standardise_grid(as_file(globe, gone))
    assert "exactly 0" in " ".join(grid.tropdsx_notes)
    assert int(grid.zwd[0].isnull().sum()) == 0
    assert int(grid.zwd[1].isnull().sum()) == int((gone == 0).sum())
    np.testing.assert_array_equal(grid.zwd[1].where(gone > 0), gone.where(gone > 0))


def test_lazy_ones_when_they_are_computed(globe):
    gone = globe.where(globe.lon > 100, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grid, _ = standardise_grid(as_file(globe, gone).chunk(time=1))
    with pytest.warns(TropdsxWarning, match="exactly 0"):
        assert int(grid.zwd.isnull().sum()) == int((gone == 0).sum())


@pytest.mark.parametrize("step", [0.0001, 0.002, 0.02])
def test_what_is_rounded_to_zero_stays(globe, step):
    packed = (globe / step).round() * step
    dry = packed.where(globe > 0.0035, 0.0)  # and what a model cuts off
    assert (dry == 0).any()
    grid, _ = standardise_grid(as_file(dry.astype("f4")))
    assert not grid.zwd.isnull().any()


def test_a_few_nodes_in_moist_air_are_left(globe):
    zwd = globe.to_numpy().copy()
    zwd[45, 70] = 0.0
    assert not find_zeros(zwd)[0].any()
    zwd[45:49, 70:73] = 0.0
    zeros, beside = find_zeros(zwd)
    assert zeros.sum() == 12
    assert 0.1 < beside < 0.3


def test_a_total_delay_less_a_mean_hydrostatic_one_is_dry(globe):
    low = globe.where(globe.lat > 0, np.maximum(globe - 0.03, 0))
    assert (low == 0).sum() > 500
    assert not find_zeros(low.to_numpy())[0].any()


def test_nothing_is_said_of_a_field_of_zeros_or_beside_gaps(globe):
    assert not without_zeros(xr.zeros_like(globe), []).isnull().any()
    around = globe.where(globe.lat < 0).fillna(np.nan)
    around[:5] = 0.0
    assert not find_zeros(around.to_numpy())[0].any()


def test_own_results_are_not_judged(globe):
    gone = as_file(globe.where(globe.lon > 100, 0.0))
    for ds, computed in ((gone, True), (gone.assign_attrs(tropdsx_version="1"), False)):
        grid, _ = standardise_grid(ds, computed=computed)
        assert not grid.zwd.isnull().any()


def test_lazy_delays_travel_by_themselves(globe):
    masked = globe.where(globe.lat < 20, 0.0).expand_dims(time=2).chunk(time=1)
    lazy = without_zeros(masked, [])
    there = pickle.loads(pickle.dumps(lazy))
    with pytest.warns(TropdsxWarning, match="is exactly 0 at"):
        xr.testing.assert_identical(there.compute(), lazy.compute())
