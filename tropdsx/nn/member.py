"""One trunk of the nodal network with its functions of the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from tropdsx.nn.layers import GlobeConv, ResidualBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Member", "PlaceFunctions"]


class PlaceFunctions(nn.Module):
    """Functions of the offset from a node (y, x in cells, -1...1), learned by a small MLP.

    Parameters
    ----------
    count : int
        Number of functions.
    zero_at_node : bool
        Subtract the value at the node, so that every function vanishes there.
    width : int, default 48
        Hidden width.

    Examples
    --------
    >>> functions = PlaceFunctions(3, zero_at_node=True)
    >>> functions(torch.zeros(1, 2)).abs().max().item()
    0.0
    """

    def __init__(self, count: int, zero_at_node: bool, width: int = 48) -> None:
        super().__init__()
        self.zero_at_node = zero_at_node
        self.layers = nn.Sequential(
            nn.Linear(5, width),
            nn.Tanh(),
            nn.Linear(width, width),
            nn.Tanh(),
            nn.Linear(width, count),
        )

    def forward(self, offset: torch.Tensor) -> torch.Tensor:
        """Evaluate the functions.

        Parameters
        ----------
        offset : Tensor, shape (..., 2)
            Southward and eastward of the node [cells].

        Returns
        -------
        Tensor, shape (..., count)
            Values of the functions [1].
        """
        y, x = offset.unbind(-1)
        value = self.layers(torch.stack([y, x, y * y, x * y, x * x], -1) * 2)
        if self.zero_at_node:
            value = value - self.layers(torch.zeros(5, dtype=offset.dtype, device=offset.device))
            # A matrix product of many rows rounds differently from one of a single row.
            value = torch.where((offset == 0).all(-1, keepdim=True), 0.0, value)
        return value


class Member(nn.Module):
    """One trunk with its functions of the place; `NodalNet` averages one or more of them.

    Parameters
    ----------
    in_channels, width, blocks, places, slopes, spreads : int
        As `NodalNet`.

    Examples
    --------
    >>> member = Member(19, width=4, blocks=1, places=3, slopes=2, spreads=2)
    >>> parts = member.parts(torch.zeros(1, 19, 6, 12), (True, "half", "half"))
    >>> [tuple(part.shape) for part in parts]
    [(1, 2, 3, 6, 12), (1, 2, 2, 6, 12), (1, 2, 2, 6, 12)]
    """

    def __init__(
        self, in_channels: int, width: int, blocks: int, places: int, slopes: int, spreads: int
    ) -> None:
        super().__init__()
        self.counts = [places, slopes, spreads]
        self.stem = GlobeConv(in_channels, width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.head = nn.Conv2d(width, 2 * sum(self.counts), 1)
        self.place = PlaceFunctions(places, zero_at_node=True)
        self.slope = PlaceFunctions(slopes, zero_at_node=False)
        self.spread = PlaceFunctions(spreads, zero_at_node=False)
        # Small first corrections: training starts at the physics.
        nn.init.normal_(self.head.weight, std=0.02 / width**0.5)
        if self.head.bias is not None:
            nn.init.zeros_(self.head.bias)

    def parts(
        self, channels: torch.Tensor, edges: Sequence[bool | str]
    ) -> tuple[torch.Tensor, ...]:
        """Weights of the place, height and sigma functions.

        Parameters
        ----------
        channels : Tensor, shape (N, C, lat, lon)
            Node channels, see `tropdsx.predict.channels.CHANNELS`.
        edges : sequence
            How the coarse grid ends, see `pad_globe`.

        Returns
        -------
        tuple of Tensor
            Three of shape (N, 2, K, lat, lon), K the number of functions [1].
        """
        x = self.stem(channels, edges)
        for block in self.blocks:
            x = block(x, edges)
        x = self.head(nn.functional.silu(x)).unflatten(1, (2, -1))
        return x.split(self.counts, 2)
