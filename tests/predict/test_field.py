"""Field networks: folded, exact, and the same whatever the batch."""

import numpy as np
import pytest
import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.fast.row_bands import Banded
from tropdsx.nn.unet import UNet
from tropdsx.predict import session

from helpers.networks import ready, trained


@pytest.mark.parametrize("size", [(36, 72), (90, 180)])
def test_pairs_of_slices_change_no_bit(size):
    run = ready(trained(width=32))._refine
    fields = np.random.default_rng(0).uniform(1.0, 2.4, (5, *size)).astype(np.float32)
    single = np.concatenate([run(each[None]) for each in fields])
    np.testing.assert_array_equal(run(fields), single)


def test_without_fused_convolutions_the_module_works(monkeypatch):
    network = ready(trained(width=4))
    fields = np.random.default_rng(0).uniform(1.0, 2.4, (3, 40, 72)).astype(np.float32)
    fast = network(fields)
    monkeypatch.setattr(session, "fuse", lambda *_: None)
    plain = ready(trained(width=4))
    assert plain.network.fast is None
    np.testing.assert_allclose(plain(fields), fast, rtol=0, atol=2e-6)


@pytest.mark.parametrize("width", [8, pytest.param(32, marks=pytest.mark.slow)])
def test_float32_is_within_a_twentieth_of_a_millimetre_of_float64(width):
    net = trained(width=width)
    fields = np.random.default_rng(0).uniform(0.6, 2.4, (2, 180, 360)).astype(np.float32)
    exact = net.double()(torch.from_numpy(fields.astype(float) / (2.5 + 1e-8))[:, None])
    exact = exact.detach().numpy()[:, 0] * 2.5
    found = ready(net.float())(fields)
    assert np.abs(found - exact).max() < 5e-5


@pytest.mark.parametrize("width", [4, 8])
def test_the_blocks_change_no_bit(width):
    run = ready(trained(width=width))
    fields = np.random.default_rng(0).uniform(0, 2.5, (7, 90, 180)).astype(np.float32)
    whole = run(fields)
    for size in (1, 2, 3, 5):
        parts = [run(fields[k : k + size]) for k in range(0, 7, size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("fused", [True, False])
def test_large_fields_go_through_in_bands_of_rows(monkeypatch, fused):
    if not fused:
        monkeypatch.setattr(session, "fuse", lambda *_: None)
    run = ready(trained(width=8, padding="globe"))
    fields = np.random.default_rng(0).uniform(1.0, 2.4, (3, 150, 64)).astype(np.float32)
    whole = run(fields)
    monkeypatch.setattr("tropdsx.predict.field.LARGE", 0)
    monkeypatch.setattr("tropdsx.predict.field.BAND_BYTES", 2**20)
    cut = []
    bands = Banded._bands

    def counted(*given, **more):
        cut.append(list(bands(*given, **more)))
        return cut[-1]

    monkeypatch.setattr(Banded, "_bands", counted)
    banded = run(fields)
    assert len(cut) == 6
    assert min(map(len, cut)) > 1
    if fused and run.network.fast is not None:
        np.testing.assert_array_equal(banded, whole)
    np.testing.assert_allclose(banded, whole, rtol=0, atol=1e-6)


def test_a_grid_too_small_to_halve_four_times():
    with pytest.raises(CheckpointError, match="16 x 16 or more, found 8 x 40"):
        ready(trained(width=4))(np.ones((1, 8, 40), np.float32))


def test_longitude_is_periodic():
    run = ready(trained(width=4, padding="globe"))
    field = np.random.default_rng(0).uniform(0, 2.5, (1, 32, 64)).astype(np.float32)
    # By the stride of four poolings.
    np.testing.assert_allclose(
        run(np.roll(field, 16, -1)), np.roll(run(field), 16, -1), rtol=0, atol=2e-6
    )


def test_settings_are_restored():
    threads = torch.get_num_threads()
    ready(trained(width=4))(np.ones((1, 32, 64), np.float32))
    assert torch.get_num_threads() == threads
    assert not torch.is_inference_mode_enabled()


def test_a_network_of_several_fields_is_refused():
    with pytest.raises(CheckpointError, match="one field"):
        ready(UNet(in_channels=2, width=2))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_gpu_agrees_with_cpu():
    net = trained(width=8)
    fields = np.random.default_rng(0).uniform(0, 2.5, (5, 90, 180)).astype(np.float32)
    here = ready(net)(fields)
    np.testing.assert_allclose(ready(net, device="cuda")(fields), here, rtol=0, atol=5e-5)
