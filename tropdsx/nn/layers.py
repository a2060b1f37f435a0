"""Padding that knows the globe, and the convolution blocks built on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "GLOBE",
    "REGION",
    "GlobeConv",
    "ResidualBlock",
    "bias_of",
    "fill_border",
    "join_padded",
    "pad_globe",
]

#: Edges of a cell-registered global grid: (longitude wraps, north rule, south rule).
GLOBE = (True, "half", "half")
#: Edges of a regional box: outermost rows and columns are repeated.
REGION = (False, "edge", "edge")


def pad_globe(
    x: torch.Tensor,
    size: int,
    edges: Sequence[bool | str] = GLOBE,
    *,
    activate: bool = False,
) -> torch.Tensor:
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
    activate : bool, default False
        Pad silu(x) instead, without a tensor between them.

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
    if torch.is_grad_enabled() and x.requires_grad:
        return _pad_by_joining(nn.functional.silu(x) if activate else x, size, edges)
    if size == 0:
        return nn.functional.silu(x) if activate else x
    out = _empty_like(x, x.shape[-2] + 2 * size, x.shape[-1] + 2 * size)
    middle = out[..., size:-size, size:-size]
    if activate:
        torch.ops.aten.silu.out(x, out=middle)
    else:
        middle.copy_(x)
    return fill_border(out, size, edges)


def join_padded(parts: Sequence[torch.Tensor], edges: Sequence[bool | str]) -> torch.Tensor:
    """Join channels and pad them by one node, channels last, without a tensor between.

    Parameters
    ----------
    parts : sequence of Tensor, shape (N, channels, lat, lon)
        Without gradients.
    edges : sequence
        See `pad_globe`.

    Returns
    -------
    Tensor, shape (N, all channels, lat + 2, lon + 2)
        In the unit of the parts.

    Examples
    --------
    >>> one, two = torch.zeros(1, 3, 4, 8), torch.ones(1, 2, 4, 8)
    >>> join_padded([one, two], GLOBE).shape
    torch.Size([1, 5, 6, 10])
    """
    count, _, rows, columns = parts[0].shape
    shape = count, sum(part.shape[1] for part in parts), rows + 2, columns + 2
    like = parts[0]
    out = torch.empty(
        shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last
    )
    start = 0
    for part in parts:
        stop = start + part.shape[1]
        out[:, start:stop, 1:-1, 1:-1] = part
        start = stop
    return fill_border(out, 1, edges)


def fill_border(out: torch.Tensor, size: int, edges: Sequence[bool | str]) -> torch.Tensor:
    """Fill the rows and columns round the middle of a tensor with what lies there on the globe.

    Parameters
    ----------
    out : Tensor, shape (..., lat + 2 size, lon + 2 size)
        Changed; its middle is there.
    size : int
        Rows and columns on each side.
    edges : sequence
        See `pad_globe`.

    Returns
    -------
    Tensor
        The same tensor.
    """
    middle, columns = out[..., size:-size, size:-size], out.shape[-1] - 2 * size
    wrap, north, south = edges
    out[..., :size, size:-size] = _rows_beyond(middle, size, str(north))
    out[..., -size:, size:-size] = _rows_beyond(middle, size, str(south), last=True)
    if wrap:
        out[..., :size] = out[..., columns : columns + size]
        out[..., -size:] = out[..., size : 2 * size]
    else:
        out[..., :size] = out[..., size : size + 1]
        out[..., -size:] = out[..., -size - 1 : -size]
    return out


def _empty_like(x: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Make a tensor of another number of rows and columns, channels last if `x` is."""
    shape = (*x.shape[:-2], rows, columns)
    if x.dim() == 4 and not x.is_contiguous():
        last = x.is_contiguous(memory_format=torch.channels_last)
        order = torch.channels_last if last else torch.contiguous_format
        return torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=order)
    return x.new_empty(shape)


def _pad_by_joining(x: torch.Tensor, size: int, edges: Sequence[bool | str]) -> torch.Tensor:
    """Pad with operations that have gradients."""
    if size == 0:
        return x
    wrap, north, south = edges
    top = _rows_beyond(x, size, str(north))
    x = torch.cat([top, x, _rows_beyond(x, size, str(south), last=True)], -2)
    if wrap:
        # Concatenation keeps channels_last and costs nothing; F.pad(mode="circular") costs 1.4x.
        return torch.cat([x[..., -size:], x, x[..., :size]], -1)
    left = x[..., :1].expand(*x.shape[:-1], size)
    return torch.cat([left, x, x[..., -1:].expand(*x.shape[:-1], size)], -1)


def _rows_beyond(x: torch.Tensor, size: int, rule: str, *, last: bool = False) -> torch.Tensor:
    """Take the rows that lie before the first row of a field, or after its last one."""
    first = {"half": 0, "pole": 1}.get(rule)
    if first is None or x.shape[-2] < size + first:
        row = x[..., -1:, :] if last else x[..., :1, :]
        return row.expand(*x.shape[:-2], size, x.shape[-1])
    start = x.shape[-2] - size - first if last else first
    return x[..., start : start + size, :].flip(-2).roll(x.shape[-1] // 2, -1)


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

    def forward(
        self,
        x: torch.Tensor,
        edges: Sequence[bool | str] = GLOBE,
        *,
        activate: bool = False,
    ) -> torch.Tensor:
        """Convolve fields.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            Fields.
        edges : sequence
            How the grid ends, see `pad_globe`.
        activate : bool, default False
            Convolve silu(x) instead.

        Returns
        -------
        Tensor, shape (N, out_channels, lat, lon)
            Rows and columns stay.
        """
        return self.conv(pad_globe(x, self.conv.kernel_size[0] // 2, edges, activate=activate))


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
        y = self.first(x, edges, activate=True)
        if self.training:
            return x + self.second(self.dropout(nn.functional.silu(y)), edges)
        y = self.second(y, edges, activate=True)
        return x + y if y.requires_grad else y.add_(x)


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
