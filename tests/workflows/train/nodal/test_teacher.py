"""Learning from a teacher: what it changes, what it must not know, what a refit owes to it."""

import copy

import numpy as np
import pytest
import torch
import xarray as xr

from helpers.fields import delays

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load, load_card, save
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import PRESENCE
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.moisture import Moisture
from tropdsx.workflows.train.nodal.batches import estimate, hide_neighbours, make_batch
from tropdsx.workflows.train.nodal.module import NodalTraining
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.pairs import make_pair_sets
from tropdsx.workflows.train.nodal.start import load_nodal
from tropdsx.workflows.train.nodal.teacher import Teacher, require_apart
from tropdsx.workflows.train.products import Also, Check

from helpers.training import same, small, weights

ZHD, ZWD = 0, 1
#: Twelve epochs to train on, four to validate on, three days between.
SPLIT = {"train": ("2022-03-09/2022-03-11",), "validate": ("2022-03-15",)}


def pair(**changes):
    """Options of an expert for single epochs and one for those with neighbours."""
    return small(**{"members": 2, "experts": True, **changes})


@pytest.fixture(scope="module")
def fine():
    return delays(np.arange(90, -91, -10.0), np.arange(0, 360, 15.0), 28)


@pytest.fixture(scope="module")
def batch(fine):
    """Three epochs with neighbours; the truth of some targets is unknown."""
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(1, 1)), slice(4, 7))
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
    options = pair(**SPLIT, steps=8, seed=5)
    return fit(fine, tmp_path_factory.mktemp("teacher"), options=options).final


def student(teacher, **changes):
    return pair(**SPLIT, teacher=teacher, **changes)


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
    with_them, without = (teacher.target(b)[:, ZWD][known] for b in (batch, hide_neighbours(batch)))
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


def test_the_teacher_of_experts_sees_the_neighbours(fine, teacher, tmp_path, monkeypatch):
    """Also where the member that learns from it does not."""
    shown, target = [], Teacher.target

    def watched(self, batch):
        shown.append(batch.channels[:, PRESENCE].amax((2, 3)))
        return target(self, batch)

    monkeypatch.setattr(Teacher, "target", watched)
    fit(fine, tmp_path, options=student(teacher, steps=20, steps_per_epoch=20))
    assert torch.cat(shown).mean() > 0.8


def test_sigma_watches_the_truth(batch, net):
    """What is taught changes the mean, not the spread: the errors that count are the true ones."""
    gradients = []
    for share in (0.0, 1.0):
        module = NodalTraining(net, small(), Teacher(copy.deepcopy(net), share))
        module.net.zero_grad()
        module._loss_of(module.net, batch, module.teacher.target(batch))[1].backward()
        gradients.append(module.net.spread.layers[0].weight.grad.clone())
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({"train": ("2022-03-14/2022-03-15",), "validate": ("2022-03-10",)}, 0),
        ({"train": ("2022-03-14/2022-03-15",), "validate": ("2022-03-12",)}, 6),
    ],
)
def test_a_teacher_that_knows_the_validation_is_refused(fine, teacher, tmp_path, changes, hours):
    with pytest.raises(InputError, match=f"2022-03-09T00/2022-03-11T18, {hours} h from"):
        fit(fine, tmp_path, options=pair(**changes, teacher=teacher))


def test_what_a_teacher_knows_is_inherited(fine, teacher, tmp_path):
    """Through --init, --teacher and --also: whoever learns from it knows its epochs."""
    other = {"train": ("2022-03-14/2022-03-15",), "validate": ("2022-03-11",)}
    begun = {"width": None, "blocks": None, "members": None, "experts": None, "init": teacher}
    through = {
        "init": pair(**SPLIT, **begun),
        "teacher": pair(**SPLIT, teacher=teacher),
        "also": pair(train=("2022-03-14/2022-03-15",), validate=("2022-03-09",)),
    }
    for how, options in through.items():
        also = [Also(fine.isel(time=slice(8, 12)), None, "3x3", 0.5)] if how == "also" else []
        knowing = fit(fine, tmp_path / how, options=options, also=also).final
        runs = load_card(knowing)["training"]["epochs_seen"]
        assert "2022-03-11T18" in runs[0]
        with pytest.raises(InputError, match="0 h from the validation epochs"):
            fit(fine, tmp_path / "no", options=pair(**other, teacher=knowing))


def test_checks_must_be_unknown_too(fine, teacher, tmp_path):
    check = [Check(fine.isel(time=slice(0, 4)), None, "3x3", (1, 1))]
    later = {"train": ("2022-03-13",), "validate": ("2022-03-15",)}
    with pytest.raises(InputError, match="0 h from the validation epochs from 2022-03-09T00"):
        fit(fine, tmp_path, options=pair(**later, teacher=teacher), check=check)


def test_moisture_that_is_checked_must_be_unknown_too(fine, teacher, tmp_path):
    later = {"train": ("2022-03-13",), "validate": ("2022-03-15",)}
    known = Moisture(fine[["zwd"]].isel(time=slice(0, 4)), 1, 2)
    with pytest.raises(InputError, match="0 h from the validation epochs from 2022-03-09T00"):
        fit(fine, tmp_path, options=pair(**later, teacher=teacher), check_moisture=[known])


def test_a_card_that_does_not_say_is_refused(fine, teacher, tmp_path):
    loaded = load(teacher)
    card = dict(loaded.card, training={})
    silent = save(tmp_path / "silent.safetensors", loaded.module, card)
    with pytest.raises(InputError, match="does not say on which epochs"):
        fit(fine, tmp_path, options=student(silent))


def test_the_shipped_networks_say_what_they_know():
    """`heldout` may teach where it was validated, `default` nowhere near."""
    held, everything = (load_nodal(name, "--teacher") for name in ("heldout", "default"))

    def epochs(first, count):
        time = np.datetime64(first, "h") + np.arange(count) * np.timedelta64(6, "h")
        return xr.Dataset(coords={"time": time.astype("M8[ns]")})

    train, valid = epochs("2022-03-09T00", 112), epochs("2022-04-08T00", 25)
    require_apart(held, "heldout", train, [valid, epochs("2024-02-11T00", 16)])
    with pytest.raises(InputError, match=r"2022-03-09T00/2022-04-14T00.*, 0 h from"):
        require_apart(everything, "default", train, [valid])
    require_apart(everything, "default", train, [epochs("2022-04-16T06", 4)])


def test_a_split_of_its_own_does_not_refuse_its_network(fine, tmp_path):
    """The training epochs lie on both sides of the validation: the hole counts."""
    options = pair(validate=("2022-03-12",))
    teacher = fit(fine, tmp_path / "teacher", options=options).final
    assert len(load_card(teacher)["training"]["epochs_seen"]) == 2
    fit(fine, tmp_path / "student", options=pair(validate=("2022-03-12",), teacher=teacher))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"teacher": "nobody"}, CheckpointError, "--teacher nobody: no such checkpoint"),
        ({"teacher_share": 0.5}, InputError, "beside --teacher"),
        ({"teacher": "heldout", "teacher_share": 1.5}, InputError, "teacher_share=1.5"),
        ({"teacher": "heldout", "experts": False, "members": 1}, InputError, "only with --experts"),
    ],
)
def test_what_cannot_teach_is_refused(fine, tmp_path, options, error, words):
    base = {"thin": ("2x2",), "shares": (1.0,), "steps": 2, "device": "cpu"}
    base |= {"members": 2, "experts": True}
    with pytest.raises(error, match=words):
        fit(fine, tmp_path, options=NodalOptions(**{**base, **options}))


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
        with pytest.raises(CheckpointError, match=r"--teacher was final.safetensors \(sha256"):
            fit(fine, tmp_path / "no", options=pair(teacher=wrong), refit_of=tested)
    done = fit(fine, tmp_path / "same", options=pair(teacher=teacher), refit_of=tested)
    assert load_card(done.final)["scores_of"]["model_id"] == "final"
    # A refit of the teacher has seen all epochs, as the refit may.
    with pytest.raises(CheckpointError, match=r"--teacher-share \(was 0\.7, now 0\.5\)"):
        fit(
            fine, tmp_path / "no", options=pair(teacher=teacher, teacher_share=0.5), refit_of=tested
        )
    again = pair(steps=8, seed=5)
    refitted = fit(fine, tmp_path / "teacher", options=again, refit_of=teacher).final
    more = [Also(fine, None, "3x3", 0.5)]
    done = fit(fine, tmp_path / "both", options=pair(teacher=refitted), refit_of=tested, also=more)
    assert load_card(done.final)["training"]["taught_by"] == load_card(refitted)["sha256"]
    untaught = fit(fine, tmp_path / "untaught", options=student(None)).final
    with pytest.raises(CheckpointError, match="it had no --teacher; leave that out"):
        fit(fine, tmp_path / "no", options=pair(teacher=teacher), refit_of=untaught)
