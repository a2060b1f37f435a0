"""Candidates for latitude and longitude, best first."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.coordinates import (
    HORIZONTAL_NAMES,
    find_projected,
    in_degrees,
    rank_horizontal,
)
from tropdsx.cf.positions import find_positions
from tropdsx.errors import GridError

DATES = np.datetime64("2022-03-09", "ns") + np.arange(3) * np.timedelta64(6, "h")


def test_attributes_then_dimensions_then_names_decide():
    north = {"units": "degrees_north"}
    ds = xr.Dataset(
        {
            "latitude": ("y", [1.0, 0.0]),
            "field": (("y", "x"), np.zeros((2, 3)), north),
            "other": ("y", [1.0, 0.0], north),
            "y": ("y", [1.0, 0.0], north),
            "LAT": ("y", [1.0, 0.0], north),
            "station_lat": ((), 1.0, north),
        }
    )
    latitudes, longitudes = rank_horizontal(ds, ndims=(0, 1, 2))
    assert latitudes == ["station_lat", "y", "LAT", "other", "field", "latitude"]
    assert longitudes == []
    assert rank_horizontal(ds, ndims=(1,))[0] == ["y", "LAT", "other", "latitude"]


def test_names_come_in_the_order_of_the_table_whatever_their_case():
    for names in HORIZONTAL_NAMES.values():
        ds = xr.Dataset({name.title(): ("p", [1.0]) for name in reversed(names)})
        ranked = rank_horizontal(ds, ndims=(1,))
        assert [name.title() for name in names] in ranked


def test_text_dates_and_other_units_are_no_latitudes():
    ds = xr.Dataset({"lat": ("p", ["a"]), "y": ("p", [1.0], {"units": "km"}), "x": ("x", DATES)})
    assert rank_horizontal(ds, ndims=(1,)) == ([], [])


def test_radians_become_degrees_and_degrees_stay():
    radians = xr.DataArray([np.pi / 2, -np.pi], dims="cell", attrs={"units": "radian", "axis": "Y"})
    found = in_degrees(radians)
    np.testing.assert_array_equal(found, [90.0, -180.0])
    assert found.attrs == {"units": "degrees", "axis": "Y"}
    degrees = xr.DataArray([1.5], dims="lat", attrs={"units": "degrees_north"})
    assert in_degrees(degrees) is degrees
    assert rank_horizontal(xr.Dataset({"lat": radians}), ndims=(1,))[0] == ["lat"]


@pytest.mark.parametrize(
    "attrs",
    [
        {"units": "m", "standard_name": "projection_{}_coordinate"},
        {"units": "km"},
        {"units": "meters"},
    ],
)
@pytest.mark.parametrize("find", [find_axes, find_positions])
def test_a_map_is_named_with_the_way_out(find, attrs):
    axes = {
        name: (name, np.arange(3) * 1e3, {key: text.format(name) for key, text in attrs.items()})
        for name in ("y", "x")
    }
    with pytest.raises(GridError, match=r"'y' \[.*'x' \[.* map projection: reproject to degrees"):
        find(xr.Dataset({"zhd": (("y", "x"), np.ones((3, 3)))}, axes))


def test_axes_in_degrees_are_no_map():
    axes = {name: (name, [0.0, 1.0], {"units": "degrees"}) for name in ("y", "x")}
    assert find_projected(xr.Dataset(coords=axes)) == ""


def test_rotated_and_curvilinear_grids_are_named():
    rotated = {"rlat": ("rlat", [0.0, 1.0], {"standard_name": "grid_latitude"})}
    assert "'rlat' are those of a rotated pole" in find_projected(xr.Dataset(coords=rotated))
    places = {each: (("Time", "y", "x"), np.zeros((1, 2, 2))) for each in ("XLAT", "XLONG")}
    found = find_projected(xr.Dataset(coords=places))
    assert found.startswith("its 'XLAT' and 'XLONG' are fields: a curvilinear or projected grid;")
    assert not find_projected(xr.Dataset(coords={"XLAT": places["XLAT"]}))
