"""The commands levels reconstruct and levels evaluate."""

import json

import numpy as np
import pytest
import xarray as xr

from tropdsx.write import read_provenance


@pytest.fixture
def sea(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    depth, rng = np.array([0.0, 20.0, 100.0]), np.random.default_rng(0)
    axes = {"depth": ("depth", depth, {"units": "m", "positive": "down"})}
    axes |= {"lat": np.arange(40.0, 50.0), "lon": np.arange(12.0)}
    hills = np.add.outer(np.sin(axes["lat"]), np.cos(axes["lon"]))
    cube = np.exp(-depth / 50)[:, None, None] * hills + 10.0
    attrs = {"units": "degrees_C"}
    xr.Dataset({"thetao": (list(axes), cube, attrs)}, axes).to_netcdf("cube.nc")
    seen = rng.choice(120, 30, replace=False)
    y, x = np.unravel_index(seen, (10, 12))
    two = ("profile", "level")
    xr.Dataset(
        {
            "thetao": (two, cube[:, y, x].T, attrs),
            "depth": (two, np.tile(depth, (30, 1)), {"units": "m"}),
            "lat": ("profile", axes["lat"][y]),
            "lon": ("profile", axes["lon"][x]),
        }
    ).to_netcdf("profiles.nc")
    return cube


def test_profiles_and_a_surface_become_a_file(run, sea):
    status, said, _ = run("levels", "reconstruct", "cube.nc", "profiles.nc", "-o", "out.nc")
    assert (status, said.strip()) == (0, "out.nc")
    with xr.open_dataset("out.nc") as ds:
        np.testing.assert_allclose(ds.thetao, sea, atol=0.02)
    line = "levels reconstruct cube.nc profiles.nc -o two.nc --levels 20,100 --method idw -q"
    assert run(*line.split())[:2] == (0, "")
    with xr.open_dataset("two.nc") as ds:
        np.testing.assert_array_equal(ds.depth, [20, 100])


def test_flags_that_are_asked_for(run, sea):
    """No quality control performed: refused, until who knows better says so."""
    with xr.open_dataset("profiles.nc") as ds:
        ds.load().assign(POSITION_QC=("profile", np.zeros(30, "i1"))).to_netcdf("zero.nc")
    line = "levels reconstruct cube.nc zero.nc -o out.nc --method idw"
    status, _, told = run(*line.split())
    assert (status, told.count("\n")) == (1, 1)
    assert "on the command line --good 0,1,2" in told
    assert run(*line.split(), "--good", "0,1,2")[0] == 0
    with xr.open_dataset("out.nc") as ds:
        assert "--good=0,1,2" in read_provenance("out.nc")["command"]
        assert ds.thetao.notnull().all()


def test_scores_as_text_and_as_json(run, sea):
    line = "levels evaluate cube.nc --share 0.25 --seeds 1"
    status, said, _ = run(*line.split())
    assert status == 0
    assert said.splitlines()[1].split()[:6] == [
        "depth", "count", "climatology", "idw", "oi", "modes",
    ]  # fmt: skip
    status, said, _ = run(*line.split(), "--json")
    assert json.loads(said)["methods"]["modes"]["rmse"][0] < 0.05


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("reconstruct cube.nc profiles.nc -o o.nc --levels deep", 2, "is no list of levels"),
        ("reconstruct cube.nc profiles.nc -o o.nc --good all", 2, "is no list of flags"),
        ("reconstruct cube.nc profiles.nc -o o.nc --variable so", 1, "no variable 'so'"),
        ("reconstruct cube.nc cube.nc -o o.nc", 1, "holds no profiles"),
        ("reconstruct cube.nc profiles.nc -o cube.nc --overwrite", 1, "is an input"),
        ("evaluate cube.nc --share 0", 2, "0.0 is not in the range"),
        ("evaluate cube.nc --modes 99 --share 0.2", 1, "99 patterns"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(run, sea, line, status, told):
    got, _, said = run("levels", *line.split())
    assert got == status
    assert told in said
    assert said.count("\n") == 1
