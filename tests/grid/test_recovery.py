"""The axis that was meant comes back from float32 and few decimals."""

from itertools import product

import numpy as np
import pytest

from tropdsx.errors import GridError
from tropdsx.grid.recovery import fit_line, recover_axis, recover_few_digits
from tropdsx.grid.rounding import find_rounding
from tropdsx.grid.spacing import regularise_axis, unwrap_longitude

FORMS = {
    "float64": np.asarray,
    "9 decimals": lambda axis: axis.round(9),
    "7 decimals": lambda axis: axis.round(7),
    "6 decimals": lambda axis: axis.round(6),
    "5 decimals": lambda axis: axis.round(5),
    "4 decimals": lambda axis: axis.round(4),
    "8 digits": lambda axis: np.array([float(f"{value:.8g}") for value in axis]),
    "float32": lambda axis: axis.astype("f4"),
    "float32, then float64": lambda axis: axis.astype("f4").astype("f8"),
    "float32 of 6 decimals": lambda axis: axis.round(6).astype("f4"),
    "summed in float32": lambda axis: (
        np.float32(axis[0]) + np.arange(axis.size, dtype="f4") * np.float32(axis[1] - axis[0])
    ),
}
# Parts of a degree: arc-seconds and minutes, tenths, powers of 2, and odd ones.
PARTS = (3600, 2400, 1800, 1200, 1000, 900, 720, 600, 240, 128, 120, 60, 40, 24, 20, 12, 10, 8, 7)
STARTS = (0.0, 10.0, 45.0, -80.25, 83.5)
WESTS = (0.0, 359.0, -120.0, 179.5, -180.0, -0.5, 200.25)
CASES = [(part, form) for part in PARTS for form in FORMS]


@pytest.mark.parametrize(("part", "form"), CASES)
def test_sweep_of_latitudes_and_longitudes(part, form):
    """Node and cell registration, ascending and descending, to a thousandth of a step."""
    count = max(part, 20) + 1
    steps = np.arange(count)
    for start, west, offset in zip(STARTS, WESTS, (0, 0.5, 0, 0.5, 0.5), strict=False):
        lat = start + (steps + offset) / part if part > 10 else -60 + (steps + offset) / part
        lon = west + (steps + offset) / part
        for sign in (1, -1):
            found = regularise_axis(FORMS[form](sign * lat))
            assert np.abs(found - sign * lat).max() * part < 1e-3
        found, order = unwrap_longitude(FORMS[form](lon))
        np.testing.assert_array_equal(order, steps)
        off = (found - lon + 180) % 360 - 180
        assert np.abs(off).max() * part < 1e-3
        assert 0 <= found[0] < 360


@pytest.mark.parametrize(("part", "form"), list(product((3600, 1200, 240, 12, 4), FORMS)))
def test_conventions_of_longitude(part, form):
    """Boxes across Greenwich and the antimeridian, in either convention and direction."""
    steps = np.arange(max(60, part // 10)) - 25
    for middle in (0.0, 180.0, 77.0):
        run = middle + (steps + 0.5) / part
        for low, turn in product((0.0, -180.0), (1, -1)):
            stored = FORMS[form](((run - low) % 360) + low)[::turn]
            found, order = unwrap_longitude(stored)
            np.testing.assert_array_equal(order, np.arange(run.size)[::turn])
            np.testing.assert_allclose(found, run - 360 * (run[0] // 360), atol=1e-3 / part)


def test_forms_of_one_axis_are_one_axis():
    """Bit for bit, so that grids are the same and files go together."""
    exact = 10 + (np.arange(1200) + 0.5) / 1200
    found = {form: regularise_axis(store(exact)) for form, store in FORMS.items()}
    for form, axis in found.items():
        np.testing.assert_array_equal(axis, exact.round(9), form)


@pytest.mark.parametrize(
    ("first", "step", "count"),
    [
        (10.0, 0.000833333, 1200),
        (10.0, 0.000277778, 3600),
        (7.123456, 0.0007, 500),
        (0.0, 0.703125, 512),
        (-30.0, 0.05, 900),
        (-10.0, 5 / 3, 30),
    ],
)
def test_an_axis_that_is_even_as_stored_stays_where_it_is(first, step, count):
    """Steps with few decimals add up to another axis than the fraction that they come from."""
    axis = first + step * np.arange(count)
    assert np.abs(regularise_axis(axis) - axis).max() < 1e-9


@pytest.mark.parametrize("form", ["5 decimals", "float32", "summed in float32"])
@pytest.mark.parametrize(("first", "step"), [(12.345, 1 / 1200), (10.05, 0.007), (100.1, 0.013)])
def test_axes_from_anywhere_stay_within_their_rounding(form, first, step):
    exact = first + step * np.arange(400)
    stored = FORMS[form](exact)
    found = recover_axis(stored.astype("f8"), find_rounding(stored))
    assert np.abs(found - exact).max() < 1.1e-5
    assert np.ptp(np.diff(found)) < 1e-12


def test_fit_says_that_there_is_no_line():
    line = fit_line(np.array([0.0, 1.0, 2.0, 4.0]), np.full(4, 0.2))
    assert line.slack < 0
    line = fit_line(np.array([0.0, 1.1, 1.9, 3.1]), np.full(4, 0.2))
    assert line.slack > 0
    np.testing.assert_allclose(line.nodes(4), [0, 1, 2, 3], atol=0.2)


@pytest.mark.parametrize(
    ("step", "digits"),
    [(1 / 3, 2), (2 / 3, 2), (1 / 6, 2), (1.125, 2), (1.40625, 2), (0.703125, 2), (10 / 3, 1)],
)
@pytest.mark.parametrize("kind", ["f8", "f4"])
@pytest.mark.parametrize("down", [False, True])
def test_very_few_digits_are_enough_for_a_simple_axis(step, digits, kind, down):
    """Of parts of the circle, at whole and at half steps."""
    for first, count in ((-60.0, 40), (0.0, 11), (30.0 + step / 2, 25)):
        meant = first + step * np.arange(count)
        meant = np.round(2 * meant / step) / 2 * step
        for axis in (meant[::-1] if down else meant,):
            stored = axis.round(digits).astype(kind)
            np.testing.assert_allclose(regularise_axis(stored), axis, atol=1e-8)


def test_a_globe_closes_with_two_digits():
    meant = -180.0 + np.arange(1080) / 3
    for stored in (meant.round(2), np.append(meant, 180.0).round(2)):
        lon, columns = unwrap_longitude(stored)
        np.testing.assert_allclose(lon, np.arange(1080) / 3, atol=1e-8)
        assert columns.size == 1080


@pytest.mark.parametrize(
    "axis",
    [
        [0, 10, 20, 30, 41, 50, 60, 70, 80, 90, 100],  # one is off by more than its digits
        [0.0, 0.3, 0.7, 1.0, 1.3],  # too few to tell
        np.cumsum([0.33, 0.34, 0.34, 0.33, 0.34, 0.34] * 3),  # no part of the circle
        np.delete((np.arange(40) / 3).round(2), 17),
        [0.0, 0.4, 0.7, 1.0, 1.3, 1.7, 2.0, 2.3, 2.7, 3.0, 3.3],
    ],
)
def test_what_is_not_even_stays_so(axis):
    with pytest.raises(GridError, match=r"not uniformly spaced|Gaussian"):
        regularise_axis(np.asarray(axis, float), "longitude")


def test_digits_rougher_than_the_steps_say_nothing():
    assert recover_few_digits(np.arange(12) / 4, np.full(12, 0.05)) is None
    assert recover_few_digits(np.arange(12) / 3, np.zeros(12)) is None
