"""Temperatures that are not those of the air near the ground."""

import numpy as np
import pytest

from tropdsx.reduce.climatology import at_epochs, tables_at
from tropdsx.reduce.temperature import TemperatureCheck

from helpers.world import LAT, LON, terrain

WHEN = np.datetime64("2022-07-01", "ns")


def usual(lat=LAT, lon=LON, when=WHEN):
    monthly, _ = tables_at(tuple(lat), tuple(lon))
    return at_epochs(monthly, np.array([when]))[0] - 0.0065 * terrain(lat, lon)


@pytest.mark.parametrize("when", [WHEN, np.datetime64("NaT", "ns")])
def test_weather_is_no_surprise(when):
    rng = np.random.default_rng(0)
    check = TemperatureCheck(LAT, LON)
    air = np.maximum(usual(when=when), 255.0) + rng.normal(0, 3, (36, 72))
    assert check(air, terrain(), when) == ""


@pytest.mark.parametrize("off", [-25.0, -13.0, 12.0])
def test_levels_aloft_and_other_units_are_told(off):
    found = TemperatureCheck(LAT, LON)(usual() + off, terrain(), WHEN)
    assert ("colder" if off < 0 else "warmer") in found


def test_fields_that_are_mirrored_are_told():
    assert "off the climatology" in TemperatureCheck(LAT, LON)(usual()[::-1], terrain(), WHEN) or (
        "colder" in TemperatureCheck(LAT, LON)(usual()[::-1], terrain(), WHEN)
    )


def test_a_region_may_have_more_weather_than_the_globe():
    lat, lon = np.arange(60.0, 40.0, -2.5), np.arange(0.0, 30.0, 2.5)
    check = TemperatureCheck(lat, lon)
    assert check(usual(lat, lon) - 9.0, terrain(lat, lon), WHEN) == ""
    assert "colder" in check(usual(lat, lon) - 25.0, terrain(lat, lon), WHEN)


def test_nothing_known_is_nothing_told():
    assert TemperatureCheck(LAT, LON)(np.full((36, 72), np.nan), terrain(), WHEN) == ""
