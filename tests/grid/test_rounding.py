"""How coordinates are rounded is read from their type and their digits."""

import numpy as np
import pytest

from tropdsx.grid.rounding import few_digits, find_rounding

EXACT = 100 + np.arange(1201) / 1200


@pytest.mark.parametrize("decimals", [4, 5, 6, 7, 8])
def test_fixed_decimals(decimals):
    found = find_rounding(EXACT.round(decimals))
    np.testing.assert_allclose(found.decimal, 0.5 * 10.0**-decimals)
    assert not found.binary.any()


def test_as_many_digits_altogether():
    """Text written with %.8g has six decimals below 100 and five from there on."""
    exact = 99.5 + np.arange(1201) / 1200
    found = find_rounding([float(f"{value:.8g}") for value in exact])
    np.testing.assert_allclose(found.decimal[exact < 99.99], 5e-7)
    np.testing.assert_allclose(found.decimal[exact > 100], 5e-6)


@pytest.mark.parametrize("back", [False, True])
def test_float32_also_where_it_became_float64_later(back):
    stored = EXACT.astype("f4")
    found = find_rounding(stored.astype("f8") if back else stored)
    assert (np.abs(stored - EXACT) <= found.binary).all()
    assert found.binary.max() < 4e-6
    assert not found.decimal.any()


def test_float32_of_few_decimals_is_rounded_twice():
    found = find_rounding((10 + np.arange(1201) / 1200).round(4).astype("f4"))
    assert 4.8e-7 < found.binary.max() < 7e-7
    np.testing.assert_allclose(found.decimal, 5e-5)


@pytest.mark.parametrize(
    "values",
    [
        EXACT,
        np.arange(-90, 91, 2),
        np.arange(-89.5, 90, 1.0)[:4],
        np.arange(0.0, 10, 0.1),
        [0.0, 2.5, 5.0],
        [0.12, 0.37, 0.62],
        [0.0],
    ],
)
def test_no_rounding_to_speak_of(values):
    """Whole numbers and two decimals are what is meant, and not a rounding of something else."""
    assert not find_rounding(values).total.any()


def test_three_decimals_only_on_coarse_grids():
    assert find_rounding((np.arange(40) / 3).round(3)).decimal.max() == 5e-4
    assert not find_rounding((np.arange(400) / 12).round(3)).decimal.any()


def test_take_keeps_coordinates_and_their_rounding_together():
    found = find_rounding(EXACT.astype("f4"))
    np.testing.assert_array_equal(found.take(np.array([5, 0])).total, found.total[[5, 0]])


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_half_of_the_last_digit_however_rough(dtype):
    """Steps of a third of a degree with two digits, which say too little for other axes."""
    stored = (-60 + np.arange(90) / 3).round(2).astype(dtype)
    np.testing.assert_allclose(few_digits(stored), 0.005, rtol=1e-6)
    assert not find_rounding(stored).decimal.any()
    assert few_digits([0.0, 0.1 + 1 / 3]).max() < 1e-6  # float32 or less
