import sys

import pytest
import torch

from tropdsx.errors import InputError
from tropdsx.nn.diffusion.residual import FILM, ResidualNet

diffusers = pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")


def look(net, **changes):
    torch.manual_seed(1)
    given = {
        "noisy": torch.randn(2, 1, 9, 12),
        "steps": torch.tensor([10, 900]),
        "condition": torch.randn(2, 3, 9, 12),
        "film": torch.randn(2, FILM),
    }
    with torch.no_grad():
        return net(**given | changes)


def test_place_and_season_reach_every_block():
    torch.manual_seed(0)
    net = ResidualNet(3, width=8)
    blocks = [m for m in net.unet.modules() if type(m).__name__ == "ResnetBlock2D"]
    assert len(blocks) > 8
    assert all(block.time_embedding_norm == "scale_shift" for block in blocks)
    assert net.unet.config.class_embed_type == "identity"
    plain = look(net)
    assert plain.shape == (2, 1, 9, 12)
    for changes in (
        {"film": torch.zeros(2, FILM)},
        {"condition": torch.zeros(2, 3, 9, 12)},
        {"steps": torch.tensor([10, 10])},
    ):
        assert not torch.allclose(look(net, **changes)[1], plain[1])


def test_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(InputError, match=r"diffusion needs diffusers: pip install '.*\[diff"):
        ResidualNet(3, width=8)
