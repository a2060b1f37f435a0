"""The nodes that matter: the network on them says what it says on the whole grid."""

import numpy as np
import pytest
import torch

from tropdsx.grid.edges import find_edges
from tropdsx.nn.cells.window import make_window
from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS

GRIDS = {
    "cells": (np.arange(85.0, -90, -10), np.arange(5.0, 360, 10)),
    "poles": (np.arange(90.0, -91, -10), np.arange(0.0, 360, 10)),
    "box": (np.arange(80.0, -31, -10), np.arange(0.0, 300, 10)),
    "odd": (np.arange(90.0, -91, -10), np.arange(37) * (360 / 37)),
}
WANTED = {
    "middle": ((8, 10), (12, 3)),
    "seam": ((8, 10), (35, 3)),
    "near the north pole": ((2, 4), (12, 2)),
    "at the north pole": ((0, 1), (26, 4)),
    "near the south pole": ((13, 15), (0, 2)),
    "row": ((6, 7), (0, 99)),
}


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    net = NodalNet(len(CHANNELS), width=6, blocks=2, places=3, members=2, mirror=True)
    for member in net.members:
        member.head.weight.data.normal_(std=0.3)
        for block in member.blocks:
            block.second.conv.weight.data.normal_(std=0.1)
    return net.eval()


@pytest.mark.parametrize("where", WANTED)
@pytest.mark.parametrize("grid", GRIDS)
def test_coefficients_are_those_of_the_whole_grid(net, grid, where):
    lat, lon = GRIDS[grid]
    rows, columns = WANTED[where]
    rows = tuple(min(row, lat.size) for row in rows)
    if rows[0] == rows[1] or (grid == "box" and where == "seam"):
        pytest.skip("this grid has no such place")
    columns = columns[0], min(columns[1], lon.size)
    edges = find_edges(lat, lon)
    channels = torch.rand(1, len(CHANNELS), lat.size, lon.size)
    channels[:, 8] = torch.from_numpy(np.sin(np.radians(lat)))[None, :, None]
    scales = torch.rand(1, 2, lat.size, lon.size)
    window = make_window((lat.size, lon.size), edges, rows=rows, columns=columns, margin=net.margin)
    with torch.inference_mode():
        whole = net.trunk(channels, scales, edges)
        part = net.trunk(channels, scales, edges, window)
    for found, expected in zip(part, whole, strict=True):
        expected = expected[..., rows[0] : rows[1], :][..., list(window.columns)]
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_a_smaller_margin_would_be_seen(net):
    """The comparison above can fail."""
    lat, lon = GRIDS["cells"]
    channels = torch.rand(1, len(CHANNELS), lat.size, lon.size)
    scales = torch.rand(1, 2, lat.size, lon.size)
    edges = find_edges(lat, lon)
    wanted = {"rows": (8, 10), "columns": (12, 3)}
    window = make_window((18, 36), edges, margin=net.margin - 1, **wanted)
    with torch.inference_mode():
        whole = net.trunk(channels, scales, edges).place[..., 8:10, 12:15]
        part = net.trunk(channels, scales, edges, window).place
    assert (whole - part).abs().max() > 1e-5


def test_nodes_are_few():
    globe = (True, "pole", "pole")

    def nodes(rows, columns, margin=11):
        return make_window((91, 144), globe, rows=rows, columns=columns, margin=margin).nodes

    assert nodes((22, 24), (3, 2)) == 24**2
    assert nodes((2, 4), (3, 2)) == 15 * 48  # with the opposite meridian
    assert nodes((2, 4), (3, 100)) == 15 * 144
    assert nodes((0, 91), (0, 144)) == 91 * 144


def test_whole_rows_and_columns_are_no_copies():
    window = make_window((6, 12), (True, "half", "half"), rows=(0, 6), columns=(0, 12), margin=3)
    field = torch.zeros(2, 6, 12)
    assert window.cut_near(field).data_ptr() == field.data_ptr()
    assert window.edges == window.near_edges == (True, "half", "half")
