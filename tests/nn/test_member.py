"""Members of an ensemble, and experts among them."""

import numpy as np
import pytest
import torch

from tropdsx.nn.nodal import NodalNet

from helpers.networks import LAT, LON, correct, mesh


def test_members_are_averaged_and_learn_alone(fields):
    zhd, zwd, height = fields
    torch.manual_seed(0)
    net = NodalNet(width=8, blocks=1, places=4, slopes=2, spreads=2, members=3).eval()
    for member in net.members:
        torch.nn.init.normal_(member.head.weight, std=0.3)
    lat, lon = mesh(np.arange(84.5, -85, -7), np.arange(0.5, 360, 10))
    points = (lat, lon, np.full(lat.size, 300.0))
    together, _ = correct(net, zhd, zwd, height, LAT, LON, points)
    alone = [correct(net.pick_member(k), zhd, zwd, height, LAT, LON, points)[0] for k in range(3)]
    torch.testing.assert_close(together, torch.stack(alone).mean(0), atol=1e-6, rtol=0)
    assert not torch.allclose(alone[0], alone[1])
    assert len(net.pick_member(2).members) == 1
    assert len(net.members) == 3, "left as it was"
    assert net.pick_member(1).stem.conv.weight is net.others[0].stem.conv.weight, "no copy"


def test_experts_work_for_their_epochs(fields):
    zhd, zwd, height = fields
    torch.manual_seed(0)
    net = NodalNet(width=8, blocks=1, places=4, slopes=2, spreads=2, members=4, experts=True).eval()
    for member in net.members:
        torch.nn.init.normal_(member.head.weight, std=0.3)
    lat, lon = mesh(np.arange(84.5, -85, -7), np.arange(0.5, 360, 10))
    points = (lat, lon, np.full(lat.size, 300.0))
    before = [np.where(np.arange(2)[:, None, None] == 1, f, np.nan) for f in (zhd, zwd)]
    mixed, sigma = correct(net, zhd, zwd, height, LAT, LON, points, before=before)
    for epoch, numbers in ((0, (0, 2)), (1, (1, 3))):
        alone = [
            correct(net.pick_member(k), zhd, zwd, height, LAT, LON, points, before=before)
            for k in numbers
        ]
        mean, spread = (torch.stack(each) for each in zip(*alone, strict=True))
        torch.testing.assert_close(mixed[epoch], mean.mean(0)[epoch], atol=1e-6, rtol=0)
        torch.testing.assert_close(sigma[epoch], spread.log().mean(0).exp()[epoch])
    with torch.autocast("cpu", torch.bfloat16):
        rough, _ = correct(net, zhd, zwd, height, LAT, LON, points, before=before)
    torch.testing.assert_close(rough.float(), mixed, atol=5e-3, rtol=0)
    with pytest.raises(ValueError, match="pairs"):
        NodalNet(members=3, experts=True)
