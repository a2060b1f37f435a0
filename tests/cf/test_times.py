"""Times in any form become dates, and come back as they were."""

import numpy as np
import xarray as xr

from tropdsx.grid.standardise import standardise_grid

from helpers.grids import delays


def test_no_time_is_one_epoch_without_a_date():
    ds = delays().isel(time=0, drop=True)
    grid, record = standardise_grid(ds)
    assert grid.zhd.dims == ("time", "lat", "lon")
    assert np.isnat(grid.time.values).all()
    assert not record.had_time
    back = record.restore(grid)
    assert back.zhd.dims == ("lat", "lon")
    assert "time" not in back.coords


def test_scalar_time_is_used_and_comes_back():
    ds = delays().isel(time=1)
    grid, record = standardise_grid(ds)
    assert grid.time.values[0] == ds.time.values
    assert grid.orography.dims == ("lat", "lon")
    back = record.restore(grid)
    xr.testing.assert_identical(back.time.variable, ds.time.variable)
    assert back.zhd.dims == ("lat", "lon")


def test_counted_and_missing_time_coordinates():
    counted = delays().assign_coords(time=[0, 1, 2])
    grid, record = standardise_grid(counted)
    assert np.isnat(grid.time.values).all()
    np.testing.assert_array_equal(record.restore(grid).time, [0, 1, 2])
    bare = delays().drop_vars("time")
    grid, record = standardise_grid(bare)
    assert grid.sizes["time"] == 3
    assert "time" not in record.restore(grid).coords


def test_calendar_of_real_days_is_converted_and_restored():
    ds = delays().convert_calendar("standard", use_cftime=True)
    grid, record = standardise_grid(ds)
    np.testing.assert_array_equal(grid.time, delays().time)
    assert record.restore(grid).time.values[0] == ds.time.values[0]


def test_undecoded_times_are_decoded():
    ds = delays().assign_coords(time=("time", [0, 6, 12], {"units": "hours since 2021-01-01"}))
    grid, record = standardise_grid(ds)
    np.testing.assert_array_equal(grid.time, delays().time)
    xr.testing.assert_identical(record.restore(grid).time.variable, ds.time.variable)
