"""The learned mean, then its diffusion, trained end to end on waves."""

import json

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")
pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load_card
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.resume import read_stopped_run

from helpers.training import same, small, weights


@pytest.fixture(scope="module")
def mean(fine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mean")
    options = small("diffusion", steps=60, steps_per_epoch=30, batch=8, window=16, rate=5e-3)
    return fit(fine, folder, options)


def test_the_mean_learns_what_interpolation_lacks(mean):
    card = load_card(mean.best)
    assert card["network"] == "reconstruction"
    assert card["config"]["residual_width"] == 0
    assert [each["stations"] for each in card["reconstruction"]] == [10, 0]
    for each in card["reconstruction"]:
        assert each["mean_mm"] < 0.99 * each["oi_mm"] <= 1.001 * each["background_mm"]
    assert 0.3 < card["sigma_factor"] < 3
    assert card["statistics"]["residual"] > 0


def test_statistics_are_those_of_the_training_alone(fine, tmp_path, mean):
    changed = fine.copy(deep=True)
    last = fine.time[-2:]
    changed["zwd"].loc[{"time": last}] *= 1.5
    options = small("diffusion", steps=1, steps_per_epoch=1)
    done = fit(changed, tmp_path, options)
    assert load_card(done.final)["statistics"] == load_card(mean.final)["statistics"]


def test_a_stopped_run_goes_on_to_the_same_weights(short, tmp_path):
    options = small("diffusion", steps=4, steps_per_epoch=2, stations=(5, 0))
    whole = fit(short, tmp_path / "whole", options)
    fit(short, tmp_path / "parts", options, stop_after=1)
    parts = fit(short, tmp_path / "parts", options, resume=True)
    assert same(weights(parts.final), weights(whole.final))
    assert parts.history == whole.history
    changed = small("diffusion", steps=4, steps_per_epoch=2, stations=(6, 0))
    with pytest.raises(InputError, match="stations"):
        fit(short, tmp_path / "parts", changed, resume=True)


@pytest.mark.parametrize("prediction", ["x0", "epsilon"])
def test_the_diffusion_goes_on_from_the_mean(fine, mean, tmp_path, prediction):
    options = small(
        "diffusion", init=mean.best, steps=2, steps_per_epoch=2, window=16, prediction=prediction
    )
    done = fit(fine, tmp_path, options)
    card = load_card(done.final)
    assert card["config"]["residual_width"] == 8
    assert (card["schedule"], card["prediction"]) == ("cosine", prediction)
    assert card["ensemble_factor"] > 0
    assert card["statistics"] == load_card(mean.best)["statistics"]
    held = {k: v for k, v in weights(done.final).items() if k.startswith("mean.")}
    start = {k: v for k, v in weights(mean.best).items() if k.startswith("mean.")}
    assert same(held, start)
    assert sum(card["ensemble"]["rank"]) == pytest.approx(1, abs=1e-3)
    record = read_stopped_run(tmp_path).record
    assert json.loads(json.dumps(record["init"])) == load_card(mean.best)["sha256"]


def test_a_start_of_another_form_is_refused(short, tmp_path):
    options = small("diffusion", init="heldout")
    with pytest.raises(CheckpointError, match="holds a network of form nodal; accepted is"):
        fit(short, tmp_path, options)
