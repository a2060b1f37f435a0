"""Dates written as numbers: by their units, or by their digits; or no dates."""

import numpy as np
import pytest

from tropdsx.cf.time.numbers import find_form, read_numbers

FORMS = {
    "days": ([20220731, 20220801], "", "yyyymmdd", ["2022-07-31T00", "2022-08-01T00"]),
    "floats": ([20220701.0, 20220701.25], "", "yyyymmdd", ["2022-07-01T00", "2022-07-01T06"]),
    "unit 1": ([20220701.5], "1", "yyyymmdd", ["2022-07-01T12"]),
    "unit days": ([20220701.5], "days", "yyyymmdd", ["2022-07-01T12"]),
    "unit in words": ([20220701], "YYYYMMDD", "yyyymmdd", ["2022-07-01T00"]),
    "unit as strftime": ([20220701], "%Y%m%d", "yyyymmdd", ["2022-07-01T00"]),
    "cdo": ([20220131.75], "day as %Y%m%d.%f", "yyyymmdd", ["2022-01-31T18"]),
    "cdo, plural": ([20240229.75], "days as %Y%m%d.%f", "yyyymmdd", ["2024-02-29T18"]),
    "cdo, long ago": ([17890714.5], "day as %Y%m%d.%f", "yyyymmdd", ["1789-07-14T12"]),
    "cdo, months": ([202202.5], "month as %Y%m.%f", "yyyymm", ["2022-02-15T00"]),
    "months": ([202207, 202208], "", "yyyymm", ["2022-07-01T00", "2022-08-01T00"]),
    "hours": ([2022070118], "", "yyyymmddhh", ["2022-07-01T18"]),
    "NCL": ([2022070118.5], "yyyymmddhh.hh_frac", "yyyymmddhh", ["2022-07-01T18:30"]),
    "minutes": ([202207011830], "", "yyyymmddhhmm", ["2022-07-01T18:30"]),
    "seconds": ([20220701183000], "", "yyyymmddhhmmss", ["2022-07-01T18:30"]),
    "MJD": ([59647.25], "MJD", "mjd", ["2022-03-09T06"]),
    "MJD in words": ([59647.25], "Modified  Julian Date", "mjd", ["2022-03-09T06"]),
}


@pytest.mark.parametrize("case", FORMS)
def test_numbers_are_dates(case):
    values, unit, form, dates = FORMS[case]
    values = np.array(values)
    assert find_form(values, unit) == form
    np.testing.assert_array_equal(read_numbers(values, form), np.array(dates, "M8[ns]"))
    np.testing.assert_array_equal(read_numbers(values[None], form), [np.array(dates, "M8[ns]")])


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([0, 6, 12], ""),
        ([0, 6, 12], "hours"),
        ([2022.1, 2022.2], "years"),
        ([2022, 2023], ""),
        ([455_000, 455_006], ""),  # hours since 1970
        ([1_078_200], ""),  # hours since 1900
        ([1_656_633_600], ""),  # seconds since 1970
        ([20_220_701], "seconds"),
        ([20_220_701], "ms"),
        ([27_610_560], "minutes"),
        ([202_213], ""),
        ([202_200], ""),
        ([202_207.5], ""),
        ([20220701, 5], ""),
        ([], ""),
        ([np.nan], ""),
        ([59647.25], ""),
    ],
)
def test_counts_are_no_dates(values, unit):
    assert find_form(np.array(values), unit) is None


@pytest.mark.parametrize(
    ("values", "unit", "reason"),
    [
        ([20220230.0], "", "out of range"),
        ([20221345], "", "out of range"),
        ([20220700], "day as %Y%m%d.%f", "out of range"),
        ([2022070124], "", "out of range"),
        ([20220701.25, np.nan], "day as %Y%m%d.%f", "some are missing"),
        ([21600.0, 0.0], "day as %Y%m%d.%f", "21600 has not 8 digits"),  # cdo -a -settunits,seconds
        ([2022.5], "year as %Y.%f", "a year is not a day"),
        ([6], "hours as %H", "a hour is not a day"),
        (np.float32([20220701.25]), "day as %Y%m%d.%f", "32-bit"),
        (np.float32([20220702]), "", "32-bit"),
        (np.float32([59647.25]), "MJD", "32-bit"),
        ([16770101], "day as %Y%m%d.%f", "year 1677"),
        ([22620101], "day as %Y%m%d.%f", "year 2262"),
    ],
)
def test_numbers_that_should_be_dates_and_are_none_are_refused(values, unit, reason):
    values = np.asarray(values)
    with pytest.raises(ValueError, match=reason):
        read_numbers(values, find_form(values, unit))


def test_months_in_single_precision_are_exact():
    values = np.float32([202207])
    assert read_numbers(values, find_form(values, "")) == np.datetime64("2022-07-01")


def test_times_of_day_are_to_the_second():
    minutes = np.arange(1440)
    values = 20220701 + minutes / 1440
    wanted = np.datetime64("2022-07-01", "ns") + minutes.astype("m8[m]")
    np.testing.assert_array_equal(read_numbers(values, "yyyymmdd"), wanted)
