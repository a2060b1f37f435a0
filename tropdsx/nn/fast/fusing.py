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
from tropdsx.nn.layers import GLOBE, bias_of, pad_globe
from tropdsx.nn.unet import ConvBlock, DecoderBlock, UNet, pad_to_skip

__all__ = ["Direct", "FusedUNet", "choose_layer", "fuse"]

#: Results that differ by more than this do not differ by rounding alone [1].
TOLERANCE = 1e-4


class Direct:
    """A 3x3 convolution, bias and ReLU, with weights in the order that oneDNN works in.

    Parameters
    ----------
    conv : Conv2d
        Its weights are copied.
    shape : tuple of int
        N, H and W that the order is the best for; any other works too.
    parts : int
        Tensors that the input channels come in, all of the same number of channels.

    Examples
    --------
    >>> conv = nn.Conv2d(4, 8, 3, padding=1).requires_grad_(False)
    >>> x = torch.randn(1, 4, 10, 12)
    >>> torch.allclose(Direct(conv, (1, 10, 12))(x), conv(x).relu(), atol=1e-5)  # doctest: +SKIP
    True
    """

    def __init__(self, conv: nn.Conv2d, shape: tuple[int, int, int], parts: int = 1) -> None:
        count, rows, columns = shape
        self._padding = [int(side) for side in conv.padding]
        self._bias = bias_of(conv)
        margin = 2 * (1 - self._padding[0])  # what globe padding adds before the convolution
        size = [count, conv.in_channels // parts, rows + margin, columns + margin]
        self._weights = [
            torch.ops.aten.mkldnn_reorder_conv2d_weight(
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
        """Convolve the parts into one sum, add the bias, apply the ReLU.

        Parameters
        ----------
        *parts : Tensor, shape (N, in_channels // parts, lat, lon)
            The channels, in as many tensors as the layer was made for.

        Returns
        -------
        Tensor, shape (N, out_channels, lat, lon)
            Rows and columns stay.
        """
        first, *others = zip(parts, self._weights, strict=True)
        total = torch.ops.mkldnn._convolution_pointwise(
            self._pad(first[0]),
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
                self._pad(x),
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

    def _pad(self, x: torch.Tensor) -> torch.Tensor:
        return x if self._padding[0] else pad_globe(x, 1, GLOBE)


def choose_layer(conv: nn.Conv2d, shape: tuple[int, int, int], parts: int = 1) -> Direct | Tiled:
    """Choose how to compute a 3x3 convolution, its bias and a ReLU.

    Parameters
    ----------
    conv, shape, parts
        As for `Direct`.

    Returns
    -------
    Direct or Tiled
        What is faster for so many channels and tiles.

    Examples
    --------
    >>> type(choose_layer(nn.Conv2d(256, 256, 3, padding=1), (1, 22, 45))).__name__
    'Tiled'
    """
    size = tile_size(conv.in_channels, conv.out_channels, *shape[1:])
    return Direct(conv, shape, parts) if size is None else Tiled(conv, size)


Layer = Direct | Tiled


class FusedUNet:
    """The function of a U-Net without batch norms, for float32 on a CPU, without gradients.

    Parameters
    ----------
    net : UNet
        Batch norms folded into the convolutions, in eval mode.
    shape : tuple of int
        (N, H, W) of the usual input.

    Examples
    --------
    >>> from tropdsx.nn.fast.folding import fold_batch_norms
    >>> fast = fuse(fold_batch_norms(UNet(width=2).eval()), shape=(1, 32, 64))
    >>> fast is None or fast(torch.zeros(1, 1, 32, 64)).shape == (1, 1, 32, 64)
    True
    """

    def __init__(self, net: UNet, shape: tuple[int, int, int]) -> None:
        self.net = net
        count, rows, columns = shape
        sizes = [(count, rows >> level, columns >> level) for level in range(5)]
        down = [net.enc1, *(e.convolve for e in (net.enc2, net.enc3, net.enc4, net.enc5))]
        self.down = [self._choose_block(b, s) for b, s in zip(down, sizes, strict=True)]
        self.bottleneck = self._choose_block(net.bottleneck, sizes[4])
        up = (net.dec4, net.dec3, net.dec2, net.dec1)
        self.up = [self._choose_decoder(d, s) for d, s in zip(up, sizes[3::-1], strict=True)]

    @staticmethod
    def _choose_block(block: ConvBlock, shape: tuple[int, int, int]) -> tuple[Layer, Layer]:
        first, second = block.convolutions
        return choose_layer(first, shape), choose_layer(second, shape)

    @staticmethod
    def _choose_decoder(
        block: DecoderBlock, shape: tuple[int, int, int]
    ) -> tuple[nn.Module, Layer, Layer]:
        first, second = block.conv.convolutions
        return block.up, choose_layer(first, shape, parts=2), choose_layer(second, shape)

    def release(self) -> FusedUNet:
        """Drop the weights that were packed; the module itself no longer works.

        Returns
        -------
        FusedUNet
            This one, which still works.
        """
        for layer in self.net.modules():
            if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
                layer.weight = nn.Parameter(torch.empty(0), requires_grad=False)
        return self

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Refine fields.

        Parameters
        ----------
        x : Tensor, shape (N, in_channels, lat, lon)
            As for ``UNet.forward`` [1].

        Returns
        -------
        Tensor, shape (N, 1, lat, lon)
            As of ``UNet.forward`` [1].
        """
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
            y = joined(skips[-1], pad_to_skip(up(y), skips.pop()))
            y = second(y)
        # Slice by slice: the last few values of an array are rounded in another way (no SIMD), and
        # which ones are the last must not depend on the batch.
        ends = zip(x.split(1), y.split(1), strict=True)
        return torch.cat([self.net.apply_head(*each) for each in ends])


def fuse(net: nn.Module, shape: tuple[int, int, int] = (1, 180, 360)) -> FusedUNet | None:
    """Fuse a U-Net if this machine and this torch can.

    Parameters
    ----------
    net : Module
        On the CPU, float32, without batch norms; others are left alone.
    shape : tuple of int
        (N, H, W) of the usual input; others work too.

    Returns
    -------
    FusedUNet or None
        None where it is not possible, or did not give what `net` gives.

    Examples
    --------
    >>> fuse(UNet(width=2).eval()) is None  # its batch norms are not folded
    True
    """
    if not (isinstance(net, UNet) and _can_be_fused(net)):
        return None
    with torch.inference_mode():
        ramp = torch.linspace(0, 1, 32 * 64).reshape(1, 1, 32, 64)
        sample = ramp.expand(1, net.config["in_channels"], 32, 64)
        sample = sample.contiguous(memory_format=torch.channels_last)
        try:
            fast = FusedUNet(net, shape)
            same = torch.allclose(fast(sample), net(sample), rtol=TOLERANCE, atol=TOLERANCE)
        except (AttributeError, RuntimeError, TypeError):  # not in this build of torch
            return None
    return fast if same else None


def _can_be_fused(net: UNet) -> bool:
    parameter = next(net.parameters())
    return (
        not any(isinstance(m, nn.BatchNorm2d) for m in net.modules())
        and (parameter.device.type, parameter.dtype) == ("cpu", torch.float32)
        and platform.machine() in ("x86_64", "AMD64")
        and torch.backends.mkldnn.is_available()
    )
