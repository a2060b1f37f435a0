"""The fast decoder against the network's own, target by target."""

import numpy as np
import pytest
import torch

from tropdsx.grid.edges import find_edges
from tropdsx.nn import decoder as decoders
from tropdsx.nn.decoder import Heights, make_decoder
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Targets
from tropdsx.predict.channels import CHANNELS
from tropdsx.predict.points import locate_targets

GRIDS = {
    "5 to 1": (
        np.arange(87.5, -90, -5),
        np.arange(2.5, 360, 5),
        np.arange(89.5, -90, -1.0),
        np.arange(0.5, 360),
    ),
    "2 x 2.5 with poles to 1": (
        np.arange(90, -91, -2.0),
        np.arange(0, 360, 2.5),
        np.arange(89.5, -90, -1.0),
        np.arange(0.5, 360),
    ),
    "a box": (
        np.arange(60, 29, -5.0),
        np.arange(350, 386, 5.0),
        np.arange(57.3, 33, -0.7),
        np.arange(351.2, 380, 0.9),
    ),
}


@pytest.mark.parametrize("one_by_one", ["", "kept", "again"])
@pytest.mark.parametrize("case", GRIDS)
def test_decoder_equals_the_network(case, one_by_one, monkeypatch):
    if one_by_one:
        monkeypatch.setattr(decoders, "MOST_VALUES", 0)
        monkeypatch.setattr(decoders, "MOST_KEPT", 1e9 if one_by_one == "kept" else 0)
    lat, lon, fine_lat, fine_lon = GRIDS[case]
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    net = NodalNet(
        len(CHANNELS), width=8, blocks=1, places=5, slopes=3, spreads=2, members=2, mirror=True
    )
    for member in net.members:
        member.head.weight.data.normal_(std=0.2)
    height = rng.uniform(0, 3000, (lat.size, lon.size))
    mesh = [m.ravel() for m in np.meshgrid(fine_lat, fine_lon, indexing="ij")]
    fine_height = rng.uniform(0, 4000, mesh[0].size)
    table = locate_targets(lat, lon, height, *mesh, fine_height)
    targets = Targets(*(torch.from_numpy(part) for part in table))
    edges = find_edges(lat, lon)
    channels = torch.rand(2, len(CHANNELS), lat.size, lon.size)
    channels[:, 8] = torch.from_numpy(np.sin(np.radians(lat)))[None, :, None]
    scales = torch.rand(2, 2, lat.size, lon.size) * 0.02
    heights = Heights(*(torch.from_numpy(h).float() / 1000 for h in (height, fine_height)))
    with torch.inference_mode():
        coefficients = net.trunk(channels, scales, edges)
        mean, sigma = net.decode(coefficients, targets, edges)
        decoder = make_decoder(net, targets, heights, edges)
        assert bool(decoder.pieces) == bool(one_by_one)
        assert decoder.epochs == (8 if one_by_one == "again" else 1)
        fast_mean, fast_sigma = decoder(coefficients, sigma=True)
    assert mean.abs().max() > 1e-3
    torch.testing.assert_close(fast_mean, mean, rtol=0, atol=1e-7)
    torch.testing.assert_close(fast_sigma, sigma, rtol=1e-5, atol=1e-7)
