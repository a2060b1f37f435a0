import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.workflows.reconstruct.diffusion.condition import CHANNELS
from tropdsx.workflows.train.diffusion.batches import Sample
from tropdsx.workflows.train.diffusion.module import DiffusionTraining

from helpers.training import small


def sample(truth, rows=8):
    torch.manual_seed(0)
    return Sample(
        torch.randn(2, 13, rows, 8),
        torch.ones(2, 1, rows, 8),
        truth,
        torch.ones(2, 2, rows, 8),
        torch.randn(2, 8),
        torch.randn(2, 2, rows, 8),
        torch.tensor([100, 600]),
    )


def module(residual, **changes):
    torch.manual_seed(0)
    if residual:
        pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")
    net = ReconstructionNet(13, width=8, residual_width=residual)
    for parameter in net.mean.out.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return DiffusionTraining(net, small("diffusion", **changes))


@pytest.mark.parametrize("residual", [0, 8])
@pytest.mark.parametrize("prediction", ["x0", "epsilon"])
def test_what_is_masked_has_no_gradient_at_all(residual, prediction):
    """Neither the truth behind the mask nor the estimate there counts: exactly zero."""
    trained = module(residual, prediction=prediction)
    truth = torch.randn(2, 1, 8, 8)
    truth[..., 3:6, 2:5] = torch.nan
    given = sample(truth)
    said = []

    def keep(*outputs):
        output = outputs[-1]
        found = output[0] if isinstance(output, tuple) else output.sample
        found.retain_grad()
        said.append(found)

    watched = trained.net.residual.unet if residual else trained.net.mean
    watched.register_forward_hook(keep)
    trained.loss_of(trained.net, given).backward()
    gradient = said[-1].grad
    assert (gradient[..., 3:6, 2:5] == 0).all()
    assert (gradient[..., :3, :] != 0).all()


def test_what_ambient_hides_is_seen_by_no_network_but_counts():
    """Below the noise there is nothing of the truth, and what is made of it is judged by it."""
    trained = module(8, objective="ambient")
    hidden = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    hidden[..., 2:5, 3:7] = True
    truth, seen = torch.randn(2, 1, 8, 8), []
    trained.net.residual.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    given = sample(truth)
    known = CHANNELS.index("known")
    given.condition[:, known : known + 1] = (~hidden).float()
    losses = [
        trained.loss_of(trained.net, given._replace(truth=truth + shift * hidden))
        for shift in (0.0, 5.0)
    ]
    assert torch.equal(seen[0], seen[1])
    assert losses[0].item() != losses[1].item()
    whole = module(8, objective="complete")
    whole.net.residual.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    whole.loss_of(whole.net, given)
    assert torch.equal(seen[2] != seen[0], hidden.expand(2, -1, -1, -1))


def test_all_masked_is_no_loss_and_no_gradient():
    trained = module(0)
    loss = trained.loss_of(trained.net, sample(torch.full((2, 1, 8, 8), torch.nan)))
    loss.backward()
    assert loss.item() == 0
    assert all((p.grad == 0).all() for p in trained.net.parameters() if p.grad is not None)


def test_area_and_scale_weigh_the_errors():
    trained = module(0)
    truth = torch.zeros(2, 1, 8, 8)
    given = sample(truth)
    weight = given.weight.clone()
    weight[..., 4:, :] = 0
    wild = truth.clone()
    wild[..., 4:, :] = 99.0
    one = trained.loss_of(trained.net, given._replace(weight=weight))
    two = trained.loss_of(trained.net, given._replace(weight=weight, truth=wild))
    torch.testing.assert_close(one, two)


def test_sigma_does_not_pull_the_mean():
    trained = module(0)
    truth = torch.randn(2, 1, 8, 8)
    trained.loss_of(trained.net, sample(truth)).backward()
    with_sigma = trained.net.mean.out.weight.grad[:1].clone()
    trained.net.zero_grad()
    mean, _ = trained.net.estimate(sample(truth).condition, torch.ones(2, 1, 8, 8))
    (truth - mean).square().mean().backward()
    torch.testing.assert_close(trained.net.mean.out.weight.grad[:1], with_sigma)


def test_the_diffusion_leaves_the_mean_alone():
    trained = module(8)
    trained.net.mean.requires_grad_(False)
    trained.loss_of(trained.net, sample(torch.randn(2, 1, 8, 8))).backward()
    assert all(p.grad is None for p in trained.net.mean.parameters())
    assert any(p.grad is not None for p in trained.net.residual.parameters())
