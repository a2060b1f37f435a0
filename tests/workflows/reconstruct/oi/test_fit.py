from dataclasses import asdict, replace

import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi import fit
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance, thin_epochs

from helpers.gaussian import draw

TRUTH = Covariance(
    local=0.014, local_length=120.0, local_power=1.0, regional=0.004, mountain=3e-3, noise=4e-3
)
NARROW = (46.0, 49.0, 16.0, 20.0)


def test_parameters_of_a_known_field_are_found():
    world = draw(TRUTH, stations=120, draws=60, seed=4, box=NARROW)
    prior = Covariance(**{name: 1.3 * value for name, value in asdict(TRUTH).items()})
    found = fit_covariance(world.observed, world.stations, prior=prior)
    assert found.local == pytest.approx(TRUTH.local, rel=0.1)
    assert found.local_length == pytest.approx(TRUTH.local_length, rel=0.25)
    assert found.local_power == pytest.approx(TRUTH.local_power, rel=0.2)
    assert found.noise == pytest.approx(TRUTH.noise, rel=0.1)


def test_the_slope_is_that_of_the_likelihood():
    """A fit that starts anywhere ends at the same place only if its slopes are right."""
    world = draw(TRUTH, stations=60, draws=40, seed=5)
    gaps = np.where(np.random.default_rng(5).random(world.observed.shape) < 0.2, np.nan, 1.0)
    a = fit_covariance(world.observed * gaps, world.stations)
    loss = {}
    for step in (0.97, 1.0, 1.03):
        for name in asdict(a):
            other = replace(a, **{name: getattr(a, name) * step})
            loss[name, step] = posterior(other, world.observed * gaps, world.stations)
    for name in asdict(a):
        assert loss[name, 1.0] <= min(loss[name, 0.97], loss[name, 1.03]), name


def posterior(trial, residuals, places):
    """Written with a plain solve, epoch by epoch."""
    total = 0.0
    for values in residuals:
        at = np.flatnonzero(np.isfinite(values))
        matrix = trial.between(places[at], places[at]) + trial.noise**2 * np.eye(at.size)
        total += 0.5 * values[at] @ np.linalg.solve(matrix, values[at])
        total += 0.5 * np.linalg.slogdet(matrix)[1]
    away = [np.log(getattr(trial, n) / getattr(Covariance(), n)) for n in asdict(trial)]
    return total + 0.5 * np.sum(np.square(away)) / fit.PRIOR**2


def test_one_station_and_no_station_leave_the_prior():
    world = draw(TRUTH, stations=1, draws=10)
    assert fit_covariance(world.observed, world.stations) == Covariance()
    empty = draw(TRUTH, stations=0, draws=10)
    assert fit_covariance(empty.observed, empty.stations) == Covariance()


def test_parts_that_are_zero_stay_zero():
    world = draw(TRUTH, stations=20, draws=10)
    found = fit_covariance(world.observed, world.stations, prior=replace(TRUTH, regional=0.0))
    assert found.regional == 0.0


def test_large_networks_are_thinned_alike_each_time(monkeypatch):
    monkeypatch.setattr(fit, "STATIONS", 30)
    world = draw(TRUTH, stations=80, draws=20)
    first, second = (fit_covariance(world.observed, world.stations) for _ in range(2))
    assert first == second != Covariance()


def test_noise_of_stations_is_relative():
    world = draw(TRUTH, stations=100, draws=60, seed=6, box=NARROW)
    rng = np.random.default_rng(6)
    loud = np.where(np.arange(100) < 50, 4.0, 1.0)
    noisy = world.observed + rng.normal(size=world.observed.shape) * TRUTH.noise * np.sqrt(
        loud**2 - 1
    )
    told = fit_covariance(noisy, world.stations, prior=TRUTH, noise=loud)
    assert told.noise == pytest.approx(TRUTH.noise, rel=0.1)
    assert fit_covariance(noisy, world.stations, prior=TRUTH).noise > 1.3 * told.noise


def test_what_is_known_of_single_stations_is_no_noise_of_all():
    world = draw(TRUTH, stations=60, draws=60, seed=6, box=NARROW)
    own = np.where(np.arange(60) < 20, 0.03, 0.0)
    noisy = world.observed + own * np.random.default_rng(6).normal(size=world.observed.shape)
    told = fit_covariance(noisy, world.stations, prior=TRUTH, own=own)
    assert told.noise == pytest.approx(TRUTH.noise, rel=0.15)
    assert told.local == pytest.approx(TRUTH.local, rel=0.15)
    assert fit_covariance(noisy, world.stations, prior=TRUTH).local > 1.4 * told.local


def test_epochs_are_far_apart():
    hours = np.array([0.0, 1.0, 11.0, 12.0, 13.0, 40.0])
    assert thin_epochs(hours).tolist() == [0, 3, 5]
    assert thin_epochs(np.empty(0)).tolist() == []
