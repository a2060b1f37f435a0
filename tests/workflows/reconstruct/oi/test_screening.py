import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.screening import Flag, screen

from helpers.gaussian import draw

TRUTH = Covariance(noise=1.5e-3)


@pytest.fixture(scope="module")
def world():
    return draw(TRUTH, stations=40, draws=30, seed=7, box=(45.0, 50.0, 10.0, 20.0))


HOURS = np.arange(30) * 12.0


def test_good_observations_pass(world):
    found = screen(world.observed, HOURS, world.stations)
    assert (found.flags == Flag.USED).mean() > 0.998
    assert np.nanstd(found.error / found.sigma) == pytest.approx(1.0, abs=0.08)


def test_blunders_are_found(world):
    spoiled = world.observed.copy()
    spoiled[3, 5] += 0.2
    spoiled[4, 6] -= 0.05
    spoiled[6, [7, 8, 9]] = [0.3, -2.4, np.nan]
    found = screen(spoiled, HOURS, world.stations)
    assert found.flags[3, 5] == Flag.FAR_FROM_BACKGROUND
    assert found.flags[4, 6] == Flag.FAR_FROM_NEIGHBOURS
    assert found.flags[6, 7:10].tolist() == [2, 2, 1]
    lost = (found.flags >= 2).sum()
    assert lost <= 5
    good = screen(world.observed, HOURS, world.stations)
    assert found.covariance.local == pytest.approx(good.covariance.local, rel=0.05)
    assert np.isnan(found.residuals[found.flags > 0]).all()


def test_a_blunder_does_not_take_its_neighbours_with_it():
    line = Places.at(47 + 0.05 * np.arange(8), np.full(8, 19.0))
    values = np.zeros((1, 8))
    values[0, 4] = 0.04
    found = screen(values, np.zeros(1), line, prior=TRUTH, fit=False)
    assert found.flags[0].tolist() == [0, 0, 0, 0, 3, 0, 0, 0]


def test_a_station_that_is_always_wrong_has_no_share_in_the_covariance(world):
    """50 mm off in every epoch: the others are judged and used as without it."""
    spoiled = world.observed.copy()
    spoiled[:, 5] += 0.05
    found = screen(spoiled, HOURS, world.stations)
    assert (found.flags[:, 5] > Flag.MISSING).mean() > 0.6
    spoiled[:, 5] = np.nan
    without = screen(spoiled, HOURS, world.stations)
    assert found.covariance.local == pytest.approx(without.covariance.local, rel=1e-6)
    others = np.arange(40) != 5
    np.testing.assert_array_equal(found.flags[:, others], without.flags[:, others])


def test_where_most_disagree_the_covariance_is_not_fitted_to_the_rest(world):
    """Residuals that the prior does not know: stations are not dropped one after the other."""
    found = screen(world.observed * 40.0, HOURS, world.stations)
    assert (found.flags == Flag.USED).mean() > 0.65  # 0.61 if they were


def test_two_stations_that_disagree_are_both_kept():
    pair = Places.at([47.0, 47.01], [19.0, 19.0])
    found = screen(np.array([[0.0, 0.03]]), np.zeros(1), pair, prior=TRUTH, fit=False)
    assert found.flags.tolist() == [[0, 0]]


def test_residuals_larger_than_the_prior_are_no_blunders(world):
    """The wet tropics: five times the spread of the prior."""
    found = screen(5 * world.observed, HOURS, world.stations)
    assert (found.flags == Flag.USED).mean() > 0.99
    assert found.covariance.local > 2.5 * TRUTH.local


def test_a_covariance_that_is_given_is_believed(world):
    found = screen(world.observed, HOURS, world.stations, prior=TRUTH, fit=False)
    assert found.covariance is TRUTH
    np.testing.assert_array_equal(found.noise, TRUTH.noise)


def test_noisy_stations_are_judged_by_their_own_noise():
    line = Places.at(47 + 0.05 * np.arange(8), np.full(8, 19.0))
    values = np.zeros((1, 8))
    values[0, 4] = 0.012
    relative = np.where(np.arange(8) == 4, 5.0, 1.0)
    quiet = screen(values, np.zeros(1), line, prior=TRUTH, fit=False)
    loud = screen(values, np.zeros(1), line, prior=TRUTH, fit=False, relative=relative)
    assert (quiet.flags[0, 4], loud.flags[0, 4]) == (Flag.FAR_FROM_NEIGHBOURS, Flag.USED)


def test_nothing_observed():
    none = screen(np.full((3, 2), np.nan), np.arange(3.0), Places.at([1.0, 2.0], [3.0, 4.0]))
    assert (none.flags == Flag.MISSING).all()
    assert none.covariance == Covariance()


@pytest.mark.parametrize("error", [0.05, -0.04])
def test_a_station_that_is_always_wrong_is_not_used_at_all(world, error):
    """Some of its observations would pass, each for itself."""
    spoiled = world.observed.copy()
    spoiled[:, 5] += error
    spoiled[3, 5] = np.nan
    found = screen(spoiled, HOURS, world.stations)
    expected = np.where(np.arange(30) == 3, Flag.MISSING, Flag.BIASED_STATION)
    np.testing.assert_array_equal(found.flags[:, 5], expected)
    assert np.isnan(found.residuals[:, 5]).all()
    assert found.bias.biased.sum() == 1
    assert found.bias.offset[5] == pytest.approx(error, abs=6e-3)


def test_stations_in_doubt_are_believed_as_far_as_they_are_off(world):
    """Two of five are 30 to 80 mm too large: none is left out, and sigma says what they are."""
    error = np.zeros(40)
    error[::5], error[2::5] = np.linspace(0.03, 0.08, 8), np.linspace(0.04, 0.07, 8)
    wrong = error > 0
    found = screen(world.observed + error, HOURS, world.stations)
    good = screen(world.observed, HOURS, world.stations)
    assert (found.flags[:, wrong] == Flag.USED).mean() > 0.95
    expected = np.hypot(found.covariance.noise, np.abs(found.bias.offset))
    np.testing.assert_allclose(found.noise[wrong], expected[wrong])
    assert (found.noise[~wrong] == found.covariance.noise).all()
    assert found.covariance.noise == pytest.approx(good.covariance.noise, rel=0.3)
    interpolate = Interpolator(found.covariance, world.stations, world.stations, found.noise)
    estimates = [interpolate(values) for values in found.residuals]
    off = np.stack([each.mean for each in estimates]) - world.observed
    reach = np.abs(off) / np.stack([each.sigma for each in estimates])
    assert 0.85 < (reach[:, wrong] < 1.645).mean() < 0.97


def test_a_station_that_scatters_is_not_used_at_all(world):
    spoiled = world.observed.copy()
    spoiled[:, 5] += np.random.default_rng(4).normal(0, 0.05, 30)
    found = screen(spoiled, HOURS, world.stations)
    assert (found.flags[:, 5] == Flag.ERRATIC_STATION).all()
    others = np.arange(40) != 5
    assert (found.flags[:, others] == Flag.USED).mean() > 0.998
    without = screen(np.where(others, world.observed, np.nan), HOURS, world.stations)
    np.testing.assert_array_equal(found.residuals[:, others], without.residuals[:, others])
