"""Times told apart: valid ones, starts of forecasts, leads."""

import cftime
import numpy as np
import xarray as xr

from tropdsx.cf.time.roles import is_epoch, rank_times

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
