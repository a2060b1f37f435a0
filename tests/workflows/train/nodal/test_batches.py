"""Batches: what is hidden, and that they follow from the step alone."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import torch

from tropdsx.workflows.train.nodal.batches import hide, hide_neighbours, make_batch
from tropdsx.workflows.train.nodal.lessons import Lessons, Source
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


def test_lessons_depend_on_the_step_alone(fine):
    source = [Source("2x2", 1.0, make_pair_sets(fine, (2, 2), count=2))]
    whole = list(Lessons(source, 3, 0, 6, 2))
    later = list(Lessons(source, 3, 4, 2, 2))
    for one, other in zip(whole[4:], later, strict=True):
        torch.testing.assert_close(one.channels, other.channels)
