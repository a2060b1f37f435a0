"""Files go in, scores, maps and stations come out; what cannot be compared is named."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, OutputError, TropdsxWarning
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.workflows.evaluate.cases import cases_by_thinning
from tropdsx.workflows.evaluate.files import evaluate_files, save_maps
from tropdsx.workflows.evaluate.methods import evaluate, methods_of

from helpers.network_of_stations import coarse_grid, observe, some_stations


@pytest.fixture(scope="module")
def file(truth, tmp_path_factory):
    path = tmp_path_factory.mktemp("evaluate") / "fine.nc"
    truth.to_netcdf(path)
    return path


def test_a_file_gives_what_its_dataset_gives(file, truth):
    found = evaluate_files(file, ["none"], decimate=(3, 3))
    assert found.stations is None
    expected = evaluate(cases_by_thinning(truth, (3, 3)), methods_of(["none"]), name="fine.nc")
    xr.testing.assert_allclose(found.scores, expected, rtol=1e-6)
    assert found.scores.attrs["validation_reference"] == "fine.nc"


def test_maps_come_back_with_names_and_period(file, tmp_path):
    scores = evaluate_files(file, ["none"], decimate=(3, 3)).scores
    out = save_maps(scores, tmp_path / "maps.nc", command="evaluate none")
    with xr.open_dataset(out) as ds:
        assert ds.model_name.values.tolist() == ["bilinear", "kouba", "physics"]
        assert ds.title == "Errors of downscaled zenith delays against fine.nc"
        assert ds.time_coverage_start == "2022-03-09T00:00:00Z"
        assert ds.time_coverage_end == "2022-03-10T00:00:00Z"
        assert ds.zwd_rmse.attrs["coverage_content_type"] == "qualityInformation"
        assert ds.tropdsx_command == "evaluate none"
        np.testing.assert_allclose(ds.zwd_rmse, scores.zwd_rmse, rtol=1e-6)
    with pytest.raises(OutputError, match="exists"):
        save_maps(scores, out)
    assert save_maps(scores, out, overwrite=True) == out


def test_progress_tells_method_case_and_epochs(file):
    told = []
    evaluate_files(file, ["none"], decimate=(3, 3), progress=lambda *step: told.append(step))
    assert told[-1] == ("physics, every 3 x 3 nodes from 1, 1", 5, 5)
    assert {label.split(",")[0] for label, _, _ in told} == {"bilinear", "kouba", "physics"}


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({}, InputError, "nothing to compare with"),
        ({"reference": "x.nc", "decimate": (2, 2)}, InputError, "exclude each other"),
        ({"decimate": (3, 3), "period": "1999-01-01/1999-02-01"}, GridError, "no epoch"),
        (
            {"results": ["r.nc"], "reference": "t.nc", "heights": "geoid", "device": "cuda"},
            InputError,
            "results are scored as they are: leave out heights, device",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(file, given, error, match):
    with pytest.raises(error, match=match):
        evaluate_files(file, ["none"], **given)


def test_stations_are_compared_at_the_heights_that_they_have(tmp_path, monkeypatch):
    """The geoid is 40 to 50 m above the ellipsoid here: 10 to 15 mm of delay."""
    monkeypatch.chdir(tmp_path)
    grid, places = coarse_grid(), some_stations()
    grid.to_netcdf("grid.nc")
    observed = observe(grid, places)
    observed.ztd.to_series().reset_index(name="ztd_m").to_csv("ztd.csv", index=False)
    above = places.height - geoid_undulation(places.lat, places.lon)
    table = {name: places[name].values for name in ("station", "lat", "lon")}
    pd.DataFrame(table | {"height_m": above.values}).to_csv("places.csv", index=False)
    given = {"stations": ("places.csv", "ztd.csv")}
    with pytest.warns(TropdsxWarning, match="taken as above the geoid"):
        right = evaluate_files("grid.nc", ["none"], **given, station_heights="geoid").stations
    wrong = evaluate_files("grid.nc", ["none"], **given).stations
    assert float(right["physics"].total_rmse) < 2e-4
    assert float(wrong["physics"].total_rmse) > 5e-3


def test_coarse_heights_are_needed(file):
    with pytest.raises(GridError, match="needs the coarse heights"):
        evaluate_files(file, ["none"], reference=file, coarse_orography="none")


def test_stations_are_compared_with_the_nodes_that_are_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grid, places = coarse_grid(), some_stations()
    observed = observe(grid, places)
    places.to_dataframe().rename(columns={"height": "height_ell_m"}).to_csv("places.csv")
    observed.ztd.to_series().rename("ztd_m").to_csv("ztd.csv")
    grid.to_netcdf("fine.nc")
    grid.isel(lat=slice(1, None, 2), lon=slice(1, None, 2)).to_netcdf("kept.nc")
    given = {"stations": ("places.csv", "ztd.csv")}
    wanted = evaluate_files("kept.nc", ["none"], **given).stations
    with pytest.warns(TropdsxWarning, match="not scored"):  # the border of the fields
        found = evaluate_files("fine.nc", ["none"], decimate=(2, 2), **given).stations
    xr.testing.assert_allclose(found["physics"], wanted["physics"])


@pytest.mark.parametrize("given", [{"stations": ("a.csv", "b.csv")}, {"decimate": (5, 5)}])
def test_results_have_no_stations_and_no_decimation(given):
    with pytest.raises(InputError, match="leave out stations and decimate"):
        evaluate_files("coarse.nc", ["heldout"], results=["r.nc"], reference="f.nc", **given)
