"""One step of training: what counts, and how much."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import torch

from tropdsx.nn.losses import error_of, pointwise, weighted_mean
from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.nodal.batches import (
    estimate,
    estimate_with_coefficients,
    hide_neighbours,
    make_batch,
)
from tropdsx.workflows.train.nodal.module import NodalTraining, weight_by
from tropdsx.workflows.train.nodal.pairs import make_pair_sets

from helpers.training import longer


def test_gradient_is_zero_where_the_truth_is_unknown(fine):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    residual = batch.residual.clone()
    residual[:, :, 1:3] = torch.nan
    mean = torch.zeros_like(residual, requires_grad=True)
    error, known = error_of(residual, mean)
    weighted_mean(pointwise(error), batch.weight * known).backward()
    assert (mean.grad[:, :, 1:3] == 0).all()
    assert (mean.grad[:, :, 3] != 0).any()


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_a_batch_without_truth_teaches_nothing(fine, exponent):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 1))
    batch = batch._replace(residual=torch.full_like(batch.residual, torch.nan))
    options = longer(weigh_by_sigma=exponent)
    module = NodalTraining(NodalNet(width=4, blocks=1), options)
    module.log = lambda *_, **__: None
    loss = module.training_step(batch, 0)
    assert loss == 0
    loss.backward()
    assert all(p.grad is None or (p.grad == 0).all() for p in module.net.parameters())


def test_height_functions_that_no_target_tells_of_are_kept_small(fine):
    """Over sea, where all heights are one."""
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 1))
    batch = batch._replace(residual=torch.full_like(batch.residual, torch.nan))
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    torch.nn.init.normal_(net.head.weight, std=0.2)
    module = NodalTraining(net, longer(height_decay=1.0))
    module.log = lambda *_, **__: None
    # Nothing is known: the functions alone count, by their values around the nodes.
    loss = module.training_step(batch, 0)
    steep = _steep(net, batch)
    torch.testing.assert_close(loss, steep)
    loss.backward()
    with torch.no_grad():
        net.head.weight -= 0.1 * net.head.weight.grad / net.head.weight.grad.norm()
    assert _steep(net, batch) < steep


def test_large_height_functions_count_however_small_their_coefficients_are(fine):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 1))
    batch = batch._replace(residual=torch.full_like(batch.residual, torch.nan))
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    module = NodalTraining(net, longer(height_decay=1.0))
    module.log = lambda *_, **__: None
    before = module.training_step(batch, 0)
    with torch.no_grad():
        for part in (net.slope.layers[-1].weight, net.slope.layers[-1].bias):
            part *= 10
    torch.testing.assert_close(module.training_step(batch, 0), 100 * before)


def _steep(net, batch):
    """Mean square of the height functions, on 7 x 7 places within two thirds of a cell."""
    coefficients = estimate_with_coefficients(net, batch)[1]
    axis = torch.linspace(-2 / 3, 2 / 3, 7)
    offset = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1)
    values = net.functions("slope", offset.reshape(-1, 2))
    weights = coefficients.slope / coefficients.scale.unsqueeze(2)
    return torch.einsum("nvkji,pk->nvpji", weights, values).square().mean()


def test_errors_count_less_where_they_are_expected():
    usual = torch.tensor([0.001, 0.01]).reshape(1, 2, 1, 1, 1)
    sigma = usual * torch.tensor([0.01, 0.5, 1.0, 2.0, 40.0])  # the outer ones are bounded
    weight = torch.tensor([1.0, 1.0, 0.0, 3.0, 1.0]).expand_as(sigma).clone()
    weight[:, 1] *= 0.5
    for exponent in (1.0, 2.0):
        found = weight_by(sigma, weight, usual, exponent)
        torch.testing.assert_close(found.sum(-1), weight.sum(-1))
        assert (found[..., 2] == 0).all(), "what is unknown stays so"
        share = (found / weight)[..., [0, 1, 3, 4]]
        expected = torch.tensor([0.2, 0.5, 2.0, 4.0]) ** -exponent
        torch.testing.assert_close(
            share / share[..., 1:2], (expected / expected[1]).expand_as(share)
        )
    assert (weight_by(sigma, torch.zeros_like(weight), usual, 1.0) == 0).all()


def test_weighing_by_sigma_makes_a_mean_more_certain():
    """Of a mean of many draws of unequal noise, that with inverse variances has the least error."""
    rng = np.random.default_rng(0)
    sigma = torch.from_numpy(rng.uniform(0.3, 3.0, (2, 40)))[None, :, None, None]
    one = torch.ones(1)
    off = {}
    for exponent in (0.0, 1.0, 2.0):
        weight = weight_by(sigma, torch.ones_like(sigma), one, exponent)[0, 0, 0, 0].numpy()
        draws = rng.normal(size=(2000, 40)) * sigma[0, 0, 0, 0].numpy()
        off[exponent] = (draws @ weight / weight.sum()).std()
    assert off[2.0] < 0.9 * off[1.0] < 0.9 * off[0.0]


def test_sigma_weighs_what_is_learned(fine):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    torch.nn.init.normal_(net.head.weight, std=3.0)
    logged, usual = {}, torch.tensor([0.0015, 0.015])[:, None, None, None]
    for exponent in (0.0, 1.0):
        module = NodalTraining(net, longer(weigh_by_sigma=exponent))
        module.log = lambda name, value, exponent=exponent, **_: logged.update({exponent: value})
        module.training_step(batch, 0)
    mean, sigma = (each.detach() for each in estimate(net, batch))
    error, known = error_of(batch.residual, mean)
    weight = batch.weight * known
    square = (error / usual).square() * torch.tensor([0.3, 1.0])[:, None, None, None]
    for exponent, found in logged.items():
        by_hand = weight_by(sigma + 2e-4, weight, usual, exponent) * square
        torch.testing.assert_close(
            found, by_hand.sum() / batch.weight.expand_as(error[:, :1]).sum()
        )
    assert abs(logged[1.0] / logged[0.0] - 1) > 0.01


def test_members_learn_as_if_alone(fine):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    torch.manual_seed(0)
    module = NodalTraining(NodalNet(width=4, blocks=1, members=2), longer())
    module.log = lambda *_, **__: None
    module.training_step(batch, 0).backward()
    together = [p.grad.clone() for p in module.net.others[0].parameters()]
    module.net.zero_grad()
    single = NodalTraining(module.net.pick_member(1), longer())
    single.log = module.log
    single.training_step(batch, 0).backward()
    for one, other in zip(together, single.net.parameters(), strict=True):
        torch.testing.assert_close(one, other.grad, rtol=1e-5, atol=1e-8)
    assert any((p != 0).any() for p in together)


@pytest.mark.parametrize(("alone", "least", "most"), [(0.0, 0, 0), (0.3, 3, 15), (1.0, 30, 30)])
def test_experts_for_neighbours_share_some_batches_without_them(fine, alone, least, most):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    net = NodalNet(width=4, blocks=1, members=2, experts=True)
    module = NodalTraining(net, longer(alone=alone, experts=True, members=2))
    module.log, learned = (lambda *_, **__: None), []
    for step in range(30):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(NodalTraining, "global_step", property(lambda _, now=step: now))
            module.training_step(hide_neighbours(batch), 0).backward()
        assert net.head.weight.grad is not None, "those for single epochs always learn"
        learned.append(net.others[0].head.weight.grad is not None)
        module.zero_grad(set_to_none=True)
    assert least <= sum(learned) <= most
    # What has neighbours is for both.
    module.training_step(batch, 0).backward()
    assert net.others[0].head.weight.grad is not None
