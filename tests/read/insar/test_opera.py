"""OPERA TROPO-ZENITH as it is read."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.read.insar.opera import open_opera


def product(path, hour, **options):
    axes = {
        "time": np.array([f"2021-01-01T{hour:02d}"], "M8[ns]"),
        "height": ("height", [0.0, 1000.0], {"units": "meters"}),
        "latitude": [34.0, 33.0],
        "longitude": [-120.0, -119.0],
    }
    dims, shape = tuple(axes), (1, 2, 2, 2)
    fields = {
        "wet_delay": (dims, np.full(shape, 0.1 + hour / 1e3, "f4"), {"units": "meters"}),
        "hydrostatic_delay": (dims, np.full(shape, 2.2, "f4"), {"units": "meters"}),
    }
    xr.Dataset(fields, axes).to_netcdf(path, **options)
    return path


def test_epochs_are_joined(tmp_path):
    late, early = (product(tmp_path / f"{hour}.nc", hour) for hour in (12, 0))
    ds = open_opera([late, early])
    assert ds.zwd.dims == ("time", "height", "lat", "lon")
    np.testing.assert_allclose(ds.zwd[:, 0, 0, 0], [0.1, 0.112])
    assert (ds.zwd.units, ds.height.units) == ("m", "m")
    assert ds.zwd.chunks is not None
    assert open_opera(str(early)).zhd.shape == (1, 2, 2, 2)


def test_epochs_that_do_not_go_together(tmp_path):
    first, other = (product(tmp_path / f"{hour}.nc", hour) for hour in (0, 12))
    with pytest.raises(InputError, match="two of the files are of one epoch"):
        open_opera([first, product(tmp_path / "again.nc", 0)])
    with xr.open_dataset(other) as ds:
        ds.load().isel(latitude=[0]).to_netcdf(tmp_path / "part.nc")
        ds.isel(time=0).to_netcdf(tmp_path / "scalar.nc")
        ds.isel(time=0, drop=True).to_netcdf(tmp_path / "undated.nc")
    with pytest.raises(InputError, match="of different grids or heights"):
        open_opera([first, tmp_path / "part.nc"])
    with pytest.raises(InputError, match="has no time; accepted are files of OPERA"):
        open_opera(tmp_path / "undated.nc")
    assert open_opera(tmp_path / "scalar.nc").zwd.dims == ("time", "height", "lat", "lon")


def test_other_files_are_refused(tmp_path):
    path = product(tmp_path / "a.nc", 0)
    with xr.open_dataset(path) as ds:
        ds.load().drop_vars("wet_delay").to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match="has no wet_delay; accepted are files of OPERA"):
        open_opera(tmp_path / "b.nc")
