"""A NetCDF file that grows by encoded chunks reads as one written the usual way."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.convert.files import convert

from helpers.conversion import series


@pytest.mark.parametrize(
    "storage",
    [
        {"compression": "none"},
        {"compression": "zlib:4"},
        {"compression": "zstd"},
        {"compression": "zstd:5", "quantize": True},
        {"quantize": True},
        {"pack": True},
    ],
    ids=str,
)
def test_direct_chunks_read_as_a_file_written_the_usual_way(small, tmp_path, quick, storage):
    series(small, 7).to_netcdf(tmp_path / "in.nc")
    fast = convert(tmp_path / "in.nc", tmp_path / "fast.nc", model=None, target=5.0, **storage)
    lazy = xr.open_dataset(tmp_path / "in.nc", chunks={"time": 3}).tropds.downscale(5.0, model=None)
    slow = lazy.tropds.to_netcdf(tmp_path / "slow.nc", **storage)
    with netCDF4.Dataset(fast) as one, netCDF4.Dataset(slow) as two:
        one.set_auto_maskandscale(False)
        two.set_auto_maskandscale(False)
        assert list(one.variables) == list(two.variables)
        for name, var in one.variables.items():
            other = two[name]
            assert (var.dtype, var.shape, var.chunking()) == (
                other.dtype,
                other.shape,
                other.chunking(),
            )
            assert var.filters() == other.filters()
            assert {k: str(var.getncattr(k)) for k in var.ncattrs()} == {
                k: str(other.getncattr(k)) for k in other.ncattrs()
            }
            np.testing.assert_array_equal(var[...], other[...])
        assert one.dimensions["time"].isunlimited()


def test_quantised_and_packed_values_are_near(small, tmp_path):
    series(small, 4).to_netcdf(tmp_path / "in.nc")
    exact = convert(tmp_path / "in.nc", tmp_path / "a.nc", model=None, target=5.0)
    for name, options, error in (("q", {"quantize": True}, 3.1e-5), ("p", {"pack": True}, 2.6e-5)):
        near = convert(
            tmp_path / "in.nc", tmp_path / f"{name}.nc", model=None, target=5.0, **options
        )
        with xr.open_dataset(exact) as a, xr.open_dataset(near) as b:
            assert b.zhd.dtype == np.float32
            assert 0 < float(abs(a.zhd - b.zhd).max()) < error
        assert near.stat().st_size < exact.stat().st_size
