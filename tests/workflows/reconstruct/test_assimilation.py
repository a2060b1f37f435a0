import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.pipeline.run import refine
from tropdsx.workflows.reconstruct.assimilation import assimilate, assimilate_at
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.preparation import prepare

from helpers.network_of_stations import coarse_grid, observe, some_stations

GRID = coarse_grid()


@pytest.fixture(scope="module")
def prepared():
    plan = make_plan(GRID, Options(target=2.0, orography=GRID.orography, model=None))
    observed = gather_observations(observe(GRID, some_stations(), 0.01))
    return prepare(plan, observed, covariance=Covariance(mountain=0.0))


@pytest.fixture(scope="module")
def background(prepared):
    return refine(prepared.plan, prepared.plan.grid)[0]


def test_a_grid_and_places_say_the_same(prepared, background):
    fine = assimilate(prepared, background)
    row, column = [1, 4, 6], [2, 7, 11]
    lat, lon = fine.lat.values[row], fine.lon.values[column]
    height = fine.orography.values[row, column]
    places = {name: ("station", v) for name, v in zip("abc", (lat, lon, height), strict=True)}
    at = xr.Dataset(coords={"station": ["x", "y", "z"], **places})
    found = assimilate_at(prepared, at.rename(a="lat", b="lon", c="height"))
    for name in ("zwd", "ztd_sigma", "stations_used"):
        expected = fine[name].transpose("time", "lat", "lon").values[:, row, column]
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.ztd, found.zhd + found.zwd)


def test_without_a_background_there_is_neither_delay_nor_sigma(prepared, background):
    gap = background.assign(zwd=background.zwd.where(background.lat != background.lat[2]))
    found = assimilate(prepared, gap)
    for name in ("zwd", "ztd", "ztd_sigma", "zwd_sigma"):
        missing = found[name].isnull().all(["time", "lon"]).values
        assert missing.tolist() == [row == 2 for row in range(missing.size)], name


def test_both_delays_are_needed(prepared, background):
    with pytest.raises(GridError, match="a reconstruction needs zhd and zwd; the grid has zhd"):
        assimilate(prepared, background.drop_vars("zwd"))
