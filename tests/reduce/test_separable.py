import numpy as np
import pytest

from tropdsx.grid.axis_weights import weigh_axes
from tropdsx.reduce.cells import lift_directly
from tropdsx.reduce.geometry import Geometry, GridPair
from tropdsx.reduce.height_models import Kouba, Unlifted
from tropdsx.reduce.hypsometric import Climatology
from tropdsx.reduce.lift import Lifter
from tropdsx.reduce.pairs import CoarseBlock, NodeState
from tropdsx.reduce.pieces import cut_pieces, fit_pieces, rungs_of
from tropdsx.reduce.separable import NODES_OF_A_TILE, find_separable, join_axes, keep_nodes

TIME = np.array(["2021-01-15", "2021-07-15"], "datetime64[ns]")
GLOBE = (np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0))
POLES = (np.arange(90.0, -91.0, -10.0), np.arange(0.0, 360.0, 15.0))
ODD = (np.arange(80.0, -81.0, -20.0), np.arange(0.0, 360.0, 40.0))
BOX = (np.arange(60.0, 29.0, -5.0), np.arange(-20.0, 31.0, 5.0))
GRIDS = {"cells": GLOBE, "poles": POLES, "odd": ODD, "box": BOX}
FINE = {
    "globe": (np.arange(89.0, -90.0, -2.0), np.arange(1.0, 360.0, 2.0)),
    "terrain": (47.5 - np.arange(60) / 40, 5.0 + np.arange(70) / 40),
    "beyond": (np.linspace(90.0, 40.0, 41), np.linspace(-30.0, 20.0, 51)),
}


def case(grid, fine, seed=6):
    rng = np.random.default_rng(seed)
    lat, lon = GRIDS[grid]
    height = np.maximum(0.0, rng.normal(0, 1500, (lat.size, lon.size)))
    zhd = (2.3 * np.exp(-height / 8000) + rng.normal(0, 0.01, (2, *height.shape))).astype("f4")
    zwd = (0.2 * np.exp(-height / 2000) * (1 + rng.random((2, *height.shape)))).astype("f4")
    axes = FINE[fine]
    fine_height = rng.uniform(-400, 8800, (axes[0].size, axes[1].size))
    return GridPair(lat, lon, *axes), height, fine_height, {"zhd": zhd, "zwd": zwd}


def directly(grids, height, fine_height, fields, model, interpolation="bicubic"):
    nodes = NodeState(grids.lat, grids.lon, height, TIME, **fields)
    state = tuple(part.reshape(2, -1) for part in model.state(nodes))
    fine = {name: np.empty((2, *fine_height.shape), np.float32) for name in fields}
    flat = {name: field.reshape(2, -1) for name, field in fields.items()}
    geometry = Geometry.from_heights(grids, height, fine_height)
    coarse = CoarseBlock(grids.lat, height, state, flat)
    lift_directly(geometry, interpolation, model, coarse, fine)
    return fine


def lifted(grids, height, fine_height, fields, model, interpolation="bicubic"):
    lifter = Lifter(grids, model, interpolation)
    found = lifter(TIME, height, fine_height, *fields.values(), names=tuple(fields))
    return dict(zip(fields, found if isinstance(found, tuple) else (found,), strict=True))


@pytest.fixture
def separably(monkeypatch):
    """Refuse the direct way, and take polynomials however few the targets are."""

    def refuse(*args):
        pytest.fail("was lifted directly")

    monkeypatch.setattr("tropdsx.reduce.lift.WORTH", 0)
    monkeypatch.setattr("tropdsx.reduce.lift.lift_directly", refuse)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("fine", FINE)
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.usefixtures("separably")
def test_the_same_as_the_direct_way(grid, fine, interpolation):
    given = case(grid, fine)
    expected = directly(*given, Climatology(), interpolation)
    found = lifted(*given, Climatology(), interpolation)
    for name, field in found.items():
        np.testing.assert_allclose(field, expected[name], rtol=0, atol=5e-6)


@pytest.mark.parametrize("model", [Kouba(), Unlifted()], ids=["kouba", "none"])
@pytest.mark.usefixtures("separably")
def test_models_without_a_state(model):
    given = case("cells", "globe")
    expected, found = directly(*given, model), lifted(*given, model)
    for name, field in found.items():
        np.testing.assert_allclose(field, expected[name], rtol=0, atol=5e-6)


@pytest.mark.parametrize("model", [Climatology(), Unlifted()], ids=["climatology", "none"])
@pytest.mark.usefixtures("separably")
@pytest.mark.filterwarnings("ignore:.*missing")
def test_gaps_are_where_the_direct_way_has_them(model):
    grids, height, fine_height, fields = case("poles", "globe")
    fields["zhd"][1, 0, 3] = np.nan
    fields["zwd"][0, 9:11, 5] = np.nan
    height[12, 20] = np.nan
    fine_height[30:40, 50] = np.nan
    given = (grids, height, fine_height, fields)
    expected, found = directly(*given, model), lifted(*given, model)
    for name, field in found.items():
        np.testing.assert_array_equal(np.isnan(field), np.isnan(expected[name]))
        assert np.isnan(field).any()
        np.testing.assert_allclose(field, expected[name], rtol=0, atol=5e-6)


@pytest.mark.usefixtures("separably")
def test_delays_do_not_fall_below_the_least_of_their_nodes():
    grids, height, fine_height, fields = case("cells", "terrain")
    fields["zwd"][:] = np.where(np.arange(72) // 2 % 2, 0.4, 0.0)  # fronts
    fields["zwd"][1, 8, 1] = -0.03
    given = (grids, height, np.zeros_like(fine_height), fields)
    expected, found = directly(*given, Climatology()), lifted(*given, Climatology())
    np.testing.assert_allclose(found["zwd"], expected["zwd"], rtol=0, atol=5e-6)
    assert found["zwd"][0].min() == 0.0
    assert -0.03 <= found["zwd"][1].min() < 0.0


@pytest.mark.usefixtures("separably")
def test_targets_at_the_place_and_height_of_a_node_are_its_value():
    grids, height, _, fields = case("cells", "globe")
    own = GridPair(grids.lat, grids.lon, grids.lat, np.arange(2.5, 360.0, 2.5))
    fine_height = np.repeat(height, 2, axis=1)[:, :143] + 1.0
    fine_height[:, ::2] -= 1.0
    found = lifted(own, height, fine_height, fields, Climatology())
    np.testing.assert_array_equal(found["zhd"][:, :, ::2], fields["zhd"])


def test_nodes_are_kept_only_at_their_own_height():
    axes = np.array([10.0, 0.0]), np.array([0.0, 10.0])
    fine, flat = np.zeros((1, 2, 2), np.float32), np.zeros((2, 2))
    delays = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    keep_nodes(GridPair(*axes, *axes), flat, np.array([[0.0, 1.0], [2.0, 0.0]]), delays, fine)
    np.testing.assert_array_equal(fine[0], np.array([[0.1, 0.0], [0.0, 0.4]], np.float32))


def test_a_million_targets_keep_nothing_for_each_of_them():
    lat, lon = 50.0 - np.arange(1200) / 1200, 10.0 + np.arange(1200) / 1200
    target = find_separable(GridPair(*GLOBE, lat, lon), "bicubic")
    kept = target.row_weight.nbytes + sum(tile.weight.nbytes for tile in target.tiles)
    assert kept < 100_000
    assert target.nodes.size <= 25


def test_tiles_hold_all_columns_once_and_few_nodes():
    for fine in FINE.values():
        target = find_separable(GridPair(*GLOBE, *fine), "bicubic")
        columns = np.concatenate([np.arange(fine[1].size)[tile.columns] for tile in target.tiles])
        np.testing.assert_array_equal(columns, np.arange(fine[1].size))
        assert max(tile.nodes.size for tile in target.tiles) <= NODES_OF_A_TILE


def test_how_often_a_height_model_is_asked_does_not_grow_with_the_target():
    class Counted(Kouba):
        asked = 0

        def factors(self, state, pairs):
            Counted.asked += pairs.rise.size
            return super().factors(state, pairs)

    grids, height, _, fields = case("cells", "terrain")
    for count in (100, 400):
        lat, lon = 48.0 - np.arange(count) / count, 10.0 + np.arange(count) / count
        Counted.asked = 0
        own = GridPair(grids.lat, grids.lon, lat, lon)
        lifted(own, height, np.zeros((count, count)), fields, Counted())
        assert Counted.asked < 25 * 24


def test_a_gap_high_up_takes_along_only_the_targets_that_rise_into_it():
    pieces = cut_pieces(0.0, 2000.0)
    rungs = rungs_of(pieces)
    profile = np.where(rungs > 1500.0, np.nan, 0.2 * np.exp(-rungs / 2000.0))
    fitted = fit_pieces(
        pieces, np.broadcast_to(profile[None, :, None, None], (1, rungs.size, 2, 2))
    )
    places = [1.0, 0.0], [0.0, 1.0], [0.5], [0.25, 0.5, 0.75]
    target = join_axes(*weigh_axes(*places, interpolation="bilinear"), (2, 2))
    out = np.empty((1, 1, 3), np.float32)
    height = np.array([[100.0, 1900.0, 700.0]])
    target.combine(list(zip(pieces, fitted, strict=True)), height, out)
    assert np.isnan(out).ravel().tolist() == [False, True, False]
    np.testing.assert_allclose(out[0, 0, ::2], 0.2 * np.exp(-height[0, ::2] / 2000.0), atol=1e-5)
