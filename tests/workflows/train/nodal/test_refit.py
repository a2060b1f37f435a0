"""Training that goes on: after a stop, from a checkpoint, or anew on all epochs."""

import numpy as np
import pytest

from helpers.fields import delays

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load, load_card, save
from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.fit import fit
from tropdsx.workflows.train.nodal.lessons import Also, Check
from tropdsx.workflows.train.nodal.refit import judged_by
from tropdsx.workflows.train.nodal.start import start_of
from tropdsx.workflows.train.options import TrainOptions
from tropdsx.workflows.train.resume import Kept

from helpers.training import same, small, weights


@pytest.fixture(scope="module")
def fine():
    return delays(np.arange(90, -91, -10.0), np.arange(0, 360, 15.0), 12)


# ------------------------------------------------------------------------ resume


def test_resume_after_the_end_changes_nothing(fine, tmp_path):
    done = fit(fine, tmp_path, options=small())
    before = {name: weights(tmp_path / f"{name}.safetensors") for name in ("best", "final")}
    again = fit(fine, tmp_path, options=small(), resume=True)
    assert again.history == done.history
    for name, kept in before.items():
        assert same(kept, weights(tmp_path / f"{name}.safetensors"))


def test_resume_with_more_steps_goes_on(fine, tmp_path):
    # 5 steps leave an epoch half done: the batches still follow one another.
    fit(fine, tmp_path, options=small(steps=5, restart=9))
    more = fit(fine, tmp_path, options=small(steps=8, restart=9), resume=True)
    assert [row["step"] for row in more.history] == [2, 4, 5, 6, 8]
    whole = fit(fine, tmp_path / "whole", options=small(steps=8, restart=9))
    assert same(weights(more.final), weights(whole.final))


def test_a_best_validation_of_before_survives(fine, tmp_path, monkeypatch):
    done = fit(fine, tmp_path, options=small(steps=2))
    best = weights(done.best)
    assert load_card(done.best)["training"]["steps"] == 2
    restored = Kept.on_load_checkpoint

    def unbeatable(self, *arguments):
        restored(self, *arguments)
        self.best["score"] = -1.0

    monkeypatch.setattr(Kept, "on_load_checkpoint", unbeatable)
    more = fit(fine, tmp_path, options=small(steps=6), resume=True)
    assert same(weights(more.best), best)
    card = load_card(more.best)["training"]
    assert (card["steps"], load_card(more.final)["training"]["steps"]) == (2, 6)


def test_max_time_counts_each_call_anew(fine, tmp_path):
    options = small(steps=6, steps_per_epoch=3, max_minutes=1e-9)  # used up by every step
    for step in (1, 2):
        done = fit(fine, tmp_path, options=options, resume=step > 1)
        assert done.history[-1]["step"] == step
        assert load_card(done.final)["training"]["steps"] == step
    rest = fit(fine, tmp_path, options=small(steps=6, steps_per_epoch=3), resume=True)
    assert [row["step"] for row in rest.history] == [1, 2, 3, 6]
    whole = fit(fine, tmp_path / "whole", options=small(steps=6, steps_per_epoch=3))
    assert same(weights(rest.final), weights(whole.final))


def test_resume_after_patience_is_used_up(fine, tmp_path):
    stopped = fit(fine, tmp_path, options=small(steps=20, patience=1, rate=1e-12))
    step = stopped.history[-1]["step"]
    assert step < 20
    done = fit(fine, tmp_path, options=small(steps=20, patience=0, rate=1e-12), resume=True)
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
def test_resume_with_other_options_is_refused(fine, stopped, changes, words):
    with pytest.raises(InputError, match=words):
        fit(fine, stopped, options=small(**changes), resume=True)


@pytest.fixture(scope="module")
def stopped(fine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    fit(fine, folder, options=small(), stop_after=1)
    return folder


def test_resume_with_other_data_is_refused(fine, stopped):
    with pytest.raises(InputError, match="epochs_train"):
        fit(fine.isel(time=slice(1, None)), stopped, options=small(), resume=True)
    with pytest.raises(InputError, match="check"):
        fit(fine, stopped, options=small(), check=[Check(fine, None, "3x3", (1, 1))], resume=True)


def test_a_damaged_state_is_named(fine, tmp_path):
    (tmp_path / "last.ckpt").write_bytes(b"half")
    with pytest.raises(CheckpointError, match="damaged"):
        fit(fine, tmp_path, options=small(), resume=True)


def test_a_failure_at_the_end_leaves_the_files_of_before(fine, tmp_path, monkeypatch):
    done = fit(fine, tmp_path, options=small())
    before = done.final.read_bytes(), done.best.read_bytes()

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("tropdsx.workflows.train.run.Run.load_best", broken)
    with pytest.raises(OSError, match="disk full"):
        fit(fine, tmp_path, options=small(steps=6), resume=True)
    assert (done.final.read_bytes(), done.best.read_bytes()) == before
    assert not list(tmp_path.glob(".*part"))


def test_an_interrupt_that_breaks_what_it_interrupts_is_one(fine, tmp_path, monkeypatch):
    """As torch.save does: the archive cannot be closed, and that error hides Ctrl-C."""

    def interrupted(*_):
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("unexpected pos")

    monkeypatch.setattr(
        "tropdsx.workflows.train.nodal.module.NodalTraining.training_step", interrupted
    )
    with pytest.raises(KeyboardInterrupt):
        fit(fine, tmp_path, options=small())


def test_fields_resume_as_if_never_stopped(fine, tmp_path):
    options = small(form="field", width=1, steps=6, steps_per_epoch=3, head="residual")
    whole = fit(fine, tmp_path / "whole", options=options)
    short = small(
        form="field", width=1, steps=6, steps_per_epoch=3, head="residual", max_minutes=1e-9
    )
    fit(fine, tmp_path / "cut", options=short)
    rest = fit(fine, tmp_path / "cut", options=options, resume=True, command="tropdsx train x")
    assert same(weights(whole.final), weights(rest.final))
    assert load_card(rest.best)["command"] == "tropdsx train x"
    other = small(form="field", width=1, steps=6, steps_per_epoch=3, head="residual", loss="l1")
    with pytest.raises(InputError, match="loss"):
        fit(fine, tmp_path / "cut", options=other, resume=True)


# ------------------------------------------------------------------------ from a checkpoint


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A network of two experts that never sees latitude."""
    net = NodalNet(in_channels=len(CHANNELS), width=4, blocks=2, members=2, experts=True)
    card = {
        "model_id": "pair",
        "variables": ["zhd", "zwd"],
        "channels": list(CHANNELS),
        "license": "CC0",
        "training": {"options": {"without": ["sin_lat"]}},
    }
    return save(tmp_path_factory.mktemp("pair") / "pair.safetensors", net, card)


def plain(**changes):
    return {
        "thin": ("2x2",),
        "shares": (1.0,),
        "steps": 2,
        "steps_per_epoch": 2,
        "batch": 2,
        "device": "cpu",
        "threads": 1,
        **changes,
    }


def test_init_takes_the_form_of_the_checkpoint(fine, pair, tmp_path, monkeypatch):
    hidden = []
    from tropdsx.workflows.train.nodal import lessons as train_lessons

    lessons = train_lessons.Lessons

    def watched(*arguments):
        hidden.append(arguments[-1])
        return lessons(*arguments)

    monkeypatch.setattr(train_lessons, "Lessons", watched)
    done = fit(fine, tmp_path, options=TrainOptions(**plain(init=pair)))
    card = load_card(done.final)
    recorded = card["training"]["options"]
    assert [recorded[k] for k in ("width", "blocks", "members", "experts")] == [4, 2, 2, True]
    assert recorded["without"] == ["sin_lat"]
    # Experts: neighbours are not hidden from all, the network has members for that.
    assert all(each["both"] == 0.0 for each in hidden)
    assert "started from pair: CC0" in card["license"]
    unseen = load(done.final).module.stem.conv.weight[:, CHANNELS.index("sin_lat")]
    assert (unseen == 0).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 64}, "width=64 .the checkpoint has 4"),
        ({"blocks": 5}, "blocks=5"),
        ({"members": 4}, "members=4"),
        ({"experts": False}, "experts=False"),
        ({"without": ("orography",)}, "without="),
    ],
)
def test_init_refuses_another_form(pair, changes, words):
    with pytest.raises(InputError, match=words):
        start_of(TrainOptions(**plain(init=pair, **changes)))
    start_of(TrainOptions(**plain(init=pair, width=4, experts=True)))


def test_init_names_what_it_accepts():
    with pytest.raises(CheckpointError, match="'default', 'heldout', or the path") as caught:
        start_of(TrainOptions(init="nofile"))
    assert "none" not in str(caught.value)


# ------------------------------------------------------------------------ anew on all epochs


@pytest.fixture(scope="module")
def tested(fine, tmp_path_factory):
    return fit(fine, tmp_path_factory.mktemp("tested"), options=small(hide_height=0.3)).final


def test_the_shipped_pair_is_a_refit():
    same_way = {
        "thin": ("2x2", "3x3", "4x4"),
        "shares": (0.42, 0.08, 0.02),
        "phases": 9,
        "texture": (5, 6, 4, 3, 2),
        "texture_shares": (0.32, 0.03, 0.05, 0.04, 0.04),
        "texture_orography": "elsewhere/orography_ell_1x1",
        "members": 4,
        "experts": True,
        "batch": 4,
        "steps": 1000,
        "steps_per_epoch": 200,
        "dropout": 0.05,
        "hide_height": 0.3,
        "weigh_by_sigma": 1.0,
        "threads": 2,
        "max_minutes": 90.0,
    }
    judged = judged_by("heldout", TrainOptions(**same_way), (), False)
    assert judged.card["model_id"] == "tropdsx-nodal-3-heldout"
    with pytest.raises(CheckpointError, match="it is a refit itself"):
        judged_by("default", TrainOptions(**same_way), (), False)
    with pytest.raises(CheckpointError, match=r"--seed \(was 0, now 1\)"):
        judged_by("heldout", TrainOptions(**same_way, seed=1), (), False)


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
def test_refit_refuses_another_training(fine, tested, tmp_path, changes, words):
    with pytest.raises(CheckpointError, match=words):
        fit(fine, tmp_path, options=small(**{"hide_height": 0.3, **changes}), refit_of=tested)


def test_refit_refuses_init_and_refits_and_other_data(fine, tested, tmp_path):
    options = small(hide_height=0.3)
    with pytest.raises(InputError, match="exclude each other"):
        fit(fine, tmp_path, options=small(hide_height=0.3, init=tested), refit_of=tested)
    with pytest.raises(InputError, match="it was tested on 1 epochs from 2022-03-11T18"):
        fit(fine.isel(time=slice(0, 11)), tmp_path, options=options, refit_of=tested)
    other = delays(np.arange(90, -91, -10.0), np.arange(0, 360, 10.0), 12)
    with pytest.raises(InputError, match="2x2 was a grid of 24"):
        fit(other, tmp_path, options=options, refit_of=tested)
    done = fit(fine, tmp_path, options=options, refit_of=tested)
    assert load_card(done.final)["scores_of"]["note"].endswith("the same way, on all epochs")
    with pytest.raises(CheckpointError, match="it is a refit itself"):
        fit(fine, tmp_path / "no", options=options, refit_of=done.final)


def test_a_refit_of_what_went_on_goes_on_too(fine, tested, tmp_path):
    """From the same checkpoint, or from a refit of it."""
    begun = {"width": None, "blocks": None, "hide_height": 0.3}
    more = fit(fine, tmp_path / "more", options=small(init=tested, **begun)).final
    with pytest.raises(CheckpointError, match=r"its --init was final.safetensors \(sha256"):
        fit(fine, tmp_path / "no", options=small(hide_height=0.3), refit_of=more)
    with pytest.raises(CheckpointError, match=r"its --init was final.safetensors \(sha256"):
        fit(fine, tmp_path / "no", options=small(init=more, **begun), refit_of=more)
    loaded = load(more)
    training = {k: v for k, v in loaded.card["training"].items() if k != "started_from"}
    silent = save(
        tmp_path / "silent.safetensors", loaded.module, loaded.card | {"training": training}
    )
    with pytest.raises(CheckpointError, match="does not say which network its --init"):
        fit(fine, tmp_path / "no", options=small(hide_height=0.3), refit_of=silent)
    refitted = fit(fine, tmp_path / "one", options=small(hide_height=0.3), refit_of=tested).final
    for number, init in enumerate((tested, refitted)):
        options = small(init=init, **begun)
        done = fit(fine, tmp_path / f"two{number}", options=options, refit_of=more).final
        assert load_card(done)["scores_of"]["sha256"] == load_card(more)["sha256"]


def test_refit_says_what_it_was_trained_on(fine, tested, tmp_path):
    options = small(hide_height=0.3, train=("2022-03-09/2022-03-11",))
    also = [Also(fine, None, "3x3", 0.5)]
    done = fit(fine, tmp_path, options=options, refit_of=tested, also=also)
    assert load_card(done.final)["scores_of"]["note"].endswith(
        "the same way, on 12 epochs, and on other products too"
    )


def test_a_refit_that_was_stopped_claims_nothing(fine, tested, tmp_path):
    options = small(hide_height=0.3)
    with pytest.raises(CheckpointError, match="stopped after 2 of 4 steps"):
        fit(fine, tmp_path, options=options, refit_of=tested, stop_after=1)
    assert not (tmp_path / "final.safetensors").exists()
    done = fit(fine, tmp_path, options=options, refit_of=tested, resume=True)
    assert load_card(done.final)["training"]["steps"] == 4


def test_weights_of_a_stopped_run_are_not_refitted(fine, tmp_path):
    stopped = fit(fine, tmp_path, options=small(), stop_after=1).final
    with pytest.raises(CheckpointError, match="after 2 of 4 steps"):
        fit(fine, tmp_path / "refit", options=small(), refit_of=stopped)
