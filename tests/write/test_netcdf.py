"""NetCDF files: identical on re-opening, stored as users expect."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.cf.axes import find_axis_names
from tropdsx.errors import OutputError
from tropdsx.system import staging
from tropdsx.write import netcdf, zarr
from tropdsx.write.netcdf import NetcdfWriter, write_netcdf

from helpers.writing import WRITERS, delays, lazy, reopen


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "form", [lambda ds: ds, lazy, lambda ds: lazy(ds, 1), lambda ds: lazy(ds, 7)]
)
def test_a_file_opens_identical(writer, form, tmp_path):
    ds = delays()
    path = writer(form(ds), tmp_path / "out")
    xr.testing.assert_identical(reopen(path), ds)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "change",
    [
        lambda _: delays(time_name="valid_time"),
        lambda _: delays(order=("lon", "time", "lat")),
        lambda _: delays(order=("lat", "lon", "time")),
        lambda ds: cf.describe(ds.isel(time=0)),
        lambda ds: cf.describe(ds.isel(time=0, drop=True)),
        lambda ds: ds.isel(time=[0]),
        lambda ds: ds.assign_coords(expver=("time", np.array(["0001", "0005"])[[0] * 6 + [1]])),
        lambda ds: ds.assign_coords(run=("time", ds.time.values - np.timedelta64(10, "m"))),
        lambda ds: ds.assign_coords(lead=("time", np.arange(7) * np.timedelta64(90, "m"))),
        lambda ds: ds.assign(lat=ds.lat.astype(np.float32)),
    ],
    ids=[
        "valid_time",
        "lon first",
        "time last",
        "scalar time",
        "no time",
        "one epoch",
        "strings",
        "second time",
        "timedelta",
        "float32 axis",
    ],
)
@pytest.mark.filterwarnings("ignore:The data type .* does not have a Zarr V3 specification")
def test_other_shapes_open_identical(writer, change, tmp_path):
    ds = change(delays())
    path = writer(lazy(ds) if find_axis_names(ds).time in ds.dims else ds, tmp_path / "out")
    back = reopen(path)
    if "lead" in ds.coords and "lead" not in back.coords:
        pytest.skip("xarray leaves durations undecoded")
    xr.testing.assert_equal(back, ds)
    assert back.attrs.keys() == ds.attrs.keys()
    for name in ds.variables:
        assert {k: v for k, v in back[name].attrs.items() if k != "dtype"} == ds[name].attrs


def test_storage_of_the_default(tmp_path):
    path = write_netcdf(delays(), tmp_path / "out.nc")
    with netCDF4.Dataset(path) as file:
        assert file.dimensions["time"].isunlimited()
        zhd = file["zhd"]
        assert zhd.dtype == np.float32
        assert zhd.chunking() == [1, 10, 12]
        assert {k: zhd.filters()[k] for k in ("zlib", "complevel", "shuffle")} == {
            "zlib": True,
            "complevel": 1,
            "shuffle": True,
        }
        assert np.isnan(zhd._FillValue)
        assert file["time"].dtype == np.float64
        assert file["time"].units.startswith("hours since")
        assert file["time"].calendar == "standard"
        # cdo drops heights that are called coordinates; xarray knows them by the global attribute.
        assert "coordinates" not in zhd.ncattrs()
        assert zhd.ancillary_variables == "zhd_rmse orography"
        assert file["zhd_rmse"].coordinates == "validation_time"
        assert file.coordinates == "orography validation_time"
        for name in ("time", "lat", "lon", "lat_bnds", "lon_bnds", "orography", "crs"):
            assert "_FillValue" not in file[name].ncattrs()


def test_uneven_chunks(tmp_path):
    ds = delays()
    for writer in WRITERS:
        uneven = ds.chunk({"time": (1, 4, 2)})
        uneven["zwd"] = ds.zwd.chunk({"time": 2, "lat": 4})
        xr.testing.assert_identical(reopen(writer(uneven, tmp_path / writer.__name__)), ds)


def test_the_writer_takes_blocks_from_elsewhere(tmp_path):
    ds = delays()
    with NetcdfWriter(ds, tmp_path / "out.nc", compression="zstd") as out:
        for rows in (slice(0, 2), slice(2, 7)):
            out.append(ds.isel(time=rows))
            assert not (tmp_path / "out.nc").exists()
    xr.testing.assert_identical(reopen(tmp_path / "out.nc"), ds)
    with pytest.raises(OutputError, match="no time dimension"):
        out.append(ds)


def test_a_lazy_orography_gets_its_extent_when_written(tmp_path):
    ds = delays().drop_vars("orography")
    heights = xr.Variable(("lat", "lon"), np.arange(120.0).reshape(10, 12)).chunk()
    ds = cf.describe(ds.assign_coords(orography=heights))
    assert "geospatial_vertical_max" not in ds.attrs
    for writer in WRITERS:
        assert reopen(writer(ds, tmp_path / writer.__name__)).geospatial_vertical_max == 119.0


def test_the_writer_is_public():
    assert {"NetcdfWriter", "write_netcdf", "write_zarr", "check_target"} <= {
        *netcdf.__all__,
        *zarr.__all__,
        *staging.__all__,
    }
