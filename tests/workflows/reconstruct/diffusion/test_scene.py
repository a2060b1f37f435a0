import numpy as np

from tropdsx.workflows.reconstruct.diffusion.scene import Setting


def test_a_globe_closes_and_a_box_does_not():
    flat = np.zeros((3, 36))
    lat, lon = np.array([10.0, 0.0, -10.0]), np.arange(0.0, 360, 10)
    assert Setting(lat, lon, flat, flat, flat, flat).wrap
    box = Setting(lat, lon[:20], *(flat[:, :20],) * 4)
    assert not box.wrap
    assert box.shape == (3, 20)
