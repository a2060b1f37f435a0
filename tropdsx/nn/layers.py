"""Padding that knows the globe, and the convolution blocks built on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GLOBE", "REGION", "GlobeConv", "ResidualBlock", "bias_of", "pad_globe"]

#: Edges of a cell-registered global grid: (longitude wraps, north rule, south rule).
GLOBE = (True, "half", "half")
#: Edges of a regional box: outermost rows and columns are repeated.
REGION = (False, "edge", "edge")


def _rows_beyond_pole(x: torch.Tensor, size: int, rule: str) -> torch.Tensor:
    """Take the rows beyond the first row of `x`, outermost first (flip `x` for the south)."""
    first = {"half": 0, "pole": 1}.get(rule)
    if first is None or x.shape[-2] < size + first:
        return x[..., :1, :].expand(*x.shape[:-2], size, x.shape[-1])
    rows = x[..., first : first + size, :].flip(-2)
    return rows.roll(x.shape[-1] // 2, -1)


def pad_globe(x: torch.Tensor, size: int, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
    """Pad rows and columns with what lies there on the globe.

    Parameters
    ----------
    x : Tensor, shape (..., lat, lon)
        Fields of any quantity.
    size : int
        Rows and columns to add on each side.
    edges : sequence
        (wrap, north, south). `wrap`: longitude is periodic. north and south: "half" (the pole is
        half a step beyond the last row), "pole" (the last row is the pole) or "edge" (repeat the
        last row).

    Returns
    -------
    Tensor, shape (..., lat + 2 size, lon + 2 size)
        In the unit of `x`.

    Examples
    --------
    >>> x = torch.arange(8.0).reshape(1, 1, 2, 4)
    >>> pad_globe(x, 1)[0, 0].tolist()[0]
    [1.0, 2.0, 3.0, 0.0, 1.0, 2.0]
    """
    if size == 0:
        return x
    wrap, north, south = edges
    top = _rows_beyond_pole(x, size, str(north))
    bottom = _rows_beyond_pole(x.flip(-2), size, str(south)).flip(-2)
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
        Channels in and out.
    kernel_size : int, default 3
        Odd kernel size.

    Examples
    --------
    >>> conv = GlobeConv(3, 8, kernel_size=5)
    >>> conv(torch.zeros(1, 3, 6, 12)).shape  # as many rows and columns as before
    torch.Size([1, 8, 6, 12])
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size)

    def forward(self, x: torch.Tensor, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
        """Convolve fields.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            Fields.
        edges : sequence
            How the grid ends, see `pad_globe`.

        Returns
        -------
        Tensor, shape (N, out_channels, lat, lon)
            Rows and columns stay.
        """
        return self.conv(pad_globe(x, self.conv.kernel_size[0] // 2, edges))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input; the second starts at zero.

    Starting as the identity makes a normalisation layer unnecessary: a batch norm would tie the
    result of one epoch to the others in its batch.

    Parameters
    ----------
    width : int
        Channels.

    Examples
    --------
    >>> x = torch.randn(1, 4, 6, 12)
    >>> torch.equal(ResidualBlock(4)(x), x)
    True
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = GlobeConv(width, width)
        self.second = GlobeConv(width, width)
        # Whole channels drop out in training; training sets the share, inference has none.
        self.dropout = nn.Dropout2d(0.0)
        for parameter in self.second.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
        """Return x + f(x).

        Parameters
        ----------
        x : Tensor, shape (N, width, lat, lon)
            Features.
        edges : sequence
            As for `GlobeConv`.

        Returns
        -------
        Tensor
            Shape as before.
        """
        y = self.first(nn.functional.silu(x), edges)
        return x + self.second(self.dropout(nn.functional.silu(y)), edges)


def bias_of(conv: nn.Conv2d) -> torch.Tensor:
    """Copy the bias of a convolution, zeros where it has none.

    Parameters
    ----------
    conv : Conv2d
        Any convolution.

    Returns
    -------
    Tensor, shape (out_channels,)
        Without gradient.

    Examples
    --------
    >>> bias_of(nn.Conv2d(1, 2, 3, bias=False)).tolist()
    [0.0, 0.0]
    """
    if conv.bias is None:
        return torch.zeros(conv.out_channels)
    return conv.bias.detach().clone()
