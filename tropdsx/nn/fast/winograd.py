"""3x3 convolutions with a half to a quarter of the multiplications.

Tile by tile the input is turned into a basis in which the convolution is a product, as a Fourier
transform would, but with rational numbers (Winograd's minimal filtering). For the many channels of
a U-Net's deep levels the products are all the work, and a tile of 4x4 values needs 36 of them in
place of 144. Where channels are few, moving the tiles costs more than it saves.

References
----------
Lavin, A., Gray, S. (2016): Fast Algorithms for Convolutional Neural Networks. CVPR,
doi:10.1109/CVPR.2016.435, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from tropdsx.nn.layers import GLOBE, bias_of, pad_globe

__all__ = ["BASES", "Tiled", "tile_kernel", "tile_size"]

#: Channels in and out from which on the tiles pay in time and memory, measured against oneDNN.
FEWEST_CHANNELS = (128, 256)

#: Tiles of 4x4 from which on their products are matrices of a good size.
FEWEST_TILES = 32

#: Tiles from which on the matrices of one slice are large enough.
ENOUGH_TILES = 128

#: Tiles of one slice that are turned at once: their values are nine times those of the field.
MOST_TILES = 512


class Basis(NamedTuple):
    """Matrices of one dimension for tiles of m values.

    Attributes
    ----------
    kernel : list of list of float, shape (m + 2, 3)
        Turns a row of the kernel into the basis [1].
    there : list of list of float, shape (m + 2, m + 2)
        Turns a row of the input into the basis [1].
    back : list of list of float, shape (m, m + 2)
        Turns products into a row of the output [1].

    Examples
    --------
    >>> kernel, there, back = (torch.tensor(m, dtype=torch.float32) for m in BASES[2])
    >>> x, weight = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([1.0, 0.0, 1.0])
    >>> (back @ ((there @ x) * (kernel @ weight))).tolist()  # [1 + 3, 2 + 4]
    [4.0, 6.0]
    """

    kernel: list[list[float]]
    there: list[list[float]]
    back: list[list[float]]


#: By the side of a tile: points 0, 1, -1 and infinity; 2 and -2 with them; 1/2 and -1/2 as well,
#: with twice the rounding (3e-6 of the values of 96 channels). Larger ones lose digits.
BASES = {
    2: Basis(
        kernel=[[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
        there=[[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
        back=[[1, 1, 1, 0], [0, 1, -1, -1]],
    ),
    4: Basis(
        kernel=[
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ],
        there=[
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
        back=[
            [1, 1, 1, 1, 1, 0],
            [0, 1, -1, 2, -2, 0],
            [0, 1, 1, 4, 4, 0],
            [0, 1, -1, 8, -8, 1],
        ],
    ),
    6: Basis(
        kernel=[
            [1, 0, 0],
            [-2 / 9, -2 / 9, -2 / 9],
            [-2 / 9, 2 / 9, -2 / 9],
            [1 / 90, 1 / 45, 2 / 45],
            [1 / 90, -1 / 45, 2 / 45],
            [32 / 45, 16 / 45, 8 / 45],
            [32 / 45, -16 / 45, 8 / 45],
            [0, 0, 1],
        ],
        there=[
            [1, 0, -21 / 4, 0, 21 / 4, 0, -1, 0],
            [0, 1, 1, -17 / 4, -17 / 4, 1, 1, 0],
            [0, -1, 1, 17 / 4, -17 / 4, -1, 1, 0],
            [0, 1 / 2, 1 / 4, -5 / 2, -5 / 4, 2, 1, 0],
            [0, -1 / 2, 1 / 4, 5 / 2, -5 / 4, -2, 1, 0],
            [0, 2, 4, -5 / 2, -5, 1 / 2, 1, 0],
            [0, -2, 4, 5 / 2, -5, -1 / 2, 1, 0],
            [0, -1, 0, 21 / 4, 0, -21 / 4, 0, 1],
        ],
        back=[
            [1, 1, 1, 1, 1, 1, 1, 0],
            [0, 1, -1, 2, -2, 1 / 2, -1 / 2, 0],
            [0, 1, 1, 4, 4, 1 / 4, 1 / 4, 0],
            [0, 1, -1, 8, -8, 1 / 8, -1 / 8, 0],
            [0, 1, 1, 16, 16, 1 / 16, 1 / 16, 0],
            [0, 1, -1, 32, -32, 1 / 32, -1 / 32, 1],
        ],
    ),
}


def tile_size(in_channels: int, out_channels: int, rows: int, columns: int) -> int | None:
    """Choose the size of the tiles of a convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels.
    rows, columns : int
        Size of the field.

    Returns
    -------
    int or None
        4, 2, or None where the plain convolution is faster.

    Examples
    --------
    >>> tile_size(256, 256, 22, 45), tile_size(512, 512, 11, 22), tile_size(32, 32, 180, 360)
    (4, 2, None)
    """
    if in_channels < FEWEST_CHANNELS[0] or out_channels < FEWEST_CHANNELS[1]:
        return None
    return 4 if -(-rows // 4) * -(-columns // 4) >= FEWEST_TILES else 2


def tile_kernel(conv: nn.Conv2d, size: int) -> torch.Tensor:
    """Turn the kernel of a 3x3 convolution into the basis of its tiles.

    Parameters
    ----------
    conv : Conv2d
        3x3.
    size : int
        Side of a tile: 2, 4 or 6.

    Returns
    -------
    Tensor of float32, shape ((size + 2)^2, in_channels, out_channels)
        What the values of a tile in that basis are multiplied by, row by row.

    Examples
    --------
    >>> tile_kernel(nn.Conv2d(3, 5, 3), 4).shape
    torch.Size([36, 3, 5])
    """
    kernel = torch.tensor(BASES[size].kernel, dtype=torch.float64)
    weight = conv.weight.detach().double()
    weight = torch.einsum("ay,kcyx,bx->abck", kernel, weight, kernel).flatten(0, 1)
    return weight.float().contiguous()


class Tiled:
    """A 3x3 convolution, bias and ReLU, for float32 on a CPU, without gradients.

    Parameters
    ----------
    conv : Conv2d
        3x3, with a bias, zeros around the field or padded as the globe.
    size : int
        Side of a tile: 2 or 4.

    Examples
    --------
    >>> conv = nn.Conv2d(3, 5, 3, padding=1).requires_grad_(False)
    >>> x = torch.randn(1, 3, 10, 13)
    >>> torch.allclose(Tiled(conv, 4)(x), conv(x).relu(), atol=1e-5)
    True
    """

    def __init__(self, conv: nn.Conv2d, size: int) -> None:
        there, back = (torch.tensor(m, dtype=torch.float64) for m in BASES[size][1:])
        self.weight = tile_kernel(conv, size)
        self.bias = bias_of(conv)
        self.size = size
        self._globe = not conv.padding[0]
        # Both dimensions at once: a product of small matrices costs less than many passes.
        self._there = torch.kron(there, there).float()
        self._back = torch.kron(back, back).float()

    def __call__(self, *parts: torch.Tensor) -> torch.Tensor:
        """Convolve, add the bias and apply the ReLU.

        Parameters
        ----------
        *parts : Tensor, shape (N, C, lat, lon)
            The channels, in one tensor or several.

        Returns
        -------
        Tensor, shape (N, out_channels, lat, lon)
            Rows and columns stay.
        """
        count, _, rows, columns = parts[0].shape
        size, channels = self.size, self.weight.shape[2]
        down, across = -(-rows // size), -(-columns // size)
        out = torch.empty(count, down, size, across, size, channels)
        # Enough tiles in one slice: one after the other they stay nearer to the processor.
        step = 1 if down * across >= ENOUGH_TILES else count
        for first in range(0, count, step):
            part = slice(first, first + step)
            rows_at_once = max(1, MOST_TILES // across) if step == 1 else down
            for row in range(0, down, rows_at_once):
                band = slice(row, min(row + rows_at_once, down))
                self._convolve([each[part] for each in parts], band, out[part, band])
        field = out.view(count, down * size, across * size, channels)
        return field[:, :rows, :columns].permute(0, 3, 1, 2)

    def _convolve(self, parts: Sequence[torch.Tensor], rows: slice, out: torch.Tensor) -> None:
        """Fill `out`, (N, tiles down, size, tiles across, size, channels), some rows of tiles."""
        count, down, size, across, _, channels = out.shape
        tiles = self._gather_tiles(parts, rows, across)
        tiles = torch.mm(self._there, tiles).view(len(self.weight), -1, self.weight.shape[1])
        products = torch.bmm(tiles, self.weight)
        del tiles
        found = torch.mm(self._back, products.view(len(products), -1))
        found = found.view(size, size, count, down, across, channels).permute(2, 3, 0, 4, 1, 5)
        torch.add(found, self.bias, out=out).clamp_min_(0)

    def _gather_tiles(
        self, parts: Sequence[torch.Tensor], rows: slice, across: int
    ) -> torch.Tensor:
        """Gather what every tile sees, margins included, as (place in it, tile and channel)."""
        size, count, down = self.size, len(parts[0]), rows.stop - rows.start
        side = size + 2
        total = sum(part.shape[1] for part in parts)
        seen = torch.empty(side, side, count, down, across, total)
        first = 0
        for part in parts:
            field = self._pad(part, rows, across * size + 2)
            slices, row, column, channel = field.stride()
            steps = (row, column, slices, row * size, column * size, channel)
            last = first + part.shape[1]
            seen[..., first:last] = field.as_strided((*seen.shape[:-1], part.shape[1]), steps)
            first = last
        return seen.view(side * side, -1)

    def _pad(self, x: torch.Tensor, tiles: slice, columns: int) -> torch.Tensor:
        """Take some rows of tiles of (N, C, H, W), the margin around, and zeros up to the size.

        The result is (N, rows, columns, C).
        """
        start, rows = tiles.start * self.size, (tiles.stop - tiles.start) * self.size + 2
        first, last = max(start - 1, 0), min(start + rows - 1, x.shape[2])
        above, margin = first - (start - 1), 1
        ends = last == x.shape[2]
        x = x[:, :, first:last]
        if self._globe:
            x, margin = pad_globe(x, 1, GLOBE), 0
            # Rows of the field itself lie beyond an edge that is none of its own.
            x = x[:, :, 1 - above : None if ends else -1]
            above = 0
        below, right = rows - x.shape[2] - above, columns - x.shape[3] - margin
        x = x.permute(0, 2, 3, 1)
        return nn.functional.pad(x, (0, 0, margin, right, above, below)).contiguous()
