"""Dates written as text: ISO 8601 in both forms, or refused."""

import datetime as dt

import numpy as np
import pytest

from tropdsx.cf.time.text import as_date, parse_date, read_texts
from tropdsx.errors import GridError

SIX = "2022-07-01T06:00:00"
DATES = {
    "20220701": "2022-07-01T00:00:00",
    "2022070106": SIX,
    "20220701T06": SIX,
    "20220701T06Z": SIX,
    "20220701 06": SIX,
    "20220701_0600": SIX,
    "202207010600": SIX,
    "20220701060000": SIX,
    "20220701T060000Z": SIX,
    "202207": "2022-07-01T00:00:00",
    "2022-07": "2022-07-01T00:00:00",
    "2022-07-01T06": SIX,
    "2022-07-01T06:00Z": SIX,
    "2022-07-01 06:00:00 UTC": SIX,
    "2022-07-01_06:00:00": SIX,  # WRF
    "2022-07-01T06:00:00.000000": SIX,
    "2022-07-01T08:00+02:00": SIX,
    "2022-06-30T22:30-0730": SIX,
    "2020-02-29": "2020-02-29T00:00:00",
    "20221231T23": "2022-12-31T23:00:00",
    "1678-01-01": "1678-01-01T00:00:00",
    "2261-12-31": "2261-12-31T00:00:00",
}
NO_DATES = {
    "0600": "not written as",
    "1800": "not written as",  # an hour of the day, to NumPy a year
    "2022": "not written as",
    "20220": "not written as",
    "2022182": "not written as",
    "2022-182": "not written as",
    "01/07/2022": "not written as",
    "01.07.2022": "not written as",
    "1 July 2022": "not written as",
    "2022-7-1": "not written as",
    "yesterday": "not written as",
    "20220701.25": "not written as",
    "220701": "year 2207",
    "180000": "year 1800",
    "1656633600": "year 1656",  # seconds since 1970
    "18991231": "year 1899",
    "21010101": "year 2101",
    "1677-12-31": "year 1677",
    "2262-01-01": "year 2262",
    "9999-12-31": "year 9999",
    "20220230": "[Dd]ay out of range",
    "20220631": "[Dd]ay out of range",
    "2021-02-29": "[Dd]ay out of range",
    "20221345": "[Mm]onth out of range",
    "20220700": "[Dd]ay out of range",
    "2022070124": "[Hh]ours out of range",
    "2022-07-01T06:60": "[Mm]inutes out of range",
    "2016-12-31T23:59:60": "leap second",
    "20161231T235960": "leap second",
}


@pytest.mark.parametrize("text", DATES)
def test_dates_are_read_in_their_own_unit(text):
    found = parse_date(text)
    assert found == np.datetime64(DATES[text])
    assert as_date(f" {text} ") == found


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_refused_and_never_another_year(text):
    with pytest.raises(ValueError, match=NO_DATES[text]):
        parse_date(text)
    with pytest.raises(GridError, match=f"^'{text}' is no date"):
        as_date(text)


def test_the_unit_is_that_of_the_text():
    units = {"202207": "M", "20220701": "D", "2022070106": "h", "2022-07-01T06:00": "m"}
    assert {text: np.datetime_data(parse_date(text).dtype)[0] for text in units} == units


def test_dates_pass_as_they_are():
    assert as_date(np.datetime64(SIX)) == as_date(dt.datetime(2022, 7, 1, 6)) == np.datetime64(SIX)


@pytest.mark.parametrize(
    "values",
    [
        np.array(["20220701", "20220702"]),
        np.array([b"20220701", b"20220702"], "S8"),
        np.array([b"20220701\0 ", b"20220702"], "S12"),
        np.array(["20220701", "20220702"], object),
        np.array([b"20220701", "2022-07-02"], object),
        np.array([dt.datetime(2022, 7, 1), dt.date(2022, 7, 2)], object),
    ],
    ids=["U", "S", "padded", "object", "mixed", "datetime"],
)
def test_arrays_of_any_kind_of_text(values):
    notes = []
    found = read_texts(values, "time", notes)
    assert found.dtype == "datetime64[ns]"
    assert found.astype("M8[D]").astype(str).tolist() == ["2022-07-01", "2022-07-02"]
    assert notes == []


def test_shape_stays_and_missing_dates_are_missing():
    found = read_texts(np.array([["20220701", ""], ["NaT", "nan"]]), "time", [])
    assert np.isnat(found).tolist() == [[False, True], [True, True]]


def test_months_are_told_of():
    notes = []
    read_texts(np.array(["202207", "2022-08", "2022-09-01"]), "date", notes)
    assert notes == ["2 dates of 'date' have no day: taken as the first of the month"]


def test_the_text_that_is_no_date_is_named():
    with pytest.raises(GridError, match=r"time 'date' holds text such as '20220931' .*ISO 8601"):
        read_texts(np.array(["20220930", "20220931"]), "date", [])
