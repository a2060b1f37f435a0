"""Gaussian fields of a known covariance on the sphere, and their exact posterior."""

from dataclasses import dataclass

import numpy as np

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places

#: Exponential in the great-circle distance alone, as the exact posterior is easiest told.
EXPONENTIAL = Covariance(local=0.0, regional=0.012, regional_length=600.0, mountain=0.0, noise=2e-3)


@dataclass(frozen=True)
class World:
    """Stations, targets, and draws of the field at both."""

    stations: Places
    targets: Places
    observed: np.ndarray
    truth: np.ndarray


EUROPE = (35.0, 60.0, -10.0, 30.0)


def random_places(rng, count, box=EUROPE):
    """Places in a box of latitudes and longitudes, up to 1500 m high."""
    south, north, west, east = box
    return Places.at(
        rng.uniform(south, north, count),
        rng.uniform(west, east, count),
        rng.uniform(0.0, 1500.0, count),
    )


def draw(covariance, stations=40, targets=60, draws=1, seed=0, box=EUROPE):
    """Draw fields, and noisy observations of them."""
    rng = np.random.default_rng(seed)
    there, here = random_places(rng, stations, box), random_places(rng, targets, box)
    both = Places(
        np.concatenate([there.unit, here.unit]), np.concatenate([there.height, here.height])
    )
    matrix = covariance.between(both, both) + 1e-12 * np.eye(len(both))
    fields = rng.normal(size=(draws, len(both))) @ np.linalg.cholesky(matrix).T
    noise = covariance.noise * rng.normal(size=(draws, stations))
    return World(there, here, fields[:, :stations] + noise, fields[:, stations:])


def great_circle(a, b):
    """Distances by the haversine formula, written apart from the package [km]."""
    lat1, lat2 = (np.arcsin(each.unit[:, 2]) for each in (a, b))
    lon1, lon2 = (np.arctan2(each.unit[:, 1], each.unit[:, 0]) for each in (a, b))
    half = (
        np.sin((lat1[:, None] - lat2) / 2) ** 2
        + np.cos(lat1)[:, None] * np.cos(lat2) * np.sin((lon1[:, None] - lon2) / 2) ** 2
    )
    return 2 * 6371.0 * np.arcsin(np.sqrt(half))


def exact_posterior(covariance, stations, targets, observed, noise=None):
    """Mean and sigma by a plain solve, written apart from the package."""

    def between(a, b):
        arc = great_circle(a, b)
        chord = 2 * 6371.0 * np.sin(arc / 2 / 6371.0)
        drop = np.abs(a.height[:, None] - b.height)
        near = (chord / covariance.local_length) ** covariance.local_power
        local = covariance.local**2 * np.exp(-near - drop / covariance.local_height)
        regional = covariance.regional**2 * np.exp(-arc / covariance.regional_length)
        return local + regional + np.outer(mountain(a), mountain(b)) * np.exp(-arc / 30)

    def mountain(places):
        return covariance.mountain * np.minimum(places.height / 1000, 1.5)

    level = np.full(len(stations), covariance.noise) if noise is None else noise
    weights = np.linalg.solve(
        between(stations, stations) + np.diag(level**2), between(stations, targets)
    )
    prior = covariance.local**2 + covariance.regional**2 + mountain(targets) ** 2
    left = prior - np.sum(weights * between(stations, targets), axis=0)
    return observed @ weights, np.sqrt(left)
