"""Fine fields made of medium-scale ones."""

import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.workflows.train.texture import resample


def test_texture_is_exact_for_long_waves():
    lat, lon = np.arange(90, -91, -2.0), np.arange(0, 360, 2.5)

    def wave(lat, lon):
        return np.sin(np.radians(lat))[:, None] ** 2 + np.cos(np.radians(lat))[:, None] * np.cos(
            np.radians(lon)
        )

    found = resample(wave(lat, lon)[None])[0]
    expected = wave(89.5 - np.arange(180), 0.5 + np.arange(360))
    np.testing.assert_allclose(found, expected, atol=1e-5)
