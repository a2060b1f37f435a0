"""NetCDF files: lazy, in chunks that suit the stored ones, damaged ones named."""

import dask
import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.kinds import detect_kind

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
