"""A U-Net on a CPU with each convolution, bias and ReLU as one operation.

torch runs them one after the other, and joins the skip connection to the decoder by copying both.
oneDNN convolves the two parts into one sum and never writes what the ReLU would read again. The
deep levels, of many channels, go by tiles and need fewer multiplications. The TropDS network takes
a quarter less time for the same numbers. The operations are those that ``torch.compile`` emits;
where this build of torch has none, the module itself does the work.
"""

from __future__ import annotations

import platform

import torch
from torch import nn

from tropdsx.nn.fast.winograd import Tiled, tile_size
from tropdsx.nn.layers import GLOBE, pad_globe
from tropdsx.nn.unet import ConvBlock, DecoderBlock, UNet, fitted

__all__ = ["FusedUNet", "fused"]

#: Differs more than rounding: not the same function.
TOLERANCE = 1e-4


class Direct:
    """A 3x3 convolution, bias and ReLU, with weights in the order that oneDNN works in.

    Parameters
    ----------
    conv : Conv2d
        Its weights are copied. [1]
    shape : tuple of int
        N, H and W that the order is the best for; any other works too. [1]
    parts : int
        Tensors that the input channels come in, all of the same number of channels. [1]
    """

    def __init__(self, conv: nn.Conv2d, shape: tuple[int, int, int], parts: int = 1) -> None:
        count, rows, columns = shape
        self._padding = tuple(conv.padding)
        self._bias = conv.bias.detach().clone()
        margin = 2 * (1 - self._padding[0])  # what globe padding adds before the convolution
        size = [count, conv.in_channels // parts, rows + margin, columns + margin]
        self._weights = [
            torch._C._nn.mkldnn_reorder_conv2d_weight(
                weight.contiguous(memory_format=torch.channels_last).to_mkldnn(),
                self._padding,
                (1, 1),
                (1, 1),
                1,
                size,
            )
            for weight in conv.weight.detach().chunk(parts, 1)
        ]

    def __call__(self, *parts: torch.Tensor) -> torch.Tensor:
        """Convolve the parts into one sum, add the bias, apply the ReLU."""
        first, *others = zip(parts, self._weights, strict=True)
        total = torch.ops.mkldnn._convolution_pointwise(
            self._padded(first[0]),
            first[1],
            self._bias,
            self._padding,
            (1, 1),
            (1, 1),
            1,
            "none" if others else "relu",
            [],
            "",
        )
        for x, weight in others:
            torch.ops.mkldnn._convolution_pointwise_.binary(
                total,
                self._padded(x),
                weight,
                None,
                self._padding,
                (1, 1),
                (1, 1),
                1,
                "add",
                1.0,
                "relu" if weight is self._weights[-1] else "none",
                [],
                "",
            )
        return total

    def _padded(self, x: torch.Tensor) -> torch.Tensor:
        return x if self._padding[0] else pad_globe(x, 1, GLOBE)


def layer(conv: nn.Conv2d, shape: tuple[int, int, int], parts: int = 1) -> Direct | Tiled:
    """Choose how to compute a 3x3 convolution, its bias and a ReLU."""
    size = tile_size(conv.in_channels, conv.out_channels, *shape[1:])
    return Direct(conv, shape, parts) if size is None else Tiled(conv, size)


Layer = Direct | Tiled


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
    def _block(block: ConvBlock, shape: tuple[int, int, int]) -> tuple[Layer, Layer]:
        return layer(block.conv[0], shape), layer(block.conv[3], shape)

    @staticmethod
    def _decoder(
        block: DecoderBlock, shape: tuple[int, int, int]
    ) -> tuple[nn.Module, Layer, Layer]:
        first, second = block.conv.conv[0], block.conv.conv[3]
        return block.up, layer(first, shape, parts=2), layer(second, shape)

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
            y = second(first(y))
            skips.append(y)
        skips.pop()
        for part in self.bottleneck:
            y = part(y)
        for up, joined, second in self.up:
            # Nothing outlives its use: these fields are most of the memory of a worker.
            y = joined(skips[-1], fitted(up(y), skips.pop()))
            y = second(y)
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
