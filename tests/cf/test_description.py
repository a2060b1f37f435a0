"""The CF recipe: attributes, what it leaves alone, and the compliance checker's verdict."""

import subprocess
import sys

import dask.array
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.description import describe
from tropdsx.errors import GridError, TropdsxWarning

from helpers.compliance import check_compliance
from helpers.fine import ACROSS, BOX, GLOBAL, delays


def with_ztd(ds):
    return ds.assign(ztd=ds.zhd + ds.zwd)


CASES = {
    "global": lambda: delays(GLOBAL),
    "one epoch": lambda: delays(GLOBAL, epochs=1),
    "box": lambda: delays(BOX),
    "box across the antimeridian": lambda: delays(ACROSS),
    "ERA5 names": lambda: delays(GLOBAL, names=("valid_time", "latitude", "longitude")),
    "total delay": lambda: with_ztd(delays(BOX)),
    "no RMSE maps": lambda: delays(BOX, maps=False),
    "upwards, -180 to 180": lambda: delays((-GLOBAL[0], GLOBAL[1] - 180.0)),
    "nodes at the poles": lambda: delays((np.linspace(90, -90, 37), np.arange(0.0, 360, 5))),
    "scalar time": lambda: delays(BOX, epochs=1).isel(time=0),
    "sub-hourly": lambda: delays(BOX).assign_coords(
        time=np.datetime64("2021-01-01", "ns") + np.arange(8) * np.timedelta64(5, "m")
    ),
    "lossy": lambda: delays(BOX).assign(pwv=delays(BOX).zwd * 160).drop_attrs(),
}


@pytest.mark.parametrize("case", CASES)
def test_the_checker_passes_what_the_writer_writes(case, tmp_path):
    from tropdsx.write.netcdf import write_netcdf

    ds = describe(CASES[case](), provenance={"tropdsx_version": "1", "history": "now: made"})
    path = write_netcdf(ds, tmp_path / "out.nc", quantize=case == "lossy")
    check_compliance(path)


def test_the_checker_passes_packed_delays(tmp_path):
    from tropdsx.write.netcdf import write_netcdf

    check_compliance(write_netcdf(describe(delays()), tmp_path / "out.nc", pack=True))


def test_delays_carry_long_name_and_units_but_no_standard_name():
    ds = delays()
    ds.zhd.attrs["standard_name"] = "altimeter_range_correction_due_to_dry_troposphere"
    out = describe(with_ztd(ds))
    for name, kind in {"zhd": "hydrostatic", "zwd": "wet", "ztd": "total"}.items():
        attrs = out[name].attrs
        assert attrs["long_name"] == f"zenith {kind} delay"
        assert attrs["units"] == "m"
        assert "standard_name" not in attrs
        assert attrs["cell_methods"] == "area: point"
        assert attrs["coverage_content_type"] == "modelResult"
        assert attrs["grid_mapping"] == "crs"
    assert out.zhd.attrs["ancillary_variables"] == "zhd_rmse orography"
    assert out.ztd.attrs["ancillary_variables"] == "orography"


def test_sigma_and_rmse_are_both_ancillary():
    ds = delays()
    ds["zwd_sigma"] = ds.zwd * 0 + np.float32(0.01)
    out = describe(ds)
    assert out.zwd.attrs["ancillary_variables"] == "zwd_sigma zwd_rmse orography"
    assert out.zwd_sigma.attrs["coverage_content_type"] == "qualityInformation"


def test_rmse_maps_name_their_validation():
    out = describe(delays())
    attrs = out.zhd_rmse.attrs
    assert attrs["cell_methods"] == "validation_time: root_mean_square"
    assert attrs["validation_period"] == "2020-01-01/2020-12-31"
    assert attrs["validation_reference"] == "VMF3 1x1"
    assert out.validation_time.values == np.datetime64("2020-07-01T12:00")
    assert out.zhd_rmse.encoding["coordinates"] == "validation_time"
    # The scalar is a coordinate of the maps, not of the delays.
    assert out.zhd.encoding["coordinates"] is None


def test_a_period_given_to_describe_fills_in():
    ds = delays().drop_attrs()
    out = describe(ds, validation={"period": "2019-06-01/2019-06-03", "reference": "GNSS"})
    assert out.zwd_rmse.attrs["validation_reference"] == "GNSS"
    assert out.validation_time.values == np.datetime64("2019-06-02")


def test_an_unknown_period_is_not_invented(tmp_path):
    out = describe(delays().drop_attrs())
    assert out.zhd_rmse.attrs["validation_period"] == "not recorded"
    assert "validation_time" not in out.variables
    out.to_netcdf(tmp_path / "out.nc")
    check_compliance(tmp_path / "out.nc")


def test_heights_and_water_vapour_have_their_standard_names():
    ds = delays()
    ds["pwv"] = (ds.zwd.dims, ds.zwd.values * 160, {"units": "mm"})
    out = describe(ds)
    assert out.orography.attrs["standard_name"] == "height_above_reference_ellipsoid"
    assert out.orography.attrs["positive"] == "up"
    lwe = "lwe_thickness_of_atmosphere_mass_content_of_water_vapor"
    assert out.pwv.attrs["standard_name"] == lwe
    ds.pwv.attrs["units"] = "kg m-2"
    mass = "atmosphere_mass_content_of_water_vapor"
    assert describe(ds).pwv.attrs["standard_name"] == mass


def test_orography_becomes_a_coordinate():
    ds = delays().reset_coords("orography")
    assert "orography" in describe(ds).coords


def test_the_grid_mapping_holds_the_numbers_of_wgs84():
    crs = describe(delays())["crs"].attrs
    assert crs["grid_mapping_name"] == "latitude_longitude"
    assert crs["semi_major_axis"] == 6378137.0
    assert crs["inverse_flattening"] == 298.257223563


def test_a_callers_own_crs_variable_is_left_alone():
    ds = delays().assign(crs=("band", [1, 2]))
    out = describe(ds)
    np.testing.assert_array_equal(out.crs, [1, 2])
    assert out.zhd.attrs["grid_mapping"] == "crs_wgs84"


def test_a_jump_at_the_antimeridian_is_kept_or_unwrapped():
    lat, lon = ACROSS
    ds = delays((lat, (lon + 180) % 360 - 180))
    with pytest.warns(TropdsxWarning, match="monotonic"):
        kept = describe(ds)
    np.testing.assert_array_equal(kept.lon, ds.lon)
    # Cells jump with their nodes and stay one degree wide.
    np.testing.assert_array_equal(np.diff(kept.lon_bnds, axis=1), 1.0)
    assert kept.attrs["geospatial_lon_resolution"] == 1.0
    run_on = describe(ds, unwrap_longitude=True)
    np.testing.assert_array_equal(run_on.lon, lon)


def test_nothing_of_the_callers_is_lost_or_moved():
    ds = delays(names=("valid_time", "latitude", "longitude"))
    ds = ds.assign(quality=(("latitude",), np.arange(21), {"units": "1", "mine": "x"}))
    ds = ds.assign_coords(number=0).transpose("longitude", "latitude", "valid_time")
    ds.attrs["experiment"] = "A7"
    before = ds.copy(deep=True)
    out = describe(ds)
    xr.testing.assert_identical(ds, before)
    for name, var in ds.variables.items():
        assert out[name].dims == var.dims
        np.testing.assert_array_equal(out[name].values, var.values)
        assert out[name].dtype == var.dtype
    assert out.attrs["experiment"] == "A7"
    assert out.quality.attrs["mine"] == "x"
    assert list(out.data_vars)[: len(ds.data_vars)] == list(ds.data_vars)


def test_nothing_is_computed():
    def refuse(_):
        raise AssertionError("computed")

    ds = delays()
    for name in ("zhd", "zwd", "zhd_rmse"):
        lazy = dask.array.from_array(ds[name].values, chunks=-1).map_blocks(
            refuse, dtype="f4", meta=np.empty(0, "f4")
        )
        ds[name] = ds[name].copy(data=lazy)
    heights = dask.array.zeros(ds.orography.shape).map_blocks(refuse, dtype="f8", meta=np.empty(0))
    ds = ds.assign_coords(orography=(("lat", "lon"), heights))
    out = describe(ds)
    assert out.zhd.chunks is not None
    assert "geospatial_vertical_min" not in out.attrs


def test_describing_twice_changes_nothing_but_the_clock():
    once = describe(delays(), provenance={"tropdsx_version": "1", "date_created": "2026"})
    again = describe(once)
    for attrs in (once.attrs, again.attrs):
        attrs.pop("date_created")
        attrs.pop("id")
    xr.testing.assert_identical(once, again)


def test_traces_of_the_input_encoding_go():
    ds = delays()
    ds.zhd.encoding = {"dtype": "int16", "scale_factor": 0.1, "chunksizes": (1, 2, 3)}
    ds.zwd.attrs |= {"_FillValue": -1.0, "valid_range": [0, 1]}
    out = describe(ds)
    assert set(out.zhd.encoding) == {"coordinates"}
    assert {"_FillValue", "valid_range"}.isdisjoint(out.zwd.attrs)


def test_what_a_result_has_anew_is_not_noted_as_left_out():
    ds = delays().assign(zhd_flag=0)
    ds.zhd.attrs |= {"grid_mapping": "crs", "ancillary_variables": "zhd_rmse zhd_bounded"}
    ds.zwd.attrs |= {"grid_mapping": "rotated_pole", "ancillary_variables": "zwd_quality"}
    ds.lat.attrs["bounds"] = "latitude_bnds"
    out = describe(ds)
    assert out.attrs["tropdsx_notes"].splitlines() == [
        "zwd: ancillary_variables 'zwd_quality' left out: not in this data",
        "zwd: grid_mapping 'rotated_pole' left out: not in this data",
    ]


def test_without_latitude_it_is_a_grid_error():
    with pytest.raises(GridError, match="no latitude and longitude"):
        describe(delays().rename(lat="row"))


def test_the_validation_time_is_not_the_time_axis():
    assert find_axis_names(describe(delays()).drop_vars("time")).time is None


def test_cf_loads_neither_torch_nor_netcdf():
    code = "import sys, tropdsx.cf.description; assert not {'torch', 'netCDF4'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
