"""Decoding on a lattice, as training does."""

import numpy as np
import torch

from tropdsx.nn.lattice import Lattice, decode_lattice
from tropdsx.predict.channels import node_input
from tropdsx.workflows.train.nodal.pairs import sort_into_cells

from helpers.networks import LAT, LON, correct, mesh


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
