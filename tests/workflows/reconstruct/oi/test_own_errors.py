import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi import own_errors as module
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.own_errors import compare_medians, own_variances

from helpers.gaussian import draw

FIELD = Covariance(local=4e-3, regional=3e-3, mountain=0.0, noise=1e-3)


@pytest.fixture(scope="module")
def world():
    return draw(FIELD, stations=60, draws=20, seed=2, box=(45.0, 50.0, 10.0, 20.0))


def between(world):
    def matrix(rows):
        here = world.stations[rows]
        return FIELD.between(here, here) + FIELD.noise**2 * np.eye(rows.size)

    return matrix


def test_without_own_errors_each_is_compared_as_the_field_has_it(world):
    """The closed form of leaving one out, and errors that are as large as they should be."""
    matrix = between(world)(np.arange(60))
    inverse = np.linalg.inv(matrix)
    ratios = []
    for values in world.observed:
        error, sigma = compare_medians(values, world.stations, between(world))
        plain = (inverse @ values) / np.diag(inverse)
        assert np.std((error - plain) / sigma) < 0.5
        ratios.append(error / sigma)
    assert 0.8 < np.std(ratios) < 1.05


def test_own_errors_are_found_together(world):
    """Two in five, in pairs side by side, all too large."""
    wrong = np.arange(60) % 5 < 2
    for values in world.observed[:5]:
        spoiled = values + np.where(wrong, 0.05, 0.0)
        found = own_variances(spoiled, between(world)(np.arange(60)))
        assert np.sqrt(found[wrong]).min() > 0.02
        assert np.median(np.sqrt(found[~wrong])) < 2e-3
        error, sigma = compare_medians(spoiled, world.stations, between(world))
        assert np.abs(error[~wrong] / sigma[~wrong]).max() < 4.0
        np.testing.assert_allclose(error[wrong], 0.05, atol=5 * sigma[wrong].max())


def test_nothing_is_off_where_all_is_zero(world):
    assert own_variances(np.zeros(3), np.eye(3)).tolist() == [0.0, 0.0, 0.0]
    error, sigma = compare_medians(np.zeros(60), world.stations, between(world))
    inverse = np.linalg.inv(between(world)(np.arange(60)))
    assert (error == 0).all()
    np.testing.assert_allclose(sigma, 1 / np.sqrt(np.diag(inverse)), rtol=1e-6)


def test_missing_stations_have_no_say(world):
    values = world.observed[0].copy()
    values[::3] = np.nan
    error, sigma = compare_medians(values, world.stations, between(world))
    np.testing.assert_array_equal(np.isnan(error), np.isnan(values))
    np.testing.assert_array_equal(np.isnan(sigma), np.isnan(values))
    none = compare_medians(np.full(60, np.nan), world.stations, between(world))
    assert np.isnan(none).all()


def test_many_stations_are_compared_in_tiles(world, monkeypatch):
    spoiled = world.observed[0] + np.where(np.arange(60) == 7, 0.05, 0.0)
    whole = compare_medians(spoiled, world.stations, between(world))
    sizes = []
    monkeypatch.setattr(module, "NEAREST", 40)
    monkeypatch.setattr(module, "TILE", 15)
    plain = between(world)

    def counted(rows):
        sizes.append(rows.size)
        return plain(rows)

    error, sigma = compare_medians(spoiled, world.stations, counted)
    assert sizes == [40] * 4
    assert error[7] == pytest.approx(whole[0][7], abs=2e-3)
    assert np.median(np.abs(sigma / whole[1] - 1)) < 0.02
