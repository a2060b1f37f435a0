"""Places and times of any shape: by the same names, units and attributes as those of grids."""

import dask.array
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.positions import find_positions
from tropdsx.errors import DomainError, GridError

DATE = np.datetime64("2022-03-09T06", "ns")


def test_a_single_place_and_time():
    where = find_positions(xr.Dataset(coords={"lat": 48.2, "lon": 16.4, "time": DATE}))
    assert (where.lat.item(), where.lon.item(), where.time.values) == (48.2, 16.4, DATE)
    assert where.dims == set()


def test_stations_keep_their_dimension_and_lose_their_index():
    site = {"site": ["WTZR", "GRAZ"], "lat": ("site", [49, 47]), "lon": ("site", [13, 15])}
    where = find_positions(xr.Dataset(coords=site | {"time": [DATE]}))
    assert where.dims == {"site", "time"}
    assert not where.lat.indexes
    assert not where.time.indexes
    assert where.lat.dtype == where.lon.dtype == np.float64


def test_curvilinear_fields_before_the_indices_of_their_dimensions():
    """Many models count rows and columns along dimensions y and x."""
    lat, lon = np.meshgrid([48.0, 49.0], [16.0, 17.0, 18.0], indexing="ij")
    fields = {"XLAT": (("y", "x"), lat), "XLONG": (("y", "x"), lon)}
    where = find_positions(xr.Dataset(coords=fields | {"y": [0, 1], "x": [0, 1, 2]}))
    assert where.names == ("XLAT", "XLONG")
    np.testing.assert_array_equal(where.lat, lat)


def test_a_data_array_has_its_coordinates_alone():
    field = xr.DataArray([[0.1]], {"lats": [48.0], "long": [16.0]}, name="zwd")
    assert find_positions(field).names == ("lats", "long")
    with pytest.raises(GridError, match=r"no latitude found \(variables none\)"):
        find_positions(field.drop_vars(["lats", "long"]))


def test_attributes_go_before_names():
    tagged = {"standard_name": "latitude"}
    ds = xr.Dataset({"lat": ("a", [1.0]), "gauss": ("a", [2.0], tagged), "lon": ("a", [3.0])})
    assert find_positions(ds).names == ("gauss", "lon")


def test_the_valid_time_goes_before_the_start_of_a_forecast():
    """On a grid "time" is the axis; for formulas the time at which the values hold counts."""
    later = DATE + np.arange(3) * np.timedelta64(6, "h")
    places = {"lat": 48.0, "lon": 16.0}
    for times in (
        {"time": DATE, "valid_time": ("step", later)},
        {"time": ("step", later - np.timedelta64(6, "h")), "valid_time": ("step", later)},
    ):
        found = find_positions(xr.Dataset(coords=places | times))
        assert found.names[-1] == "valid_time"
        np.testing.assert_array_equal(found.time, later)


def test_times_that_are_no_dates_are_none():
    places = {"lat": 48.0, "lon": 16.0}
    for undated in ({"time": [0, 1]}, {"step": np.array([0, 6], "m8[h]")}):
        where = find_positions(xr.Dataset(coords=places | undated))
        assert where.time is None
        assert where.dims == set(undated)
    assert find_positions(xr.Dataset({"zwd": ("time", [0.1])}, places)).dims == {"time"}


def test_a_latitude_beyond_the_pole_is_refused_where_it_is_in_memory():
    lat = np.array([48.0, 91.0])
    with pytest.raises(DomainError, match="91"):
        find_positions(xr.Dataset(coords={"lat": ("p", lat), "lon": ("p", lat)}))
    lazy = dask.array.from_array(lat)
    where = find_positions(xr.Dataset({"lat": ("p", lazy), "lon": ("p", lazy)}))
    assert where.lat.chunks is not None


def test_dates_of_other_forms_are_dates():
    places = {"lat": 48.0, "lon": 16.0}
    for time in (["20220309T06"], ("time", [6], {"units": "hours since 2022-03-09"})):
        assert find_positions(xr.Dataset(coords=places | {"time": time})).time.values == [DATE]


def test_the_valid_time_of_runs_and_steps_has_both_dimensions():
    starts, leads = (
        DATE + np.arange(2) * np.timedelta64(12, "h"),
        np.arange(3) * np.timedelta64(3, "h"),
    )
    ds = xr.Dataset(coords={"lat": 48.0, "lon": 16.0, "init_time": starts, "lead_time": leads})
    where = find_positions(ds)
    assert where.time.dims == ("init_time", "lead_time")
    np.testing.assert_array_equal(where.time, starts[:, None] + leads)
    assert where.names == ("lat", "lon")


def test_times_of_pixels_are_found_whatever_their_name():
    pixels = {
        name: (("y", "x"), np.full((2, 2), value)) for name, value in (("lat", 48.0), ("lon", 16.0))
    }
    ds = xr.Dataset(coords=pixels | {"sensing": (("y", "x"), np.full((2, 2), DATE))})
    assert find_positions(ds).time.dims == ("y", "x")


def test_radians_are_degrees():
    cells = {
        name: ("cell", np.deg2rad(values), {"units": "radian", "standard_name": said})
        for name, said, values in (
            ("clat", "latitude", [48.0, -30.0]),
            ("clon", "longitude", [16.0, 181.0]),
        )
    }
    where = find_positions(xr.Dataset(coords=cells))
    np.testing.assert_allclose(where.lat, [48.0, -30.0])
    np.testing.assert_allclose(where.lon, [16.0, 181.0])
