"""A Zarr store that grows by blocks."""

import numpy as np
import xarray as xr

from tropdsx.workflows.convert.files import convert

from helpers.conversion import leftovers, series


def test_zarr_is_sharded_by_block(small, tmp_path, quick):
    series(small, 7).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / "out.zarr", model=None, target=5.0)
    whole = convert(tmp_path / "in.nc", tmp_path / "out.nc", model=None, target=5.0)
    with xr.open_zarr(out) as fine, xr.open_dataset(whole) as other:
        np.testing.assert_array_equal(fine.zhd, other.zhd)
        assert fine.zhd.encoding["shards"] == (3, 36, 72)
        assert fine.zhd.encoding["chunks"] == (1, 36, 72)
        assert fine.zhd.attrs["units"] == "m"
    assert not leftovers(tmp_path)
