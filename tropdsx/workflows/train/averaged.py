"""A running average of the weights while they are trained."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from lightning import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig

from tropdsx.nn.optim import Muon, split_parameters
from tropdsx.workflows.train.options import TrainOptions

__all__ = ["Averaged"]


class Averaged(LightningModule):
    """A network, its running average, its optimizer, and a learning rate that falls.

    Parameters
    ----------
    net : torch.nn.Module
        Network to train.
    options : TrainOptions
        Optimizer and its rate, weight decay, running average, length of the run and its restarts.

    Examples
    --------
    >>> from tropdsx.workflows.train import FieldOptions
    >>> options = FieldOptions(steps=100, warm_up=10)
    >>> module = Averaged(torch.nn.Conv2d(1, 1, 3), options)
    >>> [round(module.rate_factor(step), 3) for step in (0, 50, 100)]
    [0.1, 0.505, 0.01]
    """

    def __init__(self, net: torch.nn.Module, options: TrainOptions) -> None:
        super().__init__()
        # torch does not tell mypy of this way to call it.
        self.net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.net).requires_grad_(False)
        self.options = options

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the running average towards the network."""
        step = self.global_step
        keep = min(self.options.average, (1 + step) / (10 + step))
        with torch.no_grad():
            moved, weights = (list(net.parameters()) for net in (self.average, self.net))
            torch._foreach_lerp_(moved, weights, 1 - keep)
            for kept, new in zip(self.average.buffers(), self.net.buffers(), strict=True):
                kept.copy_(new)

    def arrange(self, memory_format: torch.memory_format) -> None:
        """Put the numbers of all convolutions into another order in memory.

        Parameters
        ----------
        memory_format : torch.memory_format
            torch.channels_last, as they are made, or torch.contiguous_format.
        """
        for net in (self.net, self.average):
            net.to(memory_format=memory_format)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return the optimizer; the rate rises, then falls along a cosine, or restarts."""
        o = self.options
        optimizer: torch.optim.Optimizer
        if o.optimizer == "muon":
            optimizer = Muon(split_parameters(self.net, o.rate, o.weight_decay))
        else:
            optimizer = torch.optim.AdamW(
                self.net.parameters(),
                lr=o.rate,
                weight_decay=o.weight_decay,
                betas=(0.9, 0.99),
                # Lightning clips no gradients beside a fused step in mixed precision.
                fused=o.precision == "32-true",
            )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.rate_factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def rate_factor(self, step: int) -> float:
        """Find the learning rate of a step.

        Parameters
        ----------
        step : int
            Steps done.

        Returns
        -------
        float
            In units of the option `rate` [1].
        """
        o = self.options
        if not o.restart:
            done = min(step / max(o.steps, 1), 1.0)
        else:
            length, place = o.restart * o.steps_per_epoch, step
            while place >= length:
                place -= length
                length *= o.restart_factor
            done = place / length
        rise = min(1.0, (step + 1) / max(o.warm_up, 1))
        return rise * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
