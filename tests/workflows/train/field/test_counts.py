"""What a step costs, in things that can be counted: passes, multiplications, copies."""

import pytest
import torch
from torch.profiler import profile
from torch.utils.flop_counter import FlopCounterMode

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.unet import UNet
from tropdsx.workflows.train import FieldOptions
from tropdsx.workflows.train.field.module import FieldTraining
from tropdsx.workflows.train.forms import fit

from helpers.training import longer

SHAPE = (2, 1, 32, 64)


def module(**options):
    net = UNet(width=4, padding=options.get("padding", "zeros"))
    rows = SHAPE[-2:]
    made = FieldTraining(
        net, FieldOptions(**options), torch.ones(rows), torch.zeros(rows, dtype=torch.bool)
    )
    made.log = lambda *_, **__: None
    return made


def test_one_pass_for_a_step_and_one_for_each_batch_of_a_validation(fine, tmp_path, monkeypatch):
    passes = {True: 0, False: 0}
    forward = UNet.forward

    def counted(self, x):
        passes[self.training] += 1
        return forward(self, x)

    monkeypatch.setattr(UNet, "forward", counted)
    options = longer(form="field", width=1, steps=6, steps_per_epoch=3, batch=1, rate=1e-4)
    done = fit(fine, tmp_path, options=options)
    batches = passes[False] // 3  # two validations; one more for the maps of the last network
    assert passes == {True: 6, False: 3 * batches}
    assert done.history[1]["val_loss"] < done.history[0]["val_loss"]  # the last is the best


def test_backwards_costs_twice_forwards_and_the_input_has_no_gradient():
    one, batch = module(), [torch.rand(SHAPE), torch.rand(SHAPE)]
    with FlopCounterMode(display=False) as forwards, torch.no_grad():
        one.net(batch[0])
    with FlopCounterMode(display=False) as all_of_it:
        one.training_step(batch, 0).backward()
    first = 2 * 9 * 4 * batch[0].numel()  # of the first convolution
    assert all_of_it.get_total_flops() == 3 * forwards.get_total_flops() - first


def test_padding_round_the_globe_copies_once():
    """Each padded tensor once more; joined rows and columns were twice what zeros need."""
    asked = {}
    for padding in ("zeros", "globe"):
        one, batch = module(padding=padding), [torch.rand(SHAPE), torch.rand(SHAPE)]
        with profile(profile_memory=True) as seen:
            one.training_step(batch, 0).backward()
        asked[padding] = sum(max(0, e.self_cpu_memory_usage) for e in seen.key_averages())
    assert asked["globe"] < 1.5 * asked["zeros"]
