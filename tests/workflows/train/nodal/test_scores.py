"""Scores of a network on validation pairs, and the factors that keep it safe."""

import numpy as np
import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import GAIN_DEGREES
from tropdsx.workflows.train.nodal.pairs import make_pair_sets
from tropdsx.workflows.train.nodal.scores import (
    BANDS,
    apply_network,
    gain_table,
    rmse_map,
    score,
    sigma_factor,
)

ZHD, ZWD = 0, 1
NO_FACTOR = {"zhd": 1.0, "zwd": 1.0}


@pytest.fixture(scope="module")
def seen(fine):
    """What a new network makes of pairs of a spacing above 4.2 degrees."""
    torch.manual_seed(0)
    pairs = make_pair_sets(fine, (2, 2), phase=(1, 1))[0]
    return apply_network(NodalNet(width=4, blocks=1).eval(), pairs)


def corrected(seen, share):
    """The same, but for corrections that are a share of what physics leaves over."""
    correction = share * seen.residual
    return seen._replace(correction=correction, informed=correction)


def test_a_network_is_run_with_and_without_neighbours(seen):
    assert seen.correction.shape == seen.informed.shape == seen.residual.shape
    assert (seen.correction != seen.informed).any()
    assert (seen.sigma > 0).all()
    # The targets of a cell lie between its rows of nodes.
    assert seen.lat.shape == (4, len(seen.pairs.lat) - 1, 1)
    for target, step in enumerate((0.0, 0.0, 6.0, 6.0)):
        np.testing.assert_allclose(seen.lat[target, :, 0], seen.pairs.lat[:-1] - step)


@pytest.mark.parametrize(("share", "gain"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.5), (-1.0, 0.0)])
def test_gain_is_what_is_worth_of_a_correction(seen, share, gain):
    table = gain_table([corrected(seen, share)], [])
    assert table.shape == (2, len(GAIN_DEGREES), len(BANDS))
    # No spacing has less to go by than the one beside it.
    assert (table[:, :-1] >= table[:, -1:] - 1e-12).all()
    np.testing.assert_allclose(table[ZWD, -1, 3:-3], gain, atol=0.1)


def test_no_set_is_made_worse_by_the_others(seen):
    """One set asks for all of the correction, one for none: it gets next to none."""
    both = gain_table([corrected(seen, 1.0), corrected(seen, -1.0)], [])
    # At the poles there are next to no targets to say so.
    assert both[ZWD, -1, 1:-1].max() < 0.05


def test_scores_are_errors_in_millimetres(seen):
    found = score(corrected(seen, 0.75), NO_FACTOR)
    assert found["epochs"] == 16
    assert found["degrees"] == pytest.approx(13.416)
    for name in ("zhd", "zwd"):
        physics = found[f"{name}_physics_mm"]
        assert found[f"{name}_single_mm"] == pytest.approx(physics / 4, abs=2e-3)
        assert found[f"{name}_single_worst_band_ratio"] == pytest.approx(0.25, abs=1e-3)
    weight = np.broadcast_to(seen.pairs.weight, seen.residual[:, ZWD].shape)
    by_hand = np.sqrt((seen.residual[:, ZWD] ** 2 * weight).sum() / weight.sum())
    assert found["zwd_physics_mm"] == pytest.approx(1e3 * by_hand, abs=1e-3)


def test_sigma_covers_nine_tenths(seen):
    widths = sigma_factor([seen])
    found = score(seen, widths)["coverage_90"]
    assert found["zhd"] == pytest.approx(0.9, abs=0.01)
    assert found["zwd"] == pytest.approx(0.9, abs=0.01)
    # An error that is always half of the expected one: 1.645 sigma is more than three times it.
    certain = seen._replace(residual=seen.correction + 0.5 * seen.sigma)
    assert sigma_factor([certain])["zwd"] == pytest.approx(0.5 / 1.645, abs=1e-3)


def test_maps_have_the_level_that_is_asked_for(seen):
    area = np.cos(np.radians(89.5 - np.arange(180)))[:, None]

    def level(maps):
        return np.sqrt((maps.astype(float) ** 2 * area).sum((1, 2)) / (area.sum() * 360))

    plain, scaled = rmse_map(seen), rmse_map(seen, overall=(0.002, 0.015))
    assert plain.shape == scaled.shape == (2, 180, 360)
    np.testing.assert_allclose(level(scaled), (0.002, 0.015), rtol=1e-4)
    ratio = scaled / plain
    np.testing.assert_allclose(ratio, ratio[:, :1, :1] + 0 * ratio, rtol=1e-4)
