"""Training anew on all epochs, as a tested network was trained."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.fields import delays

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import torch

from tropdsx.assets.registry import find_path
from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load, load_card, save
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.refit import load_tested
from tropdsx.workflows.train.products import Also

from helpers.training import longer, small


@pytest.fixture(scope="module")
def tested(short, tmp_path_factory):
    return fit(short, tmp_path_factory.mktemp("tested"), options=small(hide_height=0.3)).final


def test_the_shipped_pair_is_a_refit():
    """Of a second stage: only who has the first can repeat it."""
    tested = load(find_path("heldout"))
    same_way = NodalOptions(
        **tested.card["training"]["options"]
        | {
            "train": (),
            "validate": (),
            "threads": 2,
            "max_minutes": 90.0,
            "texture_orography": "elsewhere/orography_ell_1x1",
            **{name: tested.card["config"][name] for name in ("width", "blocks", "members")},
            "experts": True,
        }
    )
    first = tested._replace(card={"sha256": tested.card["training"]["started_from"]})
    found = load_tested("heldout", same_way, (), False, start=first)
    assert found.card["model_id"] == "tropdsx-nodal-7-heldout"
    with pytest.raises(CheckpointError, match=r"its --init was final\.safetensors"):
        load_tested("heldout", same_way, (), False)
    with pytest.raises(CheckpointError, match="it is a refit itself"):
        load_tested("default", same_way, (), False)
    with pytest.raises(CheckpointError, match=r"--seed \(was 1, now 0\)"):
        load_tested("heldout", replace(same_way, seed=0), (), False, start=first)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate": 1e-3}, "--rate"),
        ({"hide_height": 0.0}, r"--hide-height \(was 0.3, now 0.0\)"),
        ({"thin": ("3x3",)}, "--thin"),
        ({"flip": False}, "--no-flip"),
        ({"loss": "l1"}, "--loss"),
        ({"width": 8}, "--width"),
        ({"steps": 6}, "--steps"),
    ],
)
def test_refit_refuses_another_training(short, tested, tmp_path, changes, words):
    with pytest.raises(CheckpointError, match=words):
        fit(short, tmp_path, options=small(**{"hide_height": 0.3, **changes}), refit_of=tested)


def test_refit_refuses_init_and_refits_and_other_data(short, tested, tmp_path):
    options = small(hide_height=0.3)
    with pytest.raises(InputError, match="exclude each other"):
        fit(short, tmp_path, options=small(hide_height=0.3, init=tested), refit_of=tested)
    with pytest.raises(InputError, match="it was tested on 1 epochs from 2022-03-11T18"):
        fit(short.isel(time=slice(0, 11)), tmp_path, options=options, refit_of=tested)
    other = delays(np.arange(90, -91, -10.0), np.arange(0, 360, 10.0), 12)
    with pytest.raises(InputError, match="2x2 was a grid of 24"):
        fit(other, tmp_path, options=options, refit_of=tested)
    done = fit(short, tmp_path, options=options, refit_of=tested)
    assert load_card(done.final)["scores_of"]["note"].endswith("the same way, on all epochs")
    with pytest.raises(CheckpointError, match="it is a refit itself"):
        fit(short, tmp_path / "no", options=options, refit_of=done.final)


def test_a_refit_of_what_went_on_goes_on_too(short, tested, tmp_path):
    """From the same checkpoint, or from a refit of it."""
    begun = {"width": None, "blocks": None, "hide_height": 0.3}
    more = fit(short, tmp_path / "more", options=small(init=tested, **begun)).final
    with pytest.raises(CheckpointError, match=r"its --init was final.safetensors \(sha256"):
        fit(short, tmp_path / "no", options=small(hide_height=0.3), refit_of=more)
    with pytest.raises(CheckpointError, match=r"its --init was final.safetensors \(sha256"):
        fit(short, tmp_path / "no", options=small(init=more, **begun), refit_of=more)
    loaded = load(more)
    training = {k: v for k, v in loaded.card["training"].items() if k != "started_from"}
    silent = save(
        tmp_path / "silent.safetensors", loaded.module, loaded.card | {"training": training}
    )
    with pytest.raises(CheckpointError, match="does not say which network its --init"):
        fit(short, tmp_path / "no", options=small(hide_height=0.3), refit_of=silent)
    refitted = fit(short, tmp_path / "one", options=small(hide_height=0.3), refit_of=tested).final
    for number, init in enumerate((tested, refitted)):
        options = small(init=init, **begun)
        done = fit(short, tmp_path / f"two{number}", options=options, refit_of=more).final
        assert load_card(done)["scores_of"]["sha256"] == load_card(more)["sha256"]


def test_refit_says_what_it_was_trained_on(short, tested, tmp_path):
    options = small(hide_height=0.3, train=("2022-03-09/2022-03-11",))
    also = [Also(short, None, "3x3", 0.5)]
    done = fit(short, tmp_path, options=options, refit_of=tested, also=also)
    assert load_card(done.final)["scores_of"]["note"].endswith(
        "the same way, on 12 epochs, and on other products too"
    )


def test_a_refit_that_was_stopped_claims_nothing(short, tested, tmp_path):
    options = small(hide_height=0.3)
    with pytest.raises(CheckpointError, match="stopped after 2 of 4 steps"):
        fit(short, tmp_path, options=options, refit_of=tested, stop_after=1)
    assert not (tmp_path / "final.safetensors").exists()
    done = fit(short, tmp_path, options=options, refit_of=tested, resume=True)
    assert load_card(done.final)["training"]["steps"] == 4


def test_weights_of_a_stopped_run_are_not_refitted(short, tmp_path):
    stopped = fit(short, tmp_path, options=small(), stop_after=1).final
    with pytest.raises(CheckpointError, match="after 2 of 4 steps"):
        fit(short, tmp_path / "refit", options=small(), refit_of=stopped)


def test_refit_on_all_epochs_keeps_the_scores_of_before(fine, tmp_path):
    options = {"steps": 4, "steps_per_epoch": 2, "members": 2, "experts": True}
    before = fit(fine, tmp_path / "before", options=longer(**options)).final
    also = [Also(fine, None, "3x3", 0.5)]
    done = fit(fine, tmp_path / "after", options=longer(**options), refit_of=before, also=also)
    one, other = load(before), load(done.final)
    assert other.card["training"]["epochs_train"]["count"] == fine.sizes["time"]
    assert other.card["scores"] == one.card["scores"]
    assert other.card["scores_of"]["sha256"] == one.card["sha256"]
    torch.testing.assert_close(other.module.gain, one.module.gain)
    torch.testing.assert_close(other.tensors["rmse_zwd"], one.tensors["rmse_zwd"])
    assert not torch.equal(other.module.stem.conv.weight, one.module.stem.conv.weight)
    with pytest.raises(CheckpointError, match="cannot be refitted"):
        fit(fine, tmp_path / "wrong", options=longer(), refit_of=before)
    with pytest.raises(InputError, match="leave out"):
        fit(fine, tmp_path / "wrong", options=longer(**options, patience=1), refit_of=before)
