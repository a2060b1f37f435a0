import numpy as np

from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.train.diffusion.lessons import Lessons, StationSet

FLAT = np.zeros((2, 3))


def test_a_scene_is_what_one_set_tells_of_one_epoch():
    setting = Setting(np.array([60.0, 0.0]), np.arange(3.0), FLAT, FLAT, FLAT, FLAT + 1)
    zwd = np.full((2, 2, 3), 0.1, np.float32)
    zwd[1, 0, 0] = np.nan
    seen = np.array([[0.01, np.nan], [0.02, 0.0]], np.float32)
    own = StationSet(np.array([1, 5]), seen, zwd * 0, FLAT + 0.02, FLAT == 0)
    lessons = Lessons(np.arange(2).astype("M8[h]"), setting, zwd, zwd * 0, FLAT == 0, [own])
    one, two = (lessons.scene(epoch, 0) for epoch in (0, 1))
    assert np.isfinite(one.residual).sum() == 1
    assert two.residual[1, 2] == 0.0
    assert one.known.all()
    assert not two.known[0, 0]
    np.testing.assert_allclose(lessons.area, [[0.5] * 3, [1.0] * 3])
