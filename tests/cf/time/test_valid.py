"""When values hold, in forecasts of any layout."""

import numpy as np
import pytest

from tropdsx.cf.time.valid import find_valid_time

from helpers.forecasts import HOUR, RUNNING, in_runs
from helpers.grids import delays

DATES = delays().time.values


@pytest.mark.parametrize("layout", RUNNING)
def test_one_valid_time_in_every_layout(layout):
    ds = RUNNING[layout](delays())
    time = find_valid_time(ds, {"lat", "lon"}).time
    np.testing.assert_array_equal(time.values, DATES)
    assert time.ndim == 1
    assert time.name in ("time", "valid_time", "datetime")


@pytest.mark.parametrize("stored", [True, False])
def test_valid_times_of_runs_and_steps(stored):
    ds = in_runs(delays(steps=4))
    found = find_valid_time(ds if stored else ds.drop_vars("valid_time"))
    assert found.time.dims == ("time", "step")
    np.testing.assert_array_equal(found.time.values.ravel(), delays(steps=4).time)
    assert found.sum_of == (() if stored else ("time", "step"))
    assert not found.is_assumed


def test_without_forecasts_the_time_is_as_stored():
    ds = delays()
    assert find_valid_time(ds).time.identical(ds.time)
    text = ds.assign_coords(time=["20210101", "20210102", "20210103"])
    assert find_valid_time(text).time.identical(text.time)
    counted = ds.assign_coords(time=[0, 1, 2])
    assert find_valid_time(counted).time.identical(counted.time)
    assert find_valid_time(ds.isel(time=0, drop=True)).time is None


def test_time_beside_an_equal_valid_time_is_one_axis():
    ds = delays().assign_coords(valid_time=("time", DATES))
    assert find_valid_time(ds).time.name == "time"
    began = ds.assign_coords(time=DATES - 6 * HOUR)
    assert find_valid_time(began).time.name == "valid_time"


def test_a_stale_valid_time_of_one_value_is_passed_over():
    ds = delays().assign_coords(valid_time=DATES[0])
    assert find_valid_time(ds).time.name == "time"


@pytest.mark.parametrize(
    ("attrs", "name", "hours"),
    [
        ({}, "step", 6),
        ({"standard_name": "time", "long_name": "initial time of forecast"}, "step", 6),
        ({"standard_name": "forecast_reference_time"}, "step", 6),
        ({"standard_name": "forecast_reference_time"}, "forecast_period", 6),
        ({"standard_name": "time"}, "step", 0),
        ({}, "forecast_period", 0),
    ],
)
def test_a_lead_of_one_value_is_added_to_starts_alone(attrs, name, hours):
    ds = delays().assign_coords({"time": ("time", DATES, attrs), name: 6 * HOUR})
    found = find_valid_time(ds)
    np.testing.assert_array_equal(found.time.values, DATES + hours * HOUR)
    assert found.is_assumed == (hours > 0 and attrs.get("standard_name") in (None, "time"))


def test_analyses_have_a_lead_of_nothing():
    ds = delays().assign_coords(step=0 * HOUR)
    assert find_valid_time(ds).time.identical(ds.time.reset_coords(drop=True))


def test_a_single_lead_and_start():
    ds = delays().isel(time=0, drop=True)
    ds = ds.assign_coords(forecast_reference_time=DATES[0], step=6 * HOUR)
    assert find_valid_time(ds).time.values == DATES[1]


def test_starts_without_leads_are_no_times():
    for name, attrs in (("init_time", {}), ("time", {"standard_name": "forecast_reference_time"})):
        ds = delays().rename(time=name) if name != "time" else delays()
        ds[name].attrs = attrs
        found = find_valid_time(ds)
        assert (found.time, found.starts) == (None, (name,))


def test_leads_without_a_start_are_no_dates():
    for ds in (delays().assign_coords(time=DATES - DATES[0]), delays().rename(time="step")):
        ds = ds.assign_coords({ds.zwd.dims[0]: DATES - DATES[0]})
        assert find_valid_time(ds).time.dtype.kind == "m"


def test_bounds_and_times_of_other_things_are_no_valid_times():
    edges = np.stack([DATES - HOUR, DATES], axis=1)
    ds = delays().assign(time_bnds=(("time", "nv"), edges), launch=("site", DATES[:2]))
    ds.time.attrs["bounds"] = "time_bnds"
    assert find_valid_time(ds).time.name == "time"
    assert find_valid_time(ds.isel(time=[0]).drop_vars("launch")).time.name == "time"
    ages = ds.assign(age=("time", DATES - DATES[0]), expected=("time", DATES - DATES[0]))
    assert find_valid_time(ages).sum_of == ()


def test_times_of_each_pixel_are_passed_over_on_a_grid():
    ds = delays()
    ds["t"] = ("lat", np.full(18, DATES[0]))
    assert find_valid_time(ds, {"lat", "lon"}).time.name == "time"
