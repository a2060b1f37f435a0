"""A running average of the weights while they are trained."""

from __future__ import annotations

import copy
import math
from typing import Any

import lightning as L
import torch

from tropdsx.nn.optim import Muon, groups_of

__all__ = ["Averaged"]


class Averaged(L.LightningModule):
    """A network, its running average, AdamW, and a learning rate that falls.

    Parameters
    ----------
    net : torch.nn.Module
        Network to train. [1]
    options : object
        With rate, weight_decay, average, steps, warm_up, restart, restart_factor,
        steps_per_epoch. [1]
    """

    def __init__(self, net: torch.nn.Module, options: Any) -> None:
        super().__init__()
        self.net = net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).requires_grad_(False)
        self.options = options

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the running average towards the network."""
        step = self.global_step
        keep = min(self.options.average, (1 + step) / (10 + step))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.net.parameters(), strict=True):
                kept.lerp_(new.detach(), 1 - keep)
            for kept, new in zip(self.average.buffers(), self.net.buffers(), strict=True):
                kept.copy_(new)

    def configure_optimizers(self) -> dict[str, Any]:
        """Return the optimiser; the rate rises, then falls along a cosine, or restarts."""
        o = self.options
        optimizer: torch.optim.Optimizer
        if o.optimizer == "muon":
            optimizer = Muon(groups_of(self.net, o.rate, o.weight_decay))
        else:
            optimizer = torch.optim.AdamW(
                self.net.parameters(), lr=o.rate, weight_decay=o.weight_decay, betas=(0.9, 0.99)
            )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.rate_factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def rate_factor(self, step: int) -> float:
        """Learning rate at `step` in units of the option `rate`."""
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
