"""Lightning modules: what one training step does, for the nodal network and for fields."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import lightning as L  # noqa: N812  (its documentation's name)
import torch

from tropdsx.nn.lattice import decode_lattice
from tropdsx.nn.losses import (
    error_of,
    gaussian_nll,
    laplace_nll,
    pointwise,
    weighted_mean,
)
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.optim import Muon, groups_of
from tropdsx.nn.unet import UNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.batches import Batch, single_epoch

if TYPE_CHECKING:
    from tropdsx.workflows.train.nodal.teacher import Teacher

__all__ = ["FieldTraining", "NodalTraining", "estimate", "weight_by"]

#: [m] usual errors of the first guess (zhd, zwd): losses of the two delays become comparable.
USUAL_ERROR = (0.0015, 0.015)
ZHD_SHARE, NLL_SHARE, SIGMA_FLOOR = 0.3, 0.02, 2e-4
#: Least and most of the usual error that sigma may be where it weighs errors. [1]
SIGMA_RANGE = (0.2, 4.0)


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


def estimate(net: NodalNet, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Correction and sigma at all targets of a batch, (N, 2, Q, lat - 1, lon) [m]."""
    channels = batch.channels.contiguous(memory_format=torch.channels_last)
    coefficients = net.trunk(channels, batch.scales, batch.edges)
    return decode_lattice(net, coefficients, batch.lattice)


class NodalTraining(Averaged):
    """Train a NodalNet on batches of pairs; validate the running average.

    Parameters
    ----------
    net : NodalNet
        Network to train. [1]
    options : TrainOptions
        As `Averaged`, with loss, sigma, without. [1]
    teacher : Teacher, optional
        Learned from beside the truth. [1]
    """

    def __init__(self, net: NodalNet, options: Any, teacher: Teacher | None = None) -> None:
        super().__init__(net, options)
        self.teacher = teacher
        self.unseen = [CHANNELS.index(name) for name in options.without]
        # A channel whose weights are zero and get no gradient is not there.
        with torch.no_grad():
            for member in (*self.net.members, *self.average.members):
                member.stem.conv.weight[:, self.unseen] = 0.0

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Keep the weights of unseen channels at zero."""
        del optimizer
        for member in self.net.members:
            grad = member.stem.conv.weight.grad
            if self.unseen and grad is not None:
                grad[:, self.unseen] = 0.0

    def training_step(self, batch: Batch, _: int) -> torch.Tensor:
        """Loss of one batch: each member learns by itself, or they would err together."""
        count = len(self.net.members)
        for_single = single_epoch(batch) if self.net.config["experts"] else batch
        target = batch.residual if self.teacher is None else self.teacher.target(batch)
        losses = [self._loss_of(self.net.alone(k), batch if k % 2 else for_single, target)
                  for k in range(count)]  # fmt: skip
        loss, total = (torch.stack(each).mean() for each in zip(*losses, strict=True))
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.channels))
        # The sum: the gradient of a member is that of training it alone.
        return total * count

    def _loss_of(
        self, net: NodalNet, batch: Batch, target: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Area-weighted error of both delays; the same with the fit of sigma."""
        mean, sigma = estimate(net, batch)
        error, known = error_of(target, mean)
        usual = error.new_tensor(USUAL_ERROR)[:, None, None, None]
        share = error.new_tensor((ZHD_SHARE, 1.0))[:, None, None, None]
        weight = batch.weight * known
        # The mean over all targets, known or not: a batch with few known ones counts less.
        area = batch.weight.expand_as(error[:, :1]).sum()
        trust = weight_by(sigma.detach() + SIGMA_FLOOR, weight, usual, self.options.weigh_by_sigma)
        loss = (trust * share * pointwise(error / usual, self.options.loss)).sum() / area
        nll = gaussian_nll if self.options.sigma == "gaussian" else laplace_nll
        # Sigma may weigh the errors that the mean is learned from, but its own fit does not touch
        # the mean; it watches the truth.
        missed = error_of(batch.residual, mean.detach())[0]
        spread = weight * nll(missed, sigma + SIGMA_FLOOR)
        return loss.detach(), loss + NLL_SHARE * spread.sum() / area

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        """Mean square errors of the running average, with and without neighbours."""
        for label, seen in (("", single_epoch(batch)), ("_with_neighbours", batch)):
            mean, _ = estimate(self.average, seen)
            error, known = error_of(batch.residual, mean)
            square = weighted_mean(error.square(), batch.weight * known, (0, 2, 3, 4))
            for name, value in zip(("zhd", "zwd"), square, strict=True):
                self.log(f"{name}{label}", value, batch_size=len(error))
            if not label:
                usual = error.new_tensor(USUAL_ERROR)
                share = error.new_tensor((ZHD_SHARE, 1.0))
                self.losses.append((share * square / usual**2).sum())

    def on_validation_epoch_start(self) -> None:
        """Forget the losses of the last validation."""
        self.losses: list[torch.Tensor] = []

    def on_validation_epoch_end(self) -> None:
        """One loss over all validation sets."""
        self.log("val_loss", torch.stack(self.losses).mean())


def weight_by(
    sigma: torch.Tensor, weight: torch.Tensor, usual: torch.Tensor, exponent: float
) -> torch.Tensor:
    """Weigh errors less where they are expected to be large.

    The error that is left differs several-fold between places. Estimates from few
    data have least variance where each error counts by its own inverse variance (exponent 2); 1 is
    a compromise with the mean square error that scores are made of (Seitzer et al. 2022, "On the
    pitfalls of heteroscedastic uncertainty estimation", ICLR, arXiv:2203.09168, eq. 5).

    Parameters
    ----------
    sigma : torch.Tensor
        Expected error, (N, 2, Q, lat, lon). [m]
    weight : torch.Tensor
        Weight without it, 0 where the truth is unknown, the same shape. [1]
    usual : torch.Tensor
        Usual error of each delay, to be broadcast; sigma is kept within `SIGMA_RANGE` of it. [m]
    exponent : float
        Of the inverse sigma; 0 leaves the weight as it is. [1]

    Returns
    -------
    torch.Tensor
        Weight; its sum over the targets of each delay is that of `weight`. [1]

    Examples
    --------
    >>> sigma = torch.tensor([1.0, 4.0]).reshape(1, 1, 1, 1, 2)
    >>> one = torch.ones(1)
    >>> weight_by(sigma, torch.ones_like(sigma), one, 1.0).flatten()
    tensor([1.6000, 0.4000])
    >>> weight_by(sigma, torch.ones_like(sigma), one, 0.0).flatten()
    tensor([1., 1.])
    """
    if not exponent:
        return weight
    low, high = SIGMA_RANGE
    inverse = (usual / sigma.clamp(low * usual, high * usual)) ** exponent
    over = (0, 2, 3, 4)
    before, after = ((weight * by).sum(over, keepdim=True) for by in (1.0, inverse))
    return weight * inverse * before / after.clamp(min=torch.finfo(after.dtype).tiny)


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
