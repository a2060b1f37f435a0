"""Times in any form become dates, and come back as they were."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.convert.files import convert

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


FORMS = {
    "mjd": ([59647.0, 59647.25, 59647.5], {"units": "MJD"}),
    "cdo": ([20220309.0, 20220309.25, 20220309.5], {"units": "day as %Y%m%d.%f"}),
    "text": (["2022-03-09T00:00", "2022-03-09T06:00", "2022-03-09T12:00"], {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_other_forms_are_dates_in_the_result(coarse, tmp_path, form):
    """The climatology needs them, and a CF reader too."""
    values, attrs = FORMS[form]
    out, usual = tmp_path / "out.nc", tmp_path / "usual.nc"
    coarse.to_netcdf(tmp_path / "dated.nc")
    convert(tmp_path / "dated.nc", usual, target=5.0, model=None)
    coarse.assign_coords(time=("time", values, attrs)).to_netcdf(tmp_path / "in.nc")
    convert(tmp_path / "in.nc", out, target=5.0, model=None)
    with xr.open_dataset(out) as fine, xr.open_dataset(usual) as dated:
        np.testing.assert_array_equal(fine.time, dated.time)
        np.testing.assert_array_equal(fine.zwd, dated.zwd)
        assert fine.attrs["time_coverage_end"] == dated.attrs["time_coverage_end"]


@pytest.mark.parametrize("form", FORMS)
def test_dates_of_a_single_field_in_other_forms(coarse, form):
    values, attrs = FORMS[form]
    single = coarse.isel(time=0, drop=True).assign_coords(time=((), values[1], attrs))
    dated = coarse.isel(time=0).assign_coords(time=np.datetime64("2022-03-09T06", "ns"))
    out, usual = (ds.tropds.downscale(5.0, model=None) for ds in (single, dated))
    np.testing.assert_array_equal(out.zwd, usual.zwd)
    assert out.time.values == np.asarray(values[1])


@pytest.mark.parametrize("days", [np.float32(59647.25), np.nan, 20221345.0])
def test_days_that_make_no_date_are_refused(coarse, days):
    units = "day as %Y%m%d.%f" if days > 1e6 else "MJD"
    odd = coarse.isel(time=[0]).assign_coords(time=("time", np.array([days]), {"units": units}))
    with pytest.raises(GridError, match=f"units '{units}' and cannot be read"):
        odd.tropds.downscale(5.0, model=None)


def test_counts_of_another_kind_are_told_of(coarse):
    years = coarse.assign_coords(time=("time", [2022.1, 2022.2, 2022.3], {"units": "years"}))
    with pytest.warns(TropdsxWarning, match="units 'years', which makes no dates"):
        out = years.tropds.downscale(5.0, model=None)
    np.testing.assert_array_equal(out.time, years.time)
