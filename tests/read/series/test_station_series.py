"""Rows of values laid out on (time, station)."""

from pathlib import Path

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.places import Place
from tropdsx.read.series.station_series import (
    lay_out,
    without_gap_marks,
    without_impossible,
    without_strange_air,
)

PATH = Path("a.tro")


def rows(names, days):
    times = np.array([f"2021-01-{day:02d}" for day in days], "datetime64[ns]")
    return np.array(names, object), times


def test_places_and_their_gaps():
    values = {"ztd": (np.array([2.3, 2.4]), {"units": "m"})}
    with pytest.warns(TropdsxWarning, match="1 of 2 stations of the series have no place"):
        ds = lay_out(PATH, *rows(["A", "B"], [2, 1]), values, {"B": Place(1.0, 2.0, 3.0)})
    assert ds.time.dt.day.values.tolist() == [1, 2]
    np.testing.assert_array_equal(ds.height, [np.nan, 3.0])
    np.testing.assert_array_equal(ds.ztd, [[np.nan, 2.4], [2.3, np.nan]])
    with pytest.raises(InputError, match="holds no row"):
        lay_out(PATH, *rows([], []), {}, {})


def test_numbers_that_are_no_delays():
    """PPP gives wet delays of a few mm below zero; -9.9 mm of a zwd stays."""
    wet = np.array([-0.0099, 0.2])
    np.testing.assert_array_equal(without_impossible(PATH, "zwd", wet), wet)
    with pytest.warns(TropdsxWarning, match="1 values of zwd below -0.09 m"):
        assert np.isnan(without_impossible(PATH, "zwd", np.array([-0.9999]))[0])
    with pytest.raises(InputError, match=r"zhd runs from 2.9 to 2.9 m"):
        without_impossible(PATH, "zhd", np.array([2.9]))
    with pytest.warns(TropdsxWarning, match="1 values of ztd of zero or less are taken as missing"):
        assert np.isnan(without_impossible(PATH, "ztd", np.array([0.0, 2.3]))).tolist() == [1, 0]
    assert without_impossible(PATH, "zwd", np.zeros(1)).item() == 0.0


def test_what_cannot_be_negative_is_missing_below_zero():
    numbers = np.array([0.2, -0.3, 9999.9, 0.0])
    for signed, wanted in ((False, [0.2, np.nan, np.nan, 0.0]), (True, [0.2, -0.3, np.nan, 0.0])):
        with pytest.warns(TropdsxWarning, match=f"{2 - signed} values of x are taken as missing"):
            found = without_gap_marks(Path("a"), "x", numbers, signed=signed)
        np.testing.assert_array_equal(found, wanted)


def test_a_pressure_of_999_99_is_one():
    numbers = np.array([999.99, 1013.2])
    assert without_gap_marks(Path("a"), "pressure", numbers, signed=False).tolist() == [
        999.99,
        1013.2,
    ]
    with pytest.warns(TropdsxWarning, match="1 values of gradient_north"):
        found = without_gap_marks(Path("a"), "gradient_north", numbers, signed=True)
    assert np.isnan(found[0])


STRANGE = {"pressure": 101325.0, "temperature": 25.1, "mean_temperature": 5.0, "iwv": 200.0}


@pytest.mark.parametrize("name", STRANGE)
def test_air_in_another_unit_is_left_out_with_a_word(name):
    with pytest.warns(TropdsxWarning, match=f"1 values of {name} are none of air .*another unit"):
        assert np.isnan(
            without_strange_air(Path("a"), name, np.array([STRANGE[name], np.nan]))
        ).all()
    assert without_strange_air(Path("a"), "ztd", np.array([2.3])) == 2.3
