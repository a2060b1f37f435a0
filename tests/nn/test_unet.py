import pytest
import torch

from tropdsx.nn.unet import UNet


def test_parameters_are_those_of_tropds():
    assert sum(p.numel() for p in UNet(width=32).parameters()) == 12_487_073


def test_state_dict_has_tropds_names():
    keys = set(UNet(width=2).state_dict())
    for key in (
        "enc1.conv.0.weight",
        "enc1.conv.1.running_mean",
        "enc1.conv.4.bias",
        "enc2.block.1.conv.3.weight",
        "enc5.block.1.conv.0.bias",
        "bottleneck.conv.0.weight",
        "dec4.up.weight",
        "dec1.conv.conv.4.num_batches_tracked",
        "out.0.weight",
    ):
        assert key in keys
    assert len(keys) == 150


@pytest.mark.parametrize("size", [(180, 360), (37, 50), (16, 16), (91, 144)])
@pytest.mark.parametrize("padding", ["zeros", "globe"])
def test_any_grid_size(size, padding):
    net = UNet(width=1, padding=padding).eval()
    with torch.inference_mode():
        assert net(torch.rand(1, 1, *size)).shape == (1, 1, *size)


def test_absolute_head_is_positive():
    net = UNet(width=2).eval()
    assert (net(torch.rand(1, 1, 32, 32)) > 0).all()


def test_residual_head_starts_at_the_first_guess_and_stays_positive():
    net = UNet(in_channels=3, width=2, head="residual").eval()
    x = torch.rand(2, 3, 32, 48) + 0.01
    torch.testing.assert_close(net(x), x[:, :1])
    torch.nn.init.constant_(net.out[0].bias, -5.0)
    y = net(x)
    assert (y > 0).all()
    assert torch.isfinite(y).all()


def test_globe_padding_rolls_with_longitude():
    torch.manual_seed(0)
    net = UNet(width=2, padding="globe", head="residual").eval()
    torch.nn.init.normal_(net.out[0].weight)
    x = torch.rand(1, 1, 32, 64)
    torch.testing.assert_close(net(x.roll(16, -1)), net(x).roll(16, -1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("wrong", [{"padding": "mirror"}, {"head": "linear"}])
def test_unknown_options_are_refused(wrong):
    with pytest.raises(ValueError, match="accepted are"):
        UNet(**wrong)
