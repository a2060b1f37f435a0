import torch

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.optim import Muon, orthogonalise, split_parameters


def test_orthogonal_evens_out_the_singular_values():
    torch.manual_seed(0)
    for shape in ((8, 72), (72, 8)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape) ** 3))
        assert values.min() > 0.5
        assert values.max() < 1.3


def test_every_parameter_is_in_one_group():
    net = NodalNet(width=4, blocks=2)
    groups = split_parameters(net)
    assert len(groups[0]["params"]) == 4
    assert sum(len(g["params"]) for g in groups) == len(list(net.parameters()))


def test_both_kinds_of_steps_lower_a_loss():
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    optimizer = Muon(split_parameters(net, 1e-2))
    x, scales = torch.randn(2, 19, 8, 16), torch.ones(2, 2, 8, 16)
    goal = torch.randn(2, 2, 24, 8, 16)
    losses = []
    for _ in range(20):
        loss = (net.trunk(x, scales).place - goal).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_state_survives_saving():
    net = NodalNet(width=4, blocks=1)
    one = Muon(split_parameters(net), lr=1e-2)
    net.trunk(torch.randn(1, 19, 8, 16), torch.ones(1, 2, 8, 16)).place.sum().backward()
    one.step()
    other = Muon(split_parameters(net), lr=1e-2)
    other.load_state_dict(one.state_dict())
    for p, q in zip(one.state.values(), other.state.values(), strict=True):
        assert p.keys() == q.keys()
