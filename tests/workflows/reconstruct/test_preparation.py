import warnings

import numpy as np
import pytest
import xarray as xr

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


def test_a_station_that_is_always_wrong_is_named_and_noted():
    wrong = observe(GRID, some_stations(), 0.0)
    wrong["ztd"][:, 3] += 0.2
    with pytest.warns(TropdsxWarning, match="station S03 is left out: .* mm too large throughout"):
        found = prepare(PLAN, gather_observations(wrong), covariance=Covariance())
    notes = found.plan.record.notes
    assert (found.screening.flags[:, 3] == Flag.BIASED_STATION).all()
    assert "total delays of 24 stations" in notes[0]
    assert any(note.startswith("station S03 is left out") for note in notes)
    assert any("wrong throughout is noticed from" in note for note in notes)


def test_many_wrong_stations_are_not_all_warned_of_by_name():
    wrong = observe(GRID, some_stations(), 0.0)
    wrong["ztd"][:, :7] += 0.2
    with pytest.warns(TropdsxWarning) as caught:
        found = prepare(PLAN, gather_observations(wrong), covariance=Covariance())
    lines = [str(each.message) for each in caught]
    assert sum(line.startswith("station S") for line in lines) == 5
    assert "2 more stations are left out as a whole: see station_flag" in lines
    assert sum(note.startswith("station S") for note in found.plan.record.notes) == 7


def test_wrong_stations_that_are_too_many_to_be_left_out_are_told():
    wrong = observe(GRID, some_stations(), 0.0)
    wrong["ztd"][:, :10] += np.where(np.arange(10) % 2, 0.2, -0.2)
    with pytest.warns(TropdsxWarning) as caught:
        found = prepare(PLAN, gather_observations(wrong), covariance=Covariance())
    assert any("differ throughout from other stations" in str(each.message) for each in caught)
    assert not (found.screening.flags == Flag.BIASED_STATION).any()
    notes = " ".join(found.plan.record.notes)
    assert "(of 25) differ throughout" in notes
    assert "wrong throughout is noticed" not in notes


def test_what_was_estimated_goes_with_its_epochs():
    found = prepare(PLAN, gather_observations(observe(GRID, some_stations(), 0.01)))
    said = found.estimated
    assert (said["epochs"], said["first"]) == (4, "2022-03-09T00:00")
    assert said["smoothing_share"] == (found.smoothing.share if found.smoothing else 0.0)
    assert (
        "from the 4 epochs from 2022-03-09T00:00 to 2022-03-09T18:00" in found.plan.record.notes[-1]
    )


@pytest.mark.realdata
def test_weather_of_ten_days_is_no_error_of_the_heights(shared):
    """In these days all stations are 10 mm above VMF1: 4.7 standard deviations of half days."""
    with xr.open_dataset(shared / "data/vmf1/vmf1_2x2.5_dev.nc") as ds:
        days = slice("2022-03-09", "2022-03-18")
        grid = ds.sel(time=days, lat=slice(60, 36), lon=slice(0, 40)).load()
    folder = shared / "data/gnss"
    names = ("gnss_stations_dev.csv", "gnss_ztd_dev.csv.xz")
    observed = gather_observations(*(folder / name for name in names))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?!the total delays of all stations)")
        found = prepare(make_plan(grid, Options(model=None)), observed, covariance=Covariance())
    offset, sigma = found.screening.common
    assert 2 * sigma < offset < 4 * sigma
