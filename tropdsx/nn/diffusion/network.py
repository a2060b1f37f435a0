"""What a checkpoint of a reconstruction holds: the learned mean, and the diffusion beside it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tropdsx.nn.diffusion.mean import MeanNet
from tropdsx.nn.diffusion.residual import ResidualNet

__all__ = ["ReconstructionNet"]


class ReconstructionNet(nn.Module):
    """Mean and sigma of a field given a condition, and the diffusion of what they leave.

    The constructor arguments are the configuration that a checkpoint stores.

    Parameters
    ----------
    in_channels : int
        Channels of the condition.
    width : int, default 32
        Of the mean, see `MeanNet`.
    residual_width : int, default 0
        Of the diffusion, see `ResidualNet`; 0 for none, which needs no diffusers.

    Examples
    --------
    >>> net = ReconstructionNet(4, width=8)
    >>> mean, sigma = net.estimate(torch.zeros(1, 4, 8, 8), torch.ones(1, 1, 8, 8))
    >>> mean.max().item(), sigma.min().item()
    (0.0, 1.0)
    """

    def __init__(self, in_channels: int, width: int = 32, residual_width: int = 0) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            "in_channels": in_channels,
            "width": width,
            "residual_width": residual_width,
        }
        self.mean = MeanNet(in_channels, width)
        # The residual is conditioned on the mean and the logarithm of its sigma, too.
        self.residual = ResidualNet(in_channels + 2, residual_width) if residual_width else None

    def estimate(
        self, condition: torch.Tensor, expected: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Estimate mean and sigma.

        Parameters
        ----------
        condition : Tensor, shape (N, in_channels, lat, lon)
            Normalised [1].
        expected : Tensor, shape (N, 1, lat, lon)
            Error that was expected beforehand, that of optimal interpolation [1].

        Returns
        -------
        mean, sigma : Tensor, shape (N, 1, lat, lon)
            In units of the residual [1].
        """
        correction, stretch = self.mean(condition)
        return correction, expected * stretch.exp()

    def look(
        self,
        noisy: torch.Tensor,
        steps: torch.Tensor,
        condition: torch.Tensor,
        estimate: tuple[torch.Tensor, torch.Tensor],
        film: torch.Tensor,
    ) -> torch.Tensor:
        """Look through the noise on a residual; see `ResidualNet`.

        Parameters
        ----------
        noisy, steps, condition, film
            See :meth:`ResidualNet.forward`.
        estimate : tuple of Tensor
            Of :meth:`estimate`.

        Returns
        -------
        Tensor, shape (N, 1, lat, lon)
            [1]

        Raises
        ------
        ValueError
            If this network has no diffusion.
        """
        if self.residual is None:
            msg = "this network holds a mean without diffusion"
            raise ValueError(msg)
        mean, sigma = estimate
        whole = torch.cat([condition, mean, sigma.log()], 1)
        return self.residual(noisy, steps, whole, film)
