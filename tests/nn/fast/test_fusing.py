"""Convolutions fused with what follows them."""

import numpy as np
import pytest
import torch

from tropdsx.nn.fast.folding import fold_batch_norms
from tropdsx.nn.fast.fusing import fuse

from helpers.networks import ready, trained


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
