"""The running average, and the learning rate."""

import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.optim import Muon
from tropdsx.workflows.train import FieldOptions, NodalOptions
from tropdsx.workflows.train.averaged import Averaged


def test_the_rate_rises_then_falls_along_a_cosine():
    module = Averaged(torch.nn.Linear(1, 1), FieldOptions(steps=1000, warm_up=10))
    factor = [module.rate_factor(step) for step in range(1001)]
    assert factor[0] == pytest.approx(0.1)
    change = torch.tensor(factor).diff()
    assert (change[:9] > 0).all()
    assert (change[9:] < 0).all()
    assert factor[500] == pytest.approx(0.01 + 0.99 / 2)
    assert factor[-1] == pytest.approx(0.01)


def test_the_rate_restarts_after_longer_and_longer_cycles():
    options = FieldOptions(steps_per_epoch=10, restart=2, restart_factor=3, warm_up=1)
    module = Averaged(torch.nn.Linear(1, 1), options)
    tops = [step for step in range(300) if module.rate_factor(step) == 1.0]
    assert tops == [0, 20, 80, 260]


def test_the_average_follows_the_weights(monkeypatch):
    module = Averaged(torch.nn.Linear(1, 1), FieldOptions(average=0.9))
    with torch.no_grad():
        module.net.weight.fill_(1.0)
        module.average.weight.fill_(0.0)
    # Early steps follow faster, or the first weights would be kept for long.
    for step, expected in ((0, 0.9), (1000, 0.9 + 0.1 * 0.1)):
        monkeypatch.setattr(Averaged, "global_step", step)
        module.on_train_batch_end()
        assert module.average.weight.item() == pytest.approx(expected)
    assert module.net.weight.item() == 1.0


@pytest.mark.parametrize(
    ("options", "kind", "rate"),
    [(NodalOptions(), Muon, 1e-2), (NodalOptions(optimizer="adamw"), torch.optim.AdamW, 1e-3)],
)
def test_the_optimizer_is_that_of_the_options(options, kind, rate):
    found = Averaged(torch.nn.Conv2d(1, 1, 3), options).configure_optimizers()["optimizer"]
    assert isinstance(found, kind)
    assert found.param_groups[0]["initial_lr"] == rate
