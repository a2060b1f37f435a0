"""What fields say of themselves, whatever the input's fields said."""

import pytest
import xarray as xr

from tropdsx.cf.description import describe
from tropdsx.cf.fields import describe_delay, describe_other, is_delay

from helpers.grids import delays

OF_INPUT = {
    "long_name": "ZWD (simulated)",
    "standard_name": "atmosphere_zenith_wet_delay",
    "short_name": "zwd",
    "description": "of the coarse model",
    "original_name": "tzwd",
    "GRIB_Nx": 72,
    "GRIB_gridType": "regular_ll",
    "_earthkit": "{}",
    "valid_range": [0, 1],
    "_FillValue": -9999.0,
    "missing_value": -9999.0,
    "scale_factor": 0.1,
    "actual_range": [0.0, 0.4],
    "tropdsx_variable": "zwd",
}


@pytest.mark.parametrize("key", OF_INPUT)
def test_a_result_is_not_called_what_its_input_was(coarse, key):
    ds = coarse.copy()
    if key not in ("_FillValue", "missing_value", "scale_factor"):
        ds.zwd.attrs[key] = OF_INPUT[key]
        fine = ds.tropds.downscale(10.0, model=None)
        assert fine.zwd.attrs["long_name"] == "zenith wet delay"
        assert fine.zwd.attrs.get(key) != OF_INPUT[key]
    ds.zwd.attrs[key] = OF_INPUT[key]
    assert describe_delay(ds, "zwd").get(key) != OF_INPUT[key]


def test_the_callers_own_words_stay():
    ds = delays()
    ds.zwd.attrs |= {"experiment": "A7", "comment": "by hand"}
    assert {"experiment": "A7", "comment": "by hand"}.items() <= describe(ds).zwd.attrs.items()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("time: mean", "time: mean area: point"),
        ("time: mean (interval: 1 hr) area: mean", "time: mean (interval: 1 hr) area: point"),
        ("area: mean", "area: point"),
        ("lat: lon: mean", "area: point"),
        ("", "area: point"),
    ],
)
def test_means_over_time_stay_means(said, expected):
    ds = delays()
    ds.zwd.attrs["cell_methods"] = said
    once = describe(ds)
    assert once.zwd.attrs["cell_methods"] == expected
    assert describe(once).zwd.attrs["cell_methods"] == expected


@pytest.mark.parametrize("name", ["surface_altitude", "altitude", "height_above_mean_sea_level"])
def test_heights_above_the_sea_are_not_called_ellipsoidal(name):
    said = {"standard_name": name, "units": "m", "long_name": "terrain"}
    assert describe_other("orography", said) == said
    ds = delays().assign_coords(orography=delays().orography.assign_attrs(said))
    out = describe(ds)
    assert out.orography.attrs["standard_name"] == name
    assert out.attrs["geospatial_bounds_vertical_crs"] == "EPSG:5714"


@pytest.mark.parametrize(
    "attrs", [{"standard_name": "height", "units": "m"}, {"units": "m"}, {"positive": "up"}]
)
def test_two_metres_above_the_ground_are_not_above_the_ellipsoid(attrs):
    ds = delays().assign_coords(height=((), 2.0, attrs))
    said = describe(ds).height.attrs
    assert said.get("standard_name") != "height_above_reference_ellipsoid"
    assert attrs.items() <= said.items()


def test_heights_on_the_grid_are_ellipsoidal_where_they_say_nothing_else():
    ds = delays().assign_coords(height=delays().orography)
    ds.height.attrs = {"units": "m"}
    assert describe(ds).height.attrs["standard_name"] == "height_above_reference_ellipsoid"


def test_names_of_delays():
    assert all(map(is_delay, ("zhd", "zwd", "ztd", "ztd_sigma", "zhd_rmse")))
    assert not any(map(is_delay, ("zwd_bnds", "zwd_rmse_old", "pwv", 7)))
    assert describe_delay(xr.Dataset({"ztd": 2.4}), "ztd")["units"] == "m"
