"""Where targets lie between the coarse nodes."""

import numpy as np
import pytest

from tropdsx.grid.edges import Edges, find_edges, pad_field
from tropdsx.predict.points import (
    find_window,
    locate_columns,
    locate_rows,
    locate_targets,
    wet_factor,
)

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


def test_point_at_a_node_has_that_node_alone():
    height = np.arange(36 * 72.0).reshape(36, 72)
    table = locate_targets(
        LAT, LON, height, LAT[[0, 5, 35]], LON[[0, 71, 30]], height[[0, 5, 35], [0, 71, 30]]
    )
    assert table.weight[:, 0].tolist() == [1, 1, 1]
    assert (table.weight[:, 1:] == 0).all()
    assert (table.height_step[:, 0] == 0).all()
    padded_width = 74
    assert table.corners[1, 0] == 6 * padded_width + 72


def test_points_everywhere_have_corners_on_the_padded_grid():
    rng = np.random.default_rng(0)
    for lat, lon in (
        (LAT, LON),
        (np.arange(90, -91, -2.0), np.arange(0, 360, 2.5)),
        (LAT[3:9], LON[:9]),
    ):
        points = rng.uniform(-90, 90, 500), rng.uniform(-180, 540, 500)
        table = locate_targets(lat, lon, np.zeros((len(lat), len(lon))), *points, np.zeros(500))
        assert table.corners.min() >= 0
        assert table.corners.max() < (len(lat) + 2) * (len(lon) + 2)
        np.testing.assert_allclose(table.weight.sum(-1), 1, atol=1e-6)


def test_points_across_greenwich():
    table = locate_targets(
        LAT, LON, np.zeros((36, 72)), np.array([0.0, 0.0]), np.array([0.0, 360.0]), np.zeros(2)
    )
    np.testing.assert_array_equal(table.corners[0], table.corners[1])
    np.testing.assert_allclose(table.offset[0, 0, 1], 0.5)


@pytest.mark.parametrize("first", [330.0, -30.0])
@pytest.mark.parametrize("turn", [-360.0, 0.0, 360.0])
def test_targets_of_any_turn_in_a_region_across_greenwich(first, turn):
    lon = first + 5.0 * np.arange(21)
    cell, part = locate_columns(lon, np.array([-30.0, -2.5, 8.0, 70.0]) + turn, wrap=False)
    assert cell.tolist() == [0, 5, 7, 20]
    np.testing.assert_allclose(part, [0.0, 0.5, 0.6, 0.0], atol=1e-9)


def test_offsets_and_weights_are_those_of_the_corners():
    """In the order NW, NE, SW, SE; the weight goes to the corner that is near."""
    place = (np.array([value]) for value in (47.5, 3.5, 500.0))
    table = locate_targets(np.array([50.0, 40.0]), np.array([0.0, 10.0]), np.zeros((2, 2)), *place)
    expected = [[0.25, 0.35], [0.25, -0.65], [-0.75, 0.35], [-0.75, -0.65]]
    np.testing.assert_allclose(table.offset[0], expected, atol=1e-7)
    assert (np.argsort(-table.weight[0]) == [0, 1, 2, 3]).all()
    np.testing.assert_allclose(table.height_step, 0.5)
    np.testing.assert_allclose(table.wet_factor, np.exp(-0.25), rtol=1e-6)


def test_rounding_does_not_move_a_target_off_its_node():
    lat, lon = np.array([47.5 + 4e-6]), np.array([12.5 - 4e-6])
    table = locate_targets(LAT, LON, np.zeros((36, 72)), lat, lon, np.zeros(1))
    assert table.weight[0].tolist() == [1, 0, 0, 0]


GLOBE, POLES = find_edges(LAT, LON), find_edges(np.arange(90, -91, -2.0), np.arange(0, 360, 2.5))


def window_of(rows, columns, edges=GLOBE, shape=(36, 72), margin=2):
    return find_window(shape, edges, np.array(rows), np.array(columns), margin)


def test_the_window_holds_the_corners_of_all_cells():
    window = window_of([4, 6], [10, 12])
    assert window.rows == (4, 5, 6, 7)
    assert window.columns == (10, 11, 12, 13)
    assert window.near_rows == tuple(range(2, 10))
    assert window.edges == (False, "edge", "edge")


def test_the_window_goes_round_the_globe_where_that_is_shorter():
    assert window_of([4], [70, 71, 1]).columns == (70, 71, 0, 1, 2)
    assert window_of([4], [3, 71]).columns == (71, 0, 1, 2, 3, 4)
    every = window_of([4], np.arange(0, 72, 1))
    assert every.columns == tuple(range(72))
    assert every.edges == (True, "edge", "edge")


def test_targets_beyond_the_last_row_need_whole_circles():
    for rows in ([-1, 0], [35]):
        window = window_of(rows, [10])
        assert window.columns == tuple(range(72))
        assert window.edges[0]
    south = window_of([90], [10], POLES, (91, 144))
    assert south.rows == (90,)
    assert south.edges == (True, "edge", "pole")


def test_a_region_ends_where_it_ends():
    window = window_of([-1, 8], [-1, 3], Edges(False, "edge", "edge"), (9, 12))
    assert window.rows == tuple(range(9))
    assert window.columns == (0, 1, 2, 3, 4)
    assert window.near_columns == tuple(range(7))


def test_targets_counted_within_a_window_have_the_same_neighbours():
    """Across Greenwich, beside a pole and in a region."""
    rng = np.random.default_rng(0)
    cases = {
        "seam": (LAT, LON, rng.uniform(20, 40, 50), rng.uniform(340, 380, 50)),
        "pole": (LAT, LON, rng.uniform(80, 90, 50), rng.uniform(20, 60, 50)),
        "region": (LAT[3:9], LON[:9], rng.uniform(40, 80, 50), rng.uniform(-10, 50, 50)),
    }
    for lat, lon, *points in cases.values():
        edges = find_edges(lat, lon)
        shape = len(lat), len(lon)
        height = rng.uniform(0, 3000, shape)
        rows, _ = locate_rows(lat, points[0])
        columns, _ = locate_columns(lon, points[1], wrap=edges.wrap)
        window = find_window(shape, edges, rows, columns, 2)
        part = locate_targets(lat, lon, height, *points, np.zeros(50), window=window)
        whole = locate_targets(lat, lon, height, *points, np.zeros(50))
        for name in ("offset", "weight", "height_step", "wet_factor"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name))
        field = pad_field(height, 1, edges).ravel()[whole.corners]
        own = pad_field(window.cut(height), 1, Edges(*window.edges)).ravel()[part.corners]
        np.testing.assert_array_equal(own, field)


def test_the_factor_of_zwd_is_that_of_single_targets():
    heights = np.array([-400.0, 0.0, 1234.5, 8800.0])
    place = np.zeros(4)
    table = locate_targets(LAT, LON, np.zeros((36, 72)), place, place, heights)
    np.testing.assert_allclose(wet_factor(heights), table.wet_factor, rtol=1e-6)
