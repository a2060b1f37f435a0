"""The trunk by tiles against the plain one."""

from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tropdsx.nn.fast.tiled_trunk import (
    TiledBlocks,
    _Space,
    keep_memory,
    prefers_tiles,
    with_tiles,
)
from tropdsx.nn.layers import GLOBE, REGION, Blocks, ResidualBlock
from tropdsx.nn.nodal import NodalNet


def make_blocks(width: int, count: int = 1) -> Blocks:
    torch.manual_seed(0)
    blocks = Blocks(ResidualBlock(width) for _ in range(count)).eval().requires_grad_(False)
    for block in blocks:  # as the first convolutions are from the start
        for name, parameter in block.first.named_parameters():
            block.second.get_parameter(name).copy_(parameter.flip(0))
    return blocks


@pytest.mark.parametrize("edges", [GLOBE, REGION, (True, "pole", "edge")])
@pytest.mark.parametrize("shape", [(1, 12, 16), (2, 13, 22), (3, 3, 2), (1, 91, 8), (1, 37, 74)])
def test_tiles_give_the_plain_blocks(shape, edges):
    count, rows, columns = shape
    blocks = make_blocks(24)
    tiled = TiledBlocks(blocks)
    x = torch.randn(count, 24, rows, columns)
    with torch.inference_mode():
        for order in (torch.contiguous_format, torch.channels_last):
            given = x.contiguous(memory_format=order)
            found = tiled(given, edges)
            torch.testing.assert_close(given, x, rtol=0, atol=0)
        wanted = blocks.double()(x.double(), edges)
        blocks.float()
    assert found.shape == wanted.shape
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert (wanted - x).abs().max() > 0.2
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=2e-5)


def test_a_slice_has_the_same_bits_in_any_batch():
    tiled = TiledBlocks(make_blocks(8, 2))
    x = torch.randn(3, 8, 21, 40)
    with torch.inference_mode():
        together = tiled(x)
        for k in range(3):
            assert torch.equal(tiled(x[k : k + 1])[0], together[k])


def test_kept_memory_changes_no_bit():
    """Nor does what another field, or one of another size, left in it."""
    tiled = TiledBlocks(make_blocks(8, 2))
    fields = [torch.randn(1, 8, *size) for size in ((21, 40), (9, 13), (21, 40), (21, 40))]
    fields[2].fill_(float("inf"))
    with torch.inference_mode():
        alone = [tiled(x) for x in fields]
        with keep_memory():
            together = [tiled(x) for x in fields]
    for first, second in zip(alone, together, strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=0, equal_nan=True)
    assert torch.isfinite(together[3]).all()


def test_memory_is_kept_within_the_context_and_the_thread():
    tiled, x = TiledBlocks(make_blocks(8)), torch.zeros(1, 8, 12, 12)

    def count_makes() -> int:
        with mock.patch.object(_Space, "make", wraps=_Space.make) as make, torch.inference_mode():
            tiled(x)
            tiled(x)
        return make.call_count

    assert count_makes() == 2
    with keep_memory():
        assert count_makes() == 1
        assert count_makes() == 0
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(count_makes).result() == 2
        with keep_memory():
            assert count_makes() == 1
        assert count_makes() == 0
    assert count_makes() == 2


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
    assert tiled.members[3].blocks is not net.members[3].blocks
    assert tiled.members[3].blocks[1] is net.members[3].blocks[1]
    assert tiled.margin == net.margin
    assert tiled.members[3].head is net.members[3].head
    with torch.inference_mode():
        by_tiles, plain = (each.trunk(channels, scales) for each in (tiled, net))
    for found, expected in zip(by_tiles, plain, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert plain.scale.abs().max() > 1e-3
    assert len(tiled.pick_experts(informed=True).members) == 2
    assert isinstance(tiled.pick_member(2).blocks, TiledBlocks)


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
    assert not isinstance(net.blocks, TiledBlocks)


@pytest.mark.parametrize(("kind", "tiles"), [("AVX2", True), ("AVX512", False), ("SVE", False)])
def test_the_processor_decides(monkeypatch, kind, tiles):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: kind)
    assert prefers_tiles() == tiles
