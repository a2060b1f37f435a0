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
    times = np.arange(2).astype("M8[h]")
    lessons = Lessons(times, setting, zwd, zwd * 0, zwd * 0, FLAT == 0, [own])
    one, two = (lessons.scene(epoch, 0) for epoch in (0, 1))
    assert np.isfinite(one.residual).sum() == 1
    assert two.residual[1, 2] == 0.0
    assert one.known.all()
    assert not two.known[0, 0]
    np.testing.assert_allclose(lessons.area, [[0.5] * 3, [1.0] * 3])


def test_what_a_set_smooths_and_what_fields_lack_is_in_the_truth():
    setting = Setting(np.array([60.0, 0.0]), np.arange(3.0), FLAT, FLAT, FLAT, FLAT + 2)
    zwd, residual = np.full((1, 2, 3), 0.1, np.float32), np.full((1, 2, 3), 0.01, np.float32)
    away = np.full((1, 2, 3), -0.02, np.float32)
    away[0, 1, 2] = -0.4
    seen = np.full((1, 3), 0.01, np.float32)
    nodes = np.array([1, 1, 5])
    plain = StationSet(nodes, seen, zwd * 0, FLAT + 0.02, FLAT == 0)
    share, lacking = np.full((2, 3), 0.5, np.float32), np.full((1, 2, 3), 0.003, np.float16)
    real = StationSet(nodes, seen, zwd * 0, FLAT + 0.02, FLAT == 0, share, lacking)
    time = np.arange(1).astype("M8[h]")
    lessons = Lessons(time, setting, zwd, residual, away, FLAT == 0, [plain, real])
    np.testing.assert_array_equal(lessons.truth(0, 0), residual[0])
    np.testing.assert_array_equal(lessons.scene(0, 0).zwd, zwd[0])
    # Half of the change goes from the truth to the background, which stays above zero.
    np.testing.assert_allclose(lessons.truth(0, 1)[0], 0.01 + 0.005 + 0.003, atol=1e-5)
    np.testing.assert_allclose(lessons.scene(0, 1).zwd[0], 0.09, rtol=1e-6)
    assert lessons.scene(0, 1).zwd[1, 2] == 0.0
    # Stations of one node are averaged.
    assert np.isfinite(lessons.scene(0, 1).residual).sum() == 2
