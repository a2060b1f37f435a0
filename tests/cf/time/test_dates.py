"""Dates of any form: read, told of, or refused in one line."""

import cftime
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.dates import UNDATED, counts_since, is_cftime, is_date, read_dates
from tropdsx.errors import GridError, TropdsxWarning

WANTED = np.datetime64("2022-07-01", "ns") + np.arange(2) * np.timedelta64(6, "h")


def made(values, **attrs):
    return xr.DataArray(values, dims="time", name="time", attrs=attrs)


DATED = {
    "datetime64": made(WANTED),
    "microseconds": made(WANTED.astype("M8[us]")),
    "seconds": made(WANTED.astype("M8[s]")),
    "cftime": made([cftime.DatetimeGregorian(2022, 7, 1, hour) for hour in (0, 6)]),
    "proleptic": made([cftime.DatetimeProlepticGregorian(2022, 7, 1, hour) for hour in (0, 6)]),
    "text": made(["2022-07-01T00", "2022-07-01T06"]),
    "basic text": made(["2022070100", "2022070106"]),
    "bytes": made(np.array([b"20220701T00", b"20220701T06"])),
    "CF": made([0, 6], units="hours since 2022-07-01"),
    "CF, capitals": made([0.0, 0.25], units="Days Since 2022-07-01"),
    "CF, single precision": made(np.float32([0, 0.25]), units="days since 2022-07-01"),
    "CF, from the year 1": made([738337, 738337.25], units="days since 1-1-1", calendar="standard"),
    "MJD": made([59761.0, 59761.25], units="MJD"),
    "cdo": made([20220701, 20220701.25], units="day as %Y%m%d.%f", calendar="proleptic_gregorian"),
    "numbers with a unit": made([2022070100, 2022070106], units="yyyymmddhh"),
}


@pytest.mark.parametrize("form", DATED)
def test_dates_of_every_form(form):
    notes = []
    found = read_dates(DATED[form], notes)
    if form == "CF, from the year 1":
        found = found + (WANTED[0] - found[0])  # the calendar before 1582 is another question
    np.testing.assert_array_equal(found, WANTED)
    assert found.dtype == "datetime64[ns]"
    assert all("by its units" in note for note in notes)


ASSUMED = {
    "numbers of 'time' taken for dates of the form YYYYMMDD": made([20220701, 20220701.25]),
    "numbers of 'time' taken for dates of the form YYYYMMDDHH": made([2022070100, 2022070106]),
    "days of 'time' in the calendar 'noleap' taken as standard ones": made(
        [cftime.DatetimeNoLeap(2022, 7, 1, hour) for hour in (0, 6)]
    ),
    "days of 'time' in the calendar 'all_leap' taken as standard ones": made(
        [cftime.DatetimeAllLeap(2022, 7, 1, hour) for hour in (0, 6)]
    ),
}


@pytest.mark.parametrize("note", ASSUMED)
def test_what_is_assumed_is_warned_of_and_noted(note):
    notes = []
    with pytest.warns(TropdsxWarning, match=note):
        found = read_dates(ASSUMED[note], notes)
    np.testing.assert_array_equal(found, WANTED)
    assert notes == [note]
    np.testing.assert_array_equal(read_dates(ASSUMED[note]), WANTED)  # without a word


UNKNOWN = {
    "'time' counts fields without dates": made([0, 1]),
    "'time' has units 'years', which makes no dates": made([2022.1, 2022.2], units="years"),
    "'time' has units 'hours', which makes no dates": made([0, 6], units="hours"),
    "'time' counts from a start that is not there": made(np.array([0, 6], "m8[h]")),
}


@pytest.mark.parametrize("note", UNKNOWN)
def test_what_makes_no_dates_is_unknown_and_noted(note):
    notes = []
    assert np.isnat(read_dates(UNKNOWN[note], notes)).all()
    assert notes == [f"{note}: {UNDATED}"]


REFUSED = {
    "360_day": (made([cftime.Datetime360Day(2022, 7, 1)]), "calendar '360_day' .*accepted are"),
    "julian": (made([cftime.DatetimeJulian(2022, 7, 1)]), "calendar 'julian' .*13 days off"),
    "a day that no year has": (made([cftime.DatetimeAllLeap(2022, 2, 29)]), "'all_leap' .*range"),
    "360_day by units": (
        made([180], units="days since 2022-01-01", calendar="360_day"),
        "calendar '360_day'",
    ),
    "far future": (made(np.array(["2300-01-01"], "M8[s]")), "holds 2300-01-01; .*1678 to 2261"),
    "first too far": (made(np.array(["2262-01-01"], "M8[s]")), "holds 2262-01-01; .*1678 to 2261"),
    "far past": (made(np.array(["1500-01-01"], "M8[us]")), "holds 1500-01-01; .*1678 to 2261"),
    "wrong reference": (made([1e6], units="days since 2000-01-01"), "holds 4737-11-28; accepted"),
    "months": (made([0.5], units="months since 2022-01-01"), "units 'months since .*fixed length"),
    "no reference": (made([0.5], units="hours since launch"), "units 'hours since launch' .*read"),
    "no date": (made(["yesterday"]), "text such as 'yesterday'"),
    "30 February": (made([20220230]), "cannot be read: Day out of range"),
    "single precision": (made(np.float32([20220702])), "32-bit .*accepted are days as 64-bit"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_dates_that_cannot_be_read_are_refused_in_one_line(case):
    time, reason = REFUSED[case]
    with pytest.raises(GridError, match=reason) as error:
        read_dates(time)
    assert "\n" not in str(error.value)


def test_missing_dates_are_missing_not_a_day_of_1970():
    found = read_dates(made([0.0, np.nan], units="hours since 2022-07-01"))
    assert np.isnat(found).tolist() == [False, True]


def test_kinds_of_dates_are_told_apart():
    assert is_date(DATED["CF"])
    assert counts_since(DATED["CF, capitals"])
    assert is_cftime(DATED["cftime"])
    assert is_date(DATED["seconds"].variable)
    for form in ("text", "MJD", "numbers with a unit"):
        assert not is_date(DATED[form])
    assert not is_cftime(made([]).astype(object))
