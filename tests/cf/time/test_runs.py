"""Runs and steps of forecasts as one axis of valid times."""

import dask.array
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.runs import is_of_forecast, refuse_two_forecasts
from tropdsx.cf.time.settle import settle_time
from tropdsx.errors import GridError

from helpers.forecasts import in_runs
from helpers.grids import NoScheduler, delays


@pytest.mark.parametrize("names", [("time", "valid_time"), ("init_time", "valid_time")])
@pytest.mark.parametrize("stored", [True, False])
def test_runs_and_steps_become_one_axis(names, stored):
    ds = delays(steps=4)
    runs = in_runs(ds, names=names)
    notes = []
    out = settle_time(runs if stored else runs.drop_vars("valid_time"), notes)
    assert out.zwd.dims == ("time", "lat", "lon")
    assert out.orography.dims == ("lat", "lon")
    xr.testing.assert_equal(out.reset_coords(drop=True), ds.reset_coords(drop=True))
    assert notes[-1] == f"epochs along {names[0]} and step made one time axis"
    assert ("valid times are the sum" in notes[0]) != stored


def test_runs_that_overlap_in_order_of_their_valid_times():
    ds = delays(steps=4)
    apart = in_runs(ds).isel(time=[1, 0]).transpose("lat", "step", "lon", "time")
    out = settle_time(apart)
    np.testing.assert_array_equal(out.time, ds.time)
    np.testing.assert_array_equal(out.zwd.transpose("time", "lat", "lon"), ds.zwd)


def test_valid_times_that_are_missing_are_left_out():
    runs = in_runs(delays(steps=4))
    runs.valid_time.values[1, 1] = np.datetime64("NaT", "ns")
    np.testing.assert_array_equal(settle_time(runs).time, delays(steps=3).time)


def test_two_forecasts_for_one_time_are_refused():
    runs = in_runs(delays(steps=4)).drop_vars("valid_time")
    runs = runs.assign_coords(step=[np.timedelta64(0, "h"), np.timedelta64(12, "h")])
    match = (
        "'valid_time' holds 2 forecasts for 2021-01-01T12:00 .begun 2021-01-01T00:00 and "
        "2021-01-01T12:00.; accepted is one for each valid time. Select a run"
    )
    with pytest.raises(GridError, match=match):
        settle_time(runs)
    assert settle_time(runs, flatten=False).valid_time.dims == ("time", "step")
    assert settle_time(runs.isel(time=[1])).valid_time.dims == ("step",)


def test_forecasts_are_counted_without_missing_ones():
    noon = np.datetime64("2022-07-01T12", "ns")
    nothing = np.datetime64("NaT")
    refuse_two_forecasts(np.array([noon, nothing, nothing]), None, "a.grb")
    with pytest.raises(
        GridError, match=r"^a\.grb holds 3 forecasts for 2022-07-01T12:00; accepted"
    ):
        refuse_two_forecasts(np.array([noon, noon, nothing, noon]), None, "a.grb")


def test_nothing_is_computed(tmp_path):
    runs = in_runs(delays(steps=4))
    lazy = runs.chunk({"time": 1, "step": 2}).assign_coords(valid_time=runs.valid_time)
    runs.to_netcdf(tmp_path / "runs.nc")
    with xr.open_dataset(tmp_path / "runs.nc", decode_timedelta=True) as stored:
        for ds in (lazy, stored):
            with dask.config.set(scheduler=NoScheduler()):
                out = settle_time(ds)
            assert isinstance(out.zwd.data, dask.array.Array)
            np.testing.assert_array_equal(out.zwd, delays(steps=4).zwd)


def test_starts_and_leads_are_of_a_forecast():
    ds = in_runs(delays(steps=4), names=("init_time", "valid_time"))
    found = [name for name in ds.variables if is_of_forecast(name, ds.variables[name])]
    assert sorted(found) == ["init_time", "step"]


def test_fields_of_the_runs_alone_are_those_of_each_step():
    runs = in_runs(delays(steps=4))
    runs["bias"] = "time", [1.0, 2.0]
    assert settle_time(runs).bias.values.tolist() == [1.0, 1.0, 2.0, 2.0]
