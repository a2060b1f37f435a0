"""Padding that knows the globe, and the convolution blocks built on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GLOBE", "REGION", "GlobeConv", "ResidualBlock", "pad_globe"]

#: Edges of a cell-registered global grid: (longitude wraps, north rule, south rule).
GLOBE = (True, "half", "half")
#: Edges of a regional box: outermost rows and columns are repeated.
REGION = (False, "edge", "edge")


def _beyond_pole(x: torch.Tensor, size: int, rule: str) -> torch.Tensor:
    """Rows beyond the first row of `x`, outermost first (flip `x` for the southern side)."""
    first = {"half": 0, "pole": 1}.get(rule)
    if first is None or x.shape[-2] < size + first:
        return x[..., :1, :].expand(*x.shape[:-2], size, x.shape[-1])
    rows = x[..., first : first + size, :].flip(-2)
    return rows.roll(x.shape[-1] // 2, -1)


def pad_globe(x: torch.Tensor, size: int, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
    """Pad rows and columns with what lies there on the globe.

    Parameters
    ----------
    x : torch.Tensor
        Fields, shape (..., lat, lon). [any]
    size : int
        Rows and columns to add on each side. [1]
    edges : sequence
        (wrap, north, south). `wrap`: longitude is periodic. north and south: "half" (the pole is
        half a step beyond the last row), "pole" (the last row is the pole) or "edge" (repeat the
        last row). [1]

    Returns
    -------
    torch.Tensor
        Shape (..., lat + 2 size, lon + 2 size). [as x]

    Examples
    --------
    >>> x = torch.arange(8.0).reshape(1, 1, 2, 4)
    >>> pad_globe(x, 1)[0, 0].tolist()[0]
    [1.0, 2.0, 3.0, 0.0, 1.0, 2.0]
    """
    if size == 0:
        return x
    wrap, north, south = edges
    top = _beyond_pole(x, size, str(north))
    bottom = _beyond_pole(x.flip(-2), size, str(south)).flip(-2)
    x = torch.cat([top, x, bottom], -2)
    if wrap:
        # Concatenation keeps channels_last and costs nothing; F.pad(mode="circular") costs 1.4x.
        return torch.cat([x[..., -size:], x, x[..., :size]], -1)
    left = x[..., :1].expand(*x.shape[:-1], size)
    return torch.cat([left, x, x[..., -1:].expand(*x.shape[:-1], size)], -1)


class GlobeConv(nn.Module):
    """A square convolution of odd size that pads as the globe does.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels in and out. [1]
    kernel_size : int, default 3
        Odd kernel size. [1]
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size)

    def forward(self, x: torch.Tensor, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
        """Convolve `x` (N, C, lat, lon); same height and width out."""
        return self.conv(pad_globe(x, self.conv.kernel_size[0] // 2, edges))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input; the second starts at zero.

    Starting as the identity makes a normalisation layer unnecessary: a batch norm would tie the
    result of one epoch to the others in its batch.

    Parameters
    ----------
    width : int
        Channels. [1]
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = GlobeConv(width, width)
        self.second = GlobeConv(width, width)
        # Whole channels drop out in training; training sets the share, inference has none.
        self.dropout = nn.Dropout2d(0.0)
        nn.init.zeros_(self.second.conv.weight)
        nn.init.zeros_(self.second.conv.bias)

    def forward(self, x: torch.Tensor, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
        """Return x + f(x), shape unchanged."""
        y = self.first(nn.functional.silu(x), edges)
        return x + self.second(self.dropout(nn.functional.silu(y)), edges)
