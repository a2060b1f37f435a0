"""Epochs a little off their step: on it again, matched, or left alone."""

import numpy as np
import pytest

from tropdsx.cf.time.snap import find_nearest_epochs, match_epochs, snap_to_step, tolerance_of

DAY = np.datetime64("2022-07-01", "ns")
HOUR = np.timedelta64(3600, "s")
SECOND = np.timedelta64(1, "s")


def series(hours=6.0, count=8, first=DAY):
    return first + (np.arange(count) * hours * 3600e9).astype("m8[ns]")


def single_precision(times, unit="s", since="1970-01-01"):
    """As float32 numbers since a date hold them."""
    length = np.timedelta64(1, unit)
    numbers = ((times - np.datetime64(since)) / length).astype(np.float32).astype(float)
    nanoseconds = np.rint(numbers * float(length / np.timedelta64(1, "ns"))).astype(np.int64)
    return np.datetime64(since, "ns") + nanoseconds.astype("m8[ns]")


def test_regular_series_are_the_same_object():
    for hours in (0.25, 0.5, 1, 3, 6, 12, 24, 7.3):
        for first in (DAY, DAY + 450 * SECOND, DAY + 17 * SECOND):
            times = series(hours, first=first)
            assert snap_to_step(times)[0] is times
    gaps = series()[[0, 1, 5, 7]]
    assert snap_to_step(gaps)[0] is gaps
    months = np.arange("2022-01", "2023-01", dtype="M8[M]").astype("M8[ns]")
    assert snap_to_step(months)[0] is months


@pytest.mark.parametrize("hours", [0.5, 1, 3, 6])
def test_seconds_since_1970_in_single_precision(hours):
    times = series(hours, 48)
    off = single_precision(times)
    assert np.abs(off - times).max() > 30 * SECOND
    found, step, moved = snap_to_step(off)
    np.testing.assert_array_equal(found, times)
    assert step == hours * HOUR
    assert moved == np.abs(off - times).max()


def test_days_since_1970_in_single_precision():
    times = series(1, 24)
    off = single_precision(times, "D")
    assert np.abs(off - times).max() > 50 * SECOND
    np.testing.assert_array_equal(snap_to_step(off)[0], times)


@pytest.mark.parametrize("size", ["1ns", "1us", "3ms", "1s", "50s"])
@pytest.mark.parametrize("first", [0, 90 * 60], ids=["midnight", "half past one"])
def test_jitter_of_any_size(size, first):
    length = np.timedelta64(int(size.rstrip("nums")), size.lstrip("0123456789"))
    times = series(first=DAY + first * SECOND)
    jitter = np.array([0, 1, 0, 1, 1, 0, -1, 0]) * length
    for order in (slice(None), [3, 0, 7, 1, 2, 6, 5, 4]):
        found, step, moved = snap_to_step((times + jitter)[order])
        np.testing.assert_array_equal(found, times[order])
        assert (step, moved) == (6 * HOUR, length)


def test_a_phase_that_is_not_round_is_kept():
    times = series(first=DAY + 450 * SECOND)
    found, _, _ = snap_to_step(times + np.array([0, 1, 2, 0, 0, 1, 0, 0], "m8[ms]"))
    np.testing.assert_array_equal(found, times)


def test_gaps_and_jitter():
    times = series()[[0, 1, 5, 7]]
    found, step, _ = snap_to_step(times + np.array([0, 40, -30, 64], "m8[s]"))
    np.testing.assert_array_equal(found, times)
    assert step == 6 * HOUR


def test_days_apart_are_on_their_time_of_day():
    times = series(240, first=DAY + 12 * HOUR)
    found, step, _ = snap_to_step(times + np.array([0, 40, -30, 64, 0, 1, 2, 3], "m8[s]"))
    np.testing.assert_array_equal(found, times)
    assert step == 24 * HOUR


@pytest.mark.parametrize(
    "minutes",
    [[0, 365, 729, 1050], [0, 7, 19, 45], [0, 360, 725, 1083], [0, 360, 723], [0], []],
)
def test_irregular_times_are_left_alone(minutes):
    times = DAY + np.array(minutes, "m8[m]")
    found, step, moved = snap_to_step(times)
    assert found is times
    assert step == moved == np.timedelta64(0)


def test_epochs_do_not_fall_together():
    times = np.append(series(), DAY + np.timedelta64(1, "ns"))
    assert snap_to_step(times)[0] is times


def test_tolerance_follows_the_densest_series():
    assert tolerance_of(series()) == 120 * SECOND
    assert tolerance_of(series(0.5)) == 72 * SECOND
    assert tolerance_of(series(), series(1 / 60)) == np.timedelta64(2400, "ms")
    assert tolerance_of(series(count=1)) == tolerance_of(np.array([], "M8[ns]")) == 120 * SECOND
    assert tolerance_of(np.append(series(1 / 60), np.datetime64("NaT"))) < 3 * SECOND


def test_epochs_are_matched_within_minutes_and_exact_ones_exactly():
    own = series()
    other = single_precision(series(count=10, first=DAY - 12 * HOUR))[::-1]
    here, there = match_epochs(own, other)
    assert here.tolist() == list(range(8))
    assert np.abs(own[here] - other[there]).max() <= 64 * SECOND
    here, there = match_epochs(own[[2, 0, 1]], own)
    assert (here.tolist(), there.tolist()) == ([1, 2, 0], [0, 1, 2])
    assert match_epochs(own, own + 180 * SECOND)[0].size == 0


def test_no_date_matches_nothing():
    unknown = np.full(2, "NaT", "M8[ns]")
    for pair in ((unknown, series()), (series(), unknown), (unknown, unknown)):
        assert match_epochs(*pair)[0].size == 0


def test_the_nearest_epoch_of_unsorted_ones():
    times = np.append(series()[[3, 0, 2]], np.datetime64("NaT"))
    wanted = np.append(DAY + np.array([-5, 4, 13, 16, 90]) * HOUR, np.datetime64("NaT"))
    row, off = find_nearest_epochs(times, wanted)
    assert row[:5].tolist() == [1, 1, 2, 0, 0]
    np.testing.assert_array_equal(off[:5], np.array([5, 4, 1, 2, 72]) * HOUR)
    assert off[5] > np.timedelta64(200 * 365, "D")
