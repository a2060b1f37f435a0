"""A U-Net in bands of rows: the function of the whole, in the memory of some rows."""

import pytest
import torch

from tropdsx.nn.fast.folding import fold_batch_norms
from tropdsx.nn.fast.fusing import fuse
from tropdsx.nn.fast.row_bands import Banded, UNetLevels, in_bands, levels_of
from tropdsx.nn.unet import UNet

from helpers.networks import trained


def folded(**config):
    """A network that refines: a residual head begins with zeros."""
    net = fold_batch_norms(trained(**config)).to(memory_format=torch.channels_last)
    if config.get("head") == "residual":
        for parameter in net.out[0].parameters():
            parameter.detach().normal_(std=0.2)
    return net


@pytest.fixture
def one_thread():
    """As predictions run; several threads share out the rows of bands otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(("padding", "head"), [("zeros", "absolute"), ("globe", "residual")])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_bands_of_fused_layers_change_no_bit(padding, head, depth):
    fast = fuse(folded(width=8, padding=padding, head=head))
    if fast is None:
        pytest.skip("this build of torch has no fused convolutions")
    x = torch.rand(2, 1, 93, 40)
    with torch.inference_mode():
        found = Banded(levels_of(fast), rows=16, depth=depth)(x)
        assert torch.equal(found, fast(x.contiguous(memory_format=torch.channels_last)))


def test_bands_on_several_threads_differ_by_rounding():
    fast = fuse(folded(width=8))
    if fast is None:
        pytest.skip("this build of torch has no fused convolutions")
    x, before = torch.rand(1, 1, 93, 40), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with torch.inference_mode():
            whole = fast(x.contiguous(memory_format=torch.channels_last))
            found = Banded(levels_of(fast), rows=16, depth=3)(x)
    finally:
        torch.set_num_threads(before)
    torch.testing.assert_close(found, whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize("padding", ["zeros", "globe"])
@pytest.mark.parametrize("rows", [64, 67, 80])
def test_bands_of_plain_layers_differ_by_rounding(padding, rows):
    net = folded(width=4, padding=padding)
    x = torch.rand(1, 1, rows, 38)
    with torch.inference_mode():
        found = Banded(UNetLevels(net), rows=16, depth=4)(x)
        torch.testing.assert_close(found, net(x), rtol=0, atol=4e-7)


def test_the_margin_is_needed():
    net = folded(width=4)
    x = torch.rand(1, 1, 128, 32)
    banded = Banded(UNetLevels(net), rows=16, depth=2)
    with torch.inference_mode(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("tropdsx.nn.fast.row_bands.MARGIN", 0)
        assert (banded(x) - net(x)).abs().max() > 1e-5


def test_no_band_is_larger_than_its_memory():
    net = UNet(width=8).eval()
    memory, seen = 2**23, []
    banded = in_bands(net, (720, 256), 8, memory)
    net.enc1.register_forward_hook(lambda _, __, out: seen.append(4 * out.nbytes))
    with torch.inference_mode():
        banded(torch.zeros(1, 1, 720, 256))
    assert len(seen) > 6
    # Rows are cut at multiples of eight, and the last band takes what is left over.
    assert max(seen) <= memory * 1.25


def test_what_is_no_unet_stays_as_it_is():
    identity = torch.nn.Identity()
    assert in_bands(identity, (1801, 3600), 32, 1e6) is identity
