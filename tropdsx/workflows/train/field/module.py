"""One step of training a U-Net on fields."""

from __future__ import annotations

from typing import Any

import torch

from tropdsx.nn.losses import error_of, pointwise, weighted_mean
from tropdsx.nn.unet import UNet
from tropdsx.workflows.train.averaged import Averaged

__all__ = ["FieldTraining"]


class FieldTraining(Averaged):
    """Train a UNet on fields of the fine grid, as TropDS does.

    Parameters
    ----------
    net : UNet
        Network on normalised fields. [1]
    options : object
        As `Averaged`, with loss, ssim. [1]
    weight : torch.Tensor
        Loss weight of each cell, (lat, lon); 0 where frozen. [1]
    frozen : torch.Tensor
        Cells where the output is the input, (lat, lon) bool. [1]
    """

    def __init__(self, net: UNet, options: Any, weight: torch.Tensor, frozen: torch.Tensor) -> None:
        super().__init__(net, options)
        self.register_buffer("weight", weight.float())
        self.register_buffer("frozen", frozen)

    def refined(self, net: torch.nn.Module, blurred: torch.Tensor) -> torch.Tensor:
        """Output of the network, the input where frozen."""
        return torch.where(self.frozen, blurred[:, :1], net(blurred))

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        """Weighted error plus the share of structural dissimilarity."""
        blurred, clear = batch
        output = self.refined(self.net, blurred)
        loss = self.loss_of(output, clear)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(clear))
        return loss

    def loss_of(self, output: torch.Tensor, clear: torch.Tensor) -> torch.Tensor:
        """Loss of fields in normalised units."""
        error, known = error_of(clear, output)
        loss = weighted_mean(pointwise(error, self.options.loss), self.weight * known)
        if self.options.ssim:
            from torchmetrics.functional.image import structural_similarity_index_measure

            zero = torch.zeros_like(clear)
            alike = structural_similarity_index_measure(
                torch.where(known, output, zero), torch.where(known, clear, zero), data_range=1.0
            )
            loss = loss + self.options.ssim * (1 - alike)
        return loss

    def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
        """Loss and mean square error of the running average."""
        blurred, clear = batch
        output = self.refined(self.average, blurred)
        error, known = error_of(clear, output)
        square = weighted_mean(error.square(), self.weight * known)
        self.log("val_loss", self.loss_of(output, clear), batch_size=len(clear))
        self.log("delay", square, batch_size=len(clear))
