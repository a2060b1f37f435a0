"""Where targets lie between the coarse nodes."""

import numpy as np

from tropdsx.predict.points import locate_targets

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
