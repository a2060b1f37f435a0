"""Scores as text."""

import json

import numpy as np
import pytest

from tropdsx.workflows.reconstruct.levels.evaluation import evaluate_levels
from tropdsx.workflows.reconstruct.levels.tables import scores_as_json, scores_table


@pytest.fixture(scope="module")
def scores(sea):
    return evaluate_levels(sea, share=0.12, seeds=1, methods=["idw", "climatology"])


def test_the_table_has_each_level_and_all(scores):
    title, head, *rows = scores_table(scores).splitlines()
    assert title.startswith("RMSE of thetao [degrees_C] at columns that were not observed; 12 %")
    assert head.split()[:4] == ["depth", "count", "idw", "climatology"]
    assert len(rows) == 7
    first = rows[0].split()
    assert first[0] == "10"
    assert float(first[2]) == pytest.approx(float(scores.rmse[0, 0]), abs=5e-4)
    assert rows[-1].split()[0] == "all"


def test_json_has_the_same(scores):
    found = json.loads(scores_as_json(scores))
    assert (found["variable"], found["units"], found["level"]) == ("thetao", "degrees_C", "depth")
    np.testing.assert_allclose(found["methods"]["idw"]["rmse"], scores.rmse.sel(model="idw"))
    assert found["methods"]["idw"]["coverage_90"] == [None] * 6
