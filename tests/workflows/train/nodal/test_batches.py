"""Batches: what is hidden."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import torch

from tropdsx.nn.lattice import decode_lattice
from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.nodal.batches import (
    estimate,
    estimate_with_coefficients,
    hide,
    hide_neighbours,
    make_batch,
)
from tropdsx.workflows.train.nodal.pairs import make_pair_sets


def test_hiding(fine):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(2, 6))
    alone = hide_neighbours(batch)
    assert (alone.channels[:, 12:18] == 0).all()
    assert (batch.channels[:, 16:18] == 1).all()
    hidden = hide(batch, np.random.default_rng(0), both=1.0, delay=0.0)
    torch.testing.assert_close(hidden.channels, alone.channels)
    lost = hide(batch, np.random.default_rng(0), both=0.0, one=0.0, delay=0.5)
    assert torch.isnan(lost.residual).any(-1).any(-1).any(-1).any(0).sum() == 1


def test_mixed_precision_is_for_the_convolutions_alone(fine):
    batch = make_batch(make_pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 1))
    torch.manual_seed(0)
    net = NodalNet(width=8, blocks=1)
    torch.nn.init.normal_(net.head.weight, std=0.2)
    with torch.no_grad():
        exact = estimate(net, batch)[0]
        with torch.autocast("cpu", torch.bfloat16):
            (mean, sigma), coefficients = estimate_with_coefficients(net, batch)
        assert mean.dtype == sigma.dtype == torch.float32
        assert 0 < (mean - exact).abs().max() < 0.05 * exact.abs().max()
        torch.testing.assert_close(mean, decode_lattice(net, coefficients, batch.lattice)[0])
