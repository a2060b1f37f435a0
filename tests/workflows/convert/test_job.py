"""What is decided before a conversion computes."""

import json

import pytest

from tropdsx.cli.convert import convert
from tropdsx.errors import OutputError
from tropdsx.workflows.convert.job import lay_out, opened, usual_options

from helpers.conversion import series

STORAGE = {"compression": "zlib:1", "quantize": False, "pack": True, "zarr_format": None}


def test_a_long_input_is_laid_out_lazily(small, tmp_path):
    series(small, 20).to_netcdf(tmp_path / "in.nc")
    options = {"model": "none", "target": 5.0, "start": None}
    with opened([tmp_path / "in.nc"], None, STORAGE, **options) as job:
        fine = lay_out(job)
        assert job.target == tmp_path / "in_tropdsx.nc"
        assert job.storage["pack"] is True
        assert job.client is None
        assert fine["zwd"].chunks is not None
        assert fine.sizes["time"] == 20
        assert fine.attrs["tropdsx_command"] == ("tropdsx convert in.nc --model=none --target=5")
        assert json.loads(fine.attrs["tropdsx_parameters"])["target"] == 5.0
    assert not job.target.exists()


def test_an_output_that_exists_is_refused_before_the_input_is_opened(tmp_path):
    (tmp_path / "out.nc").touch()
    with (
        pytest.raises(OutputError, match="exists"),
        opened([tmp_path / "absent.nc"], tmp_path / "out.nc", STORAGE),
    ):
        pass


def test_usual_options_are_those_of_the_command_line():
    found = {each.name: each.default for each in convert.params}
    for name in ("heights", "model", "height_model", "interpolation", "device", "precision"):
        assert usual_options()[name] == found[name]
