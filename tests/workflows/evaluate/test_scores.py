import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.workflows.evaluate.scores import (
    MOMENTS,
    QUANTILES,
    area_weight,
    moments,
    scores_of,
    within,
)

from helpers.evaluation import pair


def test_scores_equal_their_definitions():
    fine, truth = pair()
    weight = area_weight(np.linspace(80, -80, 40))[:, None] * np.ones((1, 60))
    found = scores_of((moments(fine, truth) * weight).reshape(len(MOMENTS), -1).sum(-1))
    error = fine - truth
    mean = np.average(truth, weights=weight)
    assert found["rmse"] == pytest.approx(np.sqrt(np.average(error**2, weights=weight)))
    assert found["mae"] == pytest.approx(np.average(np.abs(error), weights=weight))
    assert found["bias"] == pytest.approx(np.average(error, weights=weight))
    assert found["relative_bias"] == pytest.approx(np.average(error, weights=weight) / mean)
    covariance = np.cov(fine.ravel(), truth.ravel(), aweights=weight.ravel())
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found["correlation"] == pytest.approx(expected)
    spread = np.average((truth - mean) ** 2, weights=weight)
    assert found["r2"] == pytest.approx(1 - np.average(error**2, weights=weight) / spread)


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(1, 39), seed=st.integers(0, 10))
def test_sums_of_parts_are_the_sums_of_the_whole(cut, seed):
    fine, truth = pair(seed)
    whole = moments(fine, truth).sum((1, 2))
    parts = [moments(fine[s], truth[s]).sum((1, 2)) for s in (slice(cut), slice(cut, None))]
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-12)


def test_missing_values_and_masked_nodes_do_not_count():
    fine, truth = pair()
    hole, spoilt = fine.copy(), fine.copy()
    hole[3:9, 5:20] = np.nan
    spoilt[3:9, 5:20] = 1e9
    mask = np.ones(fine.shape)
    mask[3:9, 5:20] = 0
    a = scores_of(moments(hole, truth).sum((1, 2)))
    b = scores_of(moments(spoilt, truth, mask).sum((1, 2)))
    for name in a:
        assert a[name] == pytest.approx(b[name])


def test_nothing_summed_gives_nan_and_a_constant_has_no_correlation():
    empty = scores_of(np.zeros(len(MOMENTS)))
    assert all(np.isnan(value) for value in empty.values())
    flat = scores_of(moments(np.full(9, 0.2), np.full(9, 0.2)).sum(-1))
    assert flat["rmse"] == 0
    assert np.isnan(flat["correlation"])
    assert np.isnan(flat["r2"])


def test_right_sigma_covers_what_it_says():
    rng = np.random.default_rng(1)
    sigma = rng.uniform(0.001, 0.02, 200_000)
    known, *inside = within(sigma * rng.normal(size=sigma.size), sigma).sum(-1)
    for share, percent in zip(inside, QUANTILES, strict=True):
        assert share / known == pytest.approx(percent / 100, abs=0.005)
    assert within([0.0, 1.0], [np.nan, 0.5])[0].tolist() == [0, 1]
