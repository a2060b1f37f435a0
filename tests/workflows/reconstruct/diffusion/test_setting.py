import numpy as np
import pytest

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.diffusion.setting import (
    carrier_target,
    setting_of,
    warn_of_other_grids,
)
from tropdsx.workflows.reconstruct.variability import typical_plan

from helpers.network_of_stations import coarse_grid, flat_globe


@pytest.fixture(scope="module")
def plan():
    grid = coarse_grid()
    fine = grid[["orography"]].interp(lat=np.arange(56.0, 39, -1), lon=np.arange(0.0, 31, 1.25))
    fine["orography"] += 50.0
    fine["orography"].attrs["units"] = "m"
    return make_plan(grid, Options(target=fine, model=None))


def test_heights_above_the_coarse_grid(plan):
    found = setting_of(plan, typical_plan(plan))
    assert found.shape == (17, 25)
    assert not found.wrap
    np.testing.assert_allclose(found.lifted, 50.0, atol=0.1)
    np.testing.assert_array_equal(found.closeness[::2, ::2], 1.0)
    assert found.closeness[1, 1] == 0.25
    assert found.scale.shape == found.shape


def test_other_grids_are_told_of(plan, recwarn):
    steps = {"coarse": [2.0, 2.5], "fine": [1.0, 1.25]}
    warn_of_other_grids(plan, steps)
    assert not recwarn.list
    with pytest.warns(TropdsxWarning, match="fine grid has steps of 1 x 1.25 degrees, the network"):
        warn_of_other_grids(plan, steps | {"fine": [0.5, 0.5]})


def test_a_row_is_refused_with_a_word():
    grid = coarse_grid()
    fine = grid[["orography"]].interp(lat=[50.5], lon=np.arange(5.0, 12))
    fine["orography"].attrs["units"] = "m"
    plan = make_plan(grid, Options(target=fine, model=None))
    with pytest.raises(GridError, match="a target of 1 x 7 nodes; a network sees rows"):
        setting_of(plan, typical_plan(plan))


def test_the_grid_for_places_is_as_fine_as_in_the_training():
    steps = {"coarse": [4.0, 5.0], "fine": [2.0, 2.5]}
    box = make_plan(coarse_grid(), Options(model=None))
    found = carrier_target(box, steps).fine
    np.testing.assert_allclose(found.lat, np.arange(56.0, 39.5, -1))
    np.testing.assert_allclose(found.lon, np.arange(0.0, 30.5, 1.25))
    assert found.orography.notnull().all()
    assert float(np.abs(np.diff(found.orography)).max()) > 0
    globe = make_plan(flat_globe(0.1), Options(model=None))
    found = carrier_target(globe, steps | {"coarse": [6.0, 5.0]}).fine
    assert dict(found.sizes) == {"lat": 106, "lon": 144}
    np.testing.assert_allclose(np.diff(found.lon), 2.5)


def test_the_heights_for_places_are_those_of_the_caller():
    grid = coarse_grid()
    plan = make_plan(grid, Options(model=None, orography=grid.orography))
    found = carrier_target(plan, {"coarse": [4.0, 5.0], "fine": [2.0, 2.5]}).fine
    np.testing.assert_allclose(found.orography[::2, ::2], grid.orography)
