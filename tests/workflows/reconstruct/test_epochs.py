import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.reconstruct.epochs import (
    Unused,
    describe_unused,
    observe_at,
    warn_of_unused,
)

START = np.datetime64("2022-03-09T00:00", "ns")


def at(minutes):
    return START + np.asarray(minutes) * np.timedelta64(60 * 10**9, "ns")


def series(*stations):
    """Each station has its own minutes; its value is its number plus the hours."""
    axis = np.unique(np.concatenate(stations))
    values = np.full((axis.size, len(stations)), np.nan)
    for number, minutes in enumerate(stations):
        rows = np.searchsorted(axis, minutes)
        values[rows, number] = number + np.asarray(minutes) / 60
    return xr.DataArray(values, {"time": at(axis)}, ("time", "station"))


def test_each_station_is_interpolated_between_its_own_times():
    """The common axis has a step of ten minutes, and each station one of an hour."""
    full = np.arange(0, 720, 60)
    found = observe_at(series(full, full + 10, full + 25, full + 50), at([0, 60, 360, 660]))
    expected = np.arange(4) + np.array([0, 1, 6, 11])[:, None]
    np.testing.assert_allclose(found.ztd[1:], expected[1:], atol=1e-12)
    assert np.isfinite(found.ztd[0]).tolist() == [True, False, False, False]


def test_what_a_neighbour_reports_changes_nothing():
    alone = observe_at(series([0, 50, 120, 170]), at([0, 60, 120]))
    busy = observe_at(series([0, 50, 120, 170], np.arange(0, 240, 5)), at([0, 60, 120]))
    np.testing.assert_array_equal(alone.ztd[:, 0], busy.ztd[:, 0])
    assert np.isfinite(alone.ztd).all()


def test_a_gap_of_a_station_is_not_bridged():
    minutes = [-30, 30, 90, 150, 330, 390]
    found = observe_at(series(minutes, np.arange(-30, 420, 60)), at([0, 180, 300, 360]))
    assert np.isfinite(found.ztd[:, 0]).tolist() == [True, False, False, True]
    assert np.isfinite(found.ztd[:, 1]).all()


def test_one_missing_hour_is_no_gap():
    """Two within an hour on either side serve, whatever the step is."""
    found = observe_at(series([-120, -60, 60, 120], np.arange(-120, 121, 5)), at([0]))
    np.testing.assert_allclose(found.ztd, [[0.0, 1.0]], atol=1e-12)
    wide = [-120, -100, -80, -61, 62, 80, 100]
    assert np.isnan(observe_at(series(wide), at([0])).ztd.item())


def test_the_nearer_of_two_is_within_an_hour():
    """Steps of six hours: 1 h beside an epoch serves, 2 h beside it does not."""
    minutes = np.arange(0, 1440, 360)
    assert observe_at(series(minutes + 60), at([360])).ztd.item() == pytest.approx(6.0)
    assert np.isnan(observe_at(series(minutes + 120), at([360])).ztd.item())


def test_an_observation_of_the_epoch_is_taken_as_it_is():
    found = observe_at(series([0, 60], [30]), at([0, 30]))
    np.testing.assert_array_equal(found.ztd, [[0.0, np.nan], [0.5, 1.5]])


def test_seconds_beside_an_epoch_are_the_epoch():
    """The last epoch of a day is often given as 23:59:30; six minutes are another time."""
    minutes = np.array([-0.5])
    found = observe_at(
        xr.DataArray(
            [[2.4]], {"time": START + (minutes * 6e10).astype("m8[ns]")}, ("time", "s")
        ).rename(s="station"),
        at([0]),
    )
    assert found.ztd.item() == 2.4
    assert np.isnan(observe_at(series([6]), at([0])).ztd.item())


def test_unused_observations_are_counted_by_reason():
    """Of hourly observations and epochs of six hours: 0, 6 and 12 h serve."""
    hourly = observe_at(series(np.arange(-120, 900, 60)), at([0, 360, 720]))
    assert hourly.unused == Unused(total=17, outside=4, between=10, alone=0)
    lonely = observe_at(series([-30], [340], [0, 360]), at([0, 360]))
    assert lonely.unused == Unused(total=4, outside=1, between=0, alone=1)
    assert hourly.unused.lost + 3 == hourly.unused.total


def test_a_nearer_observation_makes_the_others_superfluous_not_lonely():
    found = observe_at(series(np.arange(0, 121, 10)), at([0, 120]))
    assert found.unused == Unused(total=13, between=11)


def test_observations_that_just_miss_an_epoch_are_told_of():
    text = describe_unused(Unused(total=20, outside=3, between=2, alone=1))
    assert text == (
        "6 of 20 observations serve no epoch: 3 lie before the first or after the last epoch, "
        "2 lie between epochs, 1 have no second one within reach on the other side of an epoch"
    )
    with pytest.warns(TropdsxWarning, match="6 of 20 observations serve no epoch"):
        warn_of_unused(Unused(total=20, outside=3, between=2, alone=1))
    warn_of_unused(Unused(total=20, outside=3, between=2))
    assert describe_unused(Unused(total=20)) == ""
