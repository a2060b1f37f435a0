import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator
from tropdsx.workflows.reconstruct.oi.scores import crps_of_normal
from tropdsx.workflows.train.diffusion.data import gather_lessons
from tropdsx.workflows.train.diffusion.scores import (
    Tally,
    crps_of_members,
    crps_of_pairs,
    score_mean,
)

from helpers.training import small


def test_many_members_score_as_their_distribution():
    members = np.random.default_rng(0).normal(size=(4000, 3))
    truth = np.array([0.0, 1.0, -3.0])
    np.testing.assert_allclose(
        crps_of_members(members, truth), crps_of_normal(truth, np.ones(3)), atol=0.04
    )


def test_few_members_score_as_many_where_the_score_is_fair():
    rng = np.random.default_rng(0)
    truth, half = rng.normal(size=40000), rng.normal(size=(4, 40000))
    exact = 1 / np.sqrt(np.pi)
    assert crps_of_members(half, truth).mean() == pytest.approx(1.25 * exact, rel=0.01)
    pairs = np.stack([half, -half], 1).reshape(8, -1)
    assert crps_of_pairs(pairs, truth).mean() == pytest.approx(exact, rel=0.01)


def test_a_tally_counts_known_nodes_by_their_area():
    tally = Tally(np.array([1.0, 3.0, 5.0]))
    tally.add(np.array([True, True, False]), a=np.array([4.0, 8.0, np.nan]))
    tally.add(np.array([True, True, True]), a=np.array([7.0, 7.0, 7.0]))
    assert tally.mean("a") == 7.0
    assert tally.root("a") == pytest.approx(7**0.5)


def test_an_untrained_network_scores_as_what_it_starts_from(fine):
    _, valid, facts = gather_lessons(fine, small("diffusion"))
    net = ReconstructionNet(13, width=8).eval()
    units = {"residual": 0.01, "field": 0.1, "field_spread": 0.1}
    units |= {"orography": 0.0, "orography_spread": 1.0, "lifted_spread": 1.0}
    found = score_mean(Estimator(net, {"window": 8, "statistics": units}, valid.setting), valid, 0)
    assert found["stations"] == 10
    assert found["mean_mm"] == pytest.approx(found["oi_mm"], rel=1e-5)
    assert found["mean_crps_mm"] == pytest.approx(found["oi_crps_mm"], rel=1e-5)
    assert facts["covariance"]["local"] > 0
