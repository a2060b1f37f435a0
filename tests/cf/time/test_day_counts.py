"""Counts of days and years become dates, on the step that their digits allow."""

import numpy as np
import pytest

from tropdsx.cf.time.day_counts import DAY, dates_after, dates_of_years, settle_dates

HOURS = np.datetime64("2022-03-09", "ns") + np.arange(24) * np.timedelta64(1, "h")


@pytest.mark.parametrize("digits", range(3, 13))
def test_hours_come_back_from_days_of_few_digits(digits):
    mjd = 59647 + np.arange(24) / 24
    rounded = np.array([float(f"{day:.{digits}f}") for day in mjd])
    dates = dates_after("1858-11-17", rounded * DAY)
    found = settle_dates(dates, 0.5 * DAY * 10.0**-digits)
    np.testing.assert_array_equal(found.dates, HOURS)
    assert found.step % 3600 == 0
    assert found.moved <= 0.5 * DAY * 10.0**-digits + 1e-3


def test_dates_before_1970_and_between_seconds():
    dates = dates_after("1970-01-01", np.array([-0.25, 0.125]))
    assert settle_dates(dates, 0.0).step == 0
    np.testing.assert_array_equal(settle_dates(dates, 0.0).dates, dates)
    assert str(dates[0]) == "1969-12-31T23:59:59.750000000"
    assert str(settle_dates(dates_after("1970-01-01", np.array([-3600.0])), 0.0).dates[0]) == (
        "1969-12-31T23:00:00.000000000"
    )


def test_years_that_fit_no_convention():
    assert dates_of_years(np.array([2022.184212345, 2022.1845]), 0.02) is None


@pytest.mark.parametrize("year", [2020, 2022])
def test_calendar_years_have_their_own_length(year):
    length = 366 if year % 4 == 0 else 365
    found, way = dates_of_years(year + np.arange(0, 24) / 24 / length, 1e-3)
    hours = np.datetime64(f"{year}-01-01", "ns") + np.arange(24) * np.timedelta64(1, "h")
    np.testing.assert_array_equal(found.dates, hours)
    assert way == "shares of the calendar year"
