"""Results laid out as CF wants files: names and order of dimensions, ascending dates."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.layout import with_standard_names
from tropdsx.errors import GridError

from helpers.forecasts import RUNNING, in_runs
from helpers.grids import ORIENTATIONS, delays


@pytest.mark.parametrize("case", ORIENTATIONS)
def test_dimensions_get_their_names_and_order_and_epochs_ascend(case):
    ds = ORIENTATIONS[case](delays())
    out = with_standard_names(ds)
    assert list(out["ZHD" if case == "names" else "zhd"].dims)[:3] == ["time", "lat", "lon"]
    assert {"time", "lat", "lon"} <= set(out.indexes)
    assert out.indexes["time"].is_monotonic_increasing
    assert out.sizes["lon"] == max(ds.sizes.values())


def test_values_and_orientation_stay():
    ds = ORIENTATIONS["all at once"](delays())
    out = with_standard_names(ds)
    np.testing.assert_array_equal(out.lat, ds.lat)
    np.testing.assert_array_equal(out.lon, ds.lon)
    xr.testing.assert_equal(out.zwd, ds.zwd.sortby("time").transpose("time", "lat", "lon"))


def test_dates_of_other_forms_become_datetime64_without_another_warning():
    text = delays().assign_coords(time=["2021-01-01T00", "2021-01-01T06", "2021-01-01T12"])
    days = delays().assign_coords(time=("time", [59215.0, 59215.25, 59215.5], {"units": "MJD"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ds in (text, days):
            out = with_standard_names(ds)
            np.testing.assert_array_equal(out.time, delays().time)
            assert "units" not in out.time.attrs


@pytest.mark.parametrize("layout", RUNNING)
def test_the_valid_time_of_a_forecast_is_the_time(layout):
    out = with_standard_names(RUNNING[layout](delays()))
    assert out.zwd.squeeze().dims == ("time", "lat", "lon")
    np.testing.assert_array_equal(out.time, delays().time)
    assert out.time.attrs.get("standard_name", "time") == "time"
    assert out.indexes["time"].is_monotonic_increasing
    began = [name for name in out.coords if out[name].dtype.kind == "M" and name != "time"]
    assert set(began) <= {"forecast_reference_time", "init_time", "initial_time0"}


def test_runs_and_steps_are_laid_out_along_time():
    out = with_standard_names(in_runs(delays(steps=4)))
    xr.testing.assert_equal(out.reset_coords(drop=True), delays(steps=4).reset_coords(drop=True))
    assert set(out.coords) == {"time", "lat", "lon"}


def test_times_of_cdo_lose_what_described_the_numbers():
    days = {"units": "day as %Y%m%d.%f", "calendar": "proleptic_gregorian", "axis": "T"}
    values = [20210101.0, 20210101.25, 20210101.5]
    out = with_standard_names(delays().assign_coords(time=("time", values, days)))
    np.testing.assert_array_equal(out.time, delays().time)
    assert out.time.attrs == {"axis": "T"}


def test_epochs_without_dates_lose_their_coordinate():
    ds = delays().assign_coords(time=np.full(3, "NaT", "M8[ns]"))
    assert "time" not in with_standard_names(ds).coords


def test_counts_that_make_no_dates_stay_as_they_are():
    out = with_standard_names(delays().assign_coords(time=[0, 1, 2]))
    np.testing.assert_array_equal(out.time, [0, 1, 2])


def test_a_list_of_stations_is_refused():
    sites = xr.Dataset(coords={"lat": ("site", [48.0, 50.0]), "lon": ("site", [16.0, 8.0])})
    with pytest.raises(GridError, match="list of stations"):
        with_standard_names(sites)


def test_axes_under_the_name_of_the_other_get_their_own():
    ds = delays()
    turned = ds.rename(lat="lon", lon="lat")
    turned["lon"].attrs, turned["lat"].attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    out = with_standard_names(turned)
    np.testing.assert_array_equal(out.lat, ds.lat)
    assert out.lon.attrs["units"] == "degrees_east"
    xr.testing.assert_equal(out.zwd.variable, ds.zwd.transpose("time", "lat", "lon").variable)
