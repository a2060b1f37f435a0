"""Factors over a block of epochs: polynomials of the state, without what is not seen."""

import numpy as np
import pytest

from tropdsx.reduce.height_models import find_height_model
from tropdsx.reduce.pairs import pairs_of
from tropdsx.workflows.stations.terms import SMALLEST, Argument, powers_of, sparse_product


@pytest.mark.parametrize(
    ("low", "high", "is_reciprocal"),
    [(280.0, 286.0, True), (240.0, 300.0, False), (-1.0, 1.0, False), (2.0, 2.0, True)],
)
def test_the_argument_covers_the_range(low, high, is_reciprocal):
    """Also one that is wide, holds 0, or has no width; the ends are -1 and 1."""
    argument = Argument.of(np.array([low]), np.array([high]))
    ends = argument(np.array([[low, high]], "f4"))[0]
    if low < high:
        assert sorted(ends.round(3).tolist()) == [-1.0, 1.0]
    else:
        assert ends.tolist() == [0.0, 0.0]
    assert argument.points.min() >= low - 1e-4
    assert argument.points.max() <= high + 1e-4
    assert argument.is_reciprocal is is_reciprocal


@pytest.mark.parametrize(
    ("rise", "spread", "most"), [(4000.0, 3.0, 5e-7), (-3000.0, 12.0, 1e-6), (300.0, 30.0, 2e-6)]
)
def test_terms_follow_the_factors_to_two_thousandths_of_a_millimetre(rise, spread, most):
    """Of a hydrostatic delay of 2.3 m, for temperatures that differ by 6, 24 and 60 K."""
    model, node = find_height_model("climatology"), np.zeros((1, 1), "i4")
    pairs = pairs_of(node, np.array([45.0]), np.array([[0.0]]), np.array([[rise]]), dtype=float)
    scale = np.full((1, 1), 2000.0)
    argument = Argument.of(np.array([280.0 - spread]), np.array([280.0 + spread]))
    found = [model.factors((np.full((1, 1), t), scale), pairs)[0] for t in argument.points[:, 0]]
    terms = powers_of(np.array(found), 2.3)
    state = np.linspace(280 - spread, 280 + spread, 50)
    x = argument(state[None].astype("f4"))
    nodal = np.stack([2.3 * x**power for power in range(len(terms))])
    wanted = [2.3 * model.factors((np.full((1, 1), t), scale), pairs)[0].item() for t in state]
    np.testing.assert_allclose(sparse_product(terms, node, nodal)[0], wanted, atol=most, rtol=0)


def test_small_terms_are_left_out_one_by_one():
    rng = np.random.default_rng(3)
    where = np.cos(np.pi * (np.arange(4) + 0.5) / 4)[:, None, None]
    slope = np.array([[1e-3, 1e-9], [0.0, 0.2]])
    terms = powers_of(0.5 + slope * where + 1e-10 * where**2, 0.4)
    assert len(terms) == 2
    assert (terms[1] != 0).tolist() == [[True, False], [False, True]]
    nodal = rng.uniform(0.1, 0.4, (2, 2, 5)).astype("f4")
    found = sparse_product(terms, np.array([[0, 1], [1, 0]], "i4"), nodal)
    whole = 0.5 * nodal[0].sum(0) + np.array([slope[0] @ nodal[1], slope[1] @ nodal[1, ::-1]])
    np.testing.assert_allclose(found, whole, atol=4 * SMALLEST, rtol=1e-6)


def test_what_is_missing_is_missing_and_takes_nobody_along():
    """A station outside, and a node without a delay in one epoch."""
    values = np.ones((4, 2, 2)) * 0.5
    values[:, 1] = np.nan
    terms = powers_of(values, 2.3)
    assert len(terms) == 1
    nodal = np.ones((1, 2, 3), "f4")
    nodal[0, 1, 2] = np.nan
    found = sparse_product(terms, np.array([[0, 1], [0, 1]], "i4"), nodal)
    assert np.isnan(found).tolist() == [[False, False, True], [True, True, True]]


def test_a_factor_that_stays_the_same_has_one_term():
    assert len(powers_of(np.full((1, 3, 16), 0.1), 2.3)) == 1
