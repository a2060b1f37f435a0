"""Parameters as the provenance keeps them."""

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tropdsx.write.parameters import (
    command_line,
    describe_parameters,
    python_call,
    summarise_parameter,
)
from tropdsx.write.provenance import make_provenance, read_provenance


def test_parameters_of_a_dataclass_of_anything(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Model:
        name: str = "kouba"

    @dataclasses.dataclass(frozen=True)
    class Options:
        target: object
        orography: Path
        height_model: Model
        epoch: np.datetime64
        step: np.float32

    options = Options(
        xr.Dataset(coords={"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]}),
        tmp_path / "oro.nc",
        Model(),
        np.datetime64("2021-01-01"),
        np.float32(0.5),
    )
    found = json.loads(describe_parameters(options, ["a", "b"])["tropdsx_parameters"])
    assert found == {
        "target": "Dataset (lat: 2, lon: 3)",
        "orography": str(tmp_path / "oro.nc"),
        "height_model": "kouba",
        "epoch": "2021-01-01",
        "step": 0.5,
    }
    noted = make_provenance("x") | describe_parameters({}, ["a", "b"])
    assert read_provenance(noted)["notes"] == ["a", "b"]


def test_a_file_is_kept_by_name_and_content(tmp_path):
    (tmp_path / "terrain.nc").write_bytes(b"heights")
    content = hashlib.sha256(b"heights").hexdigest()
    for given in (tmp_path / "terrain.nc", str(tmp_path / "terrain.nc")):
        assert summarise_parameter(given) == {"file": "terrain.nc", "sha256": content}
    (tmp_path / "store.zarr").mkdir()
    assert summarise_parameter(tmp_path / "store.zarr")["file"] == "store.zarr"
    assert summarise_parameter("bicubic") == "bicubic"
    assert summarise_parameter("") == ""


def test_a_grid_is_kept_by_size_and_content():
    grid = xr.DataArray(np.zeros((2, 3)), {"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]})
    kept = summarise_parameter(grid)
    assert kept["grid"] == {"lat": 2, "lon": 3}
    assert kept == summarise_parameter(grid.to_dataset(name="orography"))
    assert kept["sha256"] != summarise_parameter(grid + 1)["sha256"]
    assert summarise_parameter(grid.chunk()) == {"grid": {"lat": 2, "lon": 3}}


def test_a_command_says_what_differs_from_the_usual():
    usual = {"model": "default", "ztd": False, "target": None, "interpolation": "bicubic"}
    options = {
        "model": "default",
        "ztd": True,
        "target": 1.0,
        "coarse_orography": Path("/home/someone/my heights.nc"),
        "start": None,
    }
    line = command_line("convert", ["/home/someone/in.nc", "b.nc"], options, usual)
    assert line == "tropdsx convert in.nc b.nc --ztd --target=1 '--coarse-orography=my heights.nc'"


@pytest.mark.parametrize("kind", [xr.Dataset, xr.DataArray])
def test_a_grid_in_memory_is_no_obstacle_to_the_command(kind):
    grid = xr.DataArray(np.zeros((2, 3)), dims=("lat", "lon"), name="orography")
    given = grid if kind is xr.DataArray else grid.to_dataset()
    line = command_line("convert", ["in.nc"], {"orography": given}, {"orography": None})
    assert line == f"tropdsx convert in.nc '--orography=<{kind.__name__}>'"


def test_a_call_names_files_and_types_of_what_is_in_memory():
    frame = pd.DataFrame({"a": [1]})
    given = {"where": frame, "at": Path("data/in.nc"), "n": 0.1, "q": [], "x": None, "y": None}
    text = python_call("f", ["/data/a.nc", frame], given, {"q": [], "x": None, "y": "default"})
    assert text == "f('a.nc', DataFrame, where=DataFrame, at='in.nc', n=0.1, y=None)"


def test_numbers_of_a_command_lose_no_digit():
    options = {"target": 0.123456789, "height": np.array([0.0, 500.0])}
    line = command_line("delays", [], options, {"height": np.array([0.0, 500.0])})
    assert line == "tropdsx delays --target=0.123456789 --height=0,500"


def test_heights_of_a_result_are_kept_by_content():
    """They are a coordinate, and name themselves among their own."""
    axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    heights = xr.DataArray([[10.0, 20.0], [30.0, 40.0]], axes)
    own = heights.to_dataset(name="orography").set_coords("orography").orography
    assert summarise_parameter(own) == summarise_parameter(heights)
    assert summarise_parameter(own + 1) != summarise_parameter(heights)
