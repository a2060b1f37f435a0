"""Epochs of every kind, as MJD and day of the year."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx import atmos
from tropdsx.errors import DomainError

from helpers.properties import few


@pytest.mark.parametrize(
    ("time", "mjd", "doy"),
    [
        ("2000-01-01T12:00", 51544.5, 1.5),
        ("2012-08-02", 56141.0, 215.0),
        ("2020-12-31T23:59:59.5", 59214.99999421296, 366.99999421296),
        ("1858-11-17", 0.0, 321.0),
    ],
)
def test_epochs(time, mjd, doy):
    assert atmos.mjd(time) == pytest.approx(mjd, abs=1e-9)
    assert atmos.doy(time) == pytest.approx(doy, abs=1e-9)
    assert atmos.mjd(atmos.from_mjd(atmos.mjd(time))) == pytest.approx(mjd, abs=1e-11)


@pytest.mark.parametrize("time", [56141.0, "next week", [1, 2], None])
def test_times_that_are_none_are_errors(time):
    with pytest.raises(DomainError, match="from_mjd"):
        atmos.mjd(time)


def test_times_of_every_kind_are_one_time():
    aware = dt.datetime(2021, 3, 4, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    same = [
        "2021-03-04T05:30",
        "2021-03-04T05:30:00Z",
        aware,
        dt.datetime(2021, 3, 4, 5, 30),
        np.datetime64("2021-03-04T05:30", "ns"),
        np.datetime64("2021-03-04T05:30", "m"),
    ]
    assert [float(atmos.mjd(t)) for t in same] == pytest.approx([59277 + 5.5 / 24] * 6, abs=1e-11)
    assert float(atmos.doy(dt.date(2021, 3, 4))) == 63.0
    several = atmos.mjd(["2021-03-04", dt.datetime(2021, 3, 5)])
    np.testing.assert_array_equal(several, [59277.0, 59278.0])
    missing = np.array(["2021-03-04", "NaT"], dtype="datetime64[s]")
    np.testing.assert_array_equal(np.isnan(atmos.doy(missing)), [False, True])
    assert np.isnat(atmos.from_mjd(np.nan))


@few
@given(st.floats(0, 80000))
def test_mjd_goes_both_ways(day):
    assert atmos.mjd(atmos.from_mjd(day)) == pytest.approx(day, abs=2e-11)
