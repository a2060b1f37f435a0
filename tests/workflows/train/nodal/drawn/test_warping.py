"""Fields that are bent smoothly."""

import numpy as np
import pytest

from tropdsx.workflows.train.nodal.drawn.warping import (
    STRAIN,
    Warping,
    draw_displacement,
    find_places,
    take_ground,
)

LAT, LON = 89.5 - np.arange(180.0), 0.5 + np.arange(360.0)


def test_displacements_are_strained_as_told():
    """Standard deviation of the derivatives, away from the poles, over many draws."""
    rng = np.random.default_rng(0)
    slopes = []
    for _ in range(60):
        bent = draw_displacement(LAT, LON, rng)
        slopes.append([np.diff(bent[1], axis=0)[45:135].std(), np.diff(bent[1], axis=1).std()])
    along = np.sqrt((np.square(slopes)).mean(0))
    # A wave of number k has its slope in the two directions together.
    assert np.hypot(*along) == pytest.approx(STRAIN, rel=0.15)


def test_displacements_close_round_the_globe_and_keep_the_poles():
    bent = draw_displacement(
        np.array([90.0, 30.0, -90.0]), np.array([0.0, 10.0, 360.0]), np.random.default_rng(3)
    )
    np.testing.assert_allclose(bent[..., 0], bent[..., -1], atol=1e-9)
    np.testing.assert_allclose(bent[0, [0, 2]], 0, atol=1e-12)
    assert np.abs(bent[:, 1]).min() > 0


def test_a_shift_is_a_shift():
    """One degree to the north and two to the east: the value comes from there."""
    rng = np.random.default_rng(0)
    field = rng.random((180, 360)).astype(np.float32)
    bent = np.stack([np.full((180, 360), 1.0), np.full((180, 360), 2.0)])
    places = find_places((LAT, LON), np.arange(180), np.arange(360), bent)
    found = Warping(1.0).take(("zwd", 0), field, places, wrap=True)
    np.testing.assert_allclose(found[1:], np.roll(field, -2, 1)[:-1], atol=2e-5)
    np.testing.assert_allclose(
        take_ground(field, places)[1:], np.roll(field, -2, 1)[:-1], atol=1e-6
    )


def test_smooth_fields_are_followed_between_nodes():
    bent = draw_displacement(LAT, LON, np.random.default_rng(1))
    places = find_places((LAT, LON), np.arange(180), np.arange(360), bent)

    def wave(lat, lon):
        return 1 + 0.5 * np.sin(np.radians(8 * lon)) * np.cos(np.radians(6 * lat))

    field = wave(LAT[:, None], LON).astype(np.float32)
    truth = wave(np.clip(LAT[:, None] + bent[0], LAT[-1], LAT[0]), LON + bent[1])
    found = Warping(1.0).take(("zwd", 0), field, places, wrap=True)
    inside = (places[0] > 8) & (places[0] < 171)  # a spline needs nodes on both sides
    inside &= truth > field.min()  # nothing is taken below the least node
    assert inside.mean() > 0.8
    assert np.abs(found - truth)[inside].max() < 2e-5


def test_splines_are_kept_by_name_and_epoch():
    warping, places = Warping(1.0), np.array([[[1.0]], [[1.0]]])
    values = np.eye(3, dtype=np.float32)
    first = warping.take(("zwd", 0), values, places, wrap=False)
    assert warping.take(("zwd", 0), 2 * values, places, wrap=False) == pytest.approx(first)
    assert warping.take(("zwd", 1), 2 * values, places, wrap=False) == pytest.approx(2 * first)
    assert warping.take(("zhd", 0), 3 * values, places, wrap=False) == pytest.approx(3 * first)


def test_nothing_falls_below_the_field():
    """A spline swings below a step; a wet delay must not become negative."""
    values = np.zeros((9, 9), np.float32)
    values[4:] = 1.0
    places = np.stack(np.meshgrid(np.linspace(0, 8, 33), np.linspace(0, 8, 33), indexing="ij"))
    assert Warping(1.0).take(("zwd", 0), values, places, wrap=False).min() >= 0.0


@pytest.mark.parametrize(
    ("share", "low", "high"), [(0.0, 0, 0), (0.3, 210, 390), (1.0, 1000, 1000)]
)
def test_how_often(share, low, high):
    rng = np.random.default_rng(0)
    assert low <= sum(Warping(share).wanted(rng) for _ in range(1000)) <= high


def test_a_gap_stays_a_gap():
    values = np.tile(np.arange(9, dtype=np.float32), (9, 1))
    values[4, 4] = np.nan
    places = np.stack(np.meshgrid(np.arange(8) + 0.5, np.arange(8) + 0.5, indexing="ij"))
    found = Warping(1.0).take(("zwd", 0), values, places, wrap=False)
    assert np.isnan(found).sum() == 4
    assert np.isnan(found[3:5, 3:5]).all()
    np.testing.assert_allclose(found[0], np.arange(8) + 0.5, rtol=1e-6)
