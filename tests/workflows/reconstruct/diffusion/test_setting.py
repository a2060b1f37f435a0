import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.diffusion.setting import setting_of, warn_of_other_grids
from tropdsx.workflows.reconstruct.variability import typical_plan

from helpers.network_of_stations import coarse_grid


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
