"""A result as a file beside its input."""

import os
from pathlib import Path

import pytest

from tropdsx.errors import OutputError
from tropdsx.workflows.convert.files import convert
from tropdsx.write.save import check_apart, name_output


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
