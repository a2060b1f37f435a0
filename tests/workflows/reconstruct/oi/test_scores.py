import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from tropdsx.workflows.reconstruct.oi.scores import crps_of_normal, score_estimates


@pytest.mark.parametrize(("error", "sigma"), [(0.0, 1.0), (1.3, 0.7), (-4.0, 2.0)])
def test_crps_is_the_integral_of_the_squared_difference_of_distributions(error, sigma):
    below = quad(lambda x: norm.cdf(x, 0, sigma) ** 2, -60, error)[0]
    above = quad(lambda x: (1 - norm.cdf(x, 0, sigma)) ** 2, error, 60)[0]
    found = crps_of_normal(np.array([error]), np.array([sigma]))[0]
    assert found == pytest.approx(below + above, rel=1e-5)


def test_scores_of_known_errors():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 3, 20_000)
    error = rng.normal(0.5, 2, 20_000)
    error[:10] = np.nan
    found = score_estimates(error, np.full(20_000, np.hypot(2, 0.5)), truth)
    assert found["count"] == 19_990
    assert found["bias"] == pytest.approx(-0.5, abs=0.05)
    assert found["rmse"] == pytest.approx(np.hypot(2, 0.5), rel=0.02)
    assert found["r2"] == pytest.approx(1 - 4.25 / 9, abs=0.02)
    np.testing.assert_allclose(found["coverage"], [0.5, 0.9, 0.95], atol=0.01)


def test_estimates_without_sigma_are_scored_by_their_absolute_error():
    found = score_estimates(np.array([1.0, -3.0]), np.full(2, np.nan), np.array([1.0, 2.0]))
    assert found["crps"] == found["mae"] == 2.0
    assert np.isnan(found["coverage"]).all()


def test_nothing_to_score():
    found = score_estimates(np.full(3, np.nan), np.ones(3), np.ones(3))
    assert found["count"] == 0
    assert np.isnan(found["rmse"])
