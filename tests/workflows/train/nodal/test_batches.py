"""Batches: what is hidden."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import torch

from tropdsx.workflows.train.nodal.batches import hide, hide_neighbours, make_batch
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
