"""A nodal network with random weights, and fields for it."""

import numpy as np
import pytest
import torch

from tropdsx.nn.nodal import NodalNet


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    net = NodalNet(width=12, blocks=2, places=6, slopes=2, spreads=3).eval()
    torch.nn.init.normal_(net.head.weight, std=0.3)
    return net


@pytest.fixture(scope="module")
def fields():
    rng = np.random.default_rng(1)
    height = np.abs(rng.normal(size=(36, 72))) * 800
    return 2.2 + 0.05 * rng.normal(size=(2, 36, 72)), 0.1 + 0.02 * rng.random((2, 36, 72)), height
