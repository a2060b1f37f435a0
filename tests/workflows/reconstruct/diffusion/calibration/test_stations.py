"""Stations that are left out in turn calibrate a network."""

import numpy as np
import pytest

from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.diffusion.analysis import calibration_of
from tropdsx.workflows.reconstruct.diffusion.calibration.stations import calibration_rows
from tropdsx.workflows.reconstruct.diffusion.estimator import find_model
from tropdsx.workflows.reconstruct.preparation import prepare

from helpers.network_of_stations import coarse_grid, observe, some_stations
from helpers.reconstruction import make_model

STEPS = {"coarse": [2.0, 2.5], "fine": [1.0, 1.25]}


def test_epochs_are_those_with_observations():
    residuals = np.full((90, 3), np.nan)
    residuals[30:80, 1] = 0.01
    rows = calibration_rows(residuals)
    assert rows.size == 24
    assert (rows[0], rows[-1]) == (30, 79)
    assert calibration_rows(residuals[:3]).size == 0
    assert calibration_rows(np.zeros((90, 1500))).tolist() == [0, 29, 59, 89]


@pytest.mark.parametrize("size", [0.0, 0.05])
def test_sigma_is_that_of_what_is_left_out(tmp_path, size):
    """Errors three times the sigma that is believed are told by the factor."""
    pytest.importorskip("torch")
    grid = coarse_grid()
    noise = np.random.default_rng(0).normal(0, 0.03, (4, 25))
    observed = observe(grid, some_stations(), noise)
    path = make_model(tmp_path / "net.safetensors", residual=0, size=size, steps_of_grids=STEPS)
    plan = make_plan(grid, Options(model=None))
    prepared = prepare(plan, observed)
    found = calibration_of(prepared, find_model(path))
    assert (found.observations, found.places) == (100, 25)
    assert (found.share == 1.0) == (size == 0.0)  # a network that adds nothing counts as it is
    assert 0.5 < found.factor < 2.0
    halved = prepared.screening._replace(
        covariance=type(prepared.screening.covariance)(
            **vars(prepared.screening.covariance) | {"local": 1e-3, "regional": 1e-3}
        )
    )
    small = calibration_of(
        type(prepared)(**vars(prepared) | {"screening": halved}), find_model(path)
    )
    assert small.factor > 1.2 * found.factor
