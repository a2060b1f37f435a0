import numpy as np
import pytest
import torch

from tropdsx.grid.edges import find_edges
from tropdsx.nn.lattice import Lattice, decode_lattice
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Targets, node_distance
from tropdsx.predict.channels import node_input
from tropdsx.predict.points import locate_targets
from tropdsx.workflows.train.nodal.pairs import sort_into_cells

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    net = NodalNet(width=12, blocks=2, places=6, slopes=2, spreads=3).eval()
    torch.nn.init.normal_(net.head.weight, std=0.3)
    return net


@pytest.fixture(scope="module")
def fields():
    rng = np.random.default_rng(1)
    height = np.abs(rng.normal(size=(36, 72))) * 800
    return 2.2 + 0.05 * rng.normal(size=(2, 36, 72)), 0.1 + 0.02 * rng.random((2, 36, 72)), height


def correct(net, zhd, zwd, height, lat, lon, points, **neighbours):
    given = node_input(zhd, zwd, height, lat, lon, **neighbours)
    table = Targets(*map(torch.from_numpy, locate_targets(lat, lon, height, *points)))
    with torch.inference_mode():
        return net(*map(torch.from_numpy, given), table, tuple(find_edges(lat, lon)))


def mesh(lat, lon):
    return [a.ravel() for a in np.meshgrid(lat, lon, indexing="ij")]


def test_nodes_are_kept_exactly(net, fields):
    zhd, zwd, height = fields
    points = (*mesh(LAT, LON), height.ravel())
    mean, sigma = correct(net, zhd, zwd, height, LAT, LON, points)
    assert mean.shape == (2, 2, 36 * 72)
    assert mean.abs().max() == 0.0
    assert sigma.max() < 1e-4


def test_between_the_nodes_something_happens(net, fields):
    zhd, zwd, height = fields
    lat, lon = mesh(np.arange(89.5, -90, -7), np.arange(0.5, 360, 9))
    mean, sigma = correct(net, zhd, zwd, height, LAT, LON, (lat, lon, 0 * lat))
    assert mean.abs().max() > 1e-3
    assert torch.isfinite(mean).all()
    assert (sigma > 0).all()


def test_rolling_whole_cells_rolls_the_result(net, fields):
    zhd, zwd, height = fields
    lat, lon = mesh(np.arange(89.5, -90, -4), np.arange(0.5, 360, 5))
    points = (lat, lon, np.full(lat.size, 100.0))
    plain, _ = correct(net, zhd, zwd, height, LAT, LON, points)
    rolled, _ = correct(net, *(np.roll(f, 7, -1) for f in (zhd, zwd, height)), LAT, LON, points)
    shape = (2, 2, -1, 72)
    difference = rolled.reshape(shape) - plain.reshape(shape).roll(7, -1)
    assert difference.abs().max() < 1e-5


def test_correction_is_continuous_across_cells(net, fields):
    zhd, zwd, height = fields
    tiny = 1e-4
    lat = np.full(4, 40.0)
    lon = np.array([12.5 - tiny, 12.5 + tiny, 359.99999, 0.0])
    mean, _ = correct(net, zhd, zwd, 0 * height, LAT, LON, (lat, lon, 0 * lat))
    assert (mean[..., 0] - mean[..., 1]).abs().max() < 1e-4
    assert (mean[..., 2] - mean[..., 3]).abs().max() < 1e-4


def test_lattice_and_points_agree(net, fields):
    zhd, zwd, height = fields
    fine = [87.5 - np.arange(175.0), 2.5 + np.arange(360.0)]
    top = np.abs(np.random.default_rng(3).normal(size=(175, 360))) * 500
    mean, sigma = correct(net, zhd, zwd, height, LAT, LON, (*mesh(*fine), top.ravel()))
    tops = sort_into_cells(np.pad(top, ((0, 1), (0, 0))), (5, 5), (0, 0)).astype(np.float32)
    node = torch.from_numpy((height / 1000).astype(np.float32))[None, None, None]
    lattice = Lattice(
        (5, 5),
        torch.from_numpy(tops / 1000)[None, None],
        node,
        torch.from_numpy(np.exp(-tops / 2000))[None, None],
    )
    given = node_input(zhd, zwd, height, LAT, LON)
    with torch.inference_mode():
        found = decode_lattice(net, net.trunk(*map(torch.from_numpy, given)), lattice)
    for ours, theirs in zip((mean, sigma), found, strict=True):
        field = np.pad(ours.numpy().reshape(2, 2, 175, 360), ((0, 0),) * 2 + ((0, 1), (0, 0)))
        expected = sort_into_cells(field, (5, 5), (0, 0))
        np.testing.assert_allclose(theirs.numpy(), expected, atol=2e-6)


def test_neighbours_change_the_result_and_their_absence_is_seen(net, fields):
    zhd, zwd, height = fields
    lat, lon = mesh(np.arange(84.5, -85, -10), np.arange(0.5, 360, 10))
    points = (lat, lon, 0 * lat)
    alone, _ = correct(net, zhd, zwd, height, LAT, LON, points)
    missing = (np.full_like(zhd, np.nan),) * 2
    absent, _ = correct(net, zhd, zwd, height, LAT, LON, points, before=missing, after=missing)
    torch.testing.assert_close(absent, alone, atol=1e-7, rtol=0)
    with_one, _ = correct(net, zhd, zwd, height, LAT, LON, points, before=(zhd, zwd * 1.1))
    assert (with_one - alone).abs().max() > 1e-5


def test_a_region_needs_no_globe(net, fields):
    zhd, zwd, height = (f[..., 5:15, 60:72] for f in fields)
    lat, lon = LAT[5:15], LON[60:72]
    place = mesh(lat[0] - np.arange(0, 40.0, 3), lon[0] + np.arange(0, 50.0, 3))
    mean, _ = correct(net, zhd, zwd, height, lat, lon, (*place, 0 * place[0]))
    assert torch.isfinite(mean).all()


def test_mirrored_network_gives_mirrored_results(net, fields):
    zhd, zwd, height = fields
    lat, lon = mesh(np.arange(84.5, -85, -1), np.arange(0.5, 360, 10))
    points = (lat, lon, np.full(lat.size, 300.0))
    net.config["mirror"] = True
    try:
        one, _ = correct(net, zhd, zwd, height, LAT, LON, points)
        other, _ = correct(net, *(f[..., ::-1, :] for f in fields), LAT, LON, points)
        nodes, _ = correct(net, zhd, zwd, height, LAT, LON, (*mesh(LAT, LON), height.ravel()))
    finally:
        net.config["mirror"] = False
    shape = (2, 2, -1, 36)
    torch.testing.assert_close(one.reshape(shape), other.reshape(shape).flip(-2), atol=1e-5, rtol=0)
    assert nodes.abs().max() == 0.0


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


def test_trust_table_scales_the_corrections(net, fields):
    zhd, zwd, height = fields
    lat, lon = mesh(np.arange(84.5, -85, -10), np.arange(0.5, 360, 10))
    points = (lat, lon, 0 * lat)
    full, _ = correct(net, zhd, zwd, height, LAT, LON, points)
    net.gain.fill_(0.5)
    half, _ = correct(net, zhd, zwd, height, LAT, LON, points)
    net.gain[:, :2] = 0.0  # finer spacings than that of the test
    same, _ = correct(net, zhd, zwd, height, LAT, LON, points)
    net.gain.fill_(1.0)
    torch.testing.assert_close(half, full / 2)
    torch.testing.assert_close(same, half)


def test_height_functions_fade_where_the_season_is_foreign(net, fields):
    zhd, zwd, height = fields
    lat, lon = mesh(np.arange(84.5, -85, -10), np.arange(0.5, 360, 10))
    at_nodes = (*mesh(LAT, LON), height.ravel() + 1000.0)  # height functions alone count there
    full, _ = correct(net, zhd, zwd, height, LAT, LON, at_nodes)
    net.slope_trust.copy_(torch.tensor([0.5, 1.0]))
    half, _ = correct(net, zhd, zwd, height, LAT, LON, at_nodes)
    net.wet_seen.fill_(1e-3)  # the fields are wetter than anything seen
    none, _ = correct(net, zhd, zwd, height, LAT, LON, at_nodes)
    net.trust_all()
    torch.testing.assert_close(half[:, 0], full[:, 0] / 2, atol=1e-7, rtol=1e-4)
    torch.testing.assert_close(half[:, 1], full[:, 1])
    assert none[:, 0].abs().max() < 1e-7 < full[:, 0].abs().max()
    torch.testing.assert_close(none[:, 1], full[:, 1])
    dry, _ = correct(net, zhd, None, height, LAT, LON, (lat, lon, 0 * lat))
    net.wet_seen.fill_(1e-3)
    same, _ = correct(net, zhd, None, height, LAT, LON, (lat, lon, 0 * lat))
    net.trust_all()
    torch.testing.assert_close(same, dry)  # without ZWD the season is not known


def test_weights_from_before_the_season_trust_load(net):
    state = {k: v for k, v in net.state_dict().items() if k not in ("slope_trust", "wet_seen")}
    other = NodalNet(**net.config)
    other.load_state_dict(state)
    assert other.slope_trust.tolist() == [1.0, 1.0]


def test_node_distance():
    weight = torch.tensor([[1.0, 0, 0, 0], [0.25] * 4])
    far = node_distance(weight, torch.zeros(2, 4))
    torch.testing.assert_close(far, torch.tensor([1e-4, 1.0]), atol=1e-4, rtol=0)
    assert node_distance(weight, torch.ones(2, 4))[0] > 0.99


def test_cost_is_at_most_three_tenths_of_tropds():
    from torch.utils.flop_counter import FlopCounterMode

    net = NodalNet(width=64, blocks=5)
    lat, lon = mesh(89.5 - np.arange(180), 0.5 + np.arange(360))
    table = Targets(
        *map(torch.from_numpy, locate_targets(LAT, LON, np.zeros((36, 72)), lat, lon, 0 * lat))
    )
    with FlopCounterMode(display=False) as count, torch.inference_mode():
        net(torch.zeros(1, 19, 36, 72), torch.ones(1, 2, 36, 72), table)
    assert count.get_total_flops() < 0.3 * 25.86e9
