import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi import network as module
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.network import StationNetwork, nearest_stations, split_places

from helpers.gaussian import draw, exact_posterior, random_places

COVARIANCE = Covariance(noise=2e-3)


def left_out(world, values, place):
    """Error and sigma of one station by a plain solve without it."""
    others = np.flatnonzero(np.isfinite(values))
    others = others[others != place]
    here = world.stations[np.array([place])]
    mean, sigma = exact_posterior(COVARIANCE, world.stations[others], here, values[others])
    return values[place] - mean[0], np.hypot(sigma[0], COVARIANCE.noise)


@pytest.mark.parametrize("gaps", [0, 12])
def test_leave_one_out_is_what_a_solve_without_the_station_gives(gaps):
    world = draw(COVARIANCE, stations=30, seed=1)
    values = world.observed[0].copy()
    values[:gaps] = np.nan
    error, sigma = StationNetwork(COVARIANCE, world.stations).leave_one_out(values)
    for place in range(gaps, 30):
        expected = left_out(world, values, place)
        assert (error[place], sigma[place]) == pytest.approx(expected, rel=1e-3, abs=1e-8)
    assert np.isnan(error[:gaps]).all()
    assert np.isnan(sigma[:gaps]).all()


def test_sigma_is_the_spread_of_the_errors():
    world = draw(COVARIANCE, stations=40, draws=400, seed=2)
    network = StationNetwork(COVARIANCE, world.stations)
    scaled = [np.divide(*network.leave_one_out(values)) for values in world.observed]
    assert np.std(scaled) == pytest.approx(1.0, abs=0.03)


def test_a_large_network_is_solved_in_tiles(monkeypatch):
    world = draw(COVARIANCE, stations=300, seed=3)
    whole = StationNetwork(COVARIANCE, world.stations).leave_one_out(world.observed[0])
    monkeypatch.setattr(module, "AT_ONCE", 100)
    monkeypatch.setattr(module, "NEAREST", 120)
    tiled = StationNetwork(COVARIANCE, world.stations)
    assert len(tiled.groups) > 4
    error, sigma = tiled.leave_one_out(world.observed[0])
    np.testing.assert_allclose(sigma, whole[1], rtol=5e-3)
    assert np.std(error - whole[0]) < 0.05 * np.median(sigma)


def test_no_station_and_all_missing():
    none = StationNetwork(COVARIANCE, Places.at([], []))
    assert none.leave_one_out(np.empty(0))[0].shape == (0,)
    two = StationNetwork(COVARIANCE, Places.at([1.0, 2.0], [3.0, 4.0]))
    assert np.isnan(two.leave_one_out(np.full(2, np.nan))[0]).all()


def test_a_station_alone_is_compared_with_the_background():
    one = StationNetwork(COVARIANCE, Places.at([1.0], [3.0]))
    error, sigma = one.leave_one_out(np.array([0.03]))
    assert error[0] == pytest.approx(0.03)
    assert sigma[0] == pytest.approx(np.hypot(COVARIANCE.variance**0.5, 2e-3), rel=1e-5)


def test_groups_are_compact_and_complete():
    places = random_places(np.random.default_rng(4), 1000)
    groups = list(split_places(places, 64))
    assert np.array_equal(np.sort(np.concatenate(groups)), np.arange(1000))
    assert max(map(len, groups)) <= 64
    widths = [np.ptp(places.unit[rows], axis=0).max() for rows in groups]
    assert np.median(widths) < 0.4 * np.ptp(places.unit, axis=0).max()


def test_the_nearest_stations_are_found():
    rng = np.random.default_rng(5)
    stations, here = random_places(rng, 100), random_places(rng, 3)
    chosen = nearest_stations(stations, here, 10)
    closeness = (stations.unit @ here.unit.T).max(axis=1)
    assert set(chosen) == set(np.argsort(-closeness)[:10])
