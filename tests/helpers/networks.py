"""Networks with random weights, and how to ask them at points."""

import numpy as np
import torch

from tropdsx.grid.edges import find_edges
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Targets
from tropdsx.nn.unet import UNet
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.run import downscale
from tropdsx.predict.channels import CHANNELS, node_input
from tropdsx.predict.field import FieldNetwork
from tropdsx.predict.points import locate_targets
from tropdsx.predict.session import Handle

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


def correct(net, zhd, zwd, height, lat, lon, points, **neighbours):
    given = node_input(zhd, zwd, height, lat, lon, **neighbours)
    table = Targets(*map(torch.from_numpy, locate_targets(lat, lon, height, *points)))
    with torch.inference_mode():
        return net(*map(torch.from_numpy, given), table, tuple(find_edges(lat, lon)))


def mesh(lat, lon):
    return [a.ravel() for a in np.meshgrid(lat, lon, indexing="ij")]


def trained(**config):
    """A network whose batch norms have seen fields."""
    torch.manual_seed(1)
    net = UNet(**config).train()
    with torch.no_grad():
        for norm in (m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)):
            norm.weight.uniform_(0.7, 1.3)
            norm.bias.normal_(0, 0.1)
        for _ in range(3):
            net(torch.rand(2, net.config["in_channels"], 64, 96))
    return net.eval()


def ready(net, low=0.0, high=2.5, **handle):
    card = {"config": net.config, "normalisation": {"low": low, "high": high}}
    return FieldNetwork.from_checkpoint(Checkpoint(net, card, {}), Handle("", "", **handle))


def run(ds, checkpoint, **options):
    return downscale(ds, Options(model=checkpoint, **options))


def random_network(lat, lon, net=None):
    """A network, its coefficients in two epochs, the edges of the grid and heights of its nodes."""
    torch.manual_seed(0)
    if net is None:
        net = NodalNet(
            len(CHANNELS), width=8, blocks=1, places=5, slopes=3, spreads=2, members=2, mirror=True
        )
        for member in net.members:
            member.head.weight.data.normal_(std=0.5)
    edges = find_edges(lat, lon)
    height = np.random.default_rng(0).uniform(0, 3000, (lat.size, lon.size))
    channels = torch.rand(2, len(CHANNELS), lat.size, lon.size)
    channels[:, 8] = torch.from_numpy(np.sin(np.radians(lat)))[None, :, None]
    scales = torch.rand(2, 2, lat.size, lon.size) * 0.02
    with torch.inference_mode():
        coefficients = net.trunk(channels, scales, edges)
    return net, coefficients, edges, height


def random_targets(lat, lon, height, count):
    rng = np.random.default_rng(2)
    place = rng.uniform(-90, 90, count), rng.uniform(0, 360, count), rng.uniform(0, 4000, count)
    return Targets(*map(torch.from_numpy, locate_targets(lat, lon, height, *place)))
