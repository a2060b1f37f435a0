"""Pairs drawn from a texture."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.nodal.batches import estimate, make_batch
from tropdsx.workflows.train.nodal.drawn.texture_pairs import draw_texture_pair
from tropdsx.workflows.train.texture import make_texture

from helpers.fields import delays


@pytest.mark.parametrize("step", [2, 5, 6])
def test_texture_pairs(fine, step):
    target = delays(89.5 - np.arange(180.0), 0.5 + np.arange(360.0), 1)
    texture = make_texture(fine, target)
    pairs = draw_texture_pair(texture, step, np.random.default_rng(0))
    assert np.nanmax(np.abs(pairs.residual[:, :, 0])) < 1e-6
    assert pairs.channels.shape[2] <= 36
    assert np.isfinite(pairs.channels).all()
    net = NodalNet(width=4, blocks=1)
    mean, _ = estimate(net, make_batch([pairs]))
    assert mean.shape == pairs.residual.shape
