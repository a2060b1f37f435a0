"""The command evaluate with --leave-out."""

import json

import pandas as pd
import pytest

from helpers.network_of_stations import coarse_grid, observe, some_stations

DATA = ["--data", "grid.nc", "--stations", "places.csv", "--observations", "ztd.csv"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A grid and tables of stations, to stand in."""
    monkeypatch.chdir(tmp_path)
    grid = coarse_grid()
    grid.to_netcdf("grid.nc")
    observed = observe(grid, some_stations(), 0.01)
    observed.ztd.to_series().reset_index(name="ztd_m").to_csv("ztd.csv", index=False)
    places = {name: observed[name].values for name in ("station", "lat", "lon")}
    pd.DataFrame(places | {"height_m": observed.height.values}).to_csv("places.csv", index=False)


@pytest.mark.parametrize("share", ["5", "0.2"])
def test_a_table_of_scores(run, folder, share):
    code, out, err = run("evaluate", "none", *DATA, "--leave-out", share)
    assert (code, err) == (0, "")
    assert "25 stations in 5 parts, 100 observations" in out
    assert [line.split("  ")[0] for line in out.splitlines()[2:5]] == [
        "background",
        "inverse distances",
        "reconstruction",
    ]


def test_scores_as_json(run, folder):
    code, out, _ = run("evaluate", "none", *DATA, "--leave-out", "5", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["methods"]["background"]["all"]["rmse"] == pytest.approx(0.01, abs=1e-4)
    assert len(found["folds"]) == 25


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["none", *DATA, "--leave-out", "1"], "a number of parts from 2 on"),
        (["none", *DATA, "--leave-out", "2.5"], "a number of parts from 2 on"),
        (["none", "default", *DATA, "--leave-out", "5"], "one CHECKPOINT"),
        (["none", *DATA, "--leave-out", "5", "--decimate", "2"], "take away --decimate"),
        (["none", "--data", "grid.nc", "--leave-out", "5"], "needs --data FILE, --stations CSV"),
    ],
)
def test_wrong_use(run, folder, arguments, match):
    code, out, err = run("evaluate", *arguments)
    assert (code, out) == (2, "")
    assert match in err
