"""The nodal network: exact at the nodes, continuous, the same whichever way it is turned."""

import numpy as np
import torch

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Targets
from tropdsx.predict.points import locate_targets

from helpers.networks import LAT, LON, correct, mesh


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
