"""Between the nodes: poles, revolutions, dense grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.atmos import gpt3


@pytest.mark.realdata
def test_dense_grids_take_the_contracted_way(grid):
    lat, lon = np.meshgrid(np.arange(-89, 90, 2.0), np.arange(0, 360, 4.0), indexing="ij")
    whole = gpt3("2021-07-01", lat, lon, 100.0, grid)
    assert whole.aw.shape == lat.shape
    some = gpt3("2021-07-01", lat[::30, ::30], lon[::30, ::30], 100.0, grid)
    for a, b in zip(whole, some, strict=True):
        np.testing.assert_allclose(a[::30, ::30], b, rtol=1e-12)


@pytest.mark.realdata
@settings(max_examples=20, deadline=None)
@given(lat=st.floats(-90, 90), lon=st.floats(-180, 180), turns=st.integers(-2, 2))
def test_longitude_may_be_any_revolution(grid, lat, lon, turns):
    there = gpt3("2021-07-01", lat, lon, 0.0, grid, polar="continuous")
    again = gpt3("2021-07-01", lat, lon + 360 * turns, 0.0, grid, polar="continuous")
    assert again.pressure == pytest.approx(there.pressure, rel=1e-9)
    assert again.ah == pytest.approx(there.ah, rel=1e-9)


@pytest.mark.realdata
def test_continuous_pole_is_one_value_and_joins_the_nodes(grid):
    lon = np.arange(0.0, 360, 7)
    pole = gpt3("2021-07-01", 90.0, lon, 0.0, grid, polar="continuous")
    np.testing.assert_allclose(pole.temperature, pole.temperature[0], rtol=1e-14)
    official = gpt3("2021-07-01", 90.0, lon, 0.0, grid)
    assert np.ptp(official.temperature) > 0.01
    for limit in (87.5, -87.5):
        near = limit + np.array([-1e-9, 1e-9])
        step = gpt3("2021-07-01", near[:, None], lon, 0.0, grid, polar="continuous")
        np.testing.assert_allclose(step.temperature[0], step.temperature[1], atol=1e-8)
    inside = gpt3("2021-07-01", 80.0, lon, 0.0, grid, polar="continuous")
    np.testing.assert_array_equal(
        inside.pressure, gpt3("2021-07-01", 80.0, lon, 0.0, grid).pressure
    )
