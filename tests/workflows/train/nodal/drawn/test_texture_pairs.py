"""Pairs drawn from a texture."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.batches import estimate, make_batch
from tropdsx.workflows.train.nodal.drawn.texture_pairs import draw_texture_pair
from tropdsx.workflows.train.nodal.drawn.warping import Warping
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


def test_bent_epochs_keep_their_neighbours(fine):
    """Both sides are bent as the epoch is: a change that is the same everywhere stays so."""
    target = delays(89.5 - np.arange(180.0), 0.5 + np.arange(360.0), 1)
    texture = make_texture(fine, target)
    base, time = texture.zwd[:1], np.arange(3, dtype=np.float32)[:, None, None]
    quiet = texture._replace(
        zwd=base + 0.01 * time,
        zhd=np.repeat(texture.zhd[:1], 3, 0),
        orography=0 * texture.orography,
        noise=0 * texture.noise[:1],
        before=np.array([-1, 0, 1]),
        after=np.array([1, 2, -1]),
    )
    rng, seen = np.random.default_rng(1), set()
    for _ in range(8):
        pairs = draw_texture_pair(quiet, 5, rng, warping=Warping(1.0))
        assert np.nanmax(np.abs(pairs.residual[:, :, 0])) < 1e-6
        channels = dict(zip(CHANNELS, pairs.channels[0], strict=True))
        for side, change in (("before", -0.01), ("after", 0.01)):
            known = bool(channels[f"has_{side}"].all())
            seen.add((side, known))
            if known:
                found = channels[f"zwd_{side}"] * pairs.scales[0, 1]
                np.testing.assert_allclose(found, change, atol=2e-5)
    assert len(seen) == 4  # each side was there once, and not there once
    plain = draw_texture_pair(quiet, 5, np.random.default_rng(1))
    assert not np.allclose(plain.channels[0, 0], pairs.channels[0, 0], atol=0.05)
