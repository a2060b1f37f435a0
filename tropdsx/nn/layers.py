"""Padding that knows the globe, and the convolution blocks built on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tropdsx.nn.borders import fill_border, fold_border, order_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "GLOBE",
    "REGION",
    "Blocks",
    "GlobeConv",
    "ResidualBlock",
    "bias_of",
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
    if size == 0:
        return nn.functional.silu(x) if activate else x
    if torch.is_grad_enabled() and x.requires_grad:
        padded: torch.Tensor = _Padding.apply(x, size, edges, activate)
        return padded
    return _pad(x, size, edges, activate)


def _pad(x: torch.Tensor, size: int, edges: Sequence[bool | str], activate: bool) -> torch.Tensor:
    """Pad without gradients, straight into the padded tensor."""
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


def _empty_like(x: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Make a tensor of another number of rows and columns, channels last if `x` is."""
    shape = (*x.shape[:-2], rows, columns)
    return torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=order_of(x))


class _Padding(torch.autograd.Function):
    """Padding with a gradient: one copy forwards and one backwards, whatever the edges are."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, size: int, edges: Sequence[bool | str], activate: bool
    ) -> torch.Tensor:
        """Pad; only what silu needs for its gradient is kept."""
        ctx.size, ctx.edges, ctx.activate = size, edges, activate
        if activate:
            ctx.save_for_backward(x)
        return _pad(x, size, edges, activate)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """Add the gradient of each copy to that of its origin."""
        inner = fold_border(grad, ctx.size, ctx.edges)
        if ctx.activate:
            (x,) = ctx.saved_tensors
            inner = torch.ops.aten.silu_backward(inner, x)
        return inner, None, None, None


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


class Blocks(nn.ModuleList):
    """Residual blocks, one after the other.

    Parameters
    ----------
    modules : iterable of ResidualBlock
        The blocks.

    Examples
    --------
    >>> Blocks(ResidualBlock(4) for _ in range(3))(torch.zeros(1, 4, 6, 12)).shape
    torch.Size([1, 4, 6, 12])
    """

    def forward(self, x: torch.Tensor, edges: Sequence[bool | str] = GLOBE) -> torch.Tensor:
        """Apply all blocks.

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
        for block in self:
            x = block(x, edges)
        return x


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
