"""Decoding at points: distances from nodes, sums over corners."""

import torch

from tropdsx.nn.layers import GLOBE, pad_globe
from tropdsx.nn.points import Targets, combine_distances, flat_distance, node_distance, sum_around


def test_distance_is_that_of_its_parts():
    weight = torch.tensor([[1.0, 0, 0, 0], [0.25] * 4])
    step = torch.tensor([[0.5, 9.0, 9.0, 9.0], [-1.0, 1.0, -1.0, 1.0]])
    torch.testing.assert_close(flat_distance(weight), torch.tensor([0.0, 1.0]))
    parts = combine_distances(flat_distance(weight), torch.tensor([0.5, 1.0]))
    torch.testing.assert_close(node_distance(weight, step), parts)


def test_sums_are_those_written_out():
    torch.manual_seed(0)
    field, basis = torch.randn(2, 2, 3, 4, 6), torch.randn(5, 4, 3)
    corners = torch.randint(0, 6 * 8, (5, 4))
    nodes = pad_globe(field, 1, GLOBE).flatten(-2)[..., corners]  # (N, 2, K, P, 4)
    expected = torch.einsum("nvkpc,pck->nvp", nodes, basis)
    torch.testing.assert_close(sum_around(field, basis, corners, GLOBE), expected)


def test_rows_of_targets():
    zero = torch.zeros(7, 4)
    targets = Targets(zero.long(), torch.zeros(7, 4, 2), zero, zero, torch.arange(7.0))
    part = targets.rows(2, 4)
    assert part.wet_factor.tolist() == [2, 3]
    assert part.delay_factor.tolist() == [[1, 1], [2, 3]]


def test_node_distance():
    weight = torch.tensor([[1.0, 0, 0, 0], [0.25] * 4])
    far = node_distance(weight, torch.zeros(2, 4))
    torch.testing.assert_close(far, torch.tensor([1e-4, 1.0]), atol=1e-4, rtol=0)
    assert node_distance(weight, torch.ones(2, 4))[0] > 0.99
