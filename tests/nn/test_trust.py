"""How far a correction is trusted, by spacing and season."""

import numpy as np
import torch

from tropdsx.nn.nodal import NodalNet

from helpers.networks import LAT, LON, correct, mesh


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
