"""A result as a file beside its input."""

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.workflows.convert.files import convert
from tropdsx.write.save import check_apart, name_output, save


def test_the_input_is_never_the_output(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    before = (tmp_path / "in.nc").read_bytes()
    with pytest.raises(OutputError, match="input"):
        convert(tmp_path / "in.nc", tmp_path / "in.nc", model=None, overwrite=True)
    assert (tmp_path / "in.nc").read_bytes() == before


def test_an_input_is_known_by_any_name(tmp_path):
    (tmp_path / "in.nc").touch()
    (tmp_path / "link.nc").symlink_to("in.nc")
    os.link(tmp_path / "in.nc", tmp_path / "hard.nc")
    for name in ("in.nc", "link.nc", "hard.nc"):
        with pytest.raises(OutputError, match="is an input"):
            check_apart(tmp_path / name, ["default", None, object(), str(tmp_path / "in.nc")])


def test_what_is_no_file_is_no_input(tmp_path):
    (tmp_path / "out.nc").touch()
    others = ["", "default", "s3://bucket/out.nc", None, Path("absent.nc"), 2.5]
    check_apart(tmp_path / "out.nc", others)
    check_apart(tmp_path / "new.nc", [tmp_path / "out.nc"])


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("a/in.nc", "a/in_new.nc"),
        ("in.nc4", "in_new.nc"),
        ("in.nc.xz", "in_new.nc"),
        ("store.zarr", "store_new.nc"),
        ("in.grb2", "in_new.nc"),
        ("VMF3_2021*.H0?", "VMF3_2021.H0_new.nc"),
        ("*.nc", "delays_new.nc"),
    ],
)
def test_an_output_without_a_name_is_named_after_its_input(first, expected):
    assert name_output(first, "new") == Path(expected)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_the_accessor_writes_the_axes_that_the_command_writes(coarse, tmp_path, suffix):
    ds = coarse.rename(lat="latitude", lon="longitude", time="valid_time")
    ds = ds.transpose("longitude", "latitude", "valid_time").isel(valid_time=[1, 0, 2])
    ds.to_netcdf(tmp_path / "in.nc")
    by_command = convert(tmp_path / "in.nc", tmp_path / f"c.{suffix}", model=None, target=5.0)
    fine = ds.tropds.downscale(5.0, model=None)
    assert fine.zwd.dims == ("longitude", "latitude", "valid_time")  # in memory the caller's
    by_method = save(fine, tmp_path / f"m.{suffix}")
    opened = [xr.open_dataset(each, chunks=None) for each in (by_command, by_method)]
    for name in opened[0].variables:
        one, other = opened[0][name], opened[1][name]
        assert one.dims == other.dims, name
        assert one.attrs == other.attrs, name
        np.testing.assert_array_equal(one, other)
    assert opened[1].zwd.dims == ("time", "lat", "lon")


def test_a_list_of_places_is_written_as_it_is(tmp_path):
    site = {"latitude": ("site", [48.2, 50.1]), "longitude": ("site", [16.4, 8.7])}
    ds = xr.Dataset({"zwd": ("site", [0.1, 0.2], {"units": "m"})}, site)
    with xr.open_dataset(save(ds, tmp_path / "out.nc")) as back:
        assert back.zwd.dims == ("site",)
        assert set(back.coords) == {"latitude", "longitude"}


def test_a_ladder_of_heights_lies_before_the_rows(coarse, tmp_path):
    ds = coarse[["zwd"]].expand_dims(height=[0.0, 500.0]).transpose(..., "height")
    with xr.open_dataset(save(ds, tmp_path / "out.nc")) as back:
        assert back.zwd.dims == ("time", "height", "lat", "lon")
