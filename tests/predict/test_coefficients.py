"""Coefficients of the nodes, from the members that work for each epoch."""

import numpy as np
import pytest
import torch

from tropdsx.assets.registry import find_path
from tropdsx.errors import CheckpointError
from tropdsx.grid.edges import find_edges
from tropdsx.nn.cells.window import make_window
from tropdsx.nn.checkpoint import load_card, save
from tropdsx.nn.fast.tiled_trunk import TiledBlocks, prefers_tiles
from tropdsx.nn.member import Member
from tropdsx.nn.unet import UNet
from tropdsx.predict import coefficients
from tropdsx.predict.coefficients import CoarseGrid, find_coefficients, nodal_module
from tropdsx.predict.session import Handle, hold_settings

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


@pytest.fixture
def handle():
    path = find_path("default")
    return Handle(str(path), load_card(path)["sha256"])


def given(coarse):
    """Three epochs, the second of which has a neighbour."""
    now = [coarse[name].to_numpy() for name in ("zhd", "zwd")]
    nothing = [np.full_like(field, np.nan) for field in now]
    before = [gap.copy() for gap in nothing]
    for field, values in zip(before, now, strict=True):
        field[1] = values[0]
    delays = [*now, *before, *nothing]
    return CoarseGrid(LAT, LON, coarse.orography.to_numpy(), ("zhd", "zwd"), delays)


def whole(network):
    edges = find_edges(LAT, LON)
    return make_window((36, 72), edges, rows=(0, 36), columns=(0, 72), margin=network.margin)


def test_half_of_the_members_give_the_numbers_of_all(coarse, handle):
    grid, edges = given(coarse), tuple(find_edges(LAT, LON))
    net = nodal_module(handle)
    with hold_settings("float32"):
        parts = {kind: (n, c) for n, kind, c in find_coefficients(handle, grid, whole)}
        assert {kind: n.tolist() for kind, (n, _) in parts.items()} == {False: [0, 2], True: [1]}
        channels, scales = map(torch.from_numpy, grid.channels())
        expected = net.trunk(channels, scales, edges)
        offset = torch.rand(5, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
        # By tiles the same convolutions are good to 1e-5: 0.0003 mm at a roughness of 30 mm.
        exact = 1e-5 if prefers_tiles() else 1e-6
        for informed, (epochs, found) in parts.items():
            half = net.pick_experts(informed)
            assert found.place.shape[2] * 2 == expected.place.shape[2]
            for kind in ("place", "slope", "spread"):
                # Of both halves the sum over functions is the same field.
                one = torch.einsum(
                    "nvkji,pk->nvpji", getattr(found, kind), half.functions(kind, offset)
                )
                other = torch.einsum(
                    "nvkji,pk->nvpji",
                    getattr(expected, kind)[list(epochs)],
                    net.functions(kind, offset),
                )
                torch.testing.assert_close(one, other, rtol=1e-5, atol=exact)


def test_each_epoch_runs_through_its_members_alone(coarse, handle, monkeypatch):
    """Three epochs, two members each, of which one sees the mirrored atmosphere."""
    asked = []
    parts = Member.parts
    monkeypatch.setattr(Member, "parts", lambda *a: asked.append(len(a[1])) or parts(*a))
    with hold_settings("float32"):
        list(find_coefficients(handle, given(coarse), whole))
    assert sum(asked) == 3 * 2


def test_a_network_for_fields_is_refused(tmp_path):
    net = UNet(width=2).eval()
    card = {"model_id": "fields", "variables": ["zwd"], "units": "m"}
    card |= {"normalisation": {"low": 0.0, "high": 1.0}}
    path = save(tmp_path / "unet.safetensors", net, card)
    with pytest.raises(CheckpointError, match="no nodal network"):
        nodal_module(Handle(str(path), load_card(path)["sha256"]))


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_tiles_change_nothing_that_matters(coarse, monkeypatch, precision):
    """Where the processor prefers them, and never in bfloat16: to 0.001 mm."""
    path = find_path("default")
    handle = Handle(str(path), load_card(path)["sha256"], precision=precision)
    found = []
    for prefers in (False, True):
        monkeypatch.setattr(coefficients, "prefers_tiles", lambda answer=prefers: answer)
        nodal_module.cache_clear()
        tiled = nodal_module(handle, informed=True).blocks
        assert isinstance(tiled, TiledBlocks) == (prefers and precision == "float32")
        with hold_settings(precision):
            found.append([c for *_, c in find_coefficients(handle, given(coarse), whole)])
    nodal_module.cache_clear()
    for plain, tiled in zip(*found, strict=True):
        for one, other in zip(plain[:2], tiled[:2], strict=True):  # of the correction [m]
            torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
        torch.testing.assert_close(plain.spread, tiled.spread, rtol=0, atol=1e-4)
