"""The command reconstruct."""

import pandas as pd
import pytest
import xarray as xr

from helpers.network_of_stations import coarse_grid, observe, some_stations


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A grid, and stations with their delays in one file and in two tables, to stand in."""
    monkeypatch.chdir(tmp_path)
    grid = coarse_grid()
    grid.to_netcdf("grid.nc")
    observed = observe(grid, some_stations(), 0.01)
    observed.to_netcdf("network.nc")
    observed.ztd.to_series().reset_index(name="ztd_m").to_csv("ztd.csv", index=False)
    places = {name: observed[name].values for name in ("station", "lat", "lon")}
    pd.DataFrame(places | {"height_m": observed.height.values}).to_csv("places.csv", index=False)
    return tmp_path


def test_it_writes_one_file(run, folder):
    said = ["grid.nc", "network.nc", "-o", "out.nc", "--model", "none", "--quantiles", "0.05,0.95"]
    code, out, err = run("reconstruct", *said)
    assert (code, out.strip(), err) == (0, "out.nc", "")
    with xr.open_dataset("out.nc") as ds:
        assert ds["quantile"].values.tolist() == [0.05, 0.95]
        assert {"zhd", "zwd", "ztd", "ztd_sigma", "station_residual"} <= set(ds)


@pytest.mark.parametrize(
    ("arguments", "code", "match"),
    [
        (["grid.nc", "absent.csv"], 1, "no such file"),
        (["grid.nc", "places.csv"], 1, "reconstruct GRID places.csv ZTD"),
        (["grid.nc", "network.nc", "--quantiles", "low"], 2, "no list of probabilities"),
        (["grid.nc", "network.nc", "--epochs", "hourly"], 2, "hourly"),
        (["grid.nc", "network.nc", "-o", "network.nc", "--overwrite"], 1, "is an input"),
    ],
)
def test_wrong_use_ends_with_one_line(run, folder, arguments, code, match):
    found, out, err = run("reconstruct", *arguments)
    assert (found, out) == (code, "")
    assert match in err
    assert err.count("\n") == 1


def test_help_teaches(run):
    code, out, _ = run("reconstruct", "--help")
    assert code == 0
    assert "tropdsx reconstruct vmf1.nc stations.csv ztd.csv" in out


def test_heights_of_stations_count_from_where_it_is_said(run, folder):
    said = ["grid.nc", "network.nc", "--model", "none", "--target", "2"]
    usual = run("reconstruct", *said, "-o", "a.nc")
    told = run("reconstruct", *said, "-o", "b.nc", "--station-heights", "geoid")
    assert (usual[0], told[0]) == (0, 0), told
    with xr.open_dataset("a.nc") as a, xr.open_dataset("b.nc") as b:
        higher = b.station_height - a.station_height
        assert 20 < float(higher.min()) < float(higher.max()) < 60
        assert "--station-heights=geoid" in b.attrs["history"]
