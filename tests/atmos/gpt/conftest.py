"""GPT3 at 5 degrees, and a made-up grid at 1 degree."""

import pytest

from tropdsx.atmos import read_gpt_grid

from helpers.atmosphere import GPT3_5, require, write_synthetic_1deg


@pytest.fixture(scope="session")
def grid():
    return read_gpt_grid(require(GPT3_5))


@pytest.fixture(scope="session")
def grid_1deg(tmp_path_factory):
    return read_gpt_grid(write_synthetic_1deg(tmp_path_factory.mktemp("gpt") / "synthetic.grd"))
