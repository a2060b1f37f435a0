"""One step of training the learned mean, or the diffusion of what it leaves."""

from __future__ import annotations

import torch

from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.nn.diffusion.schedules import signal_share
from tropdsx.nn.losses import error_of, gaussian_nll, pointwise, weighted_mean
from tropdsx.workflows.reconstruct.diffusion.condition import CHANNELS
from tropdsx.workflows.train.averaged import Averaged
from tropdsx.workflows.train.diffusion.batches import Sample
from tropdsx.workflows.train.diffusion.options import DiffusionOptions

__all__ = ["SIGMA_SHARE", "DiffusionTraining"]

#: Weight of the likelihood of sigma beside the error of the mean.
SIGMA_SHARE = 0.1
_KNOWN = slice(CHANNELS.index("known"), CHANNELS.index("known") + 1)


class DiffusionTraining(Averaged):
    """Train a `ReconstructionNet`: its mean, or its diffusion with the mean held.

    Parameters
    ----------
    net : ReconstructionNet
        Network.
    options : DiffusionOptions
        Which part, and how.

    Examples
    --------
    >>> module = DiffusionTraining(ReconstructionNet(13, width=8), DiffusionOptions())
    >>> bool(module.share[0] > module.share[-1])
    True
    """

    options: DiffusionOptions
    net: ReconstructionNet
    average: ReconstructionNet
    share: torch.Tensor

    def __init__(self, net: ReconstructionNet, options: DiffusionOptions) -> None:
        super().__init__(net, options)
        share = torch.from_numpy(signal_share(options.schedule)).float()
        self.register_buffer("share", share)

    def loss_of(self, net: ReconstructionNet, sample: Sample) -> torch.Tensor:
        """Compare a network with the truth; what is not known has no gradient.

        Parameters
        ----------
        net : ReconstructionNet
            The one that is trained, or its running average.
        sample : Sample
            A batch.

        Returns
        -------
        torch.Tensor
            One number [1].
        """
        return (self._mean_loss if net.residual is None else self._residual_loss)(net, sample)

    def _mean_loss(self, net: ReconstructionNet, sample: Sample) -> torch.Tensor:
        mean, sigma = net.estimate(sample.condition, sample.expected)
        error, known = error_of(sample.truth, mean)
        square, area = sample.weight[:, :1] * known, sample.weight[:, 1:] * known
        # The mean learns from the error alone: sigma must not tell it where to err.
        likelihood = gaussian_nll(error.detach(), torch.where(known, sigma, torch.ones_like(sigma)))
        loss = weighted_mean(pointwise(error, self.options.loss), square)
        return loss + SIGMA_SHARE * weighted_mean(likelihood, area)

    def _residual_loss(self, net: ReconstructionNet, sample: Sample) -> torch.Tensor:
        with torch.no_grad():
            mean, sigma = net.estimate(sample.condition, sample.expected)
        known = torch.isfinite(sample.truth)
        filled = torch.where(known, (sample.truth - mean) / sigma, sample.noise[:, 1:])
        share, noise = self.share[sample.step][:, None, None, None], sample.noise[:, :1]
        shown = filled
        if self.options.objective == "ambient":  # what is hidden is hidden below the noise, too
            shown = torch.where(sample.condition[:, _KNOWN] > 0, filled, sample.noise[:, 1:])
        noisy = share.sqrt() * shown + (1 - share).sqrt() * noise
        said = net.look(noisy, sample.step, sample.condition, (mean, sigma), sample.film)
        wanted = filled if self.options.prediction == "x0" else noise
        error, known = error_of(torch.where(known, wanted, torch.nan), said)
        return weighted_mean(pointwise(error, self.options.loss), sample.weight[:, 1:] * known)

    def training_step(self, batch: Sample, _: int) -> torch.Tensor:
        """Loss of the network."""
        loss = self.loss_of(self.net, batch)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.step))
        return loss

    def validation_step(self, batch: Sample, _: int) -> None:
        """Loss of the running average."""
        self.log("val_loss", self.loss_of(self.average, batch), batch_size=len(batch.step))
