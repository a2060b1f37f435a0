"""Learning from a teacher: what it changes, what it must not know, what a refit owes to it."""

import numpy as np
import pytest
import torch
from conftest import delays

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load, load_card
from tropdsx.nn.nodal import NodalNet
from tropdsx.train import Also, TrainOptions, fit
from tropdsx.train_batches import batch_of, single_epoch
from tropdsx.train_data import pair_sets
from tropdsx.train_modules import NodalTraining, estimate
from tropdsx.train_teacher import Teacher

ZHD, ZWD = 0, 1


def small(**changes):
    plain = {"thin": ("2x2",), "shares": (1.0,), "width": 4, "blocks": 1, "batch": 2, "steps": 4,
             "steps_per_epoch": 2, "warm_up": 2, "rate": 4e-3, "optimizer": "adamw",
             "device": "cpu", "threads": 1}  # fmt: skip
    return TrainOptions(**{**plain, **changes})


@pytest.fixture(scope="module")
def fine():
    return delays(np.arange(90, -91, -10.0), np.arange(0, 360, 15.0), 12)


@pytest.fixture(scope="module")
def batch(fine):
    """Three epochs with neighbours; the truth of some targets is unknown."""
    batch = batch_of(pair_sets(fine, (2, 2), phase=(1, 1)), slice(4, 7))
    batch.residual[:, :, 1, 2:4, 3:9] = torch.nan
    return batch


@pytest.fixture
def net():
    torch.manual_seed(3)
    net = NodalNet(width=4, blocks=1)
    torch.nn.init.normal_(net.head.weight, std=0.3)
    net.gain.fill_(0.5)
    return net


@pytest.fixture(scope="module")
def teacher(fine, tmp_path_factory):
    """A network that was trained on the epochs before the validation of `student`."""
    options = small(train=("2022-03-09/2022-03-10",), validate=("2022-03-11",), steps=8, seed=5)
    return fit(fine, tmp_path_factory.mktemp("teacher"), options=options).final


def student(teacher, **changes):
    return small(train=("2022-03-09/2022-03-10",), validate=("2022-03-11",), teacher=teacher,
                 **changes)  # fmt: skip


def weights(path):
    return load(path).module.state_dict()


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_target_lies_between_truth_and_teacher(batch, net):
    target = Teacher(net, 0.25).target(batch)
    # All that the teacher has learned counts, not the half that validation trusted it with.
    assert (net.gain == 1).all()
    said = estimate(net, batch)[0]
    known = torch.isfinite(batch.residual[:, ZWD])
    expected = 0.75 * batch.residual[:, ZWD] + 0.25 * said[:, ZWD]
    torch.testing.assert_close(target[:, ZWD][known], expected[known])
    assert torch.equal(target[:, ZHD].nan_to_num(9), batch.residual[:, ZHD].nan_to_num(9))
    assert not known.all()
    assert torch.isnan(target[:, ZWD][~known]).all(), "where the truth is unknown nothing is taught"


def test_the_teacher_sees_neighbours_that_the_student_does_not(batch, net):
    teacher = Teacher(net, 1.0)
    known = torch.isfinite(batch.residual[:, ZWD])
    with_them, without = (teacher.target(b)[:, ZWD][known] for b in (batch, single_epoch(batch)))
    assert (with_them - without).abs().max() > 1e-4


def test_gradient_is_zero_where_the_truth_is_unknown(batch, net):
    """Changing what is unknown changes nothing, however the teacher speaks of it."""
    module = NodalTraining(NodalNet(width=4, blocks=1), small(), Teacher(net, 0.8))
    residual = batch.residual.clone().requires_grad_(True)
    target = module.teacher.target(batch._replace(residual=residual))
    loss = module._loss_of(module.net, batch, target)[1]
    loss.backward()
    assert (residual.grad[~torch.isfinite(batch.residual)] == 0).all()
    assert residual.grad.abs().max() > 0


def test_a_share_of_nothing_is_no_teacher(fine, teacher, tmp_path):
    taught = fit(fine, tmp_path / "taught", options=student(teacher, teacher_share=0.0))
    alone = fit(fine, tmp_path / "alone", options=student(None))
    assert same(weights(taught.final), weights(alone.final))
    other = fit(fine, tmp_path / "other", options=student(teacher))
    assert not same(weights(other.final), weights(alone.final))


def test_the_card_names_the_teacher_and_holds_nothing_of_it(fine, teacher, tmp_path):
    done = fit(fine, tmp_path, options=student(teacher))
    training = load_card(done.final)["training"]
    assert training["taught_by"] == load_card(teacher)["sha256"]
    assert training["options"]["teacher"].endswith("final.safetensors")
    assert not [name for name in weights(done.final) if "teacher" in name]
    kept = torch.load(tmp_path / "last.ckpt", weights_only=False)
    assert not [name for name in kept["state_dict"] if "teacher" in name]


def test_a_teacher_that_knows_the_validation_is_refused(fine, teacher, tmp_path):
    options = small(train=("2022-03-11",), validate=("2022-03-09",), teacher=teacher)
    with pytest.raises(InputError, match="trained on 4 of the 4 validation epochs"):
        fit(fine, tmp_path, options=options)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"teacher": "nobody"}, CheckpointError, "--teacher nobody: no such checkpoint"),
        ({"teacher_share": 1.5}, InputError, "teacher_share=1.5"),
        ({"form": "field", "teacher": "default"}, InputError, "form field has no --teacher"),
    ],
)
def test_what_cannot_teach_is_refused(fine, tmp_path, options, error, words):
    base = {"thin": ("2x2",), "shares": (1.0,), "steps": 2, "device": "cpu"}
    with pytest.raises(error, match=words):
        fit(fine, tmp_path, options=TrainOptions(**{**base, **options}))


def test_resume_needs_the_same_teacher(fine, teacher, tmp_path):
    whole = fit(fine, tmp_path / "whole", options=student(teacher))
    fit(fine, tmp_path / "cut", options=student(teacher), stop_after=1)
    other = tmp_path / "final.safetensors"  # the same name, another network
    other.write_bytes(whole.final.read_bytes())
    with pytest.raises(InputError, match="taught_by"):
        fit(fine, tmp_path / "cut", options=student(other), resume=True)
    rest = fit(fine, tmp_path / "cut", options=student(teacher), resume=True)
    assert same(weights(whole.final), weights(rest.final))


def test_a_refit_is_taught_as_the_tested_network_was(fine, teacher, tmp_path):
    tested = fit(fine, tmp_path / "tested", options=student(teacher)).final
    for wrong in (None, tested):
        with pytest.raises(CheckpointError, match="was taught by the checkpoint"):
            fit(fine, tmp_path / "no", options=small(teacher=wrong), refit_of=tested)
    done = fit(fine, tmp_path / "same", options=small(teacher=teacher), refit_of=tested)
    assert load_card(done.final)["scores_of"]["model_id"] == "final"
    # A refit of the teacher has seen all epochs, as the refit may.
    again = small(steps=8, seed=5)
    refitted = fit(fine, tmp_path / "teacher", options=again, refit_of=teacher).final
    more = [Also(fine, None, "3x3", 0.5)]
    done = fit(fine, tmp_path / "both", options=small(teacher=refitted), refit_of=tested, also=more)
    assert load_card(done.final)["training"]["taught_by"] == load_card(refitted)["sha256"]
    untaught = fit(fine, tmp_path / "untaught", options=student(None)).final
    with pytest.raises(CheckpointError, match="was not taught"):
        fit(fine, tmp_path / "no", options=small(teacher=teacher), refit_of=untaught)
