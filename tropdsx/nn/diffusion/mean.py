"""The learned mean: a small U-Net that gives a correction and the size of the error it leaves."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["LIMIT", "MeanNet", "pad_to_multiple"]

#: The error is within this power of e of what was expected beforehand.
LIMIT = 3.0


def pad_to_multiple(x: torch.Tensor, multiple: int) -> torch.Tensor:
    """Repeat the last row and column until the grid can be halved as often as a network needs.

    Parameters
    ----------
    x : Tensor, shape (N, C, lat, lon)
        Fields.
    multiple : int
        Of which rows and columns are to be [cells].

    Returns
    -------
    Tensor
        The fields with what was added south and east; `x` itself where they fit.

    Examples
    --------
    >>> pad_to_multiple(torch.zeros(1, 1, 5, 8), 4).shape
    torch.Size([1, 1, 8, 8])
    """
    rows, columns = (-size % multiple for size in x.shape[-2:])
    if not (rows or columns):
        return x
    return nn.functional.pad(x, (0, columns, 0, rows), mode="replicate")


class _Conv(nn.Conv2d):
    """A 3x3 convolution that repeats the edges."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__(
            in_channels, out_channels, 3, stride=stride, padding=1, padding_mode="replicate"
        )


class _Block(nn.Module):
    """Two convolutions beside the identity; begins as the identity, nearly."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = _Conv(channels, channels), _Conv(channels, channels)
        with torch.no_grad():
            self.second.weight.mul_(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.first(nn.functional.silu(x))
        return x + self.second(nn.functional.silu(inner))


class MeanNet(nn.Module):
    """Estimate what is missing in a first guess, and how large the error is that remains.

    There is no normalisation over a window: the same surroundings give the same numbers wherever
    they lie in it.

    Parameters
    ----------
    in_channels : int
        Channels of the condition.
    width : int, default 32
        Channels of the finest of three levels; the others have two and three times as many.

    Examples
    --------
    >>> correction, stretch = MeanNet(4, width=8)(torch.zeros(1, 4, 9, 10))
    >>> correction.shape, stretch.abs().max().item()
    (torch.Size([1, 1, 9, 10]), 0.0)
    """

    def __init__(self, in_channels: int, width: int = 32) -> None:
        super().__init__()
        w = width
        self.start = _Conv(in_channels, w)
        self.enc1 = _Block(w)
        self.down2, self.enc2 = _Conv(w, 2 * w, 2), _Block(2 * w)
        self.down3 = _Conv(2 * w, 3 * w, 2)
        self.enc3 = nn.Sequential(_Block(3 * w), _Block(3 * w))
        self.up2, self.dec2 = nn.Conv2d(3 * w, 2 * w, 1), _Block(2 * w)
        self.up1, self.dec1 = nn.Conv2d(2 * w, w, 1), _Block(w)
        self.out = nn.Conv2d(w, 2, 1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Look at a condition.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            Normalised [1].

        Returns
        -------
        correction : Tensor, shape (N, 1, lat, lon)
            What to add, in units of the residual [1].
        stretch : Tensor, shape (N, 1, lat, lon)
            Logarithm of the factor from the expected to the remaining error [1].
        """
        rows, columns = x.shape[-2:]
        e1 = self.enc1(self.start(pad_to_multiple(x, 4)))
        e2 = self.enc2(self.down2(e1))
        e3 = self.enc3(self.down3(e2))
        d2 = self.dec2(e2 + _double(self.up2(e3)))
        d1 = self.dec1(e1 + _double(self.up1(d2)))
        found = self.out(nn.functional.silu(d1))[..., :rows, :columns]
        return found[:, :1], LIMIT * torch.tanh(found[:, 1:] / LIMIT)


def _double(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
