"""Dates as tables write them."""

import numpy as np
import pandas as pd
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.stations import read_observations
from tropdsx.read.tables.written_dates import DAY_ALONE, describe_serial, read_date

DAYS = (
    *("2021-Jan-01", "2021-JAN-1", "2021 January 1", "2021Jan01", "2021/jan/01"),
    *("01-JAN-2021", "1-Jan-2021", "01 Jan 2021", "1 January, 2021", "01JAN2021", "01.Jan.2021"),
    *("Jan 1, 2021", "January 01 2021", "Jan. 1, 2021"),
)


@pytest.mark.parametrize("text", DAYS)
def test_a_name_of_the_month_leaves_no_doubt(text):
    assert read_date(text) == np.datetime64("2021-01-01")
    assert pd.Series([text]).str.fullmatch(DAY_ALONE).all()
    for clock in (" 06:30", "T06:30:00Z", ":06:30:00", " 6:30"):
        assert read_date(text + clock) == np.datetime64("2021-01-01T06:30")
        assert not pd.Series([text + clock]).str.fullmatch(DAY_ALONE).any()
    assert read_date(f"{text} 08:30+02:00") == np.datetime64("2021-01-01T06:30")


def test_each_month_has_a_number():
    names = "January February March April May June July August September October November December"
    for number, name in enumerate(names.split(), 1):
        for each in (name, name[:3], name.upper()):
            assert read_date(f"03-{each}-2021") == np.datetime64(f"2021-{number:02d}-03")
    assert read_date("03-Sept-2021") == np.datetime64("2021-09-03")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("01-JAN-21", "day and year cannot be told apart"),
        ("01-JAN-21 06:00", "day and year cannot be told apart"),
        ("01-02-2021", "day and month cannot be told apart"),
        ("30-Feb-2021", "[Dd]ay"),
        ("01-Foo-2021", "not written as year, month and day"),
        ("01-JAN-2021 06:00 AM", "not written as year, month and day"),
        ("Jan 2021", "not written as year, month and day"),
        ("2021-03", "it has no day"),
        ("2021:367:00000", "day 367"),
    ],
)
def test_what_leaves_a_doubt_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        read_date(text)


def test_a_table_with_names_of_months(tmp_path):
    rows = ["station,time,ztd_m", "WTZR,01-JAN-2021 00:00,2.301", "WTZR,2021-Jan-01 06:00,2.302"]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    found = read_observations(tmp_path / "a.csv")
    expected = np.array(["2021-01-01T00", "2021-01-01T06"], "M8[ns]")
    np.testing.assert_array_equal(found.time, expected)


@pytest.mark.parametrize("heading", ["hour", "clock"])
def test_the_time_of_day_may_stand_beside(tmp_path, heading):
    hours = ("0", "6") if heading == "hour" else ("00:00", "06:00")
    head = "station,date,hour,ztd_m" if heading == "hour" else "station,date,time,ztd_m"
    rows = [f"WTZR,01-JAN-2021,{hour},2.30{k}" for k, hour in enumerate(hours)]
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]))
    if heading == "hour":
        with pytest.warns(TropdsxWarning, match="days and their time of day"):
            found = read_observations(tmp_path / "a.csv")
    else:
        found = read_observations(tmp_path / "a.csv")
    np.testing.assert_array_equal(found.time.dt.hour, [0, 6])


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("738157.25", "a datenum of MATLAB, 2021-01-01T06:00: subtract 678942"),
        ("44197.25", "a serial number of Excel, 2021-01-01T06:00: add 15018"),
        ("44197,25", "a serial number of Excel, 2021-01-01T06:00: add 15018"),
        ("59215.25", ""),
        ("2021.5", ""),
        ("abc", ""),
    ],
)
def test_serial_numbers_are_told(tmp_path, number, what):
    assert describe_serial(number).startswith(what)
    assert bool(describe_serial(number)) == bool(what)
    (tmp_path / "a.csv").write_text(f"station;time;ztd_m\nWTZR;{number};2.301\n")
    with pytest.raises(InputError, match=what or "cannot be read as a date"):
        read_observations(tmp_path / "a.csv")


def test_what_is_advised_gives_that_date(tmp_path):
    for number, shift in ((738157.25, -678942), (44197.25, 15018)):
        (tmp_path / "a.csv").write_text(f"station,mjd,ztd_m\nWTZR,{number + shift},2.301\n")
        with pytest.warns(TropdsxWarning, match="modified Julian dates"):
            found = read_observations(tmp_path / "a.csv")
        assert found.time.values[0] == np.datetime64("2021-01-01T06")
