"""Modes carried by the surface."""

import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.reconstruct.levels.score_analysis import estimate_modes, usual_count
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places


@pytest.fixture(scope="module")
def parts(sea):
    """Columns: their values below the surface, the surface, places with the number of levels."""
    flat = sea.values.reshape(sea.shape[0], -1).T
    lat, lon = np.meshgrid(sea.latitude, sea.longitude, indexing="ij")
    there = np.isfinite(flat[:, 0])
    height = np.isfinite(flat).sum(1)[there]
    return flat[there], Places.at(lat.ravel()[there], lon.ravel()[there], height)


def divided(parts, seed, count=40):
    values, places = parts
    seen = np.zeros(len(values), bool)
    seen[np.random.default_rng(seed).choice(len(values), count, replace=False)] = True
    surface = values[seen, 0], values[~seen, 0]
    return values[seen, 1:], surface, places[seen], places[~seen], values[~seen, 1:]


def test_most_of_what_the_surface_shows_is_found(parts):
    *given, truth = divided(parts, 0)
    found = estimate_modes(*given)
    error = found.mean - truth
    rmse = np.sqrt(np.nanmean(error**2, axis=0))
    assert rmse[0] < 0.2 * np.nanstd(truth[:, 0])
    assert (rmse < 0.8 * np.nanstd(truth, axis=0)).all()
    assert found.about["explained"].sum() > 0.95
    assert abs(found.about["scores"][0]["slope"]) > 0.5


def test_sigma_is_as_large_as_the_errors(parts):
    """Over several draws, in 90 % of the cases the truth is within 1.645 sigma."""
    inside = []
    for seed in range(3):
        *given, truth = divided(parts, seed)
        found = estimate_modes(*given)
        known = np.isfinite(truth)
        inside.append((np.abs(found.mean - truth) < 1.645 * found.sigma)[known])
    assert 0.84 < np.concatenate(inside).mean() < 0.97


def test_left_out_errors_are_those_of_leaving_out(parts):
    """The closed form against doing it, with modes, covariance and slope as they are."""
    values, surface, columns, _, _ = divided(parts, 0)
    found = estimate_modes(values, (surface[0], surface[0][:1]), columns, columns[:1])
    rmse = np.sqrt(np.nanmean(found.loo**2))
    errors = []
    for out in range(0, 40, 8):
        kept = np.arange(40) != out
        alone = estimate_modes(
            values[kept], (surface[0][kept], surface[0][~kept]), columns[kept], columns[~kept]
        )
        errors.append(alone.mean[0] - values[out])
    done = np.sqrt(np.nanmean(np.array(errors) ** 2))
    assert 0.4 < done / rmse < 2.5


def test_the_posterior_of_a_known_gaussian_field():
    """One mode, no link to the surface: simple kriging with the true covariance, nearly."""
    rng = np.random.default_rng(2)
    truth = Covariance(local=1.0, local_length=300.0, local_power=1.0, regional=0.0, noise=1e-3)
    places = Places.at(rng.uniform(40, 50, 200), rng.uniform(0, 15, 200))
    matrix = truth.between(places, places) + 1e-8 * np.eye(200)
    score = np.linalg.cholesky(matrix) @ rng.normal(size=200)
    values = 10.0 + np.outer(score, [1.0, 0.5, -0.2])
    surface = rng.normal(size=200)
    found = estimate_modes(
        values[:120], (surface[:120], surface[120:]), places[:120], places[120:], count=1
    )
    weights = np.linalg.solve(matrix[:120, :120], matrix[:120, 120:])
    exact = weights.T @ score[:120]
    spread = np.sqrt(1.0 - np.einsum("ij,ij->j", weights, matrix[:120, 120:]))
    own = found.mean[:, 0] - 10.0
    assert np.sqrt(np.mean((own - exact) ** 2)) < 0.25 * np.sqrt(
        np.mean((exact - score[120:]) ** 2)
    )
    np.testing.assert_allclose(np.median(found.sigma[:, 0] / spread), 1.0, atol=0.2)


def test_units_do_not_matter(parts):
    *given, _ = divided(parts, 1)
    values, surface, *places = given
    one = estimate_modes(values, surface, *places)
    other = estimate_modes(values * 100 + 27315, tuple(s * 100 + 27315 for s in surface), *places)
    np.testing.assert_allclose(other.mean, one.mean * 100 + 27315, rtol=2e-4)
    np.testing.assert_allclose(other.sigma, one.sigma * 100, rtol=0.02)


def test_blocks_of_targets_change_nothing(parts, monkeypatch):
    *given, _ = divided(parts, 1)
    whole = estimate_modes(*given)
    name = "tropdsx.workflows.reconstruct.levels.score_analysis._BLOCK"
    monkeypatch.setattr(name, 100)
    pieces = estimate_modes(*given)
    np.testing.assert_allclose(pieces.mean, whole.mean, rtol=1e-6)
    np.testing.assert_allclose(pieces.sigma, whole.sigma, rtol=1e-6)


def test_a_surface_that_is_everywhere_the_same_tells_nothing(parts):
    values, surface, *places, truth = divided(parts, 1)
    flat = tuple(np.full(each.size, 15.0) for each in surface)
    found = estimate_modes(values, flat, *places)
    assert found.about["scores"][0]["slope"] == 0
    rmse = np.sqrt(np.nanmean((found.mean - truth) ** 2))
    assert rmse < np.nanstd(truth - np.nanmean(truth, 0))


def test_numbers_of_modes():
    assert [usual_count(n, 11) for n in (3, 25, 500)] == [1, 2, 8]
    assert usual_count(500, 4) == 4
    with pytest.raises(DomainError, match="30 patterns"):
        estimate_modes(np.eye(5), (np.ones(5), np.ones(1)), Places.at(np.arange(5.0), np.zeros(5)),
                       Places.at([0.5], [0.0]), count=30)  # fmt: skip
