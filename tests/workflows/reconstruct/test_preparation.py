import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.screening import Flag
from tropdsx.workflows.reconstruct.preparation import prepare

from helpers.network_of_stations import coarse_grid, observe, some_stations

GRID = coarse_grid()
PLAN = make_plan(GRID, Options(target=1.0, orography=GRID.orography, model=None))


def test_the_covariance_is_fitted_where_none_is_given():
    wet = gather_observations(observe(GRID, some_stations(), 0.01))
    found = prepare(PLAN, wet)
    assert found.screening.covariance != Covariance()
    assert len(found.places) == 25
    given = Covariance(local=0.02)
    assert prepare(PLAN, wet, covariance=given).screening.covariance == given


def test_stations_in_feet_are_rejected_and_named():
    stations = some_stations()
    feet = (stations.height / 0.3048).assign_attrs(units="m")
    odd = observe(GRID, stations).assign_coords(height=feet)
    with pytest.warns(TropdsxWarning, match="nothing is used of S.*check height and unit"):
        found = prepare(PLAN, gather_observations(odd), covariance=Covariance())
    assert (found.screening.flags >= Flag.FAR_FROM_BACKGROUND).mean() > 0.5


def test_no_stations_are_a_network_without_members():
    found = prepare(PLAN, None)
    assert len(found.places) == 0
    estimate = found.interpolator(found.places)(found.screening.residuals[0])
    assert estimate.mean.shape == (0,)
    assert np.isfinite(found.screening.covariance.variance)
