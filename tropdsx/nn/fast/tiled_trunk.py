"""The trunk of the nodal network by tiles, on processors where multiplications are what it costs.

A tile of 4 x 4 nodes needs a quarter of the multiplications of the plain convolution, see
:mod:`tropdsx.nn.fast.winograd`, but is moved to and fro. With the wide registers of AVX-512 the
plain convolution is faster, with those of AVX2 the tiles are. The kind of processor decides, and no
measurement: the same machine gives the same bits each time.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypeVar, cast

import torch
from torch import nn

from tropdsx.nn.borders import fill_border
from tropdsx.nn.fast.winograd import Tiled
from tropdsx.nn.layers import GLOBE, GlobeConv, ResidualBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tropdsx.nn.member import Member, Members

__all__ = ["TiledGlobeConv", "prefers_tiles", "with_tiles"]

#: Side of a tile.
SIDE = 4
#: Tiles at once: so many stay near to the processor.
TILES_AT_ONCE = 256
#: Fewest channels for which the tiles pay.
FEWEST_CHANNELS = 48

Network = TypeVar("Network", bound="Members")


def prefers_tiles() -> bool:
    """Tell whether this processor convolves faster by tiles."""
    return torch.backends.cpu.get_cpu_capability() == "AVX2"


class TiledGlobeConv(nn.Module):
    """A `GlobeConv` by tiles: for float32 on a CPU, without gradients.

    Parameters
    ----------
    conv : GlobeConv
        Of size 3; its weights are copied.

    Examples
    --------
    >>> conv, x = GlobeConv(3, 5), torch.randn(1, 3, 10, 13)
    >>> with torch.inference_mode():
    ...     torch.allclose(TiledGlobeConv(conv)(x), conv(x), atol=1e-4)
    True
    """

    def __init__(self, conv: GlobeConv) -> None:
        super().__init__()
        self.tiles = Tiled(conv.conv, SIDE)

    def forward(
        self,
        x: torch.Tensor,
        edges: Sequence[bool | str] = GLOBE,
        *,
        activate: bool = False,
    ) -> torch.Tensor:
        """Convolve fields, see `GlobeConv.forward`."""
        count, channels, rows, columns = x.shape
        down, across = -(-rows // SIDE), -(-columns // SIDE)
        out = x.new_empty(count, down, SIDE, across, SIDE, self.tiles.weight.shape[2])
        field = x.new_empty(down * SIDE + 2, across * SIDE + 2, channels)
        field[rows + 2 :] = 0
        field[:, columns + 2 :] = 0
        padded = field[: rows + 2, : columns + 2].permute(2, 0, 1)
        middle = padded[:, 1:-1, 1:-1]
        step = max(1, TILES_AT_ONCE // across)
        for one, found in zip(x, out, strict=True):
            if activate:
                torch.ops.aten.silu.out(one, out=middle)
            else:
                middle.copy_(one)
            fill_border(padded, 1, edges)
            for first in range(0, down, step):
                some = found[first : first + step]
                seen = field[first * SIDE : (first + len(some)) * SIDE + 2]
                self.tiles.convolve(seen, some)
        fields = out.view(count, down * SIDE, across * SIDE, -1)[:, :rows, :columns]
        return fields.permute(0, 3, 1, 2)


def with_tiles(network: Network) -> Network:
    """Make a copy of a network that convolves by tiles and shares everything else.

    Parameters
    ----------
    network : NodalNet
        In eval mode; left as it is.

    Returns
    -------
    NodalNet
        Gives the same numbers to about 1e-5 of them.

    Examples
    --------
    >>> from tropdsx.nn.nodal import NodalNet
    >>> net = with_tiles(NodalNet(width=48, blocks=1, members=2).eval())
    >>> [type(member.blocks[0].first).__name__ for member in net.members]
    ['TiledGlobeConv', 'TiledGlobeConv']
    """
    members = [_tile_member(member) for member in network.members]
    one = copy.copy(network)
    modules = members[0].__dict__["_modules"]
    one.__dict__["_modules"] = modules | {"others": nn.ModuleList(members[1:])}
    return one


def _tile_member(member: Member) -> Member:
    blocks = nn.ModuleList(_tile_block(cast("ResidualBlock", block)) for block in member.blocks)
    one = copy.copy(member)
    one.__dict__["_modules"] = member.__dict__["_modules"] | {"blocks": blocks}
    return one


def _tile_block(block: ResidualBlock) -> ResidualBlock:
    if block.first.conv.in_channels < FEWEST_CHANNELS:
        return block
    one = copy.copy(block)
    tiled = {name: TiledGlobeConv(getattr(block, name)) for name in ("first", "second")}
    one.__dict__["_modules"] = block.__dict__["_modules"] | tiled
    return one
