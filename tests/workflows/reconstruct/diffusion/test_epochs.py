import pickle

import numpy as np
import pytest

from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.estimator import find_model
from tropdsx.workflows.reconstruct.diffusion.places import grid_stations
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator

from helpers.reconstruction import make_model

pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")

LAT, LON = np.arange(49.0, 37, -1), np.arange(0.0, 24)
FLAT = np.zeros((12, 24))
SETTING = Setting(LAT, LON, FLAT, FLAT, FLAT + 0.5, FLAT + 1.0)
TIMES = np.array(["2024-02-29T00", "2024-02-29T06"], "M8[ns]")
STATIONS = np.array([45.0, 41.0, 47.2, 60.0]), np.array([3.0, 12.0, 20.4, 5.0])
SEEN = np.array([[0.02, -0.01, 0.005, 0.1], [np.nan, 0.01, 0.0, 0.1]])
COVARIANCE = Covariance(regional=0.0, noise=1e-3)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    masked = {"objective": "ambient", "mask": "bernoulli", "hide": 0.6}
    return {
        "plain": make_model(folder / "plain.safetensors"),
        "far": make_model(folder / "far.safetensors", size=2.0),
        "ambient": make_model(folder / "ambient.safetensors", **masked),
        "gaps": make_model(folder / "gaps.safetensors", gaps=0.5, **masked),
    }


def analysis(path, **given):
    stations = Places.at(*STATIONS)
    targets = Places.at(*np.meshgrid(LAT, LON, indexing="ij"))
    sampling = Sampling(**{"members": 4, "steps": 3, "masking": "complete", **given})
    noise = np.full(4, COVARIANCE.noise)
    nodes = grid_stations(SETTING, *STATIONS)
    return Analysis(
        Interpolator(COVARIANCE, stations, targets),
        SETTING,
        nodes,
        noise,
        find_model(path),
        sampling,
        (0.05, 0.5, 0.95),
    )


def run(add, zwd=0.12):
    shape = (2, *FLAT.shape)
    fields = (np.full(shape, value, np.float32) for value in (2.3, zwd))
    found = add(*fields, SEEN, TIMES)
    return dict(zip(add.outputs, found, strict=True))


def test_mean_sigma_and_quantiles_are_those_of_the_members(paths):
    found = run(analysis(paths["plain"], return_members=True, return_intermediates=2))
    members = found["ztd_member"]
    assert members.shape == (2, 4, *FLAT.shape)
    np.testing.assert_allclose(2.3 + found["zwd"], members.mean(1), atol=1e-6)
    np.testing.assert_allclose(found["ztd_sigma"], members.std(1, ddof=1), rtol=1e-3, atol=1e-7)
    assert (np.diff(found["ztd_quantile"], axis=1) >= 0).all()
    whole = np.float32(2.3) + found["zwd"]
    np.testing.assert_array_equal(found["ztd_denoising"][:, -1], whole)
    assert not np.array_equal(found["ztd_denoising"][:, 0], found["ztd_denoising"][:, 1])


def test_an_epoch_does_not_depend_on_its_block(paths):
    add = analysis(paths["plain"])
    both = run(add)
    part = add(
        *(np.full((1, 12, 24), value, np.float32) for value in (2.3, 0.12)), SEEN[1:], TIMES[1:]
    )
    np.testing.assert_array_equal(part[0][0], both["zwd"][1])
    sent = pickle.loads(pickle.dumps(add))
    np.testing.assert_array_equal(run(sent)["zwd"], both["zwd"])


@pytest.mark.parametrize("consistency", ["replacement", "nudging"])
def test_members_honour_the_stations_without_a_halo(paths, consistency):
    """Within a sigma at 68 % of stations, and no jump beyond twice that of the other members."""
    free = run(analysis(paths["far"], return_members=True))["ztd_member"]
    found = run(analysis(paths["far"], return_members=True, consistency=consistency))
    nodes = [n for n in grid_stations(SETTING, *STATIONS) if n >= 0]
    # The noise of an observation, and how far from its node the third station lies.
    sigma = np.array([COVARIANCE.noise, COVARIANCE.noise, 4e-3])
    off = found["ztd_member"].reshape(2, 4, -1)[..., nodes] - 2.42 - SEEN[:, None, :3]
    mean, known = off.mean(axis=1), np.isfinite(SEEN[:, :3])
    assert np.mean((np.abs(mean) <= sigma)[known]) >= 0.68
    before = free.reshape(2, 4, -1)[..., nodes].mean(1) - 2.42 - SEEN[:, :3]
    assert np.mean((np.abs(before) <= sigma)[known]) < 0.68
    if consistency == "nudging":
        jumps = [np.abs(np.diff(each, axis=-1)).max() for each in (found["ztd_member"], free)]
        assert jumps[0] <= 2 * jumps[1]


def test_each_pair_sees_stations_of_its_own_where_training_hid_some(paths):
    plain = analysis(paths["ambient"], return_members=True, masking="complete", members=6)
    masked = analysis(paths["ambient"], return_members=True, masking="ambient", members=6)
    one, two = run(plain)["ztd_member"], run(masked)["ztd_member"]
    assert one.shape == two.shape
    node = grid_stations(SETTING, *STATIONS)[0]
    at = two.reshape(2, 6, -1)[0, :, node]
    pairs = at.reshape(3, 2).mean(1)
    assert np.ptp(pairs) > 0.005  # who does not see the station is elsewhere
    apart = one.reshape(2, 6, -1)[0, :, node].reshape(3, 2).mean(1)
    assert np.ptp(apart) < 0.005


def test_as_much_is_hidden_as_in_training(paths, monkeypatch):
    """The gaps of the training fields, and what was hidden beside them."""
    shares = []

    def keep(kind, valid, share, *rest):
        shares.append(share)
        return draw_mask(kind, valid, share, *rest)

    monkeypatch.setattr("tropdsx.workflows.reconstruct.diffusion.epochs.draw_mask", keep)
    run(analysis(paths["ambient"], masking="ambient"))
    run(analysis(paths["gaps"], masking="ambient"))
    assert shares == pytest.approx([0.6] * 4 + [0.8] * 4)


def test_outside_of_the_grid_nothing_is_known(paths):
    add = analysis(paths["plain"])
    zwd = np.full((2, *FLAT.shape), 0.12)
    zwd[:, :3] = np.nan
    found = dict(zip(add.outputs, add(zwd + 2.2, zwd, SEEN, TIMES), strict=True))
    assert np.isnan(found["zwd"][:, :3]).all()
    assert np.isnan(found["ztd_sigma"][:, :3]).all()
    assert np.isfinite(found["zwd"][:, 3:]).all()


@pytest.mark.parametrize("kind", ["plain", "ambient"])
def test_an_odd_number_of_members(paths, kind):
    masking = "ambient" if kind == "ambient" else "complete"
    found = run(analysis(paths[kind], members=5, return_members=True, masking=masking))
    members = found["ztd_member"]
    assert members.shape == (2, 5, *FLAT.shape)
    np.testing.assert_allclose(2.3 + found["zwd"], members.mean(1), atol=1e-6)
    np.testing.assert_allclose(found["ztd_sigma"], members.std(1, ddof=1), rtol=1e-3, atol=1e-7)
    assert (np.ptp(members, axis=1) > 0).all()


def test_the_analysis_stays_above_zero_and_members_keep_their_mean(paths):
    """Members that were clipped one by one would be too wet: theirs is the analysis."""
    found = run(analysis(paths["plain"], return_members=True), zwd=0.001)
    assert found["zwd"].min() == 0.0
    members = found["ztd_member"]
    np.testing.assert_allclose(members.mean(1), 2.3 + found["zwd"], atol=1e-6)
    np.testing.assert_allclose(members.std(1, ddof=1), found["ztd_sigma"], rtol=1e-3, atol=1e-7)
    clipped = np.maximum(members, 2.3).mean(1)
    assert (clipped - 2.3 - found["zwd"]).max() > 1e-3
