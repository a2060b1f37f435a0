import pytest
import torch

from tropdsx.nn.diffusion.mean import LIMIT, MeanNet, pad_to_multiple


def test_it_starts_at_what_was_there():
    correction, stretch = MeanNet(3, width=8)(torch.randn(2, 3, 12, 16))
    assert not correction.any()
    assert not stretch.any()


@pytest.mark.parametrize("shape", [(7, 9), (8, 8), (1, 5)])
def test_any_size_goes_in_and_comes_out(shape):
    correction, stretch = MeanNet(2, width=8)(torch.randn(1, 2, *shape))
    assert correction.shape == stretch.shape == (1, 1, *shape)


def test_sigma_stays_within_limits():
    net = MeanNet(1, width=8)
    torch.nn.init.constant_(net.out.bias, 100.0)
    assert net(torch.zeros(1, 1, 8, 8))[1].max().item() == pytest.approx(LIMIT)


def test_what_lies_beyond_reach_does_not_count():
    """No statistics of a window: only then do windows agree where they overlap."""
    torch.manual_seed(0)
    net = MeanNet(1, width=8)
    torch.nn.init.normal_(net.out.weight)
    field = torch.randn(1, 1, 8, 160)
    other = field.clone()
    other[..., 120:] += 5.0
    one, two = net(field)[0], net(other)[0]
    torch.testing.assert_close(one[..., :40], two[..., :40])
    assert not torch.allclose(one[..., 120:], two[..., 120:])


def test_edges_are_repeated():
    padded = pad_to_multiple(torch.arange(6.0).reshape(1, 1, 2, 3), 4)
    assert padded[0, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]
