"""The last look before writing, and what xarray alone writes of a result."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.convert.files import convert
from tropdsx.write.attributes import settle_attributes
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.zarr import write_zarr

from helpers.compliance import check_compliance
from helpers.writing import delays, lazy

OF_STORAGE = {
    "CLASS": "DIMENSION_SCALE",
    "_Netcdf4Dimid": 1,
    "_ChunkSizes": [1, 10, 12],
    "_ARRAY_DIMENSIONS": ["time"],
    "DIMENSION_LIST": 0,
}
NAMING = ("bounds", "climatology", "grid_mapping", "quantization")
LISTS = ("coordinates", "ancillary_variables")


def check_references(path):
    """Fail where an attribute of a NetCDF file names what the file lacks."""
    with netCDF4.Dataset(path) as file:
        named = set(file.variables) | set(file.dimensions) | {"area"}
        for name, variable in file.variables.items():
            said = {key: str(variable.getncattr(key)) for key in variable.ncattrs()}
            for key in (*NAMING, *LISTS):
                for word in said.get(key, "").split():
                    assert word.rstrip(":") in file.variables, (name, key, word)
            for word in said.get("cell_methods", "").split("(")[0].split():
                assert not word.endswith(":") or word[:-1] in named, (name, word)
            for key in ("formula_terms", "cell_measures"):
                for word in said.get(key, "").split()[1::2]:
                    assert word in file.variables, (name, key, word)
        for word in str(getattr(file, "coordinates", "")).split():
            assert word in file.variables


@pytest.mark.parametrize("key", OF_STORAGE)
def test_how_another_file_stored_values_is_not_said(key, tmp_path):
    ds = delays()
    ds.zwd.attrs[key] = OF_STORAGE[key]
    assert key not in settle_attributes(ds).zwd.attrs
    for write in (write_netcdf, write_zarr):
        write(ds, tmp_path / f"{write.__name__}.nc")


@pytest.mark.parametrize("make", [delays, lambda: lazy(delays(), 2)])
@pytest.mark.parametrize("attrs", [{"quantization": "q", "quantization_nsb": 3}])
def test_no_value_is_rounded_that_nobody_asked_for(tmp_path, make, attrs):
    ds = make()
    ds.zwd.attrs |= attrs
    ds.zwd.encoding |= {"least_significant_digit": 1, "quantize_mode": "BitGroom"}
    ds.zwd.encoding |= {"significant_digits": 2, "dtype": "int16", "scale_factor": 0.1}
    with xr.open_dataset(write_netcdf(ds, tmp_path / "out.nc")) as back:
        np.testing.assert_array_equal(back.zwd, delays().zwd)
        assert not {"quantization", "quantization_nsb"} & set(back.zwd.attrs)
        assert "quantization_nsb of the input left out" in back.attrs["tropdsx_notes"]


def spoiled(coarse):
    """Attributes as rioxarray, RAiDER, cdo, NCO, cfgrib and models leave them."""
    ds = coarse.assign(time_bnds=(("time", "nv"), np.stack([coarse.time] * 2, 1)))
    ds.time.encoding["units"] = "hours since 1900-01-01"
    ds.time.attrs |= {"bounds": "time_bnds", "climatology": "clim"}
    ds.lat.attrs["bounds"] = "lat_bounds"
    ds.zwd.attrs |= {
        "grid_mapping": "spatial_ref",
        "ancillary_variables": "zwd_flag",
        "cell_measures": "area: areacella",
        "cell_methods": "time: mean lev: point",
        "formula_terms": "a: hyam ps: ps",
        "quantization": "info",
        "quantization_nsb": 7,
        "least_significant_digit": 2,
    }
    ds.zhd.attrs |= {"grid_mapping": "proj: lat lon", "_ChunkSizes": [1, 2, 3]}
    return ds


def test_a_conversion_points_to_nothing_that_is_not_there(coarse, tmp_path):
    spoiled(coarse).to_netcdf(tmp_path / "in.nc")
    for ending in ("nc", "zarr"):
        out = convert(tmp_path / "in.nc", tmp_path / f"out.{ending}", model=None, target=5.0)
        with xr.open_dataset(out) as fine:
            assert fine.zwd.attrs["cell_methods"] == "time: mean area: point"
            assert "bounds" not in fine.time.attrs
            notes = fine.attrs["tropdsx_notes"]
        for text in ("time: bounds 'time_bnds'", "zwd: grid_mapping 'spatial_ref'", "quantization"):
            assert text in notes
    check_references(tmp_path / "out.nc")
    check_compliance(tmp_path / "out.nc")


@pytest.mark.parametrize(
    "names", [{}, {"lat": "latitude", "lon": "longitude", "time": "valid_time"}]
)
def test_xarray_alone_writes_what_cf_needs(coarse, tmp_path, names):
    fine = spoiled(coarse).rename(names).tropds.downscale(5.0, model=None, ztd=True)
    fine.to_netcdf(tmp_path / "plain.nc")
    check_references(tmp_path / "plain.nc")
    with netCDF4.Dataset(tmp_path / "plain.nc") as file:
        assert file.Conventions == "CF-1.10"
        for name in ("zhd", "zwd", "ztd"):
            assert file[name].grid_mapping == "crs"
            assert "orography" in file[name].ancillary_variables.split()
            assert "coordinates" not in file[name].ncattrs()
            assert file[name].units == "m"
        assert file["crs"].semi_major_axis == 6378137.0
        for axis in ("lat", "lon"):
            axis = names.get(axis, axis)
            assert file[file[axis].bounds].shape == (file[axis].size, 2)
        time = file[names.get("time", "time")]
        assert time.units == "hours since 1970-01-01"
        assert (time.calendar, time.standard_name) == ("standard", "time")
    with xr.open_dataset(tmp_path / "plain.nc") as back:
        xr.testing.assert_equal(back, fine)


def test_a_lazy_result_is_described_without_computing(coarse, no_compute):
    fine = coarse.chunk(time=1).tropds.downscale(5.0, model=None)
    assert fine.zwd.attrs["grid_mapping"] == "crs"


def test_a_scalar_time_is_found_by_cf_xarray_in_what_is_written(coarse, tmp_path):
    """A global attribute of coordinates that leaves it out would hide it."""
    import cf_xarray  # noqa: F401 - registers ds.cf

    one = coarse.isel(time=0)
    path = one.tropds.downscale(5.0, model=None).tropds.to_netcdf(tmp_path / "out.nc")
    with xr.open_dataset(path) as ds:
        assert ds.cf.axes["T"] == ["time"]
        assert "orography" in ds.coords
