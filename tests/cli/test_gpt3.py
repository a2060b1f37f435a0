"""The command gpt3."""

import json

import pytest

from helpers.shell import one_line


@pytest.mark.realdata
def test_gpt3(run, levels_here, shared):
    place = ["--lat", "48.2", "--lon", "16.37", "--height", "156", "--time", "2012-08-02"]
    grid = shared / "data" / "gpt" / "gpt3_5.grd.xz"
    code, out, _ = run("gpt3", *place, "--grid", grid)
    assert code == 0
    table = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert table["pressure"] == ["1002.577", "hPa"]
    assert table["ah"] == ["0.0012581540", "1"]
    values = json.loads(run("gpt3", *place, "--grid", grid, "--json")[1])
    assert values["pressure"] == pytest.approx(1002.577, abs=1e-3)
    assert values["zhd"] == pytest.approx(2.2821, abs=1e-4)
    mean = json.loads(run("gpt3", *place, "--grid", grid, "--json", "--mean")[1])
    assert mean["temperature"] < values["temperature"] - 5
    code, _, err = run("gpt3", *["--lat", "98", *place[2:]], "--grid", grid)
    assert code == 1
    assert "latitude 98" in one_line(err)


@pytest.mark.parametrize(("given", "seasonal"), [([], True), (["--mean"], False)])
def test_the_mean_is_without_season(run, monkeypatch, given, seasonal):
    asked = []

    def values(*place, seasonal):
        asked.append((*place[:3], seasonal))
        return {"pressure": 1000.0}

    monkeypatch.setattr("tropdsx.cli.gpt3._values", values)
    place = ["--lat", "48.2", "--lon", "16.37", "--height", "156", "--time", "2012-08-02"]
    code, out, _ = run("gpt3", *place, "--grid", "g.grd", "--json", *given)
    assert (code, json.loads(out)) == (0, {"pressure": 1000.0})
    assert asked == [(48.2, 16.37, 156.0, seasonal)]
