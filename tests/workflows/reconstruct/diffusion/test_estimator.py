import numpy as np
import pytest

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import load
from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator, find_model
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting

from helpers.reconstruction import make_model

LAT, LON = np.arange(33.0, -34, -6), np.arange(0.0, 360, 15)
FLAT = np.zeros((12, 24))
SETTING = Setting(LAT, LON, FLAT, FLAT, FLAT + 0.5, FLAT + 1.0)
TIME = np.datetime64("2024-02-29T18")


def scene(seed=0):
    rng = np.random.default_rng(seed)
    residual = np.where(rng.random(FLAT.shape) < 0.1, rng.normal(0, 0.01, FLAT.shape), np.nan)
    increment = rng.normal(0, 0.005, FLAT.shape)
    return Scene(FLAT + 0.12, increment, FLAT + 0.02, residual, FLAT == 0)


@pytest.fixture(scope="module")
def estimator(tmp_path_factory):
    pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")
    path = make_model(tmp_path_factory.mktemp("model") / "net.safetensors")
    found = load(path)
    return Estimator(found.module, found.card, SETTING)


def test_a_mean_that_says_nothing_is_optimal_interpolation(tmp_path):
    found = load(make_model(tmp_path / "net.safetensors", residual=0, size=0.0, sigma_factor=1.5))
    given = scene()
    estimate = Estimator(found.module, found.card, SETTING).estimate(given, TIME)
    np.testing.assert_allclose(estimate.mean, given.increment)
    np.testing.assert_allclose(estimate.sigma, 0.03, rtol=1e-5)


def test_members_surround_the_mean(estimator):
    given = scene()
    sampling = Sampling(members=6, steps=3, return_intermediates=2)
    drawn = estimator.draw(given, TIME, sampling)
    assert drawn.members.shape == (6, *FLAT.shape)
    np.testing.assert_array_equal(drawn.states[-1], drawn.members)
    again = estimator.draw(given, TIME, sampling)
    np.testing.assert_array_equal(again.members, drawn.members)
    other = estimator.draw(given, TIME, sampling, number=1)
    assert not np.allclose(other.members, drawn.members)


def test_replaced_members_honour_the_stations(estimator):
    given = scene()
    drawn = estimator.draw(
        given, TIME, Sampling(members=4, steps=3, consistency="replacement"), noise=FLAT + 0.001
    )
    there = np.isfinite(given.residual)
    off = (drawn.members - given.residual)[:, there]
    assert np.abs(off).max() < 0.005
    assert off.std() == pytest.approx(0.001, rel=0.3)


def test_other_checkpoints_are_refused(tmp_path):
    for name in (None, "none"):
        with pytest.raises(CheckpointError, match="needs a network, and model is 'none'"):
            find_model(name)
    with pytest.raises(CheckpointError, match="holds a network of form nodal; accepted is"):
        find_model("heldout")
    path = make_model(tmp_path / "net.safetensors", residual=0)
    model = find_model(path)
    assert not model.draws
    assert model.network() is model.network()


def test_the_shipped_one_is_the_default():
    found = find_model("default")
    assert found == find_model("stations")
    assert not found.draws
    assert found.card["model_id"] == "tropdsx-stations-2"
    for each in found.card["reconstruction"]:
        assert each["mean_mm"] <= 0.93 * each["oi_mm"]
        assert each["mean_crps_mm"] < each["oi_crps_mm"]
