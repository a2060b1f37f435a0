"""What is kept of the height functions in seasons that a network has not seen."""

import numpy as np
import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import ANY_WET
from tropdsx.workflows.train.nodal.season import SLOPE_TRUST, limit_to_season, wet_seen


def test_the_wettest_fields_say_what_was_seen(fine):
    one = wet_seen([fine])
    assert one.shape == (9,)
    np.testing.assert_allclose(wet_seen([fine, fine.assign(zwd=0.5 * fine.zwd)]), one, rtol=0.05)
    assert (wet_seen([fine, fine.assign(zwd=2.0 * fine.zwd)]) > 1.5 * one).all()


def test_where_nothing_was_seen_there_is_no_limit(fine):
    north = fine.sel(lat=slice(90, 45))
    found = wet_seen([north, fine.drop_vars("zwd")])
    assert (found[:4] == ANY_WET).all()
    assert (found[5:] < 1).all()
    assert (wet_seen([fine.drop_vars("zwd")]) == ANY_WET).all()


def test_rows_at_a_pole_belong_to_the_last_band(fine):
    polar = fine.isel(lat=[0, -1]).assign_coords(lat=[90.0, 0.0])
    found = wet_seen([polar])
    assert found[8] < 1
    assert (found[1:8] == ANY_WET).all()


def test_the_trained_network_stays_as_it_is():
    net = NodalNet(width=4, blocks=1).train()
    limited = limit_to_season(net, np.linspace(0.3, 0.05, 9))
    assert (net.training, limited.training) == (True, False)
    assert (net.slope_trust == 1).all()
    assert (net.wet_seen == ANY_WET).all()
    torch.testing.assert_close(limited.slope_trust, torch.tensor(SLOPE_TRUST))
    assert limited.wet_seen[[0, -1]].tolist() == pytest.approx([0.3, 0.05])
