"""One unit of many spellings."""

import pytest

from tropdsx.cf.spelling.same_unit import is_same_unit

CELSIUS = ["degC", "degree_Celsius", "celsius", "°C", "degree_C", "degrees_C", "deg C", "Celsius"]
SALT = ["psu", "PSU", "1e-3", "1", "0.001", "PSS-78", "practical salinity units", "g/kg"]


@pytest.mark.parametrize("other", CELSIUS)
def test_degrees_celsius_are_one_unit(other):
    assert is_same_unit("degC", other)
    assert not is_same_unit("K", other)


@pytest.mark.parametrize("other", SALT)
def test_practical_salinity_is_same_unit(other):
    assert is_same_unit("1e-3", other, "so")
    assert is_same_unit("1", other, "sea_water_practical_salinity")
    assert not is_same_unit("kg kg-1", other, "so")
    assert is_same_unit("kg kg-1", "kg kg-1", "so")


def test_of_another_variable_one_is_no_thousandth():
    assert not is_same_unit("1", "1e-3", "specific_humidity")
    assert not is_same_unit("1", "g kg-1")
    assert is_same_unit("0.001", "1e-3")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("umol/kg", "µmol kg-1", True),
        ("mmol m-3", "millimole / meter ** 3", True),
        ("mg m-3", "mg/m3", True),
        ("Pa", "pascal", True),
        ("hPa", "Pa", False),
        ("m", "km", False),
        ("mg m-3", "mg m-2", False),
        ("made up", "made  UP", True),
        ("made up!", "another!", False),
    ],
)
def test_spellings_of_one_unit(one, other, same):
    assert is_same_unit(one, other) is same
