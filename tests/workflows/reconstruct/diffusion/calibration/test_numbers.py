import numpy as np
import pytest

from tropdsx.workflows.reconstruct.diffusion.analysed import Analysed
from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import (
    AS_IS,
    Calibration,
    fit_calibration,
)

SHAPE = (60, 30)


def draw(share=0.5, stretch=1.5, seed=0):
    """Errors of which a share is what the network adds, larger than its sigma says."""
    rng = np.random.default_rng(seed)
    shift = rng.normal(0, 3.0, SHAPE)
    error = share * shift + stretch * rng.normal(0, 2.0, SHAPE)
    return error, np.full(SHAPE, 2.0), shift, np.full(SHAPE, 2.0)


def fit(error, sigma, shift, own, noise=0.0, place=None):
    there = np.arange(SHAPE[1]) if place is None else place
    return fit_calibration(error, sigma, shift, own, np.full(SHAPE[1], noise), there)


def test_share_and_factor_are_found():
    for share in (0.2, 0.7):
        found = fit(*draw(share))
        assert found.share == pytest.approx(share, abs=0.06)
        assert found.factor == pytest.approx(1.5, abs=0.12)
        assert (found.observations, found.places) == (1800, 30)


def test_both_stay_within_bounds():
    found = fit(*draw(share=-2.0, stretch=9.0))
    assert found.share == 0.0
    assert found.factor <= 3.0
    found = fit(*draw(share=4.0, stretch=1e-3))
    assert found.share == 1.0
    error, *others = draw(share=1.0, stretch=0.01)
    assert fit(error, *others).factor >= 0.5


def test_nine_tenths_are_in_the_interval_whatever_a_few_blunders_say():
    error, sigma, shift, own = draw(share=0.0)
    plain = fit(error, sigma, shift, own)
    error[:2] += 1e3
    found = fit(error, sigma, shift, own, place=np.arange(SHAPE[1]))
    assert found.factor < 1.35 * plain.factor
    left = error - found.share * shift
    size = found.sigma(sigma, own)
    assert np.mean(np.abs(left) < 1.645 * size) == pytest.approx(0.9, abs=0.02)


def test_noise_of_the_stations_is_not_scaled():
    rng = np.random.default_rng(1)
    zeros, ones = np.zeros(SHAPE), np.ones(SHAPE)
    error = np.hypot(2.0, 3.0) * rng.standard_normal(SHAPE)
    assert fit(error, ones, zeros, ones, noise=3.0).factor == pytest.approx(2.0, rel=0.15)


def test_a_place_with_many_stations_is_one_voice():
    """Forty stations at two places that agree by chance are believed less than forty places."""
    rng = np.random.default_rng(2)
    shift = np.repeat(rng.normal(size=(60, 6)), 5, axis=1)
    error, ones = -0.2 * shift + rng.normal(size=SHAPE), np.ones(SHAPE)
    alone = fit(error, ones, shift, ones)
    together = fit(error, ones, shift, ones, place=np.repeat(np.arange(6), 5))
    assert alone.share <= together.share < 0.3


def test_few_stations_say_nothing():
    error, *others = draw()
    gaps = error.copy()
    gaps[:, 4:] = np.nan
    assert fit(gaps, *others) == AS_IS
    gaps = error.copy()
    gaps[1:] = np.nan
    assert fit(gaps, *others) == AS_IS
    assert not AS_IS.told()


def test_members_keep_their_mean_and_spread():
    rng = np.random.default_rng(0)
    members = rng.normal(size=(8, 3, 4))
    nothing = np.empty((0, 3, 4))
    mean, sigma = members.mean(0), members.std(0, ddof=1)
    found = Analysed(None, None, mean, sigma, members, nothing)
    guess, expected = rng.normal(size=(3, 4)), np.full((3, 4), 0.7)
    after = Calibration(0.4, 1.3, 99, 9).applied(found, guess, expected)
    np.testing.assert_allclose(after.members.mean(0), after.mean, atol=1e-12)
    np.testing.assert_allclose(after.members.std(0, ddof=1), after.sigma)
    np.testing.assert_allclose(after.mean, 0.6 * guess + 0.4 * mean)
    assert AS_IS.applied(found, guess, expected) is found
