"""Variables of the sea."""

import xarray as xr

from tropdsx.cf.spelling.sea_water import find_sea_water


def test_a_standard_name_goes_before_a_name():
    ds = xr.Dataset({"temp": 1.0, "t": 2.0, "a": 3.0})
    ds.a.attrs["standard_name"] = "sea_water_temperature"
    ds.temp.attrs["standard_name"] = "air_temperature"
    assert find_sea_water(ds.drop_vars("t"), "temperature") == "a"
    assert find_sea_water(ds.drop_vars("a"), "salinity") == ""
