import numpy as np
import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.workflows.reconstruct.diffusion.condition import CHANNELS
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics
from tropdsx.workflows.train.diffusion.batches import (
    LessonWindows,
    Where,
    cut_setting,
    validation_windows,
)
from tropdsx.workflows.train.diffusion.data import gather_lessons

from helpers.training import small

UNITS = Statistics(0.01, 0.1, 0.1, 300.0, 600.0, 200.0)
OPTIONS = small("diffusion", window=12)


@pytest.fixture(scope="module")
def lessons(fine):
    return gather_lessons(fine, OPTIONS)[0][0]


def test_a_number_gives_the_same_window_always(lessons):
    one, two = (LessonWindows([lessons], UNITS, OPTIONS) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one[7], two[7], strict=True))
    assert not torch.equal(one[7].noise, one[8].noise)


def test_a_window_crosses_the_first_meridian(lessons):
    here = LessonWindows([lessons], UNITS, OPTIONS, [Where(0, 2, 0, 5, 44, False)])[0]
    columns = np.arange(44, 56) % 48
    truth = lessons.residual[2][np.ix_(np.arange(5, 17), columns)]
    truth = truth - lessons.sets[0].increment[2][np.ix_(np.arange(5, 17), columns)]
    np.testing.assert_allclose(here.truth[0], truth / UNITS.residual, rtol=1e-5)
    setting = cut_setting(lessons.setting, np.arange(5, 17), columns)
    np.testing.assert_allclose(np.diff(setting.lon), 7.5)
    middle = np.radians(setting.lon.mean())
    north = np.cos(np.radians(setting.lat.mean()))
    assert here.film[0] == pytest.approx(north * np.cos(middle), abs=1e-5)


def test_the_other_hemisphere_is_half_a_year_away(lessons):
    plain, turned = (
        LessonWindows([lessons], UNITS, OPTIONS, [Where(0, 0, 0, 3, 9, flip)])[0]
        for flip in (False, True)
    )
    rows = turned.condition.flip(1)
    for number, name in enumerate(CHANNELS):
        sign = -1 if name in ("sin_lat", "season_sin", "season_cos") else 1
        torch.testing.assert_close(rows[number], sign * plain.condition[number])
    torch.testing.assert_close(turned.truth.flip(1), plain.truth)
    assert turned.film[2] == -plain.film[2]


def test_validation_windows_stay_the_same(lessons):
    one = validation_windows(lessons, OPTIONS, 20)
    assert one == validation_windows(lessons, OPTIONS, 20)
    assert len({where.epoch for where in one}) > 3
    assert not any(where.flip for where in one)
