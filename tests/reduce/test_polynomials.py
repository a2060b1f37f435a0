import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial.polynomial import polyval

from tropdsx.reduce.height_models import Kouba, Unlifted
from tropdsx.reduce.hypsometric import Climatology
from tropdsx.reduce.pairs import CoarseBlock, NodeState, pairs_of
from tropdsx.reduce.polynomials import Heights, fit_polynomials, needs_height

LAT, LON = np.array([70.0, 20.0, -60.0]), np.array([0.0, 90.0])
TIME = np.array(["2021-01-15", "2021-07-15"], "datetime64[ns]")
NODES = np.arange(6).reshape(3, 2)


def delays(height):
    shape = (2, *height.shape)
    zhd = np.broadcast_to(2.31 * np.exp(-height / 8000.0), shape).astype(np.float32)
    zwd = np.broadcast_to(0.4 * np.exp(-height / 2500.0), shape).astype(np.float32)
    return {"zhd": zhd.reshape(2, -1), "zwd": zwd.reshape(2, -1)}


def state_of(model, height, fields):
    given = {name: field.reshape(2, 3, 2) for name, field in fields.items()}
    state = model.state(NodeState(LAT, LON, height, TIME, **given))
    return tuple(part.reshape(2, -1) for part in state)


@pytest.mark.parametrize("model", [Climatology(), Kouba(), Unlifted()], ids=lambda m: m.name)
@settings(max_examples=30, deadline=None)
@given(
    node=st.lists(st.floats(-400, 6000), min_size=6, max_size=6),
    low=st.floats(-500, 8500),
    width=st.floats(0, 9500),
)
def test_polynomials_follow_the_model_to_a_hundredth_of_a_millimetre(model, node, low, width):
    height, high = np.reshape(node, (3, 2)), min(low + width, 9000.0)
    fields = delays(height)
    state = state_of(model, height, fields)
    heights = Heights.of(np.array([low, high]))
    found = fit_polynomials(model, NODES, CoarseBlock(LAT, height, state, fields), heights)
    targets = np.linspace(low, high, 37)
    index = np.broadcast_to(NODES[None], (37, 3, 2))
    pairs = pairs_of(index, LAT, height, targets[:, None, None], dtype=np.float64)
    for epoch in range(2):
        here = tuple(np.broadcast_to(p[epoch][NODES].astype(float), index.shape) for p in state)
        factors = model.factors(here, pairs)
        for name, factor in zip(("zhd", "zwd"), factors, strict=True):
            powers = found[name].coefficients[epoch].astype(float)
            value = polyval(heights.scale(targets).astype(float), powers)
            exact = np.moveaxis(factor * fields[name][epoch][NODES], 0, -1)
            assert np.abs(value - exact).max() < 2e-6


def test_missing_nodes_are_marked_and_do_no_harm_to_others():
    height = np.array([[0.0, 100.0], [np.nan, 300.0], [400.0, 500.0]])
    fields = delays(height)
    fields["zwd"][1, 5] = np.nan
    state = state_of(Climatology(), height, fields)
    coarse = CoarseBlock(LAT, height, state, fields)
    found = fit_polynomials(Climatology(), NODES, coarse, Heights(500.0, 600.0))
    assert np.flatnonzero(found["zhd"].missing[1]).tolist() == [2]
    assert np.flatnonzero(found["zwd"].missing[1]).tolist() == [2, 5]
    assert np.isfinite(found["zwd"].coefficients).all()
    assert len(found["zhd"].coefficients[0]) < 12


def test_factors_with_a_step_have_no_polynomial():
    class Stepped:
        name = "stepped"

        def state(self, nodes):
            return ()

        def factors(self, state, pairs):
            step = np.where(pairs.height_to > 500.0, 0.5, 1.0) + 0.0 * pairs.rise
            return step, step

    coarse = CoarseBlock(LAT, np.zeros((3, 2)), (), delays(np.zeros((3, 2))))
    assert fit_polynomials(Stepped(), NODES, coarse, Heights(450.0, 500.0)) is None


def test_few_terms_where_terrain_is_flat():
    height = np.zeros((3, 2))
    fields = delays(height)
    state = state_of(Climatology(), height, fields)
    coarse = CoarseBlock(LAT, height, state, fields)
    kept = [
        fit_polynomials(Climatology(), NODES, coarse, Heights(half, half))
        for half in (1.0, 300.0, 4500.0)
    ]
    terms = [each["zwd"].coefficients.shape[1] for each in kept]
    assert terms == sorted(terms)
    assert terms[0] <= 3


def test_range_of_heights():
    assert Heights.of(np.full((2, 2), np.nan)) is None
    heights = Heights.of(np.array([[np.nan, -400.0], [8800.0, 3.0]]))
    scaled = heights.scale(np.array([-400.0, 8800.0]))
    assert np.abs(scaled).max() < 1.0
    assert scaled.dtype == np.float32


def test_negative_delays_are_kept_for_the_floor():
    fields = delays(np.zeros((3, 2)))
    fields["zwd"][0, 3] = -0.02
    coarse = CoarseBlock(LAT, np.zeros((3, 2)), (), fields)
    found = fit_polynomials(Kouba(), NODES, coarse, Heights(0.0, 10.0))
    assert found["zwd"].lowest[0].ravel()[3] == np.float32(-0.02)
    assert (found["zwd"].lowest < 0).sum() == 1


def test_only_models_of_height_need_heights():
    height = np.zeros((3, 2))
    fields = delays(height)
    for model, expected in ((Climatology(), True), (Kouba(), True), (Unlifted(), False)):
        state = state_of(model, height, fields)
        assert needs_height(model, CoarseBlock(LAT, height, state, fields)) is expected
