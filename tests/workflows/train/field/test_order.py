"""The order of numbers in memory: chosen by a measurement, of no effect but on speed."""

import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.checkpoint import load_card
from tropdsx.nn.unet import UNet
from tropdsx.workflows.train import FieldOptions
from tropdsx.workflows.train.field import fit as field_fit
from tropdsx.workflows.train.field import order
from tropdsx.workflows.train.field.module import FieldTraining
from tropdsx.workflows.train.field.order import choose_format, measure_formats, to_torch
from tropdsx.workflows.train.forms import fit

from helpers.training import same, small, weights


def test_the_faster_order_is_taken_where_it_is_clearly_faster(monkeypatch):
    monkeypatch.setattr(order, "LEAST_WORK", 0)
    fields, net = torch.zeros(1, 1, 16, 16), UNet(width=1)
    for seconds, chosen in ((0.5, "contiguous"), (0.97, "channels_last"), (2, "channels_last")):
        found = {"channels_last": 1.0, "contiguous": seconds}
        monkeypatch.setattr(order, "measure_formats", lambda *_, found=found: found)
        assert choose_format(net, fields, FieldOptions()) == chosen
        assert choose_format(net, fields, FieldOptions(steps=20)) == "channels_last"
        named = FieldOptions(memory_format="contiguous")
        assert choose_format(net, fields, named) == "contiguous"


def test_a_measurement_takes_the_least_time_and_leaves_no_trace():
    net, fields = UNet(width=1), torch.rand(2, 1, 16, 32)
    before, state = {k: v.clone() for k, v in net.state_dict().items()}, torch.get_rng_state()
    # The first step of each order prepares and is not read; the others take 3, 2, 1, 5, 4, 6 s.
    ticks = iter([0, 0, 0, 3, 3, 5, 5, 6, 6, 11, 11, 15, 15, 21])
    found = measure_formats(net, fields, FieldOptions(device="cpu"), lambda: next(ticks))
    assert found == {"channels_last": 1.0, "contiguous": 2.0}
    assert same(before, net.state_dict())
    assert torch.equal(state, torch.get_rng_state())


def test_twenty_losses_do_not_depend_on_the_order():
    """In double precision, where the optimizer makes nothing of rounding."""
    torch.manual_seed(0)
    batch, losses = list(torch.rand(2, 2, 1, 32, 48, dtype=torch.float64)), {}
    for name in ("channels_last", "contiguous"):
        torch.manual_seed(1)
        options = FieldOptions(padding="globe", ssim=0.1, loss="l1", memory_format=name)
        net = UNet(width=2, padding="globe")
        cells = torch.ones(32, 48), torch.zeros(32, 48, dtype=torch.bool)
        module = FieldTraining(net, options, *cells).double()
        module.arrange(to_torch(name))
        module.log = lambda *_, **__: None
        optimizer = module.configure_optimizers()["optimizer"]
        losses[name] = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = module.training_step(batch, 0)
            loss.backward()
            optimizer.step()
            losses[name].append(loss.item())
        order_of_weights = module.net.enc1.convolutions[1].weight
        assert order_of_weights.is_contiguous(memory_format=to_torch(name))
    assert losses["channels_last"] == pytest.approx(losses["contiguous"], rel=1e-6)
    assert losses["contiguous"][-1] < losses["contiguous"][0]


def test_a_run_that_goes_on_keeps_its_order(short, tmp_path, monkeypatch):
    options = small(form="field")
    monkeypatch.setattr(field_fit, "choose_format", lambda *_: "contiguous")
    fit(short, tmp_path / "run", options=options, stop_after=1)
    whole = fit(short, tmp_path / "whole", options=options)
    monkeypatch.setattr(field_fit, "choose_format", lambda *_: "channels_last")
    more = fit(short, tmp_path / "run", options=options, resume=True)
    assert load_card(more.final)["training"]["order_in_memory"] == "contiguous"
    assert same(weights(more.final), weights(whole.final))
