"""Convolutions by tiles against plain ones in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tropdsx.nn.fast.winograd import BASES, Tiled, tile_size
from tropdsx.nn.layers import pad_globe


def conv(channels=24, out=16, padding=1, seed=0):
    torch.manual_seed(seed)
    return nn.Conv2d(channels, out, 3, padding=padding).requires_grad_(False)


@pytest.mark.parametrize("size", [2, 4, 6])
def test_the_bases_filter_exactly(size):
    """A filter of 3 values by the minimal algorithm, in numbers that floats hold exactly."""
    kernel, there, back = (torch.tensor(m, dtype=torch.float64) for m in BASES[size])
    signal = torch.arange(size + 2, dtype=torch.float64) ** 2
    taps = torch.tensor([360.0, -720.0, 1800.0], dtype=torch.float64)
    wanted = signal.unfold(0, 3, 1) @ taps
    torch.testing.assert_close(
        back @ ((kernel @ taps) * (there @ signal)), wanted, rtol=1e-14, atol=0
    )


@pytest.mark.parametrize("size", [2, 4, 6])
@pytest.mark.parametrize("shape", [(1, 12, 16), (2, 11, 22), (3, 1, 1), (1, 2, 9), (2, 7, 3)])
def test_tiles_give_the_plain_convolution(size, shape):
    count, rows, columns = shape
    net = conv()
    most = 4e-5 if size == 6 else 2e-5  # larger tiles round twice as much
    x = torch.randn(count, 24, rows, columns)
    wanted = nn.functional.conv2d(x.double(), net.weight.double(), net.bias.double(), padding=1)
    for order in (torch.contiguous_format, torch.channels_last):
        found = Tiled(net, size)(x.contiguous(memory_format=order))
        assert found.shape == (count, 16, rows, columns)
        torch.testing.assert_close(found.double(), wanted.relu(), rtol=0, atol=most)


def test_parts_are_joined():
    net = conv(24)
    x = torch.randn(2, 24, 13, 10)
    tiled = Tiled(net, 4)
    torch.testing.assert_close(tiled(*x.split(12, 1)), tiled(x), rtol=0, atol=0)


def test_globe_padding():
    net = conv(padding=0)
    x = torch.randn(1, 24, 9, 14)
    torch.testing.assert_close(Tiled(net, 4)(x), net(pad_globe(x, 1)).relu(), rtol=0, atol=2e-5)


def test_values_outside_do_not_leak_in():
    """What lies below and to the right of a field, to fill the last tile, is zero."""
    net = conv()
    wide = torch.full((1, 24, 30, 30), 1e6)
    x = wide[:, :, :9, :9].zero_()
    torch.testing.assert_close(Tiled(net, 4)(x), net(x).relu(), rtol=0, atol=1e-6)


def test_few_channels_stay_plain():
    assert tile_size(64, 128, 45, 90) is None
    assert tile_size(128, 128, 45, 90) is None
    assert tile_size(128, 256, 22, 45) == 4
    assert tile_size(512, 512, 11, 22) == 2


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("most", [1, 45])
def test_rows_of_tiles_one_after_the_other_change_no_bit(monkeypatch, padding, most):
    tiled = Tiled(conv(padding=padding), 4)
    x = torch.randn(1, 24, 49, 58)
    whole = tiled(x)
    monkeypatch.setattr("tropdsx.nn.fast.winograd.MOST_TILES", most)
    assert torch.equal(tiled(x), whole)
