import pytest
import torch

from tropdsx.nn.checkpoint import load, save
from tropdsx.nn.diffusion.network import ReconstructionNet


def test_a_mean_needs_no_diffusers_and_draws_nothing():
    net = ReconstructionNet(4, width=8)
    assert net.residual is None
    some = torch.zeros(1, 4, 8, 8)
    with pytest.raises(ValueError, match="a mean without diffusion"):
        net.look(some[:, :1], torch.zeros(1), some, (some[:, :1], some[:, :1]), some)


def test_sigma_is_that_expected_times_a_factor():
    net = ReconstructionNet(4, width=8)
    torch.nn.init.constant_(net.mean.out.bias, 0.5)
    mean, sigma = net.estimate(torch.zeros(1, 4, 8, 8), torch.full((1, 1, 8, 8), 2.0))
    assert mean.mean().item() == pytest.approx(0.5, abs=1e-6)
    assert sigma.mean().item() == pytest.approx(2 * 1.64, rel=0.02)  # exp(3 tanh(0.5 / 3))


@pytest.mark.parametrize("residual", [0, 8])
def test_a_checkpoint_brings_it_back(tmp_path, residual):
    if residual:
        pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")
    torch.manual_seed(0)
    net = ReconstructionNet(4, width=8, residual_width=residual)
    found = load(save(tmp_path / "net.safetensors", net, {"model_id": "net"}))
    assert found.card["network"] == "reconstruction"
    assert found.card["config"]["residual_width"] == residual
    for name, value in net.state_dict().items():
        assert torch.equal(found.module.state_dict()[name], value)
