"""Headings of times and of their parts."""

import pytest

from tropdsx.read.tables.headings import read_heading
from tropdsx.read.tables.time_names import TIME_NAMES, part_of

PARTS = {
    "MJD": "mjd",
    "MJD [days]": "mjd",
    "time_mjd": "mjd",
    "Epoch (MJD)": "mjd",
    "Modified Julian Date": "mjd",
    "JD": "jd",
    "jday": "julian_day",
    "Decimal Year": "decimal_year",
    "yyyy.yyyy": "decimal_year",
    "GPS Week": "week",
    "seconds of week": "sow",
    "Unix time": "unix",
    "YYYY": "year",
    "MM": "month",
    "DD": "day",
    "Day of Year": "doy",
    "DOY(UTC)": "doy",
    "hour_utc": "hour",
    "UTC hour": "hour",
    "SOD": "sod",
    "height": None,
    "h": None,
    "time": None,
    "ztd_mm": None,
    "lat_min": None,
    "week number": None,
}


@pytest.mark.parametrize("text", PARTS)
def test_parts(text):
    assert part_of(read_heading(text)) == PARTS[text]


def test_whole_times_are_no_parts_but_for_unix():
    assert {name for name in TIME_NAMES if part_of(read_heading(name))} == {"timestamp"}
