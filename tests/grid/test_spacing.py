"""Axes: spacing, wrap and registration."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tropdsx.errors import GridError
from tropdsx.grid.edges import is_global
from tropdsx.grid.spacing import (
    find_registration,
    find_step,
    is_regular,
    regularise_axis,
    unwrap_longitude,
    wrap_longitude,
)

# P6 of the Legendre polynomial of degree 16: a Gaussian grid of 16 latitudes.
GAUSSIAN = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(16)[0]))


def test_spacing_is_signed():
    assert find_step([90, 88, 86]) == -2.0
    assert find_step(np.arange(0, 360, 2.5)) == 2.5


@pytest.mark.parametrize("step", [0.1, 0.25, 1 / 3, 1.0, 2.5])
def test_float32_and_rounded_coordinates_are_regular(step):
    exact = step / 2 + step * np.arange(round(360 / step))
    for stored in (exact.astype("f4"), exact.round(4)):
        assert find_step(stored) == pytest.approx(step, rel=1e-4)
        np.testing.assert_allclose(regularise_axis(stored), exact, atol=1e-4)


def test_regular_axis_leaves_exact_coordinates_alone():
    exact = np.arange(89.5, -90, -1)
    np.testing.assert_array_equal(regularise_axis(exact), exact)


def test_irregular_axis_names_the_first_place():
    values = np.array([0.0, 1, 2, 3.5, 4, 5, 6])
    with pytest.raises(GridError, match=r"longitude is not uniformly spaced: from 2 to 3\.5"):
        regularise_axis(values, "longitude")


def test_gaussian_latitudes_are_called_by_name():
    with pytest.raises(GridError, match=r"Gaussian grid.*cdo remapbil"):
        regularise_axis(GAUSSIAN, "latitude")


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0]], [1.0, np.nan, 3.0], [1.0, 1.0]])
def test_no_axis(values):
    with pytest.raises(GridError):
        find_step(values)


@pytest.mark.parametrize("back_and_forth", [[0.0, 1, 0, 1, 2], [0.0, 2, 1, 3, 4]])
def test_axis_that_turns_round_is_refused(back_and_forth):
    with pytest.raises(GridError, match="uniformly"):
        find_step(back_and_forth)


def test_wrap_keeps_noise_at_zero():
    np.testing.assert_array_equal(wrap_longitude([-1e-12, 360 - 1e-12]), [0.0, 0.0])
    np.testing.assert_array_equal(wrap_longitude([180.0, -180.0], -180), [-180.0, -180.0])


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (np.arange(-180.0, 180, 10), np.arange(0.0, 360, 10)),
        (np.arange(-180.0, 181, 10), np.arange(0.0, 360, 10)),
        (np.arange(0.0, 361, 10), np.arange(0.0, 360, 10)),
        (np.arange(350.0, -1, -10), np.arange(0.0, 360, 10)),
        (np.arange(-175.0, 180, 10), np.arange(5.0, 360, 10)),
        ([170.0, 175, 180, -175, -170], np.arange(170.0, 191, 5)),
        ([170.0, 175, 180, -180, -175, -170], np.arange(170.0, 191, 5)),
        ([170.0, 175, 180, 185, 190], np.arange(170.0, 191, 5)),
        ([-10.0, -5, 0, 5, 10], np.arange(350.0, 371, 5)),
        ([350.0, 355, 0, 5, 10], np.arange(350.0, 371, 5)),
        ([0.0, 5, 10, 350, 355], np.arange(350.0, 371, 5)),
        ([350.0, 360.0], [350.0, 360.0]),
        (np.arange(-20.0, 340, 10), np.arange(0.0, 360, 10)),
    ],
)
def test_unwrap(stored, expected):
    values, index = unwrap_longitude(stored)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(np.mod(np.asarray(stored)[index], 360), np.mod(expected, 360))


def test_unwrap_keeps_the_first_of_two_equal_columns():
    _, index = unwrap_longitude([-180.0, -90, 0, 90, 180])
    assert sorted(index) == [0, 1, 2, 3]


def test_the_last_column_may_repeat_the_first_in_any_form():
    for stored in (
        np.append(np.arange(0.0, 360, 2.5), 0.0),
        np.append(np.arange(-180, 180, 1 / 12), 180.0).astype("f4"),
        np.append(np.arange(-180, 180, 1 / 12), 180.0).round(4),
    ):
        values, index = unwrap_longitude(stored)
        assert index.size == stored.size - 1
        assert stored.size - 1 not in index
        assert values[0] == 0.0


@pytest.mark.parametrize("form", [np.asarray, lambda axis: axis.astype("f4")])
def test_another_column_twice_is_no_seam(form):
    with pytest.raises(GridError, match=r"longitude 12 occurs twice \(columns 2 and 3\)"):
        unwrap_longitude(form(np.array([10.0, 11, 12, 12, 13])))


def test_unwrap_refuses_many_repeated_columns():
    with pytest.raises(GridError, match="twice"):
        unwrap_longitude([0.0, 10, 20, 360, 370])


@given(
    count=st.integers(4, 72),
    first=st.integers(0, 71),
    turn=st.sampled_from([0.0, -180.0, 23.0]),
    roll=st.integers(0, 71),
)
def test_any_box_unwraps_to_one_run(count, first, turn, roll):
    run = 5.0 * first + 2.5 + 5.0 * np.arange(count)
    stored = np.roll(wrap_longitude(run, turn), roll)
    values, index = unwrap_longitude(stored)
    expected = np.arange(2.5, 360, 5) if count == 72 else run - 360 * (run[0] >= 360)
    np.testing.assert_allclose(values, expected, atol=1e-9)
    np.testing.assert_allclose(np.mod(stored[index] - values + 180, 360), 180, atol=1e-9)


def test_registration_of_fine_grids():
    """Steps add up over many rows from the pole."""
    lat = 45 + np.arange(3600) / 3600
    for store in (np.asarray, lambda axis: axis.astype("f4"), lambda axis: axis.round(4)):
        assert find_registration(store(lat)) == "node"
        assert find_registration(store(lat + 0.5 / 3600)[::-1]) == "cell"


def test_is_regular():
    assert is_regular(np.arange(10) / 3600)
    assert not is_regular(np.delete(np.arange(10) / 3600, 4))
    assert not is_regular(GAUSSIAN)


def test_global_and_registration():
    cells = xr.Dataset(coords={"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)})
    assert is_global(cells)
    assert find_registration(cells.lat) == "cell"
    assert not is_global(cells.isel(lon=slice(0, 359)))
    assert not is_global(cells.isel(lat=slice(2, None)))
    assert find_registration(np.arange(90, -91, -2)) == "node"
