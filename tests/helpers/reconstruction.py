"""Networks for reconstructions that were never trained, and what their cards say."""

import torch

from tropdsx.nn.checkpoint import save
from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.workflows.reconstruct.diffusion.condition import CHANNELS
from tropdsx.workflows.reconstruct.oi.covariance import Covariance

CARD = {
    "model_id": "untrained",
    "statistics": {
        "residual": 0.01,
        "field": 0.12,
        "field_spread": 0.05,
        "orography": 300.0,
        "orography_spread": 300.0,
        "lifted_spread": 100.0,
    },
    "covariance": vars(Covariance()),
    "steps_of_grids": {"coarse": [2.0, 2.5], "fine": [1.0, 1.0]},
    "window": 12,
    "objective": "complete",
    "schedule": "cosine",
    "prediction": "x0",
}


def make_model(path, *, residual=8, size=0.05, **card):
    """Write a checkpoint whose mean is off by about `size`; zero for optimal interpolation."""
    torch.manual_seed(0)
    net = ReconstructionNet(len(CHANNELS), width=8, residual_width=residual)
    torch.nn.init.normal_(net.mean.out.weight, std=size)
    return save(path, net, CARD | card)
