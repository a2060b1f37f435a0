"""Where heights lie between levels, with holes, below and above them; sums from the top."""

import numpy as np

from tropdsx.atmos.profile.places import cumulate_from_top, find_places, take_flat

HEIGHTS = np.array([0.0, 500.0, 1500.0, 4000.0])


def columns(*shifts):
    return HEIGHTS[:, np.newaxis] + np.array(shifts)


def test_each_target_lies_in_its_own_layer_of_its_own_column():
    z = columns(0.0, 600.0)
    targets = np.array([[500.0, 500.0], [499.0, 1700.0], [3000.0, 4600.0], [5000.0, 600.0]])
    at = find_places(z, targets)
    assert take_flat(z, at.lower).tolist() == [[500, 600], [0, 1100], [1500, 2100], [1500, 600]]
    np.testing.assert_array_equal(take_flat(z, at.upper) - at.rise, np.maximum(targets, z[0]))
    np.testing.assert_allclose(at.share[:3, 1], [1.0, 0.4, 0.0])
    np.testing.assert_array_equal(at.depth, [[0, 100], [0, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(at.beyond, targets > z[-1])
    assert find_places(z, np.full((1, 2), 2000.0))[-2:] == (None, None)


def test_heights_for_all_columns_are_the_same_as_one_for_each():
    z, rungs = columns(0.0, 30.0, -70.0), np.linspace(0.0, 3900.0, 17)[:, np.newaxis]
    one, each = find_places(z, rungs), find_places(z, np.repeat(rungs, 3, axis=1))
    for found, expected in zip(one[:4], each[:4], strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_hole_hides_no_level_above_it():
    z = columns(0.0, 0.0)
    z[1, 0] = np.nan
    at = find_places(z, np.array([[2000.0, 2000.0], [700.0, 700.0]]))
    assert take_flat(z, at.lower)[0].tolist() == [1500.0, 1500.0]
    assert np.isnan(at.share).tolist() == [[False, False], [True, False]]
    assert at.lower[1].tolist() == [0, 3]


def test_an_unknown_target_is_no_harm_to_the_others():
    z, targets = columns(0.0, 600.0), np.array([[np.nan, 700.0], [600.0, np.nan]])
    at = find_places(z, targets)
    np.testing.assert_array_equal(np.isnan(at.rise), np.isnan(targets))
    assert at.lower[[0, 1], [1, 0]].tolist() == [1, 2]
    assert np.isnan(find_places(z, np.full((1, 1), np.nan)).share).all()


def test_more_levels_than_a_byte_counts():
    z = np.arange(400.0)[:, np.newaxis]
    assert find_places(z, np.array([[7.5], [255.5], [397.5]])).lower[:, 0].tolist() == [7, 255, 397]


def test_sums_from_the_top_keep_holes_to_what_lies_below():
    layers = np.array([[1.0, 1.0], [2.0, np.nan], [4.0, 4.0]])
    expected = [[7.0, np.nan], [6.0, np.nan], [4.0, 4.0], [0.0, 0.0]]
    np.testing.assert_array_equal(cumulate_from_top(layers), expected)
