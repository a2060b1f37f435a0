"""Field networks: folded, exact, and the same whatever the batch."""

import numpy as np
import pytest
import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.nn.fast.folding import fold_batch_norms
from tropdsx.nn.fast.fusing import fuse
from tropdsx.nn.unet import UNet
from tropdsx.predict import session
from tropdsx.predict.field import FieldNetwork
from tropdsx.predict.session import Handle


def trained(**config):
    """A network whose batch norms have seen fields."""
    torch.manual_seed(1)
    net = UNet(**config).train()
    with torch.no_grad():
        for norm in (m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)):
            norm.weight.uniform_(0.7, 1.3)
            norm.bias.normal_(0, 0.1)
        for _ in range(3):
            net(torch.rand(2, net.config["in_channels"], 64, 96))
    return net.eval()


def ready(net, low=0.0, high=2.5, **handle):
    card = {"config": net.config, "normalisation": {"low": low, "high": high}}
    return FieldNetwork.from_checkpoint(Checkpoint(net, card, {}), Handle("", "", **handle))


@pytest.mark.parametrize("padding", ["zeros", "globe"])
@pytest.mark.parametrize("head", ["absolute", "residual"])
def test_folded_is_the_same_function(padding, head):
    net = trained(width=4, padding=padding, head=head)
    x = torch.rand(2, 1, 40, 72)
    with torch.inference_mode():
        torch.testing.assert_close(fold_batch_norms(net)(x), net(x), rtol=0, atol=2e-6)
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules()), "left as it was"


@pytest.mark.parametrize("padding", ["zeros", "globe"])
@pytest.mark.parametrize("head", ["absolute", "residual"])
@pytest.mark.parametrize("width", [4, 16])
def test_fused_is_the_same_function(padding, head, width):
    net = fold_batch_norms(trained(width=width, padding=padding, head=head, in_channels=2))
    net = net.to(memory_format=torch.channels_last)
    fast = fuse(net, (2, 45, 90))
    if fast is None:
        pytest.skip("this build of torch has no fused convolutions")
    tiled = [x for x in vars(fast).values() if isinstance(x, list)]
    assert ("Tiled" in repr(tiled)) == (width == 16)
    for shape in ((1, 2, 45, 90), (2, 2, 45, 90), (3, 2, 37, 64)):
        x = torch.rand(shape).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            torch.testing.assert_close(fast(x), net(x), rtol=0, atol=2e-6)


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


def fused_operations():
    """How to count the operations of convolutions that torch's counter does not know."""

    def plain(x, *_, out_val, **__):
        return 2 * out_val.numel() * x.shape[1] * 9

    def onto(_, x, *__, out_val, **___):
        return 2 * out_val.numel() * x.shape[1] * 9

    for function in (plain, onto):
        function._get_raw = True
    operations = torch.ops.mkldnn
    return {operations._convolution_pointwise: plain, operations._convolution_pointwise_: onto}


def test_work_and_memory_of_a_forward_pass():
    """What a timer would only blur: operations, and activations that glibc would map anew."""
    from torch.profiler import ProfilerActivity, profile
    from torch.utils.flop_counter import FlopCounterMode

    run = ready(trained(width=8))._refine  # in this thread, where it can be watched
    fields = np.ones((4, 180, 360), np.float32)
    run(fields)  # weights are packed once
    with FlopCounterMode(display=False, custom_mapping=fused_operations()) as counter:
        run(fields)
    # The network's own 1.62 GFLOP a slice: folding, fusing and padding add none.
    assert 4 * 1.61e9 <= counter.get_total_flops() <= 4 * 1.63e9
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        run(fields)
    largest = max(
        event.self_cpu_memory_usage / max(event.count, 1) for event in seen.key_averages()
    )
    assert largest < 32 * 2**20
