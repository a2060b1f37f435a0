"""A U-Net on a CPU with each convolution, bias and ReLU as one oneDNN operation.

torch runs them one after the other, and joins the skip connection to the decoder by copying both.
oneDNN convolves the two parts into one sum and never writes what the ReLU would read again: a
quarter less time for the TropDS network, same numbers. The operations are those that
``torch.compile`` emits; where this build of torch has none, the module itself does the work.
"""

from __future__ import annotations

import platform
from typing import NamedTuple

import torch
from torch import nn

from tropdsx.nn.layers import GLOBE, pad_globe
from tropdsx.nn.unet import ConvBlock, DecoderBlock, UNet, fitted

__all__ = ["FusedUNet", "fused"]

#: Differs more than rounding: not the same function.
TOLERANCE = 1e-4


class Packed(NamedTuple):
    """Weights in the order that oneDNN works in, bias, and zeros around the field."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    padding: tuple[int, int]


def pack(
    conv: nn.Conv2d, shape: tuple[int, ...], first: int = 0, last: int | None = None
) -> Packed:
    """Reorder the weights of a 3x3 convolution for inputs of about (N, H, W).

    Parameters
    ----------
    conv : Conv2d
        Its weights are copied. [1]
    shape : tuple of int
        N, H and W that the order is the best for; any other works too. [1]
    first, last : int
        Input channels to keep; the bias goes with the first of them. [1]
    """
    weight = conv.weight.detach()[:, first:last].contiguous(memory_format=torch.channels_last)
    padding = tuple(conv.padding)
    count, rows, columns = shape
    margin = 2 * (1 - padding[0])  # what globe padding adds before the convolution
    size = [count, weight.shape[1], rows + margin, columns + margin]
    ordered = torch._C._nn.mkldnn_reorder_conv2d_weight(
        weight.to_mkldnn(), padding, (1, 1), (1, 1), 1, size
    )
    bias = None if conv.bias is None or first else conv.bias.detach().clone()
    return Packed(ordered, bias, padding)


def convolve(x: torch.Tensor, by: Packed, activation: str = "relu") -> torch.Tensor:
    """Convolve, add the bias, apply the activation ("relu" or "none")."""
    return torch.ops.mkldnn._convolution_pointwise(
        _padded(x, by), by.weight, by.bias, by.padding, (1, 1), (1, 1), 1, activation, [], ""
    )


def convolve_onto(total: torch.Tensor, x: torch.Tensor, by: Packed) -> torch.Tensor:
    """Add a convolution to `total` in place, then ReLU."""
    return torch.ops.mkldnn._convolution_pointwise_.binary(
        total, _padded(x, by), by.weight, by.bias, by.padding, (1, 1), (1, 1), 1,
        "add", 1.0, "relu", [], "",
    )  # fmt: skip


def joined(
    skip: torch.Tensor, coarse: torch.Tensor, of_skip: Packed, of_coarse: Packed
) -> torch.Tensor:
    """Convolve the skip connection and what comes up from below into one sum, then ReLU."""
    coarse = fitted(coarse, skip)
    total = convolve(skip, of_skip, "none")
    del skip
    return convolve_onto(total, coarse, of_coarse)


def _padded(x: torch.Tensor, by: Packed) -> torch.Tensor:
    return x if by.padding[0] else pad_globe(x, 1, GLOBE)


class FusedUNet:
    """The function of a U-Net without batch norms, for float32 on a CPU, without gradients.

    Parameters
    ----------
    net : UNet
        Batch norms folded into the convolutions, in eval mode. [1]
    shape : tuple of int
        (N, H, W) of the usual input. [1]
    """

    def __init__(self, net: UNet, shape: tuple[int, int, int]) -> None:
        self.net = net
        count, rows, columns = shape
        sizes = [(count, rows >> level, columns >> level) for level in range(5)]
        down = [net.enc1, *(e.block[1] for e in (net.enc2, net.enc3, net.enc4, net.enc5))]
        self.down = [self._block(b, s) for b, s in zip(down, sizes, strict=True)]
        self.bottleneck = self._block(net.bottleneck, sizes[4])
        up = (net.dec4, net.dec3, net.dec2, net.dec1)
        self.up = [self._decoder(d, s) for d, s in zip(up, sizes[3::-1], strict=True)]

    @staticmethod
    def _block(block: ConvBlock, shape: tuple[int, ...]) -> tuple[Packed, Packed]:
        return pack(block.conv[0], shape), pack(block.conv[3], shape)

    @staticmethod
    def _decoder(
        block: DecoderBlock, shape: tuple[int, ...]
    ) -> tuple[nn.Module, Packed, Packed, Packed]:
        first, second = block.conv.conv[0], block.conv.conv[3]
        half = first.in_channels // 2
        return block.up, pack(first, shape, 0, half), pack(first, shape, half), pack(second, shape)

    def release(self) -> FusedUNet:
        """Let go of the weights that were packed: the module works no longer, this does."""
        for each in self.net.modules():
            if isinstance(each, nn.Conv2d) and each.kernel_size == (3, 3):
                each.weight = nn.Parameter(torch.empty(0), requires_grad=False)
        return self

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Refine `x` (N, in_channels, lat, lon); returns (N, 1, lat, lon)."""
        skips, y = [], x
        for level, (first, second) in enumerate(self.down):
            y = nn.functional.max_pool2d(y, 2) if level else y
            y = convolve(convolve(y, first), second)
            skips.append(y)
        skips.pop()
        for part in self.bottleneck:
            y = convolve(y, part)
        for up, of_skip, of_coarse, second in self.up:
            # Nothing outlives its use: these fields are most of the memory of a worker.
            y = joined(skips.pop(), up(y), of_skip, of_coarse)
            y = convolve(y, second)
        # Slice by slice: the last few values of an array are rounded in another way (no SIMD), and
        # which ones are the last must not depend on the batch.
        ends = zip(x.split(1), y.split(1), strict=True)
        return torch.cat([self.net.finished(*each) for each in ends])


def fused(net: nn.Module, shape: tuple[int, int, int] = (1, 180, 360)) -> FusedUNet | None:
    """Fuse a U-Net if this machine and this torch can.

    Parameters
    ----------
    net : Module
        On the CPU, float32, without batch norms; others are left alone. [1]
    shape : tuple of int
        (N, H, W) of the usual input; others work too. [1]

    Returns
    -------
    FusedUNet or None
        None where it is not possible, or did not give what `net` gives.
    """
    parameter = next(net.parameters())
    able = (
        isinstance(net, UNet)
        and not any(isinstance(m, nn.BatchNorm2d) for m in net.modules())
        and (parameter.device.type, parameter.dtype) == ("cpu", torch.float32)
        and platform.machine() in ("x86_64", "AMD64")
        and torch.backends.mkldnn.is_available()
    )
    if not able:
        return None
    with torch.inference_mode():
        ramp = torch.linspace(0, 1, 32 * 64).reshape(1, 1, 32, 64)
        sample = ramp.expand(1, net.config["in_channels"], 32, 64)
        sample = sample.contiguous(memory_format=torch.channels_last)
        try:
            found = FusedUNet(net, shape)
            same = torch.allclose(found(sample), net(sample), rtol=TOLERANCE, atol=TOLERANCE)
        except (AttributeError, RuntimeError, TypeError):  # not in this build of torch
            return None
    return found if same else None
