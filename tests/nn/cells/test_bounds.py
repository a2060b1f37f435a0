"""Bounds of corrections."""

import pytest
import torch

from tropdsx.errors import TropdsxWarning
from tropdsx.nn.cells.bounds import MOST, bound
from tropdsx.nn.nodal import NodalNet


def ramp(offset):
    """Two functions: constant, and growing towards the east."""
    return torch.stack([torch.ones(len(offset)), offset[:, 1]], -1)


def test_what_is_below_the_bound_keeps_its_bits():
    coefficients = torch.randn(3, 2, 2, 5, 7, generator=torch.manual_seed(0))
    coefficients = coefficients / coefficients.abs().amax() * MOST / 2.01
    held, where = bound(coefficients, ramp)
    assert torch.equal(held, coefficients)
    assert not where.any()


def test_only_the_node_that_reaches_too_far_is_scaled():
    coefficients = torch.full((1, 2, 2, 3, 4), 0.5)
    coefficients[0, 1, :, 1, 2] = torch.tensor([6.0, -6.0])  # 10 at the western end
    with pytest.warns(TropdsxWarning, match="more than 4 times .* at 1 of 24 nodes of a block"):
        bounded, where = bound(coefficients, ramp)
    assert where.nonzero().tolist() == [[0, 1, 1, 2]]
    assert torch.allclose(bounded[0, 1, :, 1, 2], torch.tensor([2.4, -2.4]))
    bounded[0, 1, :, 1, 2] = 0.5
    assert (bounded == 0.5).all()


def test_a_network_bounds_in_prediction_and_not_in_training():
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    with torch.no_grad():
        net.head.bias.fill_(1e3)
    channels, scales = torch.zeros(1, 19, 6, 12), torch.full((1, 2, 6, 12), 0.02)

    counts = []

    def largest():
        found = net.trunk(channels, scales)
        counts.append(int(found.bounded.sum()))
        values = net.functions("place", torch.tensor([[0.5, 0.5]]))
        return (
            float(torch.einsum("nvkyx,mk->nvmyx", found.place, values).detach().abs().max()) / 0.02
        )

    free = largest()
    with torch.inference_mode(), pytest.warns(TropdsxWarning, match="at 144 of 144 nodes"):
        held = largest()
    assert held <= MOST * 1.0001 < free
    assert counts == [0, 144]


def test_few_nodes_are_bounded_in_silence():
    coefficients = torch.full((1, 2, 2, 20, 30), 0.5)
    coefficients[0, 0, :, 3, 4] = 50.0
    bounded, where = bound(coefficients, ramp)
    assert float(bounded.max()) < MOST
    assert int(where.sum()) == 1
