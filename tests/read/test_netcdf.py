"""NetCDF files: lazy, in chunks that suit the stored ones, damaged ones named."""

import dask
import netCDF4
import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.kinds import detect_kind
from tropdsx.read.netcdf import open_array_file

from helpers.files import delays, shared
from helpers.grids import NoScheduler


@pytest.mark.parametrize("format_", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_netcdf_is_lazy_whatever_its_name(tmp_path, format_):
    path = tmp_path / "delays.dat"
    delays(20).to_netcdf(path, format=format_, engine="netcdf4")
    assert detect_kind(path) == "netcdf"
    with dask.config.set(scheduler=NoScheduler()):
        ds = open_delays(path)
        grid, _ = standardise_grid(ds)
    assert ds.zhd.chunks[0][0] == 8
    assert ds.encoding["tropdsx_sources"] == [str(path)]
    np.testing.assert_array_equal(grid.zhd, delays(20).zhd)


@pytest.mark.parametrize(
    ("stored", "expected"), [(1, 8), (3, 9), (10, 10), (32, 32), (48, 24), (64, 32), (37, 32)]
)
def test_chunks_follow_the_stored_ones(tmp_path, stored, expected):
    ds = delays(70)
    encoding = {"zhd": {"chunksizes": (stored, 6, 12)}, "zwd": {"chunksizes": (stored, 6, 12)}}
    ds.to_netcdf(tmp_path / "delays.nc", encoding=encoding)
    opened = open_delays(tmp_path / "delays.nc")
    assert opened.zhd.chunks[0][0] == expected
    assert opened.zhd.chunks[1:] == ((6,), (12,))
    assert open_delays(tmp_path / "delays.nc", chunks={"time": 5}).zhd.chunks[0][0] == 5
    assert open_delays(tmp_path / "delays.nc", chunks=None).zhd.chunks is None


def test_packed_integers_become_float32(tmp_path):
    packed = {"dtype": "i2", "scale_factor": 1e-4, "_FillValue": -32768}
    ds = delays()
    ds.zhd[0, 0, 0] = np.nan
    ds.to_netcdf(tmp_path / "packed.nc", encoding={"zhd": packed, "zwd": packed})
    opened = open_delays(tmp_path / "packed.nc")
    assert opened.zhd.dtype == np.float32
    np.testing.assert_allclose(opened.zhd, ds.zhd, atol=6e-5)
    assert opened.zhd.attrs["units"] == "m"


@pytest.mark.parametrize("marks", [{}, {"_FillValue": np.int16(-32768)}])
@pytest.mark.parametrize("small", [0, 10**6])
def test_packed_epochs_that_nobody_wrote_are_missing(tmp_path, marks, small):
    values = delays(3).zwd
    scale = float(values.max() - values.min()) / 60000
    middle = float(values.min()) + 32766 * scale  # unwritten is unpacked as a small wet delay
    with netCDF4.Dataset(tmp_path / "series.nc", "w") as file:
        for name, size in zip(values.dims, (None, *values.shape[1:]), strict=True):
            file.createDimension(name, size)
            file.createVariable(name, "f8", (name,))[:] = np.arange(values.sizes[name])
        zwd = file.createVariable("zwd", "i2", values.dims, fill_value=marks.get("_FillValue"))
        zwd.scale_factor, zwd.add_offset = scale, middle
        zwd[0], zwd[2] = values[0], values[2]
    opened = open_array_file(tmp_path / "series.nc", "netcdf4", small=small).zwd
    np.testing.assert_allclose(opened[::2], values[::2], atol=scale)
    assert np.isnan(opened[1]).all()
    assert opened.dtype == np.float32


@pytest.mark.parametrize("small", [0, 2**30])
def test_the_least_number_of_a_packed_field_is_one(tmp_path, small):
    """Of NCO the least is -32767, the default fill value: here that of the whole sea."""
    height = np.where(np.eye(4, 6) > 0, 2000.0, 0.0)
    with netCDF4.Dataset(tmp_path / "packed.nc", "w") as file:
        for name, size in {"lat": 4, "lon": 6}.items():
            file.createDimension(name, size)
            file.createVariable(name, "f8", (name,))[:] = np.arange(size)
        packed = file.createVariable("orography", "i2", ("lat", "lon"))
        packed.scale_factor, packed.add_offset = 2000 / 65534, 1000.0
        packed[:] = height
    opened = open_array_file(tmp_path / "packed.nc", "netcdf4", small=small).orography
    np.testing.assert_allclose(opened, height, atol=0.02)


def test_packing_given_as_text_is_refused_by_name(tmp_path):
    ds = delays()
    ds.zhd.attrs["scale_factor"] = "0.0001"
    ds.to_netcdf(tmp_path / "text.nc")
    with pytest.raises(InputError, match=r"'zhd' of .*text\.nc has scale_factor '0\.0001' as text"):
        open_delays(tmp_path / "text.nc")


def test_time_in_months_is_not_a_damaged_file(tmp_path):
    ds = delays(2).assign_coords(time=("time", [0.5, 1.5], {"units": "months since 2022-01-01"}))
    ds.to_netcdf(tmp_path / "months.nc")
    with pytest.raises(InputError, match=r"months\.nc is whole, but its time cannot be read"):
        open_delays(tmp_path / "months.nc")


@pytest.mark.realdata
def test_real_vmf1_netcdf():
    ds = open_delays(shared("vmf1/vmf1_2x2.5_dev.nc"))
    assert ds.zhd.dtype == np.float32
    assert ds.zhd.chunks[0][:2] == (8, 8)
    assert ds.sizes["time"] == 203


@pytest.mark.parametrize(
    "flag", ["iScansNegatively", "jPointsAreConsecutive", "alternativeRowScanning"]
)
def test_grib_that_does_not_run_in_rows_from_west_to_east_is_refused(tmp_path, flag):
    eccodes = pytest.importorskip("eccodes", reason="the extra [grib] is not installed")
    message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
    for rows, refused in ((0, False), (1, True)):
        eccodes.codes_set(message, flag, rows)
        with (tmp_path / "rows.grb").open("wb") as stream:
            eccodes.codes_write(message, stream)
        if refused:
            with pytest.raises(InputError, match=r"rows.grb runs .* cfgrib does not heed"):
                open_array_file(tmp_path / "rows.grb", "cfgrib")
        else:
            assert open_array_file(tmp_path / "rows.grb", "cfgrib").sizes["latitude"] > 1
    eccodes.codes_release(message)
