"""A result as a file beside its input."""

import os
from pathlib import Path

import pytest

from tropdsx.errors import OutputError
from tropdsx.workflows.convert.files import convert
from tropdsx.write.save import check_apart


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
