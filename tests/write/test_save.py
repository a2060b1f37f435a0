"""A result as a file beside its input."""

import pytest

from tropdsx.errors import OutputError
from tropdsx.workflows.convert.files import convert


def test_the_input_is_never_the_output(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    before = (tmp_path / "in.nc").read_bytes()
    with pytest.raises(OutputError, match="input"):
        convert(tmp_path / "in.nc", tmp_path / "in.nc", model=None, overwrite=True)
    assert (tmp_path / "in.nc").read_bytes() == before
