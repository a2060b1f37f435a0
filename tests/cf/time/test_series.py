"""Files of forecasts that follow each other."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.series import settle_series
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.read.delays import open_delays
from tropdsx.workflows.convert.files import convert

from helpers import fields
from helpers.forecasts import HOUR, RUNNING

DATES = np.datetime64("2022-03-09", "ns") + np.arange(3) * 6 * HOUR
STEPS = {"time", "step"}


def delays():
    """Plausible delays, which pass the checks of a conversion."""
    return fields.delays(np.arange(85.0, -90, -10.0), np.arange(5.0, 360, 10.0))


def one_by_one(ds, began, **attrs):
    """A forecast of one step in each Dataset."""
    start = xr.Variable((), began, attrs)
    for k, date in enumerate(ds.time.values):
        yield ds.isel(time=k, drop=True).assign_coords(time=start, step=date - began)


def write(parts, folder):
    paths = []
    for k, ds in enumerate(parts):
        paths.append(folder / f"{k}.nc")
        ds.to_netcdf(paths[-1])
    return paths


@pytest.mark.parametrize("attrs", [{}, {"standard_name": "forecast_reference_time"}])
def test_steps_of_one_run_in_files(tmp_path, attrs):
    paths = write(one_by_one(delays(), DATES[0], **attrs), tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        out = convert(paths[::-1], tmp_path / "out.nc", target=10.0, model=None)
    assert ("nothing else says" in str([each.message for each in caught])) == (not attrs)
    with xr.open_dataset(out) as fine:
        np.testing.assert_array_equal(fine.time, DATES)
        if attrs:
            assert fine.forecast_reference_time.values == DATES[0]
        assert "sum of 'time' and 'step'" in fine.attrs["tropdsx_notes"]


def test_starts_and_leads_that_differ_are_left_out():
    parts = []
    for k, ds in enumerate(one_by_one(delays(), DATES[0] - 6 * HOUR)):
        parts.append(ds.assign_coords(time=DATES[k] - 6 * HOUR, step=6 * HOUR))
    with pytest.warns(TropdsxWarning, match="sum of 'time' and 'step'"):
        settled = settle_series(parts, [])
    assert [set(ds.coords) & {*STEPS, "valid_time"} for ds in settled] == [
        {"step", "valid_time"}
    ] * 3
    assert [ds.valid_time.values for ds in settled] == list(DATES)


def test_times_of_other_names_and_forms_are_joined(tmp_path):
    first, second, third = (delays().isel(time=[k]) for k in range(3))
    forecast = RUNNING["reference time and step"](third)
    forecast = forecast.assign_coords(time=forecast.time - 6 * HOUR, step=forecast.step + 6 * HOUR)
    parts = [first, second.rename(time="valid_time"), forecast]
    with open_delays(write(parts, tmp_path)) as joined:
        np.testing.assert_array_equal(joined.time, DATES)
        np.testing.assert_array_equal(joined.zwd, delays().zwd)


def test_epochs_of_files_are_put_on_the_step_of_the_series(tmp_path):
    """A file of one epoch does not say by itself how far it is off."""
    off = np.array([0, 31, -17]) * np.timedelta64(1, "s")
    moved = delays().assign_coords(time=DATES + off)
    paths = write([moved.isel(time=[k]) for k in range(3)], tmp_path)
    with pytest.warns(TropdsxWarning, match="up to 31 s off steps of 6 h"):
        out = convert(paths, tmp_path / "out.nc", target=10.0, model=None)
    with xr.open_dataset(out) as fine:
        np.testing.assert_array_equal(fine.time, DATES)


def test_two_runs_for_one_time_in_files_are_refused(tmp_path):
    ds = delays()
    parts = list(one_by_one(ds.isel(time=[1]), DATES[0], standard_name="forecast_reference_time"))
    parts += one_by_one(ds.isel(time=[1]), DATES[1], standard_name="forecast_reference_time")
    with pytest.raises(GridError, match="hold the same epoch 2022-03-09T06:00; accepted is each"):
        open_delays(write(parts, tmp_path))


def test_files_without_forecasts_stay_as_they_are():
    parts = [delays().isel(time=[k]) for k in range(3)]
    notes = []
    for settled, ds in zip(settle_series(parts, notes), parts, strict=True):
        xr.testing.assert_identical(settled, ds)
    assert settle_series([], notes) == notes == []


@pytest.mark.parametrize(
    "other", [["20220701T06"], [b"2022-07-01T06:00"], [2022070106], [20220701.25]]
)
def test_text_and_numbers_of_some_files_become_the_dates_of_the_others(other):
    parts = [
        xr.Dataset({"zwd": ("time", [0.1])}, {"time": np.array(epochs)})
        for epochs in ([np.datetime64("2022-07-01T00", "ns")], other)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which says how numbers were read
        found = settle_series(parts, [])
    assert [str(ds.time.values[0])[:13] for ds in found] == ["2022-07-01T00", "2022-07-01T06"]
