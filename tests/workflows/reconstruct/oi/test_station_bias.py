import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.station_bias import (
    find_biased,
    find_common,
    find_erratic,
    no_bias,
)

from helpers.gaussian import draw

TRUTH = Covariance(noise=1.5e-3)
HOURS = np.arange(60) * 12.0


@pytest.fixture(scope="module")
def dense():
    return draw(TRUTH, stations=40, draws=60, seed=7, box=(45.0, 50.0, 10.0, 20.0))


@pytest.fixture(scope="module")
def sparse():
    """Eight stations, some 500 km apart."""
    return draw(TRUTH, stations=8, draws=60, seed=3, box=(38.0, 58.0, 0.0, 30.0))


def biased(world, values, hours=HOURS, covariance=TRUTH):
    return find_biased(values, hours, world.stations, covariance, np.ones(len(world.stations)))


def test_good_stations_are_not_biased(dense, sparse):
    for world in (dense, sparse):
        found = biased(world, world.observed)
        assert not found.biased.any()
        assert np.nanmax(np.abs(found.offset) / found.sigma) < 3.0


@pytest.mark.parametrize("error", [0.04, -0.05, 0.06])
def test_one_of_eight_sparse_stations_is_told_by_its_series(sparse, error):
    """Three to five times what the background errs by in an hour: no epoch would tell."""
    spoiled = sparse.observed.copy()
    spoiled[:, 5] += error
    found = biased(sparse, spoiled)
    assert found.biased.tolist() == [number == 5 for number in range(8)]
    assert found.offset[5] == pytest.approx(error, abs=4e-3)


def test_a_short_series_does_not_tell_and_its_sigma_says_so(sparse):
    spoiled = sparse.observed[:3].copy()
    spoiled[:, 5] += 0.03
    found = biased(sparse, spoiled, HOURS[:3])
    assert not found.biased.any()
    assert 4 * found.sigma[5] > 0.03
    assert found.sigma[5] > 1.5 * biased(sparse, sparse.observed).sigma[5]


def test_two_wrong_stations_are_both_found_and_the_others_kept(dense):
    spoiled = dense.observed.copy()
    spoiled[:, [5, 6]] += [0.05, -0.04]
    found = biased(dense, spoiled)
    assert np.flatnonzero(found.biased).tolist() == [5, 6]
    good = biased(dense, np.where(found.biased, np.nan, spoiled))
    np.testing.assert_allclose(found.offset[7:], good.offset[7:], atol=2e-5)


def test_a_quarter_of_the_stations_may_be_wrong(dense):
    """They spoil what the others are compared with, and are still told from them."""
    spoiled = dense.observed.copy()
    spoiled[:, ::4] += 0.2
    found = biased(dense, spoiled)
    assert np.flatnonzero(found.biased).tolist() == list(range(0, 40, 4))


def test_two_in_five_may_be_wrong_and_are_named_though_not_left_out(dense):
    """All in one direction: neighbours that are wrong alike do not vouch for each other."""
    error = np.zeros(40)
    error[::5], error[2::5] = np.linspace(0.03, 0.08, 8), np.linspace(0.04, 0.07, 8)
    found = biased(dense, dense.observed + error)
    assert not found.biased.any()
    np.testing.assert_array_equal(found.doubtful, error > 0)
    np.testing.assert_allclose(found.offset[error > 0], error[error > 0], atol=0.015)


def test_one_of_three_neighbours_is_told():
    trio = Places.at([47.0, 47.05, 47.0], [19.0, 19.0, 19.05])
    values = np.random.default_rng(0).normal([0.0, 0.05, 0.0], 1e-3, (30, 3))
    found = find_biased(values, HOURS[:30], trio, TRUTH, np.ones(3))
    assert found.biased.tolist() == [False, True, False]


def test_two_stations_do_not_tell_which_is_wrong():
    pair = Places.at([47.0, 47.01], [19.0, 19.0])
    found = find_biased(np.full((30, 2), [0.0, 0.5]), HOURS[:30], pair, TRUTH, np.ones(2))
    assert not found.biased.any()
    assert np.isnan(found.sigma).all()


def test_a_background_that_is_off_everywhere_makes_no_station_biased(dense):
    """Heights in feet, a moist bias: many stations far off, each by its own."""
    shift = np.random.default_rng(1).normal(0.0, 0.1, 40)
    found = biased(dense, dense.observed + shift)
    assert not found.biased.any()
    assert found.doubtful.sum() > 10
    assert not biased(dense, dense.observed + 0.1).biased.any()


def test_what_all_stations_have_in_common(dense):
    """Heights from the geoid: 45 m, or 14 mm, for all; no station differs from the others."""
    given = (HOURS, dense.stations, TRUTH, np.ones(40))
    offset, sigma = find_common(dense.observed, *given)
    assert abs(offset) < 2 * sigma
    moved, same = find_common(dense.observed - 0.014, *given)
    assert moved == pytest.approx(offset - 0.014, abs=1e-4)
    assert same == pytest.approx(sigma, rel=0.01)
    assert abs(moved) > 3 * sigma
    few = (HOURS[:2], *given[1:])
    assert find_common(dense.observed[:2], *few) == pytest.approx((np.nan, np.nan), nan_ok=True)
    assert find_common(dense.observed[:4], HOURS[:4], *given[1:])[1] > 1.4 * sigma


def test_single_blunders_are_no_bias(dense):
    spoiled = dense.observed.copy()
    spoiled[::3, 5] += 2.0
    assert not biased(dense, spoiled).biased.any()


def test_stations_with_few_observations_are_judged_by_these(dense):
    spoiled = dense.observed.copy()
    spoiled[4:, 5] = np.nan
    spoiled[2:, 6] = np.nan
    whole, found = biased(dense, dense.observed), biased(dense, spoiled)
    assert found.sigma[5] > 1.3 * whole.sigma[5]
    assert np.isnan(found.sigma[6])


def test_neighbours_that_report_on_different_days_are_not_biased():
    """Medians of other days are of other weather, however near the stations are."""
    days, box = np.arange(21) * 24.0, (47.0, 47.4, 15.0, 15.4)
    lost = np.arange(21)[:, None] // 7 != np.arange(8) % 3
    found = []
    for seed in range(30):
        near = draw(TRUTH, stations=8, draws=21, seed=seed, box=box)
        found.append(biased(near, np.where(lost, np.nan, near.observed), days))
    assert not any(each.biased.any() for each in found)
    # Without a part that stays and errors of stations, which are not drawn here, they spread less.
    spread = np.std([each.offset / each.sigma for each in found])
    assert 0.5 < spread < 1.0


def test_sigma_follows_the_days_that_neighbours_have_in_common():
    """Every second day of one of nine: the others' days too, some of theirs, or none."""
    near = Places.at(47.0 + 0.1 * np.arange(9), np.full(9, 19.0))
    even = np.arange(60) % 2 == 0

    def sigma(own, theirs):
        there = np.where(np.arange(9) == 4, own[:, None], theirs[:, None])
        values = np.where(there, 0.0, np.nan)
        return find_biased(values, HOURS, near, TRUTH, np.ones(9)).sigma[4]

    same, some, none = sigma(even, even), sigma(even, even | ~even), sigma(even, ~even)
    assert same < some < none
    assert none > 1.3 * same


def test_gaps_do_not_hide_a_wrong_station_or_make_others_wrong(dense):
    spoiled = dense.observed + np.where(np.arange(40) == 5, 0.03, 0.0)
    spoiled[np.random.default_rng(0).random(spoiled.shape) < 0.3] = np.nan
    assert np.flatnonzero(biased(dense, spoiled).biased).tolist() == [5]


def test_epochs_of_one_half_day_count_once(sparse):
    """Hours of one day are one weather."""
    hours = np.arange(60) * 0.2
    one = biased(sparse, sparse.observed[:1].repeat(60, 0), hours)
    many = biased(sparse, sparse.observed)
    assert (one.sigma > 1.8 * many.sigma).all()


def test_noisy_stations_may_be_off_by_more(dense):
    quiet = biased(dense, dense.observed)
    loud = np.where(np.arange(40) == 5, 5.0, 1.0)
    found = find_biased(dense.observed, HOURS, dense.stations, TRUTH, loud)
    assert found.sigma[5] > 2 * quiet.sigma[5]


def test_a_station_that_scatters_is_erratic_with_enough_observations():
    rng = np.random.default_rng(2)
    error = rng.normal(0.0, [1.0, 6.0, 1.0], (60, 3))
    refused = np.zeros(error.shape, bool)
    refused[:40, 2] = True
    sigma = np.ones(error.shape)
    assert find_erratic(error, sigma, refused, HOURS).tolist() == [False, True, True]
    assert not find_erratic(error[:9], sigma[:9], refused[:9], HOURS[:9]).any()
    assert not find_erratic(error, sigma, refused, HOURS / 12.0).any()  # 60 hours: five half days


def test_of_nothing_nothing_is_known():
    assert no_bias(0).biased.shape == (0,)
    empty = find_biased(np.full((3, 4), np.nan), HOURS[:3], Places.at([0.0] * 4, [0.0] * 4),
                        TRUTH, np.ones(4))  # fmt: skip
    assert np.isnan(empty.offset).all()
