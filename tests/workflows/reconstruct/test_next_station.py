import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.reconstruct.next_station import gain_of_station, map_next_station
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator

from helpers.gaussian import random_places

COVARIANCE = Covariance(noise=2e-3)
FINE = xr.Dataset(coords={"lat": np.arange(54.0, 42.0, -1.0), "lon": np.arange(0.0, 20.0)})


def variance(stations, targets):
    found = Interpolator(COVARIANCE, stations, targets)(np.zeros(len(stations)))
    return found.sigma**2


def test_the_gain_is_that_of_really_adding_the_station():
    rng = np.random.default_rng(1)
    stations, targets, candidates = (random_places(rng, n) for n in (12, 40, 5))
    weight = rng.random(40)
    gain = gain_of_station(COVARIANCE, stations, candidates, targets, weight=weight)
    before = np.average(variance(stations, targets), weights=weight)
    for place in range(5):
        more = Places(
            np.concatenate([stations.unit, candidates.unit[[place]]]),
            np.concatenate([stations.height, candidates.height[[place]]]),
        )
        after = np.average(variance(more, targets), weights=weight)
        assert gain[place] == pytest.approx(before - after, rel=1e-3)


def test_a_map_leads_away_from_the_stations():
    stations = Places.at([48.0, 49.0, 50.0], [2.0, 3.0, 4.0])
    found = map_next_station(COVARIANCE, stations, FINE)
    best = found.sigma_gain.argmax(["lat", "lon"])
    assert float(found.lon[best["lon"]]) > 8
    assert float(found.sigma_gain.min()) >= 0
    near = found.sel(lat=49, lon=3)
    assert near.sigma_gain < 0.2 * found.sigma_gain.max()
    assert near.ztd_sigma < 0.7 * found.ztd_sigma.max()


def test_large_grids_are_summed_over_some_nodes(monkeypatch):
    from tropdsx.workflows.reconstruct import next_station

    stations = Places.at([48.0], [2.0])
    whole = map_next_station(COVARIANCE, stations, FINE).sigma_gain
    monkeypatch.setattr(next_station, "PLACES", 150)
    monkeypatch.setattr(next_station, "PIECE", 7)
    part = map_next_station(COVARIANCE, stations, FINE).sigma_gain
    assert np.corrcoef(whole.values.ravel(), part.values.ravel())[0, 1] > 0.95


def test_the_first_station_of_all():
    found = map_next_station(COVARIANCE, Places.at([], []), FINE)
    best = found.sigma_gain.argmax(["lat", "lon"])
    assert 46 <= float(found.lat[best["lat"]]) <= 50
    assert 7 <= float(found.lon[best["lon"]]) <= 12


def test_a_moist_climate_gains_more():
    stations = Places.at([48.0], [10.0])
    moist = np.broadcast_to(np.where(FINE.lon < 10, 1.0, 2.0), (12, 20))
    plain = map_next_station(COVARIANCE, stations, FINE)
    found = map_next_station(COVARIANCE, stations, FINE, scale=moist)
    np.testing.assert_allclose(found.ztd_sigma, moist * plain.ztd_sigma, rtol=1e-6)
    best = found.sigma_gain.argmax(["lat", "lon"])
    assert float(found.lon[best["lon"]]) > 10


def test_the_noise_of_the_next_station_counts():
    """What it takes away is its covariance squared over its variance with its noise."""
    here = Places.at([48.0], [10.0])
    none = Places.at([], [])
    quiet, loud = (
        gain_of_station(COVARIANCE, none, here, here, own_noise=np.array([noise]))[0]
        for noise in (0.0, 0.02)
    )
    assert quiet == pytest.approx(COVARIANCE.variance)
    assert loud == pytest.approx(COVARIANCE.variance**2 / (COVARIANCE.variance + 0.02**2))
    usual = gain_of_station(COVARIANCE, none, here, here)[0]
    assert usual == pytest.approx(COVARIANCE.variance**2 / (COVARIANCE.variance + 2e-3**2))


def test_the_noise_of_a_station_does_not_grow_with_the_climate():
    """Sigma is in units of the scale of a place; the noise of a station is in metres everywhere."""
    flat = FINE.assign_coords(lat=FINE.lat)
    one = np.full((flat.sizes["lat"], flat.sizes["lon"]), 1.0)
    loud = Covariance(noise=0.02, mountain=0.0)
    dry, moist = (map_next_station(loud, Places.at([], []), flat, scale=k * one) for k in (1, 3))
    within = Covariance(local=3 * loud.local, regional=3 * loud.regional, noise=0.02, mountain=0.0)
    same = map_next_station(within, Places.at([], []), flat)
    np.testing.assert_allclose(moist.sigma_gain, same.sigma_gain, rtol=1e-5)
    assert float((moist.sigma_gain / dry.sigma_gain).min()) > 3.0
