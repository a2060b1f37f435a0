import pickle

import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi import interpolation as module
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator

from helpers.gaussian import EXPONENTIAL, draw, exact_posterior

BOTH = [EXPONENTIAL, Covariance(noise=2e-3)]


@pytest.mark.parametrize("covariance", BOTH)
@pytest.mark.parametrize("gaps", [0, 15, 39])
def test_the_exact_posterior_is_found(covariance, gaps):
    """The acceptance of the issue: the mean within 1 %, sigma within 2 %; both do far better."""
    world = draw(covariance, seed=1)
    values = world.observed[0].copy()
    values[:gaps] = np.nan
    rows = np.arange(gaps, 40)
    mean, sigma = exact_posterior(covariance, world.stations[rows], world.targets, values[rows])
    found = Interpolator(covariance, world.stations, world.targets)(values)
    np.testing.assert_allclose(found.mean, mean, atol=2e-4 * np.abs(mean).max())
    np.testing.assert_allclose(found.sigma, sigma, rtol=2e-4)


def test_sigma_is_the_spread_about_the_truth():
    world = draw(EXPONENTIAL, draws=500, seed=2)
    interpolate = Interpolator(EXPONENTIAL, world.stations, world.targets)
    found = [interpolate(values) for values in world.observed]
    scaled = [(e.mean - truth) / e.sigma for e, truth in zip(found, world.truth, strict=True)]
    assert np.std(scaled) == pytest.approx(1.0, abs=0.02)
    assert np.mean(np.abs(scaled) < 1.6449) == pytest.approx(0.9, abs=0.01)


def test_noise_differs_from_station_to_station():
    world = draw(EXPONENTIAL, seed=3)
    noise = np.linspace(1e-3, 2e-2, 40)
    mean, sigma = exact_posterior(
        EXPONENTIAL, world.stations, world.targets, world.observed[0], noise
    )
    found = Interpolator(EXPONENTIAL, world.stations, world.targets, noise)(world.observed[0])
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)
    np.testing.assert_allclose(found.sigma, sigma, rtol=1e-4)


def test_tiles_agree_with_the_whole(monkeypatch):
    covariance = Covariance()
    world = draw(covariance, stations=400, targets=900, seed=4)
    whole = Interpolator(covariance, world.stations, world.targets)(world.observed[0])
    monkeypatch.setattr(module, "AT_ONCE", 100)
    monkeypatch.setattr(module, "NEAREST", 100)
    values = world.observed[0].copy()
    tiled = Interpolator(covariance, world.stations, world.targets)
    found = tiled(values)
    np.testing.assert_allclose(found.sigma, whole.sigma, rtol=0.02)
    assert np.std(found.mean - whole.mean) < 0.1 * np.median(whole.sigma)
    values[::7] = np.nan
    gaps = tiled(values)
    assert (gaps.sigma >= found.sigma - 1e-9).all()
    again = Interpolator(covariance, world.stations[::1], world.targets)(values)
    np.testing.assert_array_equal(gaps.mean, again.mean)


def test_without_observations_the_background_stays():
    world = draw(EXPONENTIAL)
    none = Interpolator(EXPONENTIAL, Places.at([], []), world.targets)(np.empty(0))
    silent = Interpolator(EXPONENTIAL, world.stations, world.targets)(np.full(40, np.nan))
    for found in (none, silent):
        assert not found.mean.any()
        assert not found.used.any()
        np.testing.assert_allclose(found.sigma, EXPONENTIAL.variance**0.5, rtol=1e-6)


def test_stations_at_one_place_are_one_better_station():
    here = Places.at([47.0, 47.0], [19.0, 19.0], [100.0, 100.0])
    found = Interpolator(EXPONENTIAL, here, here[:1])(np.array([0.01, 0.02]))
    assert found.mean[0] == pytest.approx(0.015, rel=0.02)
    assert found.sigma[0] == pytest.approx(2e-3 / np.sqrt(2), rel=0.02)


def test_stations_are_counted_where_they_tell_something():
    stations = Places.at([47.0, 47.1, -30.0], [19.0, 19.0, 100.0])
    targets = Places.at([47.0, -30.0, 0.0], [19.5, 100.0, -120.0])
    interpolate = Interpolator(Covariance(), stations, targets)
    assert interpolate(np.zeros(3)).used.tolist() == [2, 1, 0]
    assert interpolate(np.array([0.0, np.nan, 0.0])).used.tolist() == [1, 1, 0]


def test_a_copy_for_another_process_is_small_and_alike():
    world = draw(EXPONENTIAL)
    interpolate = Interpolator(EXPONENTIAL, world.stations, world.targets)
    first = interpolate(world.observed[0])
    parcel = pickle.dumps(interpolate)
    assert len(parcel) < 20_000
    np.testing.assert_array_equal(pickle.loads(parcel)(world.observed[0]).mean, first.mean)


def test_sigma_is_kept_for_the_same_stations(monkeypatch):
    world = draw(EXPONENTIAL, draws=3)
    interpolate = Interpolator(EXPONENTIAL, world.stations, world.targets)
    first = interpolate(world.observed[0])
    assert interpolate(world.observed[1]).sigma is first.sigma
    monkeypatch.setattr(module, "KEPT", 1)
    gaps = world.observed[2].copy()
    gaps[3] = np.nan
    assert interpolate(gaps).sigma is not first.sigma
    assert interpolate(world.observed[1]).sigma is not first.sigma


def test_there_is_no_seam_at_greenwich_nor_at_the_pole():
    """What lies mirrored about a meridian gets the same, on whichever side of 0/360 it is."""
    stations = Places.at([50.0, 50.0, 52.0], [358.0, 2.0, 0.0])
    lon = np.array([359.5, 0.5, -0.5, 360.5, 357.0, 3.0])
    found = Interpolator(Covariance(), stations, Places.at(np.full(6, 50.0), lon))(
        np.array([0.01, 0.01, -0.02])
    )
    for values in (found.mean, found.sigma):
        np.testing.assert_allclose(values[[0, 2, 4]], values[[1, 3, 5]], rtol=1e-5)
    over = Places.at([89.9, 89.9, 89.9], [0.0, 90.0, 215.0])
    pole = Interpolator(Covariance(), Places.at([89.0], [10.0]), over)(np.array([0.01]))
    assert np.ptp(pole.mean) < 0.1 * pole.mean.mean()
