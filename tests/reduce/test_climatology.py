"""The shipped climatology at nodes and epochs."""

import numpy as np

from tropdsx.reduce.climatology import at_epochs, tables_at


def test_tables_are_known_everywhere_and_are_of_this_earth():
    lat, lon = tuple(np.arange(90.0, -91.0, -5.0)), tuple(np.arange(0.0, 360.0, 5.0))
    temperature, scale_height = tables_at(lat, lon)
    assert temperature.shape == (12, 37, 72)
    assert scale_height.shape == (37, 72)
    assert temperature.min() > 200.0
    assert temperature.max() < 320.0
    assert scale_height.min() > 1500.0
    assert scale_height.max() < 4000.0


def test_seasons_are_opposite_north_and_south():
    temperature, _ = tables_at((50.0, -50.0), (10.0,))
    january, july = temperature[0, :, 0], temperature[6, :, 0]
    assert january[0] < july[0]
    assert january[1] > july[1]


def test_the_year_closes_and_its_mean_stands_for_no_date():
    monthly = np.random.default_rng(0).uniform(250.0, 300.0, (12, 2, 3))
    time = np.array(["2021-01-01", "2021-12-31T23", "NaT"], "datetime64[ns]")
    first, last, undated = at_epochs(monthly, time)
    hundredth_of_a_month = 0.01 * np.abs(monthly[0] - monthly[11])
    assert (np.abs(first - last) <= hundredth_of_a_month).all()
    np.testing.assert_array_equal(undated, monthly.mean(axis=0))


def test_the_middle_of_a_month_has_its_value():
    monthly = np.arange(12.0).reshape(12, 1, 1)
    middles = np.datetime64("2021-01-01") + np.rint(16.2 + 30.4375 * np.arange(12)).astype(int) - 1
    found = at_epochs(monthly, middles.astype("datetime64[ns]")).ravel()
    np.testing.assert_allclose(found, np.arange(12.0), atol=0.08)


def test_epochs_of_one_month_are_as_each_alone():
    monthly = np.random.default_rng(1).uniform(250.0, 300.0, (12, 2, 3))
    time = np.array(["2021-01-17", "2021-02-10", "NaT"], "datetime64[ns]")
    together = at_epochs(monthly, time[:2])
    np.testing.assert_array_equal(together, [at_epochs(monthly, time[[k]])[0] for k in (0, 1)])
    np.testing.assert_array_equal(at_epochs(monthly, time)[:2], together)
    assert at_epochs(monthly.astype("f4"), time).dtype == np.float32
