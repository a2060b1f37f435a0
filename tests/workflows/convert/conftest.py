"""A network and arrays as TropDS keeps them."""

import numpy as np
import pytest
import torch
from torch import nn

from helpers.tropds import Plain


@pytest.fixture(scope="module")
def plain():
    """A network with seeded weights and statistics as training leaves them."""
    torch.manual_seed(3)
    net = Plain(8)
    net.train()
    with torch.no_grad():
        for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.weight.uniform_(0.7, 1.3)
            norm.bias.normal_(0, 0.1)
        for _ in range(3):
            net(torch.rand(2, 1, 64, 96))
    return net.eval()


@pytest.fixture
def folder(tmp_path, plain):
    torch.save({"model_state_dict": plain.state_dict(), "epoch": 7}, tmp_path / "best_model.pth")
    rng = np.random.default_rng(5)
    blur = rng.uniform(0, 52, (11, 18, 36)).astype(np.float32).repeat(4, 1).repeat(4, 2)
    np.save(tmp_path / "2025_blur.npy", blur)
    np.save(tmp_path / "weight.npy", rng.uniform(0.0, 0.05, (72, 144)).astype(np.float32))
    return tmp_path
