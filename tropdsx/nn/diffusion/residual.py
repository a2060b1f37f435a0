"""The diffusion of a residual: the U-Net of diffusers, conditioned on fields, place and season."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tropdsx.nn.diffusion.mean import pad_to_multiple
from tropdsx.nn.diffusion.schedules import import_diffusers

__all__ = ["FILM", "ResidualNet"]

#: Numbers that place and season are told by.
FILM = 8


class ResidualNet(nn.Module):
    """Tell the residual from the noise on it.

    Place and season scale and shift the features of every block (FiLM).

    Parameters
    ----------
    in_channels : int
        Channels of the condition.
    width : int, default 32
        Channels of the finest level; the two others have twice as many.

    Raises
    ------
    InputError
        If diffusers is not installed.
    """

    def __init__(self, in_channels: int, width: int = 32) -> None:
        super().__init__()
        self.film = nn.Sequential(
            nn.Linear(FILM, 4 * width), nn.SiLU(), nn.Linear(4 * width, 4 * width)
        )
        self.unet: Any = import_diffusers().UNet2DModel(
            in_channels=1 + in_channels,
            out_channels=1,
            layers_per_block=1,
            block_out_channels=(width, 2 * width, 2 * width),
            down_block_types=("DownBlock2D",) * 3,
            up_block_types=("UpBlock2D",) * 3,
            norm_num_groups=8,
            class_embed_type="identity",
            resnet_time_scale_shift="scale_shift",
            add_attention=False,
        )

    def forward(
        self,
        noisy: torch.Tensor,
        steps: torch.Tensor,
        condition: torch.Tensor,
        film: torch.Tensor,
    ) -> torch.Tensor:
        """Look through the noise.

        Parameters
        ----------
        noisy : Tensor, shape (N, 1, lat, lon)
            Residuals with noise [1].
        steps : Tensor of int, shape (N,)
            How far each is on its way to noise.
        condition : Tensor, shape (N, in_channels, lat, lon)
            Normalised [1].
        film : Tensor, shape (N, 8)
            Place and season [1].

        Returns
        -------
        Tensor, shape (N, 1, lat, lon)
            The residual, or the noise: what it was trained to give [1].
        """
        rows, columns = noisy.shape[-2:]
        joined = pad_to_multiple(torch.cat([noisy, condition], 1), 4)
        found = self.unet(joined, steps, class_labels=self.film(film)).sample
        return found[..., :rows, :columns]
