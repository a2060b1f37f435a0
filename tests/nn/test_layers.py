import numpy as np
import pytest
import torch

from tropdsx.grid.edges import Edges, pad_field
from tropdsx.nn.layers import (
    GLOBE,
    REGION,
    GlobeConv,
    ResidualBlock,
    bias_of,
    join_padded,
    pad_globe,
)


@pytest.mark.parametrize("edges", [GLOBE, REGION, (True, "pole", "pole"), (True, "edge", "half")])
@pytest.mark.parametrize("size", [1, 2])
def test_torch_and_numpy_pad_alike(edges, size):
    field = np.random.default_rng(0).normal(size=(2, 3, 6, 8))
    ours = pad_globe(torch.from_numpy(field), size, edges).numpy()
    np.testing.assert_array_equal(ours, pad_field(field, size, Edges(*edges)))


def test_row_beyond_a_pole_lies_on_the_opposite_meridian():
    lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    longitude = torch.from_numpy(np.broadcast_to(lon, (36, 72)).copy())[None, None]
    padded = pad_globe(longitude, 1)[0, 0].numpy()
    assert np.all((padded[0, 1:-1] - lon) % 360 == 180)
    latitude = torch.from_numpy(np.broadcast_to(lat[:, None], (36, 72)).copy())[None, None]
    assert pad_globe(latitude, 2)[0, 0, :2, 5].tolist() == [82.5, 87.5]
    assert pad_globe(latitude, 2, (True, "pole", "pole"))[0, 0, -2:, 5].tolist() == [-82.5, -77.5]


def test_padding_keeps_channels_last():
    x = torch.zeros(2, 8, 6, 8).to(memory_format=torch.channels_last)
    assert pad_globe(x, 1).is_contiguous(memory_format=torch.channels_last)


def test_nothing_is_padded_with_size_zero():
    x = torch.zeros(1, 1, 4, 4)
    assert pad_globe(x, 0) is x


def test_convolution_rolls_with_longitude_and_keeps_the_shape():
    torch.manual_seed(0)
    conv = GlobeConv(3, 5)
    x = torch.randn(1, 3, 6, 8)
    y = conv(x)
    assert y.shape == (1, 5, 6, 8)
    torch.testing.assert_close(conv(x.roll(3, -1)), y.roll(3, -1))


def test_residual_block_starts_as_the_identity():
    x = torch.randn(1, 4, 5, 6)
    torch.testing.assert_close(ResidualBlock(4)(x), x)


def test_the_bias_is_copied_and_zeros_where_there_is_none():
    conv = torch.nn.Conv2d(2, 3, 3)
    bias = bias_of(conv)
    torch.testing.assert_close(bias, conv.bias.detach())
    bias += 1
    assert not torch.equal(bias, conv.bias.detach())
    assert bias_of(torch.nn.Conv2d(2, 3, 3, bias=False)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("edges", [GLOBE, REGION, (True, "pole", "edge")])
@pytest.mark.parametrize("size", [0, 1, 2])
def test_ways_with_and_without_gradients_are_the_same(edges, size, last):
    x = torch.randn(2, 3, 6, 8)
    x = x.to(memory_format=torch.channels_last) if last else x
    tracked = x.clone().requires_grad_()
    for activate in (False, True):
        one = pad_globe(x, size, edges, activate=activate)
        other = pad_globe(tracked, size, edges, activate=activate)
        assert other.requires_grad
        torch.testing.assert_close(one, other.detach(), rtol=0, atol=1e-6)
        order = torch.channels_last if last else torch.contiguous_format
        assert one.is_contiguous(memory_format=order)


def test_padding_with_activation_leaves_its_input():
    x = torch.randn(1, 2, 4, 6)
    before = x.clone()
    pad_globe(x, 1, activate=True)
    torch.testing.assert_close(x, before, rtol=0, atol=0)


def test_a_block_keeps_its_input_and_its_numbers_without_gradients():
    torch.manual_seed(0)
    block = ResidualBlock(4).eval()
    block.second.conv.weight.data.normal_()
    x = torch.randn(1, 4, 5, 6)
    before = x.clone()
    with torch.inference_mode():
        found = block(x)
    torch.testing.assert_close(x, before, rtol=0, atol=0)
    torch.testing.assert_close(found, block(x).detach(), rtol=0, atol=1e-6)
    block.train()
    torch.testing.assert_close(found, block(x).detach(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("edges", [GLOBE, REGION])
def test_parts_are_joined_and_padded(edges):
    parts = [torch.randn(2, k, 6, 8) for k in (3, 1)]
    found = join_padded(parts, edges)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, pad_globe(torch.cat(parts, 1), 1, edges), rtol=0, atol=0)
