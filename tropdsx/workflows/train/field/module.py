"""One step of training a U-Net on fields."""

from __future__ import annotations

import torch

from tropdsx.nn.losses import error_of, pointwise, weighted_mean
from tropdsx.nn.unet import UNet
from tropdsx.workflows.train.averaged import Averaged
from tropdsx.workflows.train.field.options import FieldOptions

__all__ = ["FieldTraining"]


class FieldTraining(Averaged):
    """Train a UNet on fields of the fine grid, as TropDS does.

    Parameters
    ----------
    net : UNet
        Network on normalised fields.
    options : FieldOptions
        As `Averaged`, with loss, ssim.
    weight : torch.Tensor
        Loss weight of each cell, (lat, lon) [1]; 0 where frozen.
    frozen : torch.Tensor
        Cells where the output is the input, (lat, lon) bool.

    Examples
    --------
    >>> frozen = torch.eye(32, dtype=torch.bool)
    >>> module = FieldTraining(UNet(width=1), FieldOptions(), 1.0 - frozen.float(), frozen)
    >>> coarse = torch.rand(2, 1, 32, 32)
    >>> bool((module.refine(module.net, coarse)[..., frozen] == coarse[..., frozen]).all())
    True
    """

    options: FieldOptions
    weight: torch.Tensor
    frozen: torch.Tensor

    def __init__(
        self, net: UNet, options: FieldOptions, weight: torch.Tensor, frozen: torch.Tensor
    ) -> None:
        super().__init__(net, options)
        self.register_buffer("weight", weight.float())
        self.register_buffer("frozen", frozen)

    def refine(self, net: torch.nn.Module, coarse: torch.Tensor) -> torch.Tensor:
        """Apply a network; where frozen the output is the input.

        Parameters
        ----------
        net : torch.nn.Module
            The network that is trained, or its running average.
        coarse : torch.Tensor
            Normalised fields, (N, 1, lat, lon) [1].

        Returns
        -------
        torch.Tensor
            The same shape [1].
        """
        return torch.where(self.frozen, coarse[:, :1], net(coarse))

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        """Weighted error plus the share of structural dissimilarity."""
        coarse, fine = batch
        output = self.refine(self.net, coarse)
        loss = self.loss_of(output, fine)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(fine))
        return loss

    def loss_of(self, output: torch.Tensor, fine: torch.Tensor) -> torch.Tensor:
        """Compare output and truth.

        Parameters
        ----------
        output, fine : torch.Tensor
            Normalised fields, (N, 1, lat, lon) [1].

        Returns
        -------
        torch.Tensor
            One number [1].
        """
        error, known = error_of(fine, output)
        loss = weighted_mean(pointwise(error, self.options.loss), self.weight * known)
        if self.options.ssim:
            from torchmetrics.functional.image import structural_similarity_index_measure

            zero = torch.zeros_like(fine)
            alike = structural_similarity_index_measure(
                torch.where(known, output, zero), torch.where(known, fine, zero), data_range=1.0
            )
            # Told apart for mypy: a tuple is returned where the whole map is asked for.
            similarity = alike if isinstance(alike, torch.Tensor) else alike[0]
            loss = loss + self.options.ssim * (1 - similarity)
        return loss

    def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
        """Loss and mean square error of the running average."""
        coarse, fine = batch
        output = self.refine(self.average, coarse)
        error, known = error_of(fine, output)
        square = weighted_mean(error.square(), self.weight * known)
        self.log("val_loss", self.loss_of(output, fine), batch_size=len(fine))
        self.log("delay", square, batch_size=len(fine))
