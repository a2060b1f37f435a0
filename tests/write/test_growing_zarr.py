"""A Zarr store that grows by blocks."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxError, TropdsxWarning
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


def test_a_store_has_the_types_of_a_file(small, tmp_path, quick, tiny_checkpoint):
    series(small, 4).to_netcdf(tmp_path / "in.nc")
    how = {"model": tiny_checkpoint, "target": 5.0, "sigma": True}
    out = convert(tmp_path / "in.nc", tmp_path / "out.zarr", **how)
    whole = convert(tmp_path / "in.nc", tmp_path / "out.nc", **how)
    with xr.open_zarr(out) as fine, xr.open_dataset(whole) as other:
        types = {name: variable.dtype for name, variable in other.variables.items()}
        assert types["zwd_sigma"] == np.float32
        assert {name: variable.dtype for name, variable in fine.variables.items()} == types


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_every_series_of_a_store_is_compressed_as_asked(small, tmp_path, quick, zarr_format):
    import zarr

    series(small, 7).to_netcdf(tmp_path / "in.nc")
    how = {"model": None, "target": 5.0, "ztd": True, "compression": "zlib:7"}
    out = convert(tmp_path / "in.nc", tmp_path / "out.zarr", zarr_format=zarr_format, **how)
    whole = convert(tmp_path / "in.nc", tmp_path / "out.nc", **how)
    group = zarr.open_group(out, mode="r")
    for name in ("zhd", "zwd", "ztd", "orography"):
        codec = group[name].compressors[0]
        assert (str(getattr(codec.cname, "value", codec.cname)), codec.clevel) == ("zlib", 7), name
    for name in ("zhd", "zwd", "ztd"):
        assert group[name].metadata.zarr_format == zarr_format
        assert (group[name].shards or group[name].chunks) == (3, 36, 72)
    with xr.open_zarr(out) as fine, xr.open_dataset(whole) as other:
        xr.testing.assert_identical(
            fine.load().drop_attrs(deep=False), other.load().drop_attrs(deep=False)
        )


def test_a_store_of_version_2_is_continued(small, tmp_path, quick):
    series(small, 7).to_netcdf(tmp_path / "in.nc")
    how = {"model": None, "target": 5.0, "zarr_format": 2}

    def stop(done, total):
        if done > 3:
            raise KeyboardInterrupt

    with (
        pytest.warns(TropdsxWarning, match="are complete and kept"),
        pytest.raises(KeyboardInterrupt),
    ):
        convert(tmp_path / "in.nc", tmp_path / "out.zarr", progress=stop, **how)
    with pytest.raises(TropdsxError, match="other"):
        convert(
            tmp_path / "in.nc", tmp_path / "out.zarr", resume=True, **(how | {"zarr_format": 3})
        )
    out = convert(tmp_path / "in.nc", tmp_path / "out.zarr", resume=True, **how)
    whole = convert(tmp_path / "in.nc", tmp_path / "whole.zarr", **how)
    with xr.open_zarr(out) as one, xr.open_zarr(whole) as other:
        np.testing.assert_array_equal(one.zwd, other.zwd)
