"""One step of training the nodal network."""

from __future__ import annotations

import copy

import numpy as np
import torch

from tropdsx.cf.quantities import DELAYS
from tropdsx.nn.cells.bounds import look
from tropdsx.nn.losses import (
    error_of,
    gaussian_nll,
    laplace_nll,
    pointwise,
    weighted_mean,
)
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import is_informed
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.averaged import Averaged
from tropdsx.workflows.train.nodal.batches import (
    Batch,
    estimate,
    estimate_with_coefficients,
    hide_neighbours,
)
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.teacher import Teacher

__all__ = ["NodalTraining", "weight_by"]

#: Usual errors of the first guess (zhd, zwd) [m]: losses of the two delays become comparable.
USUAL_ERROR = (0.0015, 0.015)
ZHD_SHARE, NLL_SHARE, SIGMA_FLOOR = 0.3, 0.02, 2e-4
#: Least and most of the usual error that sigma may be where it weighs errors [1].
SIGMA_RANGE = (0.2, 4.0)
#: Stream of the random numbers that tell which batches without neighbours the experts share.
ALONE = 1


class NodalTraining(Averaged):
    """Train a NodalNet on batches of pairs; validate the running average.

    Parameters
    ----------
    net : NodalNet
        Network to train.
    options : NodalOptions
        As `Averaged`, with loss, sigma, without.
    teacher : Teacher, optional
        Learned from beside the truth.

    Examples
    --------
    >>> module = NodalTraining(NodalNet(width=4, blocks=1), NodalOptions(without=("sin_lat",)))
    >>> bool(module.net.stem.conv.weight[:, CHANNELS.index("sin_lat")].any())
    False
    """

    net: NodalNet
    average: NodalNet
    options: NodalOptions

    def __init__(
        self, net: NodalNet, options: NodalOptions, teacher: Teacher | None = None
    ) -> None:
        super().__init__(net, options)
        self.teacher = teacher
        parts = net.state_dict() if options.keep_start else {}
        self.origin = {name: value.clone() for name, value in parts.items()}
        self.unseen = [CHANNELS.index(name) for name in options.without]
        # A channel whose weights are zero and get no gradient is not there.
        with torch.no_grad():
            for member in (*self.net.members, *self.average.members):
                member.stem.conv.weight[:, self.unseen] = 0.0

    def kept(self) -> NodalNet:
        """Return the running average, moved towards the weights that training began from.

        Returns
        -------
        NodalNet
            By the share `keep_start` of the options; the running average itself where that is 0.

        Examples
        --------
        >>> module = NodalTraining(NodalNet(width=4, blocks=1), NodalOptions())
        >>> module.kept() is module.average
        True
        """
        if not self.origin:
            return self.average
        net = copy.deepcopy(self.average)
        weights = dict(net.named_parameters())
        with torch.no_grad():
            for name, value in weights.items():
                value.lerp_(self.origin[name].to(value.device), self.options.keep_start)
        return net

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Keep the weights of unseen channels at zero."""
        del optimizer
        for member in self.net.members:
            grad = member.stem.conv.weight.grad
            if self.unseen and grad is not None:
                grad[:, self.unseen] = 0.0

    def training_step(self, batch: Batch, _: int) -> torch.Tensor:
        """Loss of one batch: each member learns by itself, or they would err together."""
        for_single = hide_neighbours(batch) if self.net.config["experts"] else batch
        target = batch.residual if self.teacher is None else self.teacher.target(batch)
        losses = [
            self._loss_of(self.net.pick_member(k), batch if k % 2 else for_single, target)
            for k in self._learners(batch)
        ]
        loss, total = (torch.stack(each) for each in zip(*losses, strict=True))
        size = len(batch.channels)
        self.log("train_loss", loss.mean(), on_step=False, on_epoch=True, batch_size=size)
        # The sum: the gradient of a member is that of training it alone.
        return total.sum()

    def _learners(self, batch: Batch) -> range:
        """Members that learn from a batch; the others do not move in this step."""
        count, share = len(self.net.members), self.options.alone
        if not self.net.config["experts"] or share == 1 or is_informed(batch.channels).any():
            return range(count)
        # The same whenever the step is run.
        drawn = np.random.default_rng([self.options.seed, self.global_step, ALONE]).random()
        return range(count) if drawn < share else range(0, count, 2)

    def _loss_of(
        self, net: NodalNet, batch: Batch, target: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Area-weighted error of both delays; the same with the fit of sigma."""
        (mean, sigma), coefficients = estimate_with_coefficients(net, batch)
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
        fit = loss + NLL_SHARE * spread.sum() / area
        if self.options.height_decay > 0:
            # Over sea no target tells of the height functions: nothing else keeps them small there.
            # Their values: small coefficients of large functions are no less steep.
            slope = coefficients.slope / coefficients.scale.unsqueeze(2).clamp(min=1e-6)
            steep = look(slope, lambda offset: net.functions("slope", offset))
            fit = fit + self.options.height_decay * steep.square().mean()
        return loss.detach(), fit

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        """Mean square errors of the running average, with and without neighbours."""
        for label, seen in (("", hide_neighbours(batch)), ("_with_neighbours", batch)):
            mean = estimate(self.average, seen)[0]
            error, known = error_of(batch.residual, mean)
            square = weighted_mean(error.square(), batch.weight * known, (0, 2, 3, 4))
            for name, value in zip(DELAYS, square, strict=True):
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
        Expected error, (N, 2, Q, lat, lon) [m].
    weight : torch.Tensor
        Weight without it, 0 where the truth is unknown, the same shape [1].
    usual : torch.Tensor
        Usual error of each delay, to be broadcast [m]; sigma is kept within `SIGMA_RANGE` of it.
    exponent : float
        Of the inverse sigma; 0 leaves the weight as it is.

    Returns
    -------
    torch.Tensor
        Weight; its sum over the targets of each delay is that of `weight` [1].

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
