"""Pairs of coarse nodes and fine truth: nothing to learn at the nodes."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.workflows.train.nodal.pairs import make_pair_sets, sort_into_cells

from helpers.fields import delays


def test_cells_put_the_node_first():
    field = np.arange(7 * 12.0).reshape(7, 12)
    found = sort_into_cells(field, (2, 3), (1, 2))
    assert found.shape == (6, 2, 4)
    np.testing.assert_array_equal(found[0], field[1:5:2][:, [2, 5, 8, 11]])
    np.testing.assert_array_equal(found[2][:, -1], field[1:5:2, 1])  # wraps
    assert sort_into_cells(field, (2, 3), (1, 2), wrap=False).shape == (6, 2, 3)


@pytest.mark.parametrize("flip", [False, True])
def test_pairs_have_no_residual_at_the_nodes(fine, flip):
    for pairs in make_pair_sets(fine, (2, 2), flips=(flip,)):
        assert np.abs(pairs.residual[:, :, 0]).max() < 1e-6
        assert (pairs.weight[0] == 0).all()
        assert pairs.residual.shape[2:] == (4, len(pairs.lat) - 1, 24)


def test_flipped_pairs_are_mirrored(fine):
    plain, flipped = make_pair_sets(fine, (2, 2), phase=(1, 0), flips=(False, True))
    np.testing.assert_allclose(plain.lat, -flipped.lat[::-1])
    same = plain.channels[:, 0, ::-1]
    np.testing.assert_allclose(flipped.channels[:, 0], same, atol=1e-4)
    np.testing.assert_allclose((plain.residual**2).sum(), (flipped.residual**2).sum(), rtol=0.2)


def test_the_last_cells_of_a_region_are_known():
    fine = delays(np.arange(60, 19, -2.0), np.arange(0, 46, 2.0))  # 23 columns
    (pairs,) = make_pair_sets(fine, (5, 5), phase=(0, 1))
    np.testing.assert_array_equal(pairs.lon, fine.lon[1::5])
    assert np.isfinite(pairs.residual).all()
