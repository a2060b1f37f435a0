"""Times told apart: valid ones, starts of forecasts, leads."""

import cftime
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.roles import is_epoch, is_lead, is_start, rank_times, read_leads

DATES = np.datetime64("2022-03-09", "ns") + np.arange(3) * np.timedelta64(6, "h")


def test_times_that_run_then_axes_then_certain_ones_then_names():
    ds = xr.Dataset(
        coords={
            "valid_time": ("step", DATES),
            "step": ("step", [0, 6, 12]),
            "time": ((), DATES[0]),
            "one": ("one", DATES[:1]),
            "counts": ("step", [0, 1, 2], {"axis": "T"}),
        }
    )
    assert rank_times(ds) == ["valid_time", "counts", "step", "one", "time"]
    assert rank_times(ds, horizontal={"step"}) == ["one", "time"]


def test_dates_of_other_calendars_and_undecoded_ones_are_times():
    model = [cftime.DatetimeNoLeap(2022, 3, day) for day in (1, 2, 3)]
    ds = xr.Dataset({"a": ("a", model), "b": ("b", [0, 1, 2], {"units": "days since 2022-01-01"})})
    assert rank_times(ds) == ["a", "b"]


def test_a_field_called_t_is_a_temperature():
    ds = xr.Dataset({"t": ("level", [280.0, 270.0]), "level": [1000, 900]})
    assert rank_times(ds) == []


def test_only_the_scalar_validation_time_stands_for_a_period():
    assert not is_epoch("validation_time", xr.Variable((), DATES[0]))
    assert is_epoch("validation_time", xr.Variable("validation_time", DATES))
    assert is_epoch("time", xr.Variable((), DATES[0], {"standard_name": np.array([1, 2])}))


STARTS = {"forecast_reference_time", "init_time", "Reference_Time", "initial_time0", "base_time"}
LEADS = {"step", "lead_time", "prediction_timedelta", "forecast_period", "forecast_time0"}


def test_starts_and_leads_are_known_by_their_names():
    for name in STARTS:
        assert is_start(name, xr.Variable((), DATES[0]))
        assert not is_lead(name, xr.Variable((), DATES[0]))
        assert not is_epoch(name, xr.Variable((), DATES[0]))
    for name in LEADS:
        for lead in (DATES - DATES[0], [0, 6, 12]):
            assert is_lead(name, xr.Variable("x", lead, {"units": "hours"}))
        assert not is_start(name, xr.Variable("x", DATES - DATES[0]))


def test_standard_names_go_before_names():
    began = {"standard_name": "forecast_reference_time"}
    assert is_start("time", xr.Variable("time", DATES, began))
    assert not is_start("init_time", xr.Variable("time", DATES, {"standard_name": "time"}))
    assert is_lead("fp", xr.Variable("x", [6], {"standard_name": "forecast_period", "units": "h"}))


def test_lengths_of_time_along_time_are_leads_and_other_ones_are_not():
    assert is_lead("time", xr.Variable("time", DATES - DATES[0]))
    assert is_lead("time", xr.Variable("time", [0, 6], {"units": "hours"}))
    assert is_lead("time", xr.Variable((), DATES[1] - DATES[0]))
    assert not is_lead("time", xr.Variable("time", [0, 6]))
    assert not is_lead("time", xr.Variable("time", [0, 6], {"units": "hours since 2022-01-01"}))
    assert not is_lead("age", xr.Variable("time", DATES - DATES[0]))
    assert not is_lead("lead", xr.Variable("x", [1e-9], {"units": "kg m-3"}))  # the metal
    assert not is_lead("t", xr.Variable(("y", "x"), [[280.0]], {"units": "K"}))


@pytest.mark.parametrize(
    ("values", "unit", "hours"),
    [
        ([0, 6], "hours", [0, 6]),
        ([0, 6], "h", [0, 6]),
        ([0.0, 0.25], "days", [0, 6]),
        ([0, 360], "Minutes", [0, 6]),
        ([0, 21600], "s", [0, 6]),
        ([0, 21_600_000], "milliseconds", [0, 6]),
        (np.array([0, 6], "m8[h]"), "", [0, 6]),
    ],
)
def test_leads_in_any_unit(values, unit, hours):
    found = read_leads("step", xr.Variable("step", values, {"units": unit}))
    np.testing.assert_array_equal(found, np.array(hours, "m8[h]"))
    assert found.dtype == "timedelta64[ns]"


def test_hours_may_be_told_by_the_name_and_missing_leads_stay_missing():
    found = read_leads("forecast_hour", xr.Variable("x", [6.0, np.nan]))
    assert np.isnat(found).tolist() == [False, True]
    assert found[0] == np.timedelta64(6, "h")
    assert not is_lead("step", xr.Variable("step", [0, 6]))
