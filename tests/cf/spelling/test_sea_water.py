"""Variables of the sea."""

import pytest
import xarray as xr

from tropdsx.cf.spelling.same_unit import SALINITY_NAMES, SALINITY_STANDARD_NAMES, is_same_unit
from tropdsx.cf.spelling.sea_water import find_sea_water, is_on_land, kind_of


def test_a_standard_name_goes_before_a_name():
    ds = xr.Dataset({"temp": 1.0, "t": 2.0, "a": 3.0})
    ds.a.attrs["standard_name"] = "sea_water_temperature"
    ds.temp.attrs["standard_name"] = "air_temperature"
    assert find_sea_water(ds.drop_vars("t"), "temperature") == "a"
    assert find_sea_water(ds.drop_vars("a"), "salinity") == ""


@pytest.mark.parametrize("name", sorted(SALINITY_NAMES | SALINITY_STANDARD_NAMES))
def test_what_is_found_as_a_salinity_is_in_its_units(name):
    ds = xr.Dataset({"a": 35.0, name: 35.0})
    if name in SALINITY_STANDARD_NAMES:
        ds["a"].attrs["standard_name"] = name
    assert find_sea_water(ds, "salinity") == ("a" if name in SALINITY_STANDARD_NAMES else name)
    assert is_same_unit("1", "1e-3", name)


SOILS = ["Soil temperature level 1", "soil_temperature", "Average layer 1 soil temperature [K]"]


@pytest.mark.parametrize("text", [*SOILS, "Ground temperature", "lake bottom temperature"])
def test_temperatures_of_the_ground_are_none_of_the_sea(text):
    ds = xr.Dataset({"temperature": ("x", [4.0], {"units": "degC", "long_name": text})})
    assert is_on_land(ds.temperature)
    assert kind_of(ds.temperature) == ""
    assert find_sea_water(ds, "temperature") == ""
    del ds.temperature.attrs["long_name"]
    assert kind_of(ds.temperature) == "temperature"


@pytest.mark.parametrize("text", ["Sea temperature at Greenland", "Backgrounded", "Iceland Sea"])
def test_other_words_are_no_ground(text):
    assert not is_on_land(xr.DataArray(4.0, attrs={"long_name": text}))


def test_a_standard_name_of_the_sea_goes_before_words_about_land():
    attrs = {"long_name": "Temperature, land masked", "units": "degC"}
    attrs["standard_name"] = "sea_water_potential_temperature"
    assert kind_of(xr.DataArray(4.0, attrs=attrs)) == "potential"
