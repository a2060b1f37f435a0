"""Edges of cells, longitudes without jumps, units of time."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.attributes.acdd import iso_duration, make_storable
from tropdsx.cf.attributes.bounds import cell_edges, choose_time_units, remove_jumps
from tropdsx.cf.description import describe

from helpers.fine import delays


def test_bounds_meet_and_stop_at_the_pole():
    out = describe(delays((np.linspace(90, -90, 37), np.arange(0.0, 360, 5))))
    bounds = out[out.lat.attrs["bounds"]].values
    assert out["lat_bnds"].dims == ("lat", "nv")
    assert "lat_bnds" in out.data_vars
    np.testing.assert_array_equal(bounds[0], [90, 87.5])
    np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])
    np.testing.assert_array_equal(out["lon_bnds"].values[[0, -1]], [[-2.5, 2.5], [352.5, 357.5]])
    assert out["lat_bnds"].encoding["_FillValue"] is None


def test_one_row_has_no_bounds():
    out = describe(delays((np.array([45.0]), np.arange(5.0, 9.0))))
    assert "bounds" not in out.lat.attrs
    assert "lon_bnds" in out


@pytest.mark.parametrize(
    ("step", "unit"), [("1h", "hours"), ("15m", "hours"), ("10m", "minutes"), ("7s", "seconds")]
)
def test_time_units_keep_every_epoch_exact(step, unit, tmp_path):
    size, letter = int(step[:-1]), step[-1]
    times = np.datetime64("2021-06-01", "ns") + np.arange(500) * np.timedelta64(size, letter)
    assert choose_time_units(times) == f"{unit} since 1970-01-01 00:00:00"
    ds = xr.Dataset(coords={"time": times, "lat": [1.0, 2.0], "lon": [1.0, 2.0]})
    describe(ds).to_netcdf(tmp_path / "t.nc")
    with xr.open_dataset(tmp_path / "t.nc") as back:
        np.testing.assert_array_equal(back.time.values, times)


def test_small_pieces():
    np.testing.assert_array_equal(cell_edges(np.array([1.0, 2.0, 4.0])), [0.5, 1.5, 3.0, 5.0])
    np.testing.assert_array_equal(remove_jumps(np.array([179.0, -180.0])), [179.0, 180.0])
    np.testing.assert_array_equal(remove_jumps(np.array([1.0, 359.0, 357.0])), [1.0, -1.0, -3.0])
    assert iso_duration(np.timedelta64(90, "s")) == "PT1M30S"
    assert make_storable({"a": None, "b": [1.5, 2.5]}) == {"a": "None", "b": [1.5, 2.5]}
