"""The column of water vapour: which field it is, of which time, and where it is cut off."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.fields.reading import FieldReader
from tropdsx.workflows.derive.moisture.column import (
    check_instant,
    find_moisture,
    place_column,
    tell_saturated,
)

SITE = {"lat": ("site", [48.0, 50.0]), "lon": ("site", [16.0, 8.0])}
LWE = "lwe_thickness_of_atmosphere_mass_content_of_water_vapor"
MASS = "atmosphere_mass_content_of_water_vapor"


def dataset(name="tcwv", dims=("site",), **attrs):
    shape = tuple(2 if d == "site" else 3 for d in dims)
    return xr.Dataset({name: (dims, np.full(shape, 20.0), attrs)}, SITE)


@pytest.mark.parametrize(
    ("name", "attrs"),
    [
        ("TQV", {}),
        ("pr_wtr", {}),
        ("PWAT_P0_L200_GLL0", {}),
        ("prw", {"standard_name": MASS}),
        ("x", {"standard_name": LWE}),
        ("x", {"GRIB_shortName": "tcwv"}),
        ("x", {"long_name": "Total column vertically-integrated water vapour"}),
    ],
)
def test_names_of_centres_and_conventions(name, attrs):
    assert find_moisture(dataset(name, **attrs)).name == name


@pytest.mark.parametrize("name", ["tcw", "cwat", "tp", "t2m"])
def test_cloud_water_and_rain_are_no_vapour(name):
    assert find_moisture(dataset(name)) is None


def test_levels_go_before_the_column():
    ds = dataset().assign(t=(("level", "site"), np.full((3, 2), 270.0)))
    assert find_moisture(ds) is None


def test_the_temperature_at_2_m_makes_no_levels():
    air = {"standard_name": "air_temperature"}
    times = {"valid_time": np.array(["2022-07-01", "2022-07-02"], "M8[ns]")}
    ds = dataset().assign(t2m=(("valid_time", "site"), np.full((2, 2), 288.0), air))
    assert find_moisture(ds.assign_coords(times)).name == "tcwv"


def test_members_are_refused():
    with pytest.raises(GridError, match=r"'tcwv' has dimensions member besides place and time"):
        place_column(dataset(dims=("member", "site")))


@pytest.mark.parametrize(
    "attrs",
    [{"GRIB_stepType": "accum"}, {"cell_methods": "area: mean time: sum (interval: 1 hour)"}],
)
def test_sums_over_time_are_refused(attrs):
    with pytest.raises(UnitsError, match="'tcwv' is a sum over time"):
        check_instant(dataset(**attrs).tcwv)


@pytest.mark.parametrize(
    ("attrs", "said"),
    [
        ({}, []),
        ({"GRIB_stepType": "instant", "cell_methods": "time: point"}, []),
        ({"cell_methods": "area: mean"}, []),
        ({"GRIB_stepType": "avgua"}, ["GRIB_stepType avgua"]),
        ({"cell_methods": "area: time: mean"}, ["time: mean"]),
    ],
)
def test_means_over_time_are_told(attrs, said):
    told = check_instant(dataset(**attrs).tcwv)
    assert len(told) == len(said)
    assert all(word in text for word, text in zip(said, told, strict=True))


@pytest.mark.parametrize(
    ("kind", "fill", "top", "said"),
    [("uint8", 0, 255, 1), ("uint8", 255, 254, 1), ("uint8", 0, 254, 0), ("int16", -1, 255, 0)],
)
def test_eight_bits_end_somewhere(tmp_path, kind, fill, top, said):
    values = 70 / 255 * np.array([[100.0, top, top]])
    ds = xr.Dataset({"pwat": (("lat", "lon"), values)}, {"lat": [0.0], "lon": [0.0, 1.0, 2.0]})
    packing = {"dtype": kind, "scale_factor": 70 / 255, "add_offset": 0.0, "_FillValue": fill}
    ds.to_netcdf(tmp_path / "packed.nc", encoding={"pwat": packing})
    with xr.open_dataset(tmp_path / "packed.nc") as found:
        field, _ = place_column(found)
        told = tell_saturated(field, FieldReader((), sample=False))
    assert len(told) == said
    assert all("at 2 of 3 places" in text for text in told)


def test_a_range_that_is_said_counts_and_an_unknown_one_does_not():
    reader = FieldReader((), sample=False)
    for attrs, said in (({"valid_range": [0.0, 20.0]}, 1), ({"valid_max": 30.0}, 0), ({}, 0)):
        assert len(tell_saturated(dataset(**attrs).tcwv, reader)) == said
