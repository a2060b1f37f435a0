"""Series of several files become one."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.joining import join_series

ATTRS = {"time_system": "G", "source": "SINEX_TRO 2.00"}


def day(first, ztd, station="A", height=100.0, **attrs):
    times = np.datetime64(first, "ns") + np.arange(len(ztd)) * np.timedelta64(12, "h")
    ds = xr.Dataset(
        {
            "ztd": (("time", "station"), np.array(ztd)[:, None], {"units": "m"}),
            "ztd_sigma": (("time", "station"), np.full((len(ztd), 1), 0.001)),
        },
        {"time": times, "station": [station]},
        ATTRS | attrs,
    )
    place = {"lat": 47.0, "lon": 19.0, "height": height}
    return ds.assign_coords({name: ("station", [value]) for name, value in place.items()})


def test_days_and_stations():
    parts = [
        day("2021-01-02", [2.3, 2.31]),
        day("2021-01-01", [2.2]),
        day("2021-01-01", [2.4], "B"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ds = join_series(parts, ["a", "b", "c"])
    np.testing.assert_array_equal(ds.ztd, [[2.2, 2.4], [2.3, np.nan], [2.31, np.nan]])
    assert ds.ztd.attrs == {"units": "m"}
    assert ds.attrs == ATTRS
    assert ds.height.values.tolist() == [100.0, 100.0]


def test_of_two_at_midnight_the_first_counts_as_a_whole():
    first, second = day("2021-01-01", [2.3, 2.31, 2.32]), day("2021-01-02", [2.40, 2.33])
    first["ztd_sigma"][2] = np.nan
    with pytest.warns(TropdsxWarning, match=r"1 epochs .* differ by up to 80\.0 mm"):
        ds = join_series([first, second], ["a", "b"])
    np.testing.assert_array_equal(ds.ztd.values.ravel(), [2.3, 2.31, 2.32, 2.33])
    assert np.isnan(ds.ztd_sigma.values[2, 0])  # that of another estimate is not its own


def test_gaps_are_filled_and_attributes_that_differ_are_left_out():
    first, second = day("2021-01-01", [np.nan, 2.31]), day("2021-01-01", [2.40], source="x")
    first["ztd_sigma"][0] = np.nan
    ds = join_series([first, second], ["a", "b"])
    assert ds.ztd.values.ravel().tolist() == [2.40, 2.31]
    assert ds.attrs == {"time_system": "G"}


def test_places_that_differ_are_told():
    parts = [day("2021-01-01", [2.3]), day("2021-01-02", [2.3], height=120.0)]
    with pytest.warns(TropdsxWarning, match="files place A differently"):
        assert join_series(parts, ["a", "b"]).height.item() == 100.0


def test_two_time_systems_are_refused():
    same = join_series([day("2021", [2.3]), day("2022", [2.3], time_system="GPS")], ["a", "b"])
    assert same.sizes["time"] == 2
    with pytest.raises(InputError, match=r"a has times of the system G, b of UTC"):
        join_series([day("2021", [2.3]), day("2022", [2.3], time_system="UTC")], ["a", "b"])
