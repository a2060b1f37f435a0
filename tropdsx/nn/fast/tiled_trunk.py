"""The trunk of the nodal network by tiles: a fifth of the multiplications.

A tile of 6 x 6 nodes needs a fifth of the multiplications of the plain convolution, see
:mod:`tropdsx.nn.fast.winograd`, but is turned into another basis and back. That is done for columns
and rows one after the other, as products of small matrices on memory that stays where it is. With
the wide registers of AVX-512 the plain convolution is as fast, with those of AVX2 the tiles are
faster. The kind of processor decides, and no measurement: the same machine gives the same bits each
time.
"""

from __future__ import annotations

import contextlib
import copy
import threading
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

import torch

from tropdsx.nn.borders import fill_border
from tropdsx.nn.fast.winograd import BASES, tile_kernel
from tropdsx.nn.layers import GLOBE, Blocks, bias_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import nn

    from tropdsx.nn.layers import GlobeConv, ResidualBlock
    from tropdsx.nn.member import Member, Members

__all__ = ["TiledBlocks", "keep_memory", "prefers_tiles", "with_tiles"]

#: Side of a tile, and what a tile sees along a side.
SIDE, SEEN = 6, 8
#: Tiles at once: so many stay near to the processor.
TILES_AT_ONCE = 128
#: Fewest channels for which the tiles pay.
FEWEST_CHANNELS = 48

Network = TypeVar("Network", bound="Members")


def prefers_tiles() -> bool:
    """Tell whether this processor convolves faster by tiles."""
    return torch.backends.cpu.get_cpu_capability() == "AVX2"


_kept = threading.local()


@contextlib.contextmanager
def keep_memory() -> Iterator[None]:
    """Keep what convolutions work in from field to field, in this thread and context.

    The system clears all pages of memory that was given back before it gives them again: a
    fifteenth of the time on a grid of 2 x 2.5 degrees.

    Examples
    --------
    >>> from tropdsx.nn.layers import ResidualBlock
    >>> tiled = TiledBlocks([ResidualBlock(5).eval()])
    >>> with keep_memory(), torch.inference_mode():
    ...     [tiled(torch.ones(1, 5, 8, 12)).shape[-1] for _ in range(2)]
    [12, 12]
    """
    before = getattr(_kept, "spaces", None)
    _kept.spaces = {}
    try:
        yield
    finally:
        _kept.spaces = before


class TiledBlocks(Blocks):
    """Residual blocks by tiles: for float32 on a CPU, without gradients.

    Between its convolutions a field stands in the order (6, tiles down, columns, channels): row
    6 d + i at [i, d]. There is a tile more in a row than is needed, whose numbers nobody reads, so
    that the tiles of all rows follow one another in memory at even steps.

    Parameters
    ----------
    blocks : iterable of ResidualBlock
        Their weights are copied.

    Examples
    --------
    >>> from tropdsx.nn.layers import ResidualBlock
    >>> blocks, x = Blocks([ResidualBlock(5).eval()]), torch.randn(1, 5, 10, 13)
    >>> with torch.inference_mode():
    ...     torch.allclose(TiledBlocks(blocks)(x), blocks(x.clone()), atol=1e-4)
    True
    """

    def __init__(self, blocks: Iterable[nn.Module]) -> None:
        super().__init__(blocks)
        pairs = [cast("ResidualBlock", block) for block in self]
        self.tiles = [(_TiledConv(pair.first), _TiledConv(pair.second)) for pair in pairs]

    def forward(self, x: torch.Tensor, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
        """Apply all blocks, see `Blocks.forward`."""
        out = torch.empty_like(x, memory_format=torch.channels_last)
        for one, found in zip(x, out, strict=True):
            self._apply_blocks(one.permute(1, 2, 0), found.permute(1, 2, 0), edges)
        return out

    def _apply_blocks(
        self, x: torch.Tensor, out: torch.Tensor, edges: Sequence[bool | str]
    ) -> None:
        """Apply all blocks to one field (lat, lon, channels)."""
        rows, columns, _ = x.shape
        space = _Space.find(x)
        state, between = space.state, space.between
        for i in range(min(SIDE, rows)):
            part = x[i::SIDE]
            state[i, : len(part), :columns] = part
        for first, second in self.tiles:
            _activate(state, space.field, (rows, columns), edges)
            first(space, between, keep=False)
            _activate(between, space.field, (rows, columns), edges)
            second(space, state, keep=True)
        for i in range(min(SIDE, rows)):
            part = out[i::SIDE]
            part.copy_(state[i, : len(part), :columns])


class _Space(NamedTuple):
    """Memory that the convolutions of a field share.

    Attributes
    ----------
    field : Tensor, shape (rows, pitch, channels)
        What is convolved, with its margins; zeros where it ends before the last tile does.
    seen : Tensor, shape (rows of a step, tiles, 8, channels)
        Its columns in the basis.
    tiles, products : Tensor, shape (8, 8 * step * tiles, channels)
        Rows as well, and times the weights; columns of the basis behind or before the tiles.
    rows : Tensor, shape (6, 8 * step * tiles, channels)
        Rows of the products turned back.
    state, between : Tensor, shape (6, tiles down, pitch, channels)
        Features before a block and after its first convolution.
    """

    field: torch.Tensor
    seen: torch.Tensor
    tiles: torch.Tensor
    products: torch.Tensor
    rows: torch.Tensor
    state: torch.Tensor
    between: torch.Tensor

    @classmethod
    def find(cls, like: torch.Tensor) -> _Space:
        """For a field (lat, lon, channels): that of the field before, where it is kept."""
        kept = getattr(_kept, "spaces", None)
        if kept is None:
            return cls.make(like)
        key = (like.shape, like.dtype)
        if key not in kept:
            kept.clear()
            kept[key] = cls.make(like)
        found: _Space = kept[key]
        return found

    @classmethod
    def make(cls, like: torch.Tensor) -> _Space:
        """For a field (lat, lon, channels)."""
        channels = like.shape[-1]
        down, across = (-(-size // SIDE) for size in like.shape[:2])
        tiles = across + 1
        step = -(-down // max(1, round(down * tiles / TILES_AT_ONCE)))
        pitch, rows, count = SIDE * tiles, SIDE * down + 2, SEEN * step * tiles
        # The last tile of the last row sees two columns more.
        field = like.new_zeros((rows * pitch + 2) * channels)
        return cls(
            field.as_strided((rows, pitch, channels), (pitch * channels, channels, 1)),
            like.new_empty(SIDE * step + 2, tiles, SEEN, channels),
            *(like.new_empty(side, count, channels) for side in (SEEN, SEEN, SIDE)),
            *(like.new_zeros(SIDE, down, pitch, channels) for _ in range(2)),
        )

    @property
    def down(self) -> int:
        """Tiles from north to south."""
        return (self.field.shape[0] - 2) // SIDE

    @property
    def pitch(self) -> int:
        """Columns from one row to the next."""
        return self.field.shape[1]


def _activate(
    state: torch.Tensor,
    field: torch.Tensor,
    size: tuple[int, int],
    edges: Sequence[bool | str],
) -> None:
    """Fill a field with silu of a state, row by row, and with what lies beyond its edges."""
    rows, columns = size
    middle = field[1 : rows + 1, 1 : columns + 1]
    for i in range(min(SIDE, rows)):
        part = middle[i::SIDE]
        torch.ops.aten.silu.out(state[i, : len(part), :columns], out=part)
    fill_border(field[: rows + 2, : columns + 2].permute(2, 0, 1), 1, edges)


class _TiledConv:
    """A 3 x 3 convolution of as many channels in as out."""

    def __init__(self, conv: GlobeConv) -> None:
        self.weight = tile_kernel(conv.conv, SIDE).unflatten(0, (SEEN, SEEN))
        self.bias = bias_of(conv.conv)
        basis = BASES[SIDE]
        self.there, self.back = (torch.tensor(m).float() for m in (basis.there, basis.back))

    def __call__(self, space: _Space, out: torch.Tensor, *, keep: bool) -> None:
        """Convolve the field into (6, tiles down, columns, channels), or add to what is there."""
        tiles = space.pitch // SIDE
        step = space.tiles.shape[1] // (SEEN * tiles)
        for first in range(0, space.down, step):
            found = out[:, first : first + step]
            field = space.field[SIDE * first : SIDE * (first + found.shape[1]) + 2]
            self._convolve(field, space, found, keep=keep)

    def _convolve(
        self, field: torch.Tensor, space: _Space, out: torch.Tensor, *, keep: bool
    ) -> None:
        rows, pitch, channels = field.shape
        tiles, down = pitch // SIDE, out.shape[1]
        count = down * tiles
        # Columns: tile by tile, as these follow one another without an end of rows.
        steps = (SIDE * channels, channels, 1)
        seen = field.as_strided((rows * tiles, SEEN, channels), steps)
        turned = space.seen[:rows]
        torch.bmm(self.there.expand(rows * tiles, -1, -1), seen, out=turned.flatten(0, 1))
        # Rows, for all columns of a row of tiles at once.
        lines = turned.flatten(1)
        part = space.tiles[:, : SEEN * count].view(SEEN, down, -1)
        for row in range(down):
            torch.mm(self.there, lines[SIDE * row : SIDE * row + SEEN], out=part[:, row])
        every = part.view(SEEN, count, SEEN, channels).transpose(1, 2)
        products = space.products[:, : SEEN * count].view(SEEN, SEEN, count, channels)
        for k in range(SEEN):
            torch.bmm(every[k], self.weight[k], out=products[k])
        products[1, 1] += self.bias  # the point 1 of the basis goes into each value of a tile
        # Back: rows, then columns.
        lines = space.rows[:, : SEEN * count]
        torch.mm(self.back, products.view(SEEN, -1), out=lines.view(SIDE, -1))
        back = self.back.expand(count, -1, -1)
        for k in range(SIDE):
            found = out[k].view(count, SIDE, channels)
            columns = lines[k].view(SEEN, count, channels).transpose(0, 1)
            if keep:
                torch.baddbmm(found, back, columns, out=found)
            else:
                torch.bmm(back, columns, out=found)


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
    >>> [type(member.blocks).__name__ for member in net.members]
    ['TiledBlocks', 'TiledBlocks']
    """
    members = [_tile_member(member) for member in network.members]
    one = copy.copy(network)
    modules = members[0].__dict__["_modules"]
    one.__dict__["_modules"] = modules | {"others": torch.nn.ModuleList(members[1:])}
    return one


def _tile_member(member: Member) -> Member:
    if member.stem.conv.out_channels < FEWEST_CHANNELS:
        return member
    one = copy.copy(member)
    one.__dict__["_modules"] = member.__dict__["_modules"] | {"blocks": TiledBlocks(member.blocks)}
    return one
