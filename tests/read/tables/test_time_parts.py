"""Parts of times: two-digit years, hours as text, and how far digits reach."""

import numpy as np
import pandas as pd
import pytest

from tropdsx.errors import InputError
from tropdsx.read.tables.headings import read_heading
from tropdsx.read.tables.layout import Table
from tropdsx.read.tables.time_parts import (
    CLOCKS,
    grain_of,
    is_clock,
    numbers_in,
    read_clock,
    read_days,
)


def columns(**cells):
    headings = {name: read_heading(name) for name in cells}
    frame = pd.DataFrame(list(zip(*cells.values(), strict=True)))
    return Table("a.csv", list(headings.values()), frame, ","), headings


def test_years_of_two_digits():
    table, parts = columns(year=["22", "99", "1999", "50", "51"])
    assert numbers_in(table, parts, "year").tolist() == [2022, 1999, 1999, 2050, 1951]


def test_days_of_leap_years():
    table, parts = columns(year=["2020", "2021"], doy=["366", "365"])
    seconds, grain = read_days(table, parts, ("year", "doy"))
    days = (seconds / 86400).astype(int).astype("M8[D]")
    np.testing.assert_array_equal(days, np.array(["2020-12-31", "2021-12-31"], "M8[D]"))
    assert grain == 43200


def test_clocks_of_text_and_of_numbers():
    assert "sod" in CLOCKS
    table, parts = columns(hour=["6", "07:30", "08:00:15Z"])
    assert read_clock(table, parts, None).tolist() == [21600, 27000, 28815]
    table, parts = columns(hour=["6"], minute=["30"], second=["5.5"])
    assert read_clock(table, parts, None).tolist() == [23405.5]
    assert read_clock(*columns(year=["2022"]), None) is None
    table, parts = columns(minute=["30"])
    with pytest.raises(InputError, match="has 'minute' without hours"):
        read_clock(table, parts, None)


def test_digits_tell_how_far_numbers_are_known():
    table, parts = columns(mjd=["59647", "59647.25", "59648.125"])
    assert grain_of(table, parts["mjd"], 1.0) == pytest.approx(0.0005)
    table, parts = columns(mjd=["59647", "59648"])
    assert grain_of(table, parts["mjd"], 1.0) == 0.5


def test_times_of_day_as_text():
    for cells, told in ((["06:30", "6:30:15Z"], True), (["06:30", "0630"], False), ([""], False)):
        table, parts = columns(time=cells)
        assert is_clock(table, parts["time"]) == told
