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


@pytest.mark.parametrize("experts", [False, True])
def test_members_share_both_atmospheres(fields, experts):
    """Every second one sees it mirrored: the mean of those results, for the cost of the members."""
    zhd, zwd, height = fields
    torch.manual_seed(0)
    options = {"members": 4, "experts": True} if experts else {"members": 2}
    net = NodalNet(
        width=8, blocks=1, places=4, slopes=2, spreads=2, mirror="shared", **options
    ).eval()
    for member in net.members:
        torch.nn.init.normal_(member.head.weight, std=0.3)
    lat, lon = mesh(np.arange(84.5, -85, -1), np.arange(0.5, 360, 10))
    points = (lat, lon, np.full(lat.size, 300.0))
    found, _ = correct(net, zhd, zwd, height, LAT, LON, points)  # epochs without neighbours
    assert net.passes == (([0, 1], [2, 3]) if experts else ([0], [1]))
    assert not net.pick_member(1).passes[1]
    half = net.pick_experts(informed=False)
    torch.testing.assert_close(
        correct(half, zhd, zwd, height, LAT, LON, points)[0], found, atol=1e-6, rtol=0
    )
    straight, _ = correct(half.pick_member(0), zhd, zwd, height, LAT, LON, points)
    turned = (field[..., ::-1, :] for field in (zhd, zwd, height))
    mirrored, _ = correct(half.pick_member(1), *turned, LAT, LON, points)
    mirrored = mirrored.reshape(2, 2, -1, 36).flip(-2).reshape(straight.shape)
    torch.testing.assert_close(found, (straight + mirrored) / 2, atol=1e-5, rtol=0)
    assert (straight - mirrored).abs().max() > 1e-3


def test_an_unknown_mirror_is_refused():
    with pytest.raises(ValueError, match="mirror is 'half'; accepted are False, True and 'shared'"):
        NodalNet(mirror="half")
