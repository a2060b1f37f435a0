"""The TropDS U-Net at any grid size, with globe padding and a residual head as options."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tropdsx.nn.layers import GLOBE, pad_globe

__all__ = ["ConvBlock", "DecoderBlock", "EncoderBlock", "PaddedConv", "UNet", "pad_to_skip"]

PADDINGS, HEADS = ("zeros", "globe"), ("absolute", "residual")


class PaddedConv(nn.Conv2d):
    """A 3x3 convolution whose edges are zeros or what lies there on the globe.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels in and out.
    padding_kind : {"zeros", "globe"}
        See `UNet`.

    Examples
    --------
    >>> PaddedConv(1, 2, "globe")(torch.zeros(1, 1, 6, 12)).shape
    torch.Size([1, 2, 6, 12])
    """

    def __init__(self, in_channels: int, out_channels: int, padding_kind: str) -> None:
        super().__init__(in_channels, out_channels, 3, padding=int(padding_kind == "zeros"))
        self.padding_kind = padding_kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve `x` (N, in_channels, lat, lon); rows and columns stay."""
        return super().forward(pad_globe(x, 1, GLOBE) if self.padding_kind == "globe" else x)


class ConvBlock(nn.Module):
    """Twice convolution, batch norm, ReLU.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels in and out.
    padding : {"zeros", "globe"}
        See `UNet`.

    Examples
    --------
    >>> block = ConvBlock(1, 4, "zeros")
    >>> [conv.out_channels for conv in block.convolutions]
    [4, 4]
    """

    def __init__(self, in_channels: int, out_channels: int, padding: str) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels in (in_channels, out_channels):
            layers += [
                PaddedConv(channels, out_channels, padding),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(inplace=True),
            ]
        self.conv = nn.Sequential(*layers)

    @property
    def convolutions(self) -> tuple[nn.Conv2d, nn.Conv2d]:
        """Both convolutions, in the order of their work."""
        first, second = (layer for layer in self.conv if isinstance(layer, nn.Conv2d))
        return first, second

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Turn `x` (N, in_channels, lat, lon) into (N, out_channels, lat, lon)."""
        return self.conv(x)


class EncoderBlock(nn.Module):
    """Halve the grid, then a ConvBlock.

    Parameters
    ----------
    in_channels, out_channels, padding
        As for `ConvBlock`.

    Examples
    --------
    >>> EncoderBlock(4, 8, "zeros")(torch.zeros(1, 4, 7, 12)).shape
    torch.Size([1, 8, 3, 6])
    """

    def __init__(self, in_channels: int, out_channels: int, padding: str) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.MaxPool2d(2), ConvBlock(in_channels, out_channels, padding))

    @property
    def convolve(self) -> ConvBlock:
        """What follows the pooling."""
        return next(layer for layer in self.block if isinstance(layer, ConvBlock))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Turn `x` (N, in_channels, lat, lon) into (N, out_channels, lat // 2, lon // 2)."""
        return self.block(x)


class DecoderBlock(nn.Module):
    """Double the grid, pad it to the skip connection, join and convolve.

    Parameters
    ----------
    in_channels, out_channels, padding
        As for `ConvBlock`; the skip connection has `out_channels`.

    Examples
    --------
    >>> block = DecoderBlock(8, 4, "zeros")
    >>> block(torch.zeros(1, 8, 3, 6), torch.zeros(1, 4, 7, 12)).shape
    torch.Size([1, 4, 7, 12])
    """

    def __init__(self, in_channels: int, out_channels: int, padding: str) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        self.conv = ConvBlock(2 * out_channels, out_channels, padding)

    def forward(self, x: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """Join `x` (N, in_channels, ...), of half the size, with `skip` (N, out_channels, ...)."""
        return self.conv(torch.cat([skip, pad_to_skip(self.up(x), skip)], 1))


def pad_to_skip(x: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
    """Put back as zeros, split evenly, the row or column that odd sizes lose in the pooling.

    Parameters
    ----------
    x : Tensor, shape (N, C, rows, columns)
        Features, at most as large as the skip connection.
    skip : Tensor, shape (N, C, lat, lon)
        Features before the pooling.

    Returns
    -------
    Tensor, shape (N, C, lat, lon)
        The features; `x` itself where the sizes agree.

    Examples
    --------
    >>> pad_to_skip(torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 3)).tolist()
    [[[[1.0, 1.0, 0.0]]]]
    """
    rows, cols = skip.shape[-2] - x.shape[-2], skip.shape[-1] - x.shape[-1]
    if not (rows or cols):
        return x  # padding by nothing would copy
    return nn.functional.pad(x, (cols // 2, cols - cols // 2, rows // 2, rows - rows // 2))


class UNet(nn.Module):
    """Map a field to a field of the same grid, in normalised units.

    The constructor arguments are the configuration that a checkpoint stores. With the defaults
    this is the TropDS network (12,487,073 parameters) and loads its state dict.

    Parameters
    ----------
    in_channels : int, default 1
        Input channels; with head="residual" the first one is the first guess.
    width : int, default 32
        Channels of the first level; the levels have 1, 2, 4, 8 and 16 times as many.
    padding : {"zeros", "globe"}, default "zeros"
        Edges of the convolutions: zeros as TropDS, or periodic longitude and the opposite meridian
        beyond the poles (grid with the pole half a step beyond the last row).
    head : {"absolute", "residual"}, default "absolute"
        "absolute": Softplus of the last layer. "residual": first guess plus correction, kept above
        zero.

    Raises
    ------
    ValueError
        If `padding` or `head` is another word.

    Examples
    --------
    >>> net = UNet(width=2)
    >>> net(torch.zeros(1, 1, 20, 40)).shape
    torch.Size([1, 1, 20, 40])
    """

    def __init__(
        self,
        in_channels: int = 1,
        width: int = 32,
        padding: str = "zeros",
        head: str = "absolute",
    ) -> None:
        super().__init__()
        if padding not in PADDINGS or head not in HEADS:
            msg = f"padding={padding!r}, head={head!r}: accepted are {PADDINGS} and {HEADS}"
            raise ValueError(msg)
        self.config: dict[str, Any] = {
            "in_channels": in_channels,
            "width": width,
            "padding": padding,
            "head": head,
        }
        w = width
        self.enc1 = ConvBlock(in_channels, w, padding)
        self.enc2 = EncoderBlock(w, 2 * w, padding)
        self.enc3 = EncoderBlock(2 * w, 4 * w, padding)
        self.enc4 = EncoderBlock(4 * w, 8 * w, padding)
        self.enc5 = EncoderBlock(8 * w, 16 * w, padding)
        self.bottleneck = ConvBlock(16 * w, 16 * w, padding)
        self.dec4 = DecoderBlock(16 * w, 8 * w, padding)
        self.dec3 = DecoderBlock(8 * w, 4 * w, padding)
        self.dec2 = DecoderBlock(4 * w, 2 * w, padding)
        self.dec1 = DecoderBlock(2 * w, w, padding)
        last: list[nn.Module] = [nn.Conv2d(w, 1, 1)]
        self.out = nn.Sequential(*last, *([nn.Softplus()] if head == "absolute" else []))
        if head == "residual":
            # Training starts at the first guess.
            for parameter in self.out[0].parameters():
                nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Refine fields.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            Input, in normalised units [1].

        Returns
        -------
        Tensor, shape (N, 1, lat, lon)
            The refined field, in the same units [1].
        """
        # 1. down: five levels
        e1 = self.enc1(x)
        e2 = self.enc2(e1)
        e3 = self.enc3(e2)
        e4 = self.enc4(e3)
        e5 = self.bottleneck(self.enc5(e4))
        # 2. up: four levels
        y = self.dec1(self.dec2(self.dec3(self.dec4(e5, e4), e3), e2), e1)
        # 3. head
        return self.apply_head(x, y)

    def apply_head(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Turn the features of the finest level into the result.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            Input of the network.
        y : Tensor, shape (N, width, lat, lon)
            Features.

        Returns
        -------
        Tensor, shape (N, 1, lat, lon)
            The refined field, in normalised units [1].
        """
        y = self.out(y)
        if self.config["head"] == "absolute":
            return y
        guess = x[:, :1]
        # Down to a tenth of the guess the sum is exact; below it bends and never reaches zero.
        total, least = guess + y, guess.clamp_min(0) * 0.1
        return torch.where(total > least, total, least * torch.exp((total - least).clamp_max(0)))
