"""Files go in, scores, maps and stations come out; what cannot be compared is named."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, OutputError
from tropdsx.workflows.evaluate.cases import cases_by_thinning
from tropdsx.workflows.evaluate.files import evaluate_files, save_maps
from tropdsx.workflows.evaluate.methods import evaluate, methods_of


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
    ],
)
def test_what_cannot_be_compared_is_named(file, given, error, match):
    with pytest.raises(error, match=match):
        evaluate_files(file, ["none"], **given)


def test_coarse_heights_are_needed(file):
    with pytest.raises(GridError, match="needs the coarse heights"):
        evaluate_files(file, ["none"], reference=file, coarse_orography="none")
