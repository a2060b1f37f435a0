"""A U-Net on fields of any size: its fine levels band by band, its coarse ones as a whole.

The features of the finest level are most of the memory of a U-Net, and see only a few rows: a band
of them with some rows on either side has the values of the whole. What lies below a few poolings
is small and sees far, and is computed at once. The fine levels of the way down are computed twice,
for the coarse levels and for the way up, so that none of their features is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from tropdsx.nn.fast.fusing import FusedUNet
from tropdsx.nn.unet import UNet, pad_to_skip

__all__ = ["Banded", "FusedLevels", "Levels", "UNetLevels", "in_bands", "levels_of"]

#: Rows that two convolutions see on either side, at their own level.
MARGIN = 2
#: Level below which nothing is pooled.
DEEPEST = 4
#: Levels that are computed in bands at most: with fused layers, on one thread, the same bits.
MOST_LEVELS = 3
#: Maps of features of one size that are in memory at once [1].
ALIVE = 4


class Levels(Protocol):
    """The steps of a U-Net, level by level: 0 is that of the field."""

    def encode(self, level: int, x: torch.Tensor) -> torch.Tensor:
        """Turn features of this size into those of the way down; nothing is pooled."""

    def deepest(self, x: torch.Tensor) -> torch.Tensor:
        """Turn the features of the deepest level into those that the way up begins with."""

    def decode(self, level: int, y: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """Join features of half the size with those of the way down."""

    def apply_head(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Turn the features of level 0 into the result."""


@dataclass(frozen=True, eq=False)
class UNetLevels:
    """The steps of a U-Net as torch computes them.

    Attributes
    ----------
    net : UNet
        In eval mode.
    """

    net: UNet

    def encode(self, level: int, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        net = self.net
        if level == 0:
            return net.enc1(x)
        return (net.enc2, net.enc3, net.enc4, net.enc5)[level - 1].convolve(x)

    def deepest(self, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        return self.net.bottleneck(x)

    def decode(self, level: int, y: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        net = self.net
        return (net.dec1, net.dec2, net.dec3, net.dec4)[level](y, skip)

    def apply_head(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        return self.net.apply_head(x, y)


@dataclass(frozen=True, eq=False)
class FusedLevels:
    """The steps of a U-Net with fused layers.

    Attributes
    ----------
    fast : FusedUNet
        Float32 on a CPU.
    """

    fast: FusedUNet

    def encode(self, level: int, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        first, second = self.fast.down[level]
        return second(first(x))

    def deepest(self, x: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        first, second = self.fast.bottleneck
        return second(first(x))

    def decode(self, level: int, y: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        up, joined, second = self.fast.up[DEEPEST - 1 - level]
        y = joined(skip, pad_to_skip(up(y), skip))
        del skip  # most of the memory of a band
        return second(y)

    def apply_head(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """See :class:`Levels`."""
        return self.fast.net.apply_head(x, y)


def levels_of(network: Callable[[torch.Tensor], torch.Tensor]) -> Levels | None:
    """Find the steps of a network.

    Parameters
    ----------
    network : callable
        Any.

    Returns
    -------
    Levels or None
        None for what is no U-Net.

    Examples
    --------
    >>> levels_of(torch.nn.Identity()) is None
    True
    """
    if isinstance(network, FusedUNet):
        return FusedLevels(network)
    return UNetLevels(network) if isinstance(network, UNet) else None


@dataclass(frozen=True, eq=False)
class Banded:
    """The function of a U-Net, its fine levels in bands of rows.

    Attributes
    ----------
    levels : Levels
        Steps of the network.
    rows : int
        Of a band, rounded up to a multiple of two to the depth.
    depth : int
        Levels that are computed in bands.

    Examples
    --------
    >>> net = UNet(width=2).eval().requires_grad_(False)
    >>> x = torch.rand(1, 1, 70, 32)
    >>> found = Banded(UNetLevels(net), rows=16, depth=2)(x)
    >>> torch.allclose(found, net(x), atol=1e-6)
    True
    """

    levels: Levels
    rows: int
    depth: int = 3

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Refine fields one after the other.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            As for ``UNet.forward`` [1].

        Returns
        -------
        Tensor, shape (N, 1, lat, lon)
            As of ``UNet.forward`` [1].
        """
        return torch.cat([self._refine(each) for each in x.split(1)])

    def _refine(self, x: torch.Tensor) -> torch.Tensor:
        pooled = [self._encode_band(x, *rows) for rows in self._bands(x.shape[-2], reach=1)]
        coarse = self._run_coarse(_joined(pooled))
        done = [self._refine_band(x, coarse, *rows) for rows in self._bands(x.shape[-2], reach=2)]
        return _joined(done)

    def _bands(self, total: int, reach: int) -> Iterator[tuple[slice, slice]]:
        """List the rows of each band, and those that they are computed from.

        All begin where the poolings halve in step with those of the whole, and the rows that the
        poolings drop belong to the last band.
        """
        step = 1 << self.depth
        rows = -(-self.rows // step) * step
        margin = -(-reach * MARGIN * (step - 1) // step) * step
        whole = total - total % step
        for start in range(0, whole, rows):
            stop, last = (
                end if end < whole else total for end in (start + rows, start + rows + margin)
            )
            yield slice(start, stop), slice(max(0, start - margin), last)

    def _encode_band(self, x: torch.Tensor, own: slice, seen: slice) -> torch.Tensor:
        """Turn some rows into what the coarse levels begin with."""
        y = self._down(x[..., seen, :])[1]
        first, start, stop = (row >> self.depth for row in (seen.start, own.start, own.stop))
        return y[..., start - first : stop - first, :].clone(memory_format=torch.preserve_format)

    def _down(self, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Run the fine levels of the way down; their features, and the last ones pooled."""
        features, y = [], x.contiguous(memory_format=torch.channels_last)
        for level in range(self.depth):
            features.append(self.levels.encode(level, y))
            y = nn.functional.max_pool2d(features[-1], 2)
        return features, y

    def _run_coarse(self, y: torch.Tensor) -> torch.Tensor:
        """Run the coarse levels, which see the whole field."""
        skips = []
        for level in range(self.depth, DEEPEST):
            skips.append(self.levels.encode(level, y))
            y = nn.functional.max_pool2d(skips[-1], 2)
        y = self.levels.deepest(self.levels.encode(DEEPEST, y))
        for level in range(DEEPEST - 1, self.depth - 1, -1):
            y = self.levels.decode(level, y, skips.pop())
        return y

    def _refine_band(
        self, x: torch.Tensor, coarse: torch.Tensor, own: slice, seen: slice
    ) -> torch.Tensor:
        """Give some rows of the result."""
        features = self._down(x[..., seen, :])[0]
        y = coarse[..., seen.start >> self.depth : seen.stop >> self.depth, :]
        y = y.contiguous(memory_format=torch.channels_last)
        for level in range(self.depth - 1, -1, -1):
            y = self.levels.decode(level, y, features.pop())
        y = y[..., own.start - seen.start : own.stop - seen.start, :]
        return self.levels.apply_head(x[..., own, :], y)


def in_bands(
    network: Callable[[torch.Tensor], torch.Tensor],
    shape: tuple[int, int],
    width: int,
    memory: float,
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Cut a network into bands of rows that keep about within some memory.

    Parameters
    ----------
    network : callable
        A U-Net, plain or with fused layers; what is none stays as it is.
    shape : tuple of int
        Rows and columns of the fields.
    width : int
        Channels of its first level.
    memory : float
        For the features of one field [byte]; a field of any size takes those of its coarse levels,
        an eighth of what all of it would.

    Returns
    -------
    callable
        The same function, to rounding: with fused layers, on one thread, the same bits.

    Examples
    --------
    >>> banded = in_bands(UNet(width=2).eval(), (1801, 3600), 2, 2**26)
    >>> banded.rows, banded.depth
    (558, 2)
    """
    levels = levels_of(network)
    if levels is None:
        return network
    row = ALIVE * 4 * width * shape[1]
    depth = math.ceil(math.log2(max(2.0, row * shape[0] / memory)))
    depth = min(depth, MOST_LEVELS)
    margin = 2 * 2 * MARGIN * ((1 << depth) - 1)
    return Banded(levels, max(int(memory / row) - margin, 2 * margin), depth)


def _joined(bands: list[torch.Tensor]) -> torch.Tensor:
    """Put bands of rows together, each let go of where it has been copied."""
    first = bands[0]
    shape = (*first.shape[:-2], sum(each.shape[-2] for each in bands), first.shape[-1])
    order = torch.channels_last if first.shape[1] > 1 else torch.contiguous_format
    out = torch.empty(shape, dtype=first.dtype, device=first.device, memory_format=order)
    start = 0
    while bands:
        band = bands.pop(0)
        out[..., start : start + band.shape[-2], :] = band
        start += band.shape[-2]
    return out
