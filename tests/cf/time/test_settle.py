"""One axis of valid times, on its step, whatever the layout of a forecast."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.settle import find_horizontal, settle_time
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid

from helpers.forecasts import HOUR, RUNNING
from helpers.grids import delays

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


def test_axes_of_the_same_epochs_are_one():
    ds = delays()
    apart = ds[["zhd", "orography"]].rename(time="valid_time").assign(zwd=ds.zwd)
    for shift in (0 * SECOND, np.array([0, 1, -50]) * SECOND):
        moved = apart.assign_coords(valid_time=ds.time.values + shift)
        xr.testing.assert_equal(settle_time(moved), ds)
        xr.testing.assert_equal(standardise_grid(moved)[0], standardise_grid(ds)[0])


def test_axes_of_other_epochs_stay_and_are_refused_where_one_is_wanted():
    ds = delays()
    apart = ds[["zhd"]].rename(time="valid_time").assign(zwd=ds.zwd)
    later = apart.assign_coords(valid_time=ds.time.values + 6 * HOUR)
    for each in (later, later.isel(valid_time=[0, 1])):
        assert settle_time(each) is each
        with pytest.raises(
            GridError, match=r"two time axes found \(time, valid_time\); accepted is"
        ):
            standardise_grid(each)


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


def test_the_dimensions_of_a_grid_are_those_of_its_places():
    assert find_horizontal(delays()) == {"lat", "lon"}
    fields = {name: (("y", "x"), np.zeros((2, 3))) for name in ("lat", "lon")}
    assert find_horizontal(xr.Dataset(coords=fields)) == {"y", "x"}
    assert find_horizontal(xr.Dataset()) == set()


def test_a_start_with_the_standard_name_of_a_time_still_is_one():
    """Files copy the attributes of their time: six hours would be lost in silence."""
    start = np.datetime64("2022-07-01", "ns")
    coords = {"forecast_reference_time": ((), start, {"standard_name": "time"})}
    ds = delays().isel(time=0, drop=True).assign_coords(coords)
    told = []
    assert settle_time(ds, told) is ds
    ahead = ds.assign_coords(step=((), 6, {"units": "hours"}))
    with pytest.warns(TropdsxWarning, match="the sum of 'forecast_reference_time' and 'step'"):
        found = settle_time(ahead, told)
    assert found.valid_time.values == start + 6 * HOUR


def test_leads_without_a_unit_are_refused():
    start = np.datetime64("2022-07-01", "ns")
    ds = delays().rename(time="step")
    ds = ds.assign_coords(step=6 * np.arange(ds.step.size))
    assert settle_time(ds) is ds  # nothing that they would count from
    with pytest.raises(GridError, match=r"'step' \(0 to .*\) says how long .* not in which unit"):
        settle_time(ds.assign_coords(time=start))
    known = ds.assign_coords(time=start)
    known["step"].attrs["units"] = "hours"
    assert settle_time(known).valid_time.values[1] == start + 6 * HOUR


def test_the_date_of_raider_is_read():
    ds = delays().isel(time=0, drop=True)
    told = []
    found = settle_time(ds.assign_attrs(datetime="2019_11_17T20_51_58"), told)
    assert found.time.values == np.datetime64("2019-11-17T20:51:58")
    assert told == ["epoch from the global attribute 'datetime' (2019_11_17T20_51_58)"]
    for said in ("today", "2019_13_17T20_51_58"):
        other = ds.assign_attrs(datetime=said)
        assert settle_time(other, told) is other
    dated = delays().assign_attrs(datetime="2019_11_17T20_51_58")
    assert settle_time(dated, told) is dated
