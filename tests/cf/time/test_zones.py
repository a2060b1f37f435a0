"""Clocks that files name in words."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.settle import settle_time
from tropdsx.cf.time.zones import describe_zone
from tropdsx.errors import TropdsxWarning

HOURS = "hours since 2021-01-01"
OTHER = [
    {"units": f"{HOURS} 00:00:00 JST"},
    {"units": f"{HOURS} 00:00 local"},
    {"units": f"{HOURS}T00:00:00 Asia/Tokyo"},
    {"units": "seconds since 1980-01-06 00:00:00 GPS"},
    {"units": HOURS, "long_name": "local time"},
    {"units": HOURS, "long_name": "Local Solar Time"},
    {"units": HOURS, "long_name": "local overpass time"},
    {"units": HOURS, "time_zone": "UTC+9"},
    {"units": HOURS, "time_zone": "Europe/Vienna"},
]
OWN = [
    {},
    {"units": HOURS},
    {"units": f"{HOURS}T00:00:00Z"},
    {"units": f"{HOURS} 00:00:00.0 UTC"},
    {"units": f"{HOURS} 09:00:00 +9:00"},
    {"units": "days since 1-1-1 00:00:00"},
    {"units": "day as %Y%m%d.%f"},
    {"units": HOURS, "long_name": "valid time (UTC)", "time_zone": "UTC+00:00"},
    {"units": f"{HOURS} 00:00:00 Universal Time"},
    {"units": HOURS, "time_zone": "UTC (Z)"},
    {"units": HOURS, "timezone": "Coordinated Universal Time"},
    {"units": HOURS, "time_zone": "none"},
    {"units": HOURS, "comment": "time of the analysis, from local files"},
    {"units": HOURS, "long_name": "time", "comment": "local time is in another field, this is UTC"},
]


def time(attrs):
    return xr.DataArray([0, 6], dims="time", name="time", attrs=attrs)


@pytest.mark.parametrize("attrs", OTHER, ids=str)
def test_other_clocks_are_found(attrs):
    assert describe_zone(time(attrs)).startswith("'time' ")


@pytest.mark.parametrize("attrs", OWN, ids=str)
def test_universal_time_is_none(attrs):
    assert describe_zone(time(attrs)) == ""


@pytest.mark.parametrize("attrs", [OTHER[0], OTHER[4]], ids=str)
def test_decoded_dates_are_told_of_and_kept(attrs):
    ds = xr.decode_cf(xr.Dataset(coords={"time": time(attrs)}))
    notes = []
    with pytest.warns(TropdsxWarning, match="no UTC by that"):
        found = settle_time(ds, notes)
    assert "no UTC by that" in notes[0]
    assert found.time.values[0] == np.datetime64("2021-01-01")
