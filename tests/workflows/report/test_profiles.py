"""What inspect says of profiles and of what came of them."""

import json

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report.profiles import (
    describe_cube,
    describe_field_on_levels,
    describe_profiles,
    rows_of_cube,
    rows_of_levels,
    rows_of_profiles,
)

from helpers.fields import delays


@pytest.fixture
def argo(tmp_path):
    """Three floats, of which one has no date; pressures beside the depth of the bottom."""
    dims = ("N_PROF", "N_LEVELS")
    pres = np.array([[5.0, 10.0, 20.0], [5.0, 50.0, np.nan], [5.0, np.nan, np.nan]])
    ds = xr.Dataset(
        {
            "PRES": (dims, pres, {"units": "decibar"}),
            "TEMP": (dims, 20.0 - pres / 10.0, {"units": "degree_Celsius"}),
            "DATA_MODE": ("N_PROF", np.array([b"D", b"D", b"R"])),
            "LATITUDE": ("N_PROF", [0.0, 10.0, -5.0]),
            "LONGITUDE": ("N_PROF", [-30.0, -20.0, -10.0]),
            "JULD": ("N_PROF", np.array(["2024-01-01T06", "2024-02-01", "NaT"], "M8[ns]")),
            "depth": ("N_PROF", [4000.0, 3000.0, 2000.0]),
        }
    )
    ds.to_netcdf(tmp_path / "argo.nc")
    return tmp_path / "argo.nc"


def test_profiles(argo):
    about = describe_profiles(argo)
    assert json.dumps(about)
    rows = dict(rows_of_profiles(about))
    assert rows["pressure"] == "5 to 50 decibar (6 values)"
    assert rows["TEMP"] == "15 to 19.5 degree_Celsius (6 values)"
    assert rows["profiles"] == "3, of up to 3 levels"
    assert rows["modes"] == "2 delayed mode, 1 in real time"
    assert rows["area"] == "lat -5 to 10, lon -30 to -10"
    assert rows["times"] == "2024-01-01T06:00 to 2024-02-01T00:00, 1 without a date"


def test_other_files_are_no_profiles(tmp_path):
    delays(np.arange(50.0, 39.0, -2.5), np.arange(0.0, 21.0, 2.5)).to_netcdf(tmp_path / "grid.nc")
    assert describe_profiles(tmp_path / "grid.nc") is None
    place = {name: ("station", [1.0, 2.0]) for name in ("lat", "lon", "height")}
    time = np.array(["2024-01-01"], "M8[ns]")
    series = xr.Dataset({"ztd": (("time", "station"), [[2.3, 2.4]])}, {"time": time, **place})
    series.to_netcdf(tmp_path / "series.nc")
    assert describe_profiles(tmp_path / "series.nc") is None
    assert describe_profiles(tmp_path / "missing.nc") is None


def made():
    axes = {"depth": ("depth", [0.5, 10.0], {"units": "m"}), "lat": [1.0, 2.0, 3.0]}
    values = np.arange(12.0).reshape(2, 3, 2)
    dims = ("depth", "lat", "lon")
    ds = xr.Dataset({"so": (dims, values, {"units": "1e-3"})}, axes | {"lon": [4.0, 5.0]})
    ds = ds.assign(so_sigma=ds.so * 0 + 0.5, time=np.datetime64("2024-02-29", "ns"))
    told = {"method": "modes", "profiles": 40, "modes": 3, "modes_explained": 0.991}
    ds.attrs = {f"reconstruction_{name}": value for name, value in told.items()}
    command = "tropdsx levels reconstruct a.nc b.nc"
    ds.attrs |= {"tropdsx_version": "0.2.0", "tropdsx_command": command}
    return ds.set_coords("time")


def test_a_field_on_levels():
    about = describe_field_on_levels(made())
    assert json.dumps(about)
    rows = dict(rows_of_levels(about))
    assert rows["so"] == "0 to 11 1e-3 (12 values)"
    assert rows["so_sigma"].startswith("0.5 to 0.5")
    assert rows["levels"] == "2 along 'depth', 0.5 to 10 m"
    assert rows["grid"] == "3 × 2 nodes, lat 1 to 3, lon 4 to 5"
    assert rows["time"] == "2024-02-29T00:00"
    assert rows["method"] == "modes, 3 that explain 99.1 %; from 40 columns of profiles"
    assert rows["command"] == "tropdsx levels reconstruct a.nc b.nc"
    assert "model" not in rows
    lazy = describe_field_on_levels(made().chunk())
    assert lazy["variable"]["range"] is None
    assert describe_field_on_levels(made().drop_attrs()) is None


@pytest.mark.realdata
def test_argo_of_the_equatorial_atlantic(shared):
    about = describe_profiles(shared / "data/ocean/argo_eqatlantic_dev.nc")
    rows = dict(rows_of_profiles(about))
    assert rows["profiles"] == "3,768, of up to 200 levels"
    assert rows["times"] == "1997-07-29T20:02 to 2014-06-30T07:30"


def cube(levels):
    """Temperature of the sea on levels of a small grid."""
    axes = {"depth": levels, "lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]}
    values = np.full((len(levels), 2, 3), 10.0)
    ds = xr.Dataset({"thetao": (tuple(axes), values, {"units": "degrees_C"})}, axes)
    ds["depth"].attrs["units"] = "m"
    return ds


def test_variables_on_levels():
    about = describe_cube(cube([0.5, 10.0]))
    assert json.dumps(about)
    assert rows_of_cube(about) == [
        ("thetao", "10 to 10 degrees_C (12 values)"),
        ("levels", "2 along 'depth', 0.5 to 10 m"),
        ("grid", "2 × 3 nodes, lat 0 to 1, lon 5 to 7"),
        ("epochs", "1"),
    ]


def test_one_level_or_none_is_no_cube():
    assert describe_cube(cube([0.5])) is None
    assert describe_cube(cube([0.5, 10.0]).isel(depth=0, drop=True)) is None
    assert describe_cube(xr.Dataset({"a": ("x", [1.0, 2.0])})) is None
