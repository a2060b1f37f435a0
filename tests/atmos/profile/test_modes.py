"""Modes of profiles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.atmos.profile.modes import fit_modes
from tropdsx.errors import DomainError

DEPTH = np.linspace(0.0, 2000.0, 50)


def smooth(count, seed=0):
    """Profiles with a correlation length of 300 m, as temperature of the sea."""
    rng = np.random.default_rng(seed)
    covariance = np.exp(-(np.subtract.outer(DEPTH, DEPTH) ** 2) / (2 * 300.0**2))
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(50))
    return 10.0 * np.exp(-DEPTH / 500.0) + 2.0 * rng.normal(size=(count, 50)) @ root.T


def test_twelve_of_fifty_smooth_levels_keep_nearly_all():
    kept, held = smooth(400), smooth(200, seed=1)
    modes = fit_modes(kept, 12)
    assert modes.explained.sum() >= 0.99
    assert (np.diff(modes.explained) <= 0).all()
    error = held - modes.decode(modes.encode(held).mean)
    assert 1 - (error**2).sum() / ((held - held.mean(0)) ** 2).sum() >= 0.99
    np.testing.assert_allclose(np.sqrt((error**2).mean(0)), modes.residual, atol=0.02)


def test_they_are_the_principal_components_of_whole_profiles():
    values = smooth(300)
    modes = fit_modes(values, 5)
    _, sizes, rows = np.linalg.svd(values - values.mean(0), full_matrices=False)
    np.testing.assert_allclose(modes.mean, values.mean(0))
    np.testing.assert_allclose(
        np.abs(modes.patterns @ rows[:5].T) / np.linalg.norm(modes.patterns, axis=1)[:, None],
        np.eye(5), atol=1e-6,
    )  # fmt: skip
    shares = sizes**2 / (sizes**2).sum()
    np.testing.assert_allclose(modes.explained, shares[:5], atol=0.002)
    scores = modes.encode(values).mean
    np.testing.assert_allclose(scores.std(0), 1.0, atol=0.05)


def test_levels_below_the_bottom_are_no_zeros():
    """With a third of the values missing, scores and decoded values stay near the truth."""
    truth = smooth(400)
    bottom = np.random.default_rng(2).uniform(300.0, 3000.0, 400)
    seen = np.where(bottom[:, None] > DEPTH, truth, np.nan)
    assert 0.2 < np.isnan(seen).mean() < 0.5
    modes = fit_modes(seen, 8)
    scores = modes.encode(seen)
    error = np.abs(modes.decode(scores.mean) - truth)
    assert np.sqrt((error[np.isfinite(seen)] ** 2).mean()) < 0.1
    whole, shallow = bottom > 2100.0, bottom < 800.0
    assert (scores.sigma[whole].mean(0) < 0.1).all()
    assert scores.sigma[shallow].mean() > 0.3


def test_sigma_is_that_of_independent_scores_and_of_what_is_left():
    modes, rng = fit_modes(smooth(400), 4), np.random.default_rng(3)
    sigma = np.array([[0.5, 0.1, 1.0, 0.0]])
    drawn = rng.normal(size=(20_000, 4)) * sigma
    left = modes.residual * rng.normal(size=(20_000, 50))
    spread = (modes.decode(drawn) + left).std(0)
    np.testing.assert_allclose(modes.decode_sigma(sigma)[0], spread, rtol=0.03)


@given(scale=st.sampled_from([1e-3, 1.0, 1e4]), shift=st.floats(-10, 10))
@settings(deadline=None, max_examples=4)
def test_units_do_not_matter(scale, shift):
    seen = np.where(np.linspace(500, 3000, 60)[:, None] > DEPTH, smooth(60), np.nan)
    one, other = fit_modes(seen, 4), fit_modes((seen + shift) * scale, 4)
    np.testing.assert_allclose(other.explained, one.explained, rtol=1e-3)
    np.testing.assert_allclose(np.abs(other.patterns), np.abs(one.patterns) * scale,
                               atol=2e-3 * scale)  # fmt: skip


def test_a_profile_without_levels_is_the_mean():
    modes = fit_modes(smooth(50), 3)
    scores = modes.encode(np.full((1, 50), np.nan))
    np.testing.assert_allclose(scores.mean, 0.0)
    np.testing.assert_allclose(scores.sigma, 1.0)
    np.testing.assert_allclose(modes.decode(scores.mean)[0], modes.mean)


def test_a_level_that_nobody_has_stays_missing():
    seen = smooth(50)
    seen[:, 40:] = np.nan
    modes = fit_modes(seen, 3)
    assert np.isnan(modes.mean).tolist() == [False] * 40 + [True] * 10
    assert np.isnan(modes.decode(modes.encode(seen).mean)[:, 40:]).all()


def test_profiles_that_are_all_alike():
    modes = fit_modes(np.tile(np.arange(5.0), (4, 1)), 1)
    np.testing.assert_allclose(modes.decode(np.zeros((1, 1)))[0], np.arange(5.0))


@pytest.mark.parametrize(("count", "profiles"), [(0, 9), (6, 9), (3, 3)])
def test_too_many_patterns_are_refused(count, profiles):
    with pytest.raises(DomainError, match=f"{count} patterns of {profiles} profiles on 5 levels"):
        fit_modes(np.random.default_rng(0).normal(size=(profiles, 5)), count)


@pytest.mark.parametrize("seed", range(3))
def test_shares_are_those_of_whole_profiles_where_levels_are_missing(seed):
    """The few that reach deep are unlike the others; nothing explains more than all."""
    rng = np.random.default_rng(seed)
    whole = np.outer(rng.normal(size=200), 1.0 + DEPTH / 100.0) + 0.3 * rng.normal(size=(200, 50))
    seen = np.where((np.abs(whole[:, :1]) < 0.5) | (DEPTH < 600.0), whole, np.nan)
    found, true = (fit_modes(each, 1).explained for each in (seen, whole))
    assert found.sum() <= 1.0
    np.testing.assert_allclose(found, true, atol=0.01)
