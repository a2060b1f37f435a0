"""Columns that are hidden and estimated."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError
from tropdsx.workflows.reconstruct.levels.evaluation import evaluate_levels


@pytest.fixture(scope="module")
def scores(sea):
    return evaluate_levels(sea, share=0.12, seeds=2)


def test_scores_are_of_columns_that_were_not_seen(scores, sea):
    columns = int(np.isfinite(sea[0]).sum())
    seen = round(0.12 * columns)
    assert int(scores["count"].sel(model="idw", depth=10.0)) == 2 * (columns - seen)
    assert scores.rmse.dims == ("model", "depth")
    np.testing.assert_array_equal(scores.depth, sea.depth[1:])
    assert scores.rmse.attrs["units"] == "degrees_C"


def test_they_tell_the_methods_apart(scores):
    mean = (scores.rmse_of_draw**2).mean("seed") ** 0.5
    assert mean.sel(model="modes") < 0.85 * mean.sel(model="idw")
    assert np.isnan(scores.coverage.sel(model="idw")).all()
    within = scores.coverage_of_draw.sel(model="modes")
    assert ((within > 0.8) & (within < 1.0)).all()


def test_draws_are_seeded(scores, sea):
    again = evaluate_levels(sea, share=0.12, seeds=[1], methods=["idw"])
    np.testing.assert_array_equal(
        again.rmse_of_draw.sel(model="idw", seed=1), scores.rmse_of_draw.sel(model="idw", seed=1)
    )


def test_what_cannot_be_scored_is_told(sea):
    with pytest.raises(DomainError, match="choose a time"):
        evaluate_levels(sea.expand_dims("time"))
    with pytest.raises(DomainError, match="leaves 0 of 351 columns"):
        evaluate_levels(sea, share=0.001)
    with pytest.raises(DomainError, match="'depth' has no values"):
        evaluate_levels(sea.drop_vars("depth"))


@pytest.mark.realdata
def test_glorys_from_three_percent_of_its_columns(shared):
    """What the issue asks for: at least 15 % below inverse distances; 90 % within 3 points."""
    with xr.open_dataset(shared / "data/ocean/glorys12_thetao_so_20210629_neatlantic.nc") as ds:
        scores = evaluate_levels(ds.thetao, seeds=3, methods=["idw", "modes"])
    mean = (scores.rmse_of_draw**2).mean("seed") ** 0.5
    assert mean.sel(model="modes") < 0.85 * mean.sel(model="idw")  # 0.79
    assert abs(float(scores.coverage_of_draw.sel(model="modes").mean()) - 0.9) < 0.03
