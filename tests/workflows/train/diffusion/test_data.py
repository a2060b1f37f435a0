import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.workflows.train.diffusion.data import gather_lessons, lessons_of

from helpers.training import small


@pytest.fixture(scope="module")
def lessons(fine):
    return lessons_of(fine.isel(time=slice(0, 3)), (2, 2), (0, 0))[0]


def test_background_and_residual_are_the_truth(fine, lessons):
    scale = lessons.setting.scale
    error = lessons.residual * scale
    assert np.abs(error[:, ~lessons.free]).max() < 1e-6  # nodes of the coarse grid are given
    assert np.abs(error[:, lessons.free]).max() > 1e-3
    assert lessons.free.sum() == 31 * 48 - 16 * 24
    assert not lessons.free[0, 0]


def test_validation_and_training_share_nothing(fine):
    train, valid, facts = gather_lessons(fine, small("diffusion"))
    assert len(train) == 4
    assert not set(train[0].times) & set(valid.times)
    assert all(a.free.sum() <= 31 * 48 - 15 * 24 for a in train)
    assert [np.argwhere(~a.free)[0].tolist() for a in train] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert facts["steps_of_grids"] == {"coarse": [12.0, 15.0], "fine": [6.0, 7.5]}
    assert facts["epochs"]["train"]["count"] == len(train[0].times)
    assert len(valid.sets) == 2
