"""Values at times between epochs, in blocks of series."""

import numpy as np
import pytest

from tropdsx.cf.time import between as module
from tropdsx.cf.time.between import find_nearest, locate_times, values_between

START = np.datetime64("2022-03-09", "ns")


def hours(*values):
    return START + np.array(values) * np.timedelta64(3600, "s")


def series(count=7, epochs=9, dtype="f4"):
    rng = np.random.default_rng(3)
    values = rng.normal(2.4, 0.1, (count, epochs)).astype(dtype)
    values[2, 4] = np.nan
    return values


@pytest.mark.parametrize("at_once", [1, 40, 10_000])
@pytest.mark.parametrize("order", ["C", "F"])
def test_series_are_linear_between_epochs_whatever_the_blocks(at_once, order, monkeypatch):
    monkeypatch.setattr(module, "_VALUES_AT_ONCE", at_once)
    have, values = hours(*range(0, 54, 6)), np.asarray(series(), order=order)
    wanted = hours(*np.linspace(-2, 50, 40))
    found = values_between(values, locate_times(have, wanted))
    assert found.dtype == np.float64
    x, epochs = ((each - START).astype(np.int64) / 3.6e12 for each in (wanted, have))
    for row, own in zip(found, values, strict=True):
        expected = np.interp(x, epochs, own, left=np.nan, right=np.nan)
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_results_in_single_precision_are_those_in_double_rounded_once():
    have, values = hours(*range(0, 54, 6)), series()
    place = locate_times(have, hours(*np.linspace(0, 48, 31)))
    single = values_between(values, place, np.float32)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, values_between(values, place).astype(np.float32))


def test_at_an_epoch_its_neighbour_may_be_missing():
    values = np.array([[1.0, np.nan, 3.0]])
    place = locate_times(hours(0, 6, 12), hours(0, 3, 6, 9, 12))
    found = values_between(values, place)
    np.testing.assert_array_equal(found, [[1.0, np.nan, np.nan, np.nan, 3.0]])


def test_gaps_are_not_crossed_but_their_ends_are_there():
    have = hours(0, 6, 12, 36, 42)
    found = values_between(np.arange(5.0)[None], locate_times(have, hours(11, 12, 20, 36, 37)))
    assert np.isnan(found).tolist() == [[False, False, True, False, False]]


@pytest.mark.parametrize("find", [locate_times, find_nearest])
def test_of_one_epoch_there_is_nothing_but_itself(find):
    found = values_between(np.array([[2.4]]), find(hours(6), hours(5, 6, 7)))
    np.testing.assert_array_equal(found, [[np.nan, 2.4, np.nan]])


def test_the_nearest_reaches_half_a_step():
    place = find_nearest(hours(0, 6, 12), hours(-4, -3, 2, 4, 15, 16))
    np.testing.assert_array_equal(
        values_between(np.array([[1.0, 2.0, 3.0]]), place), [[np.nan, 1.0, 1.0, 2.0, 3.0, np.nan]]
    )
