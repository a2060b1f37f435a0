"""The ordinary ways."""

import numpy as np
import pytest

from tropdsx.workflows.reconstruct.levels.estimates import (
    NEAREST,
    PRIOR,
    estimate_climatology,
    estimate_idw,
    estimate_oi,
    scaled,
)
from tropdsx.workflows.reconstruct.oi.covariance import Places

GAPS = np.array([[1.0, 5.0, np.nan], [3.0, np.nan, np.nan], [8.0, 7.0, np.nan]])


def test_climatology_is_mean_and_spread_with_n_minus_1():
    found = estimate_climatology(GAPS, 4)
    assert found.mean.shape == found.sigma.shape == (4, 3)
    np.testing.assert_allclose(found.mean[0], [4.0, 6.0, np.nan])
    np.testing.assert_allclose(found.sigma[0], [np.std([1, 3, 8], ddof=1), 2**0.5, np.nan])
    np.testing.assert_allclose(found.loo[:, 0], [1 - 5.5, 3 - 4.5, 8 - 2.0])


def test_inverse_distances_are_those_of_the_nearest():
    rng = np.random.default_rng(0)
    columns = Places.at(rng.uniform(40, 50, 30), rng.uniform(0, 10, 30))
    values = rng.normal(size=(30, 2))
    values[::2, 1] = np.nan
    targets = Places.at([45.0, 41.0], [5.0, 9.0])
    found = estimate_idw(values, columns, targets).mean
    for target in range(2):
        for level in range(2):
            there = np.flatnonzero(np.isfinite(values[:, level]))
            cosine = columns.unit[there] @ targets.unit[target]
            away = np.arccos(cosine)
            near = np.argsort(away)[:NEAREST]
            wanted = np.average(values[there[near], level], weights=away[near] ** -2.0)
            assert found[target, level] == pytest.approx(wanted, rel=1e-6)


def test_an_observed_place_is_met():
    columns = Places.at([40.0, 45.0, 50.0], [0.0, 5.0, 9.0])
    found = estimate_idw(GAPS, columns, columns)
    known = np.isfinite(GAPS)
    np.testing.assert_allclose(found.mean[known], GAPS[known], rtol=1e-9)


def test_interpolation_falls_back_where_there_is_little(seen):
    values, places = seen.values.copy(), Places.at(seen.lat, seen.lon)
    values[:, 5] = np.nan
    values[:3, 5] = 7.0
    values[:, 6] = np.nan
    found = estimate_oi(values, places, places[:2])
    np.testing.assert_allclose(found.mean[:, 5], 7.0)
    assert np.isnan(found.mean[:, 6]).all()
    assert np.isfinite(found.mean[:, :5]).all()
    near = np.abs(found.mean[0, :5] - values[0, :5])
    assert (near < 0.5).all()
    assert (found.sigma[:, :5] < values[:, :5].std(0)).all()


def test_shares_get_their_unit():
    found = scaled(PRIOR, 4.0)
    assert (found.local, found.noise) == (4 * PRIOR.local, 4 * PRIOR.noise)
    assert found.local_length == PRIOR.local_length
