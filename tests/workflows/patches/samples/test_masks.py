"""Gaps of an exact size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.samples.masks import (
    MASKS,
    draw_mask,
    generator_of,
    mask_bernoulli,
    mask_rectangles,
    mask_tiles,
    mask_tracks,
)
from tropdsx.workflows.patches.validity import valid_cells

COAST = np.add.outer(np.arange(40), np.arange(30)) > 20


@pytest.mark.parametrize("kind", MASKS)
@given(share=st.floats(0, 1), seed=st.integers(0, 99))
def test_the_hidden_share_is_exact_and_of_valid_cells(kind, share, seed):
    seen = draw_mask(kind, COAST, share, seed, "a")
    assert not (seen & ~COAST).any()
    assert abs((COAST & ~seen).sum() - share * COAST.sum()) <= 0.5 + 1e-9


@pytest.mark.parametrize("kind", MASKS)
def test_a_sample_has_its_own_seed(kind):
    first = draw_mask(kind, COAST, 0.5, 1, "a")
    draw_mask(kind, COAST, 0.5, 1, "b")
    np.testing.assert_array_equal(draw_mask(kind, COAST, 0.5, 1, "a"), first)
    assert (draw_mask(kind, COAST, 0.5, 1, "b") != first).any()
    assert (draw_mask(kind, COAST, 0.5, 2, "a") != first).any()


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("planted", [0.0, 12.0, -32767.0])
def test_no_value_changes_a_mask(kind, planted):
    field = np.where(COAST, np.random.default_rng(0).normal(12, 3, COAST.shape), np.nan)
    before = draw_mask(kind, valid_cells(field), 0.5, 1, "a")
    field[30:, 20:] = planted
    np.testing.assert_array_equal(draw_mask(kind, valid_cells(field), 0.5, 1, "a"), before)


def test_levels_are_hidden_together_and_keep_their_own_floor():
    valid = np.stack([COAST, COAST & (np.arange(30) > 20)])
    seen = draw_mask("bernoulli", valid, 0.5, 1, "a")
    np.testing.assert_array_equal(seen[1], seen[0] & valid[1])
    assert seen[0].sum() == COAST.sum() - int(0.5 * COAST.sum() + 0.5)


def test_rectangles_have_their_sides():
    whole = np.ones((64, 64), bool)
    hidden = mask_rectangles(whole, 36 / 4096, generator_of(1, "a"), sides=(6, 6))
    rows, columns = np.flatnonzero(hidden.any(1)), np.flatnonzero(hidden.any(0))
    assert hidden.sum() == 36
    assert (np.ptp(rows), np.ptp(columns)) == (5, 5)


def test_tiles_are_tiles():
    hidden = mask_tiles(np.ones((32, 48), bool), 0.5, generator_of(1, "a"), edge=8)
    of_tiles = hidden.reshape(4, 8, 6, 8).sum((1, 3))
    assert sorted(np.unique(of_tiles)) == [0, 64]
    assert (of_tiles == 64).sum() == 12


def test_a_track_is_a_curve_with_gaps():
    """Of one track, the next visible cell is at most eight steps away, and none is alone."""
    whole = np.ones((400, 400), bool)
    y, x = np.nonzero(~mask_tracks(whole, 1 - 25 / 160000, generator_of(3, "a"), every=(3, 8)))
    assert y.size == 25
    distance = np.hypot(np.subtract.outer(y, y), np.subtract.outer(x, x))
    np.fill_diagonal(distance, np.inf)
    assert np.median(distance.min(1)) <= 8 + 2**0.5
    alone = np.nonzero(~mask_bernoulli(whole, 1 - 25 / 160000, generator_of(3, "a")))
    apart = np.hypot(*(np.subtract.outer(each, each) for each in alone))
    np.fill_diagonal(apart, np.inf)
    assert np.median(apart.min(1)) > 20


def test_what_is_unknown_is_refused():
    with pytest.raises(DomainError, match="accepted are rectangles, tracks"):
        draw_mask("stars", COAST, 0.5, 1, "a")
    with pytest.raises(DomainError, match="from 0 to 1"):
        draw_mask("tiles", COAST, 1.5, 1, "a")
    with pytest.raises(DomainError, match="sides is"):
        draw_mask("rectangles", COAST, 0.5, 1, "a", sides=(9, 4))
