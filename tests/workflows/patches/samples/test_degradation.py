"""Spoilt conditions and turned samples."""

import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.samples.degradation import (
    Degradation,
    Sample,
    blur,
    degrade,
    flip,
    roll_longitude,
    rotate,
)
from tropdsx.workflows.patches.samples.masks import generator_of

ALL = Degradation(offset=2.0, scale=0.1, speckle=0.01, dropout=0.5, blur=1.0)


def test_moments_of_many_draws():
    """Uniform: variance (2a)^2/12; speckle: of each cell; dropout: share of samples."""
    field = np.full((1, 4), 10.0)
    draws = range(10_000)

    def spoilt(**how):
        how = Degradation(**how)
        return np.stack(
            [degrade(field, how, generator_of(1, str(n)), split="train") for n in draws]
        )

    offset = spoilt(offset=2.0) - 10.0
    assert np.ptp(offset, axis=-1).max() == 0
    assert abs(offset.mean()) < 4 * 2 / 3**0.5 / 100
    assert offset.std() == pytest.approx(2 / 3**0.5, rel=0.02)
    assert abs(offset).max() <= 2
    scale = spoilt(scale=0.3) / 10.0
    assert scale.std() == pytest.approx(0.3 / 3**0.5, rel=0.02)
    speckle = spoilt(speckle=0.01) / 10.0
    assert speckle.std(ddof=1) == pytest.approx(0.01, rel=0.02)
    assert abs(speckle.mean() - 1) < 1e-4
    lost = np.isnan(spoilt(dropout=0.3)).all(axis=(1, 2))
    assert lost.mean() == pytest.approx(0.3, abs=0.02)


def test_validation_is_the_same_with_and_without():
    field = np.random.default_rng(0).normal(size=(8, 8)).astype("f4")
    for split in ("val", "test"):
        for sample in map(str, range(50)):
            out = degrade(field, ALL, generator_of(1, sample), split=split)
            assert out.tobytes() == field.tobytes()
    assert (
        degrade(field, Degradation(offset=1), generator_of(1, "0"), split="train") != field
    ).all()


def test_nothing_is_done_by_default_and_gaps_stay():
    field = np.random.default_rng(0).normal(size=(3, 9, 9)).astype("f4")
    field[:, 2:4, 5] = np.nan
    same = degrade(field, Degradation(), generator_of(1, "a"), split="train")
    np.testing.assert_array_equal(same, field)
    how = Degradation(offset=1.0, scale=0.1, speckle=0.1, blur=1.5)
    out = degrade(field, how, generator_of(1, "a"), split="train")
    np.testing.assert_array_equal(np.isnan(out), np.isnan(field))
    assert out.dtype == field.dtype


def test_blur_takes_nothing_from_gaps():
    field = np.full((16, 16), 7.0)
    field[4:9, 4:9] = np.nan
    out = blur(field, 2.0)
    np.testing.assert_allclose(out[np.isfinite(field)], 7.0, rtol=1e-12)
    spike = np.zeros((33, 33))
    spike[16, 16] = 1.0
    assert blur(spike, 2.0).sum() == pytest.approx(1.0, abs=1e-3)
    assert (blur(spike, 2.0) * (np.arange(33) - 16) ** 2).sum() == pytest.approx(4.0, rel=0.02)


@pytest.mark.parametrize("wrong", [{"dropout": 1.5}, {"offset": -1.0}, {"blur": np.nan}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(DomainError, match="accepted are numbers from 0"):
        Degradation(**wrong)


def sample(lon):
    """A field of its own coordinates, with a mask."""
    lat = np.array([20.0, 10.0, 0.0])
    field = lat[:, None] * 1000 + lon
    return Sample((np.stack([field, -field]), field > 10_000), lat, lon)


def holds_together(turned):
    lat, lon = turned.lat, turned.lon
    lat = lat[:, None] if lat.ndim == 1 else lat
    np.testing.assert_array_equal(turned.fields[0][0], lat * 1000 + lon)
    np.testing.assert_array_equal(turned.fields[1], turned.fields[0][0] > 10_000)


@pytest.mark.parametrize("columns", [1, 5, -3, 12])
def test_a_roll_takes_its_longitudes_along(columns):
    before = sample(np.arange(0.0, 360.0, 30.0))
    after = roll_longitude(before, columns)
    holds_together(after)
    assert (after.lon[columns % 12]) == 0
    holds_together(roll_longitude(after, 2))


def test_a_region_does_not_roll():
    with pytest.raises(DomainError, match="do not go round the globe"):
        roll_longitude(sample(np.arange(0.0, 180.0, 30.0)), 1)


@pytest.mark.parametrize(
    "turn", [{"rows": True}, {"columns": True}, {"rows": True, "columns": True}]
)
def test_flips_take_coordinates_and_masks_along(turn):
    before = sample(np.array([350.0, 0.0, 10.0]))
    holds_together(flip(before, **turn))
    holds_together(flip(rotate(before, 1), **turn))
    back = flip(flip(before, **turn), **turn)
    np.testing.assert_array_equal(back.fields[0], before.fields[0])


@pytest.mark.parametrize("quarters", [1, 2, 3, 4])
def test_rotations_take_coordinates_and_masks_along(quarters):
    turned = rotate(sample(np.array([350.0, 0.0, 10.0, 20.0])), quarters)
    holds_together(turned)
    assert turned.fields[1].shape == ((4, 3) if quarters % 2 else (3, 4))
