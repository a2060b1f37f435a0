import numpy as np
import pytest

from tropdsx.workflows.reconstruct.smoothing.share import fit_share, screen_smoothed

from helpers.gaussian import EXPONENTIAL, draw


def residuals(share, seed=0, epochs=30):
    world = draw(EXPONENTIAL, stations=40, draws=epochs, seed=seed)
    away = np.random.default_rng(seed).normal(0, 0.006, world.observed.shape)
    values = world.observed + share * away
    values[:, 3] = np.nan
    values[4:5, :20] = np.nan
    return values, away, np.arange(epochs) * 12.0, world.stations


@pytest.mark.parametrize(("share", "found"), [(0.6, 0.6), (0.0, 0.0), (-0.5, 0.0), (1.6, 1.0)])
def test_the_share_is_found(share, found):
    noise = np.full(40, EXPONENTIAL.noise)
    assert fit_share(*residuals(share), EXPONENTIAL, noise) == pytest.approx(found, abs=0.05)


def test_a_share_that_may_be_chance_is_none():
    """One epoch of forty stations does not tell 0.3 from nothing."""
    noise = np.full(40, EXPONENTIAL.noise)
    values, away, hours, places = residuals(0.1, epochs=1)
    assert fit_share(values, away, hours, places, EXPONENTIAL, noise) == 0.0
    assert fit_share(values * np.nan, away, hours, places, EXPONENTIAL, noise) == 0.0


def test_what_is_left_is_screened():
    values, away, hours, places = residuals(0.8)
    found, share = screen_smoothed(values, hours, places, away, prior=EXPONENTIAL, fit=False)
    np.testing.assert_array_equal(found.residuals, values - share * away)
    plain, none = screen_smoothed(values, hours, places, None, prior=EXPONENTIAL, fit=False)
    assert none == 0.0
    assert np.nanmean(found.error**2) < np.nanmean(plain.error**2)
