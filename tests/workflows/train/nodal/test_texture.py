"""Fine fields made of coarse ones, to learn from as well."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.nodal.batches import estimate, make_batch
from tropdsx.workflows.train.nodal.texture_pairs import draw_texture_pair
from tropdsx.workflows.train.texture import make_texture, resample

from helpers.fields import delays


def test_texture_is_exact_for_long_waves():
    lat, lon = np.arange(90, -91, -2.0), np.arange(0, 360, 2.5)

    def wave(lat, lon):
        return np.sin(np.radians(lat))[:, None] ** 2 + np.cos(np.radians(lat))[:, None] * np.cos(
            np.radians(lon)
        )

    found = resample(wave(lat, lon)[None])[0]
    expected = wave(89.5 - np.arange(180), 0.5 + np.arange(360))
    np.testing.assert_allclose(found, expected, atol=1e-5)


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
