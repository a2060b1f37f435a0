"""How far a correction is trusted, by spacing and season."""

import numpy as np
import torch

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import (
    GAIN_DEGREES,
    SIN_LAT,
    WET_MEAN,
    is_informed,
    trust_by_season,
    trust_by_spacing,
)

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


def channels_at(*latitudes):
    channels = torch.zeros(1, 19, len(latitudes), 4)
    channels[:, SIN_LAT] = torch.sin(torch.deg2rad(torch.tensor(latitudes)))[:, None]
    return channels


def test_the_trust_table_holds_at_the_middles_of_its_bands():
    gain = torch.arange(18.0).expand(2, len(GAIN_DEGREES), 18) / 20
    factor = trust_by_spacing(
        channels_at(90.0, 85.0, 80.0, 5.0, -85.0), gain, torch.tensor(GAIN_DEGREES)
    )
    expected = torch.tensor([0.0, 0.0, 0.5, 8.0, 17.0]) / 20
    torch.testing.assert_close(factor, expected.expand(1, 2, 5), atol=1e-4, rtol=0)


def test_the_season_is_known_at_the_middles_of_its_bands():
    channels = channels_at(5.0, -10.0, 15.0)
    channels[:, 2:4] = 1.0  # ZWD is there
    channels[:, WET_MEAN] = 1.0  # 0.3 m
    seen = torch.tensor([0.3, 0.24, *[0.3] * 7])
    factor = trust_by_season(channels, torch.ones(2), seen)[0, 0]
    torch.testing.assert_close(factor, 1 - 2 * (0.3 / torch.tensor([0.3, 0.27, 0.24]) - 1))


def test_epochs_are_informed_where_one_neighbour_is_there():
    channels = torch.zeros(4, 19, 3, 5)
    channels[1, 16], channels[2, 17], channels[3, 12:16] = 1.0, 1.0, 5.0
    assert is_informed(channels).tolist() == [False, True, True, False]
