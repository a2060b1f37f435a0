"""One axis of valid times, on its step, whatever the layout of a forecast."""

import warnings

import dask.array
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.settle import refuse_two_forecasts, settle_time
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid

from helpers.forecasts import HOUR, RUNNING, in_runs
from helpers.grids import NoScheduler, delays

SECOND = np.timedelta64(1, "s")


@pytest.mark.parametrize("layout", RUNNING)
def test_every_layout_gives_the_same_grid(layout):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grid, record = standardise_grid(RUNNING[layout](delays()))
    xr.testing.assert_equal(grid, standardise_grid(delays())[0])
    np.testing.assert_array_equal(record.restore(grid)[record.time.name], delays().time)


def test_a_settled_dataset_is_the_same_object():
    for ds in (delays(), delays().isel(time=0), delays().isel(time=0, drop=True), xr.Dataset()):
        notes = []
        assert settle_time(ds, notes) is ds
        assert notes == []


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


def test_axes_of_the_same_epochs_are_one():
    ds = delays()
    apart = ds[["zhd", "orography"]].rename(time="valid_time").assign(zwd=ds.zwd)
    for shift in (0 * SECOND, np.array([0, 1, -50]) * SECOND):
        moved = apart.assign_coords(valid_time=ds.time.values + shift)
        xr.testing.assert_equal(settle_time(moved), ds)
        xr.testing.assert_equal(standardise_grid(moved)[0], standardise_grid(ds)[0])


def test_axes_of_other_epochs_are_refused_where_one_is_wanted():
    ds = delays()
    apart = ds[["zhd"]].rename(time="valid_time").assign(zwd=ds.zwd)
    later = apart.assign_coords(valid_time=ds.time.values + 6 * HOUR)
    match = "two time axes found .'time' with 3 epochs from .*, 'valid_time' with [23] epochs from"
    for each in (later, later.isel(valid_time=[0, 1])):
        with pytest.raises(GridError, match=match):
            settle_time(each)
        assert settle_time(each, flatten=False) is each


def test_starts_alone_are_refused_with_the_way_out():
    ds = delays()
    ds.time.attrs["standard_name"] = "forecast_reference_time"
    for each in (ds, delays().rename(time="init_time")):
        with pytest.raises(GridError, match="says when 3 forecasts began, and no lead time"):
            settle_time(each)


def test_an_assumed_start_is_warned_of():
    ds = delays().assign_coords(step=6 * HOUR)
    notes = []
    with pytest.warns(TropdsxWarning, match="valid times are the sum of 'time' and 'step', for"):
        out = settle_time(ds, notes)
    np.testing.assert_array_equal(out.valid_time, ds.time + 6 * HOUR)
    assert notes == ["valid times are the sum of 'time' and 'step'"]


@pytest.mark.parametrize("jitter", [1e-9, 2e-3, 1.0, 60.0])
def test_epochs_off_their_step_are_put_on_it(jitter):
    ds = delays()
    off = (np.array([0, 1, -1]) * jitter * 1e9).astype("m8[ns]")
    notes = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = settle_time(ds.assign_coords(time=ds.time + off), notes)
    xr.testing.assert_equal(out, ds)
    assert notes == [
        f"times of 'time' are up to {jitter:.3g} s off steps of 6 h: taken as on the step"
    ]
    assert [str(each.message) for each in caught] == (notes if jitter >= 1 else [])


def test_numbers_in_single_precision_are_put_on_their_step():
    ds = delays()
    seconds = ((ds.time.values - np.datetime64("1970-01-01")) / SECOND).astype(np.float32)
    off = ds.assign_coords(time=("time", seconds, {"units": "seconds since 1970-01-01"}))
    with pytest.warns(TropdsxWarning, match="off steps of 6 h"):
        grid, record = standardise_grid(off)
    np.testing.assert_array_equal(grid.time, ds.time)
    assert record.restore(grid).time.attrs == {}
    assert len(record.notes) == 1


def test_forecasts_are_put_on_their_step_too():
    ds = RUNNING["time and step, no valid time"](delays())
    ds = ds.assign_coords(time=ds.time + 30 * SECOND, step=ds.step + np.array([0, 9, -9]) * SECOND)
    with pytest.warns(TropdsxWarning, match="times of 'valid_time' are up to 39 s off"):
        out = settle_time(ds, [])
    np.testing.assert_array_equal(out.valid_time, delays().time)


def test_irregular_times_stay():
    ds = delays()
    for minutes in ([0, 7, 19], [0, 365, 729]):
        odd = ds.assign_coords(time=ds.time.values[0] + np.array(minutes, "m8[m]"))
        assert settle_time(odd) is odd


def test_times_of_a_track_are_those_of_its_points():
    points = {"lat": ("point", [48.0, 49.0]), "lon": ("point", [16.0, 17.0])}
    track = xr.Dataset(coords=points | {"time": ("point", delays().time.values[:2])})
    assert settle_time(track) is track
