"""Fold batch norms, which no longer learn, into the convolutions before them."""

from __future__ import annotations

from copy import deepcopy

import torch

from tropdsx.errors import CheckpointError

__all__ = ["fold_batch_norms"]


def fold_batch_norms(module: torch.nn.Module) -> torch.nn.Module:
    """Fold each batch norm into the convolution before it, in float64.

    Parameters
    ----------
    module : Module
        A network in eval mode; left as it is.

    Returns
    -------
    Module
        A copy without batch norms, with weights of the same type; the module itself if it has
        none.

    Raises
    ------
    CheckpointError
        If a batch norm holds no statistics.

    Examples
    --------
    >>> from tropdsx.nn.unet import UNet
    >>> net = fold_batch_norms(UNet(width=2).eval())
    >>> any(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules())
    False
    """
    if not any(isinstance(each, torch.nn.BatchNorm2d) for each in module.modules()):
        return module
    module = deepcopy(module)
    for block in module.modules():
        if not isinstance(block, torch.nn.Sequential):
            continue
        for place in range(len(block) - 1):
            conv, norm = block[place], block[place + 1]
            if isinstance(conv, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
                _fold(conv, norm)
                block[place + 1] = torch.nn.Identity()
    return module


@torch.no_grad()
def _fold(conv: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d) -> None:
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        msg = "the network's batch norms hold no statistics; train it before use"
        raise CheckpointError(msg)
    scale = norm.weight.double() / torch.sqrt(variance.double() + norm.eps)
    bias = 0.0 if conv.bias is None else conv.bias.double()
    weight = conv.weight.double() * scale[:, None, None, None]
    shift = (bias - mean.double()) * scale + norm.bias.double()
    conv.weight = torch.nn.Parameter(weight.to(conv.weight.dtype), requires_grad=False)
    conv.bias = torch.nn.Parameter(shift.to(conv.weight.dtype), requires_grad=False)
