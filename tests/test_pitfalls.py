"""Ways in which a result could be wrong without a word; each was found by trying."""

import json

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import (
    InputError,
)
from tropdsx.workflows.convert.files import convert


def test_files_are_sorted_in_time(coarse, tmp_path):
    coarse.isel(time=[2, 0, 1]).to_netcdf(tmp_path / "mixed.nc")
    with xr.open_dataset(convert(tmp_path / "mixed.nc", model=None, target=5.0)) as out:
        np.testing.assert_array_equal(out.time, coarse.time)
        np.testing.assert_array_equal(out.zwd, coarse.tropds.downscale(5.0, model=None).zwd)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_static_fields_are_written(coarse, tiny_checkpoint, tmp_path, suffix):
    coarse.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / f"out.{suffix}", model=tiny_checkpoint, target=5.0)
    with xr.open_dataset(out, engine="zarr" if suffix == "zarr" else None) as fine:
        for name in ("orography", "zhd_rmse", "zwd_rmse", "lat_bnds", "zwd"):
            assert not fine[name].isnull().any(), name


def test_options_of_files_are_recorded(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    physics = convert(tmp_path / "in.nc", tmp_path / "truth.nc", model="none")
    out = convert(tmp_path / "in.nc", tmp_path / "out.nc", model="none", reference=physics)
    with xr.open_dataset(out) as fine:
        recorded = json.loads(fine.attrs["tropdsx_parameters"])
    assert recorded["reference"]["file"] == "truth.nc"
    assert len(recorded["reference"]["sha256"]) == 64
    assert "start" not in recorded


def test_options_of_tropds_do_not_pass_in_silence(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    with pytest.raises(InputError, match=r"norm given, but in\.nc does not go through"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", norm=(0, 50))


def test_epochs_without_dates_are_converted(coarse, tmp_path):
    dated = coarse.tropds.downscale(5.0, model=None)
    source, out = tmp_path / "undated.nc", tmp_path / "fine.nc"
    coarse.drop_vars("time").to_netcdf(source)
    convert(source, out, target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        assert "time" not in fine.coords
        # The climatology of the year stands in for that of the day.
        np.testing.assert_allclose(fine.zwd, dated.zwd, atol=5e-4)
