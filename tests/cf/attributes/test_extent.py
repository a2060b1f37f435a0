"""The range of heights, and what they count from."""

import pytest
import xarray as xr

from tropdsx.cf.attributes.extent import missing_extent, vertical_extent


@pytest.mark.parametrize(
    ("name", "system"),
    [
        (None, "EPSG:4979"),
        ("height_above_reference_ellipsoid", "EPSG:4979"),
        ("surface_altitude", "EPSG:5714"),
        ("altitude", "EPSG:5714"),
    ],
)
def test_the_system_of_heights_is_the_one_they_name(name, system):
    attrs = {"units": "m"} | ({"standard_name": name} if name else {})
    found = vertical_extent(xr.DataArray([[-5.0, 120.0]], attrs=attrs))
    assert found["geospatial_bounds_vertical_crs"] == system
    assert (found["geospatial_vertical_min"], found["geospatial_vertical_max"]) == (-5.0, 120.0)


def test_nothing_is_said_of_heights_that_are_unknown():
    assert vertical_extent(None) == {}
    assert vertical_extent(xr.DataArray([float("nan")])) == {}
    assert missing_extent(xr.Dataset(attrs={"Conventions": "CF-1.10"})) == {}
