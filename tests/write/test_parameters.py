"""Parameters as the provenance keeps them."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.write.parameters import describe_parameters
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
