"""Training that goes on after a stop, to the same weights."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import torch

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load_card
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.products import Check
from tropdsx.workflows.train.resume import KeepBest

from helpers.training import same, small, weights


def test_resume_after_the_end_changes_nothing(short, tmp_path):
    done = fit(short, tmp_path, options=small())
    before = {name: weights(tmp_path / f"{name}.safetensors") for name in ("best", "final")}
    again = fit(short, tmp_path, options=small(), resume=True)
    assert again.history == done.history
    for name, kept in before.items():
        assert same(kept, weights(tmp_path / f"{name}.safetensors"))


def test_resume_with_more_steps_goes_on(short, tmp_path):
    # 5 steps leave an epoch half done: the batches still follow one another.
    fit(short, tmp_path, options=small(steps=5, restart=9))
    more = fit(short, tmp_path, options=small(steps=8, restart=9), resume=True)
    assert [row["step"] for row in more.history] == [2, 4, 5, 6, 8]
    whole = fit(short, tmp_path / "whole", options=small(steps=8, restart=9))
    assert same(weights(more.final), weights(whole.final))


def test_a_best_validation_of_before_survives(short, tmp_path, monkeypatch):
    done = fit(short, tmp_path, options=small(steps=2))
    best = weights(done.best)
    assert load_card(done.best)["training"]["steps"] == 2
    restored = KeepBest.on_load_checkpoint

    def unbeatable(self, *arguments):
        restored(self, *arguments)
        self.best["score"] = -1.0

    monkeypatch.setattr(KeepBest, "on_load_checkpoint", unbeatable)
    more = fit(short, tmp_path, options=small(steps=6), resume=True)
    assert same(weights(more.best), best)
    card = load_card(more.best)["training"]
    assert (card["steps"], load_card(more.final)["training"]["steps"]) == (2, 6)


def test_max_time_counts_each_call_anew(short, tmp_path):
    options = small(steps=6, steps_per_epoch=3, max_minutes=1e-9)  # used up by every step
    for step in (1, 2):
        done = fit(short, tmp_path, options=options, resume=step > 1)
        assert done.history[-1]["step"] == step
        assert load_card(done.final)["training"]["steps"] == step
    rest = fit(short, tmp_path, options=small(steps=6, steps_per_epoch=3), resume=True)
    assert [row["step"] for row in rest.history] == [1, 2, 3, 6]
    whole = fit(short, tmp_path / "whole", options=small(steps=6, steps_per_epoch=3))
    assert same(weights(rest.final), weights(whole.final))


def test_resume_after_patience_is_used_up(short, tmp_path):
    stopped = fit(short, tmp_path, options=small(steps=20, patience=1, rate=1e-12))
    step = stopped.history[-1]["step"]
    assert step < 20
    done = fit(short, tmp_path, options=small(steps=20, patience=0, rate=1e-12), resume=True)
    assert done.history[-1]["step"] == 20


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 1}, r"seed \(was 0, now 1\)"),
        ({"rate": 1e-3}, r"rate \(was 0.004, now 0.001\)"),
        ({"thin": ("3x3",)}, r"thin \(was \['2x2'\], now \['3x3'\]\)"),
        ({"width": 8, "members": 2}, r"width \(was 4, now 8\); members \(was 1, now 2\)"),
        ({"optimizer": "muon"}, r"optimizer \(was 'adamw', now 'muon'\)"),
        ({"steps_per_epoch": 4}, r"steps_per_epoch \(was 2, now 4\)"),
        ({"hide_height": 0.5}, "hide_height"),
        ({"validate": ("2022-03-10",)}, "validate"),
        ({"steps": 1}, "has 2 steps already"),
    ],
)
def test_resume_with_other_options_is_refused(short, stopped, changes, words):
    with pytest.raises(InputError, match=words):
        fit(short, stopped, options=small(**changes), resume=True)


@pytest.fixture(scope="module")
def stopped(short, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    fit(short, folder, options=small(), stop_after=1)
    return folder


def test_resume_with_other_data_is_refused(short, stopped):
    with pytest.raises(InputError, match="epochs_train"):
        fit(short.isel(time=slice(1, None)), stopped, options=small(), resume=True)
    with pytest.raises(InputError, match="check"):
        fit(short, stopped, options=small(), check=[Check(short, None, "3x3", (1, 1))], resume=True)


def test_a_damaged_state_is_named(short, tmp_path):
    (tmp_path / "last.ckpt").write_bytes(b"half")
    with pytest.raises(CheckpointError, match="damaged"):
        fit(short, tmp_path, options=small(), resume=True)


def test_fields_resume_as_if_never_stopped(short, tmp_path):
    options = small(form="field", width=1, steps=6, steps_per_epoch=3, head="residual")
    whole = fit(short, tmp_path / "whole", options=options)
    cut = small(
        form="field", width=1, steps=6, steps_per_epoch=3, head="residual", max_minutes=1e-9
    )
    fit(short, tmp_path / "cut", options=cut)
    rest = fit(short, tmp_path / "cut", options=options, resume=True, command="tropdsx train x")
    assert same(weights(whole.final), weights(rest.final))
    assert load_card(rest.best)["command"] == "tropdsx train x"
    other = small(form="field", width=1, steps=6, steps_per_epoch=3, head="residual", loss="l1")
    with pytest.raises(InputError, match="loss"):
        fit(short, tmp_path / "cut", options=other, resume=True)


#: Options that version 0.1 recorded for both forms, with the values that it recorded by default.
BEFORE = {
    "nodal": {
        "block_mean": False,
        "shift": 30,
        "ssim": 0.0,
        "rmse_map": None,
        "rmse_mode": "squared",
        "freeze": 0.0,
        "padding": "zeros",
        "head": "absolute",
        "variable": None,
        "units": None,
    },
    "field": {
        "thin": ["2x2", "3x3", "4x4"],
        "shares": [0.3, 0.18, 0.07],
        "phases": None,
        "texture": [],
        "texture_shares": [],
        "texture_orography": None,
        "init": None,
        "teacher": None,
        "teacher_share": None,
        "without": [],
        "blocks": 5,
        "members": 1,
        "experts": False,
        "dropout": 0.0,
        "hide_height": 0.0,
        "sigma": "gaussian",
        "weigh_by_sigma": 0.0,
    },
}


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_a_run_of_version_0_1_goes_on(short, tmp_path, form):
    """It recorded the options of both forms, of which one was used."""
    options = small(form=form, width=1, **({"thin": None} if form == "field" else {}))
    whole = fit(short, tmp_path / "whole", options)
    fit(short, tmp_path / "cut", options, stop_after=1)
    last = tmp_path / "cut" / "last.ckpt"
    content = torch.load(last, weights_only=False)
    content["tropdsx"]["record"] |= BEFORE[form]
    torch.save(content, last)
    other = small(form=form, width=1, thin="3x3" if form == "field" else ("3x3",))
    with pytest.raises(InputError, match=r"thin \(was \['2x2'\], now \['3x3'\]\)\. Give those"):
        fit(short, tmp_path / "cut", other, resume=True)
    rest = fit(short, tmp_path / "cut", options, resume=True)
    assert same(weights(whole.final), weights(rest.final))


def test_a_run_of_the_other_form_is_refused(short, stopped):
    with pytest.raises(InputError, match=r"form \(was 'nodal', now 'field'\)"):
        fit(short, stopped, small(form="field"), resume=True)
