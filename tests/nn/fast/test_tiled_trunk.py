"""The trunk by tiles against the plain one."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tropdsx.nn.fast.tiled_trunk import TiledGlobeConv, prefers_tiles, with_tiles
from tropdsx.nn.layers import GLOBE, REGION, GlobeConv
from tropdsx.nn.nodal import NodalNet


@pytest.mark.parametrize("activate", [False, True])
@pytest.mark.parametrize("edges", [GLOBE, REGION, (True, "pole", "edge")])
@pytest.mark.parametrize("shape", [(1, 12, 16), (2, 13, 22), (3, 3, 2), (1, 91, 8)])
def test_tiles_give_the_plain_convolution(shape, edges, activate):
    torch.manual_seed(0)
    count, rows, columns = shape
    conv = GlobeConv(24, 16).requires_grad_(False)
    x = torch.randn(count, 24, rows, columns)
    wanted = conv.double()(x.double(), edges, activate=activate)
    tiled = TiledGlobeConv(conv.float())
    for order in (torch.contiguous_format, torch.channels_last):
        given = x.contiguous(memory_format=order)
        found = tiled(given, edges, activate=activate)
        assert found.shape == wanted.shape
        torch.testing.assert_close(found.double(), wanted, rtol=0, atol=2e-5)
        torch.testing.assert_close(given, x, rtol=0, atol=0)


def test_a_slice_has_the_same_bits_in_any_batch():
    torch.manual_seed(0)
    tiled = TiledGlobeConv(GlobeConv(8, 8).requires_grad_(False))
    x = torch.randn(3, 8, 21, 40)
    together = tiled(x)
    for k in range(3):
        assert torch.equal(tiled(x[k : k + 1])[0], together[k])


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    net = NodalNet(width=48, blocks=2, members=4, experts=True, mirror=True).eval()
    for member in net.members:
        member.head.weight.data.normal_(std=0.05)
        for block in member.blocks:
            block.second.conv.weight.data.normal_(std=0.02)
    return net.requires_grad_(False)


def test_the_trunk_says_the_same(net):
    channels, scales = torch.rand(2, 19, 18, 36), torch.rand(2, 2, 18, 36) * 0.02
    channels[1, 16:18] = 0
    tiled = with_tiles(net)
    assert tiled.members[3].blocks[1].second is not net.members[3].blocks[1].second
    assert tiled.members[3].head is net.members[3].head
    with torch.inference_mode():
        by_tiles, plain = (each.trunk(channels, scales) for each in (tiled, net))
    for found, expected in zip(by_tiles, plain, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert plain.scale.abs().max() > 1e-3
    assert len(tiled.pick_experts(informed=True).members) == 2
    assert isinstance(tiled.pick_member(2).blocks[0].first, TiledGlobeConv)


def test_tiles_need_half_of_the_operations(net):
    channels, scales = torch.rand(1, 19, 36, 72), torch.rand(1, 2, 36, 72)
    work = []
    for one in (net, with_tiles(net)):
        with FlopCounterMode(display=False) as count, torch.inference_mode():
            one.trunk(channels, scales)
        work.append(count.get_total_flops())
    assert work[1] < 0.65 * work[0]


def test_narrow_networks_stay_as_they_are():
    net = with_tiles(NodalNet(width=8, blocks=1).eval())
    assert not isinstance(net.blocks[0].first, TiledGlobeConv)


@pytest.mark.parametrize(("kind", "tiles"), [("AVX2", True), ("AVX512", False), ("SVE", False)])
def test_the_processor_decides(monkeypatch, kind, tiles):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: kind)
    assert prefers_tiles() == tiles
