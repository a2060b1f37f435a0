"""What inspect says of levels and columns of weather models."""

import json

import numpy as np
import xarray as xr

from tropdsx.workflows.report.weather import describe_column, describe_levels, rows_of_weather

from helpers.paths import ROOT

LEVELS = ROOT / "sample_data" / "era5_pl_sample.nc"


def test_levels():
    about = describe_levels(LEVELS)
    assert json.dumps(about)
    title, rows = rows_of_weather(about)
    assert title == "levels of a weather model, for tropdsx delays"
    assert dict(rows) == {
        "levels": "25 along 'pressure_level', with surface pressure",
        "humidity": "specific",
        "grid": "lat 46 to 51, lon 20 to 25",
        "epochs": "2",
    }


def test_a_column(tmp_path):
    axes = {"latitude": np.arange(50.0, 45.0, -1.0), "longitude": np.arange(10.0, 16.0)}
    shape = tuple(axis.size for axis in axes.values())
    field = {"tcwv": ("kg m-2", 20.0), "t2m": ("K", 285.0)}
    ds = xr.Dataset(
        {name: (tuple(axes), np.full(shape, v), {"units": u}) for name, (u, v) in field.items()},
        axes,
    )
    ds.to_netcdf(tmp_path / "column.nc")
    about = describe_column(tmp_path / "column.nc")
    title, rows = rows_of_weather(about)
    assert title == "a column of water vapour, for tropdsx delays"
    assert rows[:2] == [("column", "tcwv"), ("beside it", "t2m")]
    assert describe_levels(tmp_path / "column.nc") is None


def test_other_files_are_neither(tmp_path):
    assert describe_levels(tmp_path / "missing.nc") is None
    assert describe_column(LEVELS) is None
