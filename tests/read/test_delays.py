"""Files of every kind become delays, several are joined along time."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, UnitsError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays

from helpers.files import delays, shared


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_zarr(tmp_path, zarr_format, consolidated):
    delays().to_zarr(tmp_path / "store", zarr_format=zarr_format, consolidated=consolidated)
    ds = open_delays(tmp_path / "store")
    np.testing.assert_array_equal(ds.zhd, delays().zhd)
    assert ds.zhd.chunks is not None


@pytest.mark.parametrize("kind", ["nc", "zarr"])
@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_what_is_small_is_read_at_once(tmp_path, kind):
    packing = {"zwd": {"dtype": "int16", "scale_factor": 1e-4, "_FillValue": -1}}
    getattr(delays(), {"nc": "to_netcdf", "zarr": "to_zarr"}[kind])(
        tmp_path / f"in.{kind}", encoding=packing
    )
    with open_delays(tmp_path / f"in.{kind}") as lazy:
        size = lazy.nbytes
        with open_delays(tmp_path / f"in.{kind}", small=2 * size) as ds:
            xr.testing.assert_identical(ds.load(), lazy.load())
            assert ds.zwd.chunks is None
            assert ds.zwd.dtype == np.float32
            assert ds.encoding["tropdsx_sources"] == lazy.encoding["tropdsx_sources"]
    with open_delays(tmp_path / f"in.{kind}", small=size // 2) as ds:
        assert ds.zwd.chunks is not None


def test_several_files_and_globs_are_joined_in_time(tmp_path):
    whole = delays(9)
    for name, part in (("b", slice(0, 4)), ("a", slice(4, 8)), ("c", slice(8, 9))):
        whole.isel(time=part).to_netcdf(tmp_path / f"{name}.nc")
    for paths in (str(tmp_path / "*.nc"), sorted(tmp_path.glob("*.nc")), tmp_path / "[abc].nc"):
        ds = open_delays(paths)
        np.testing.assert_array_equal(ds.time, whole.time)
        np.testing.assert_array_equal(ds.zhd, whole.zhd)
        assert ds.orography.dims == ("lat", "lon")
        assert len(ds.encoding["tropdsx_sources"]) == 3


def test_files_of_one_epoch_each(tmp_path):
    whole = delays(3)
    for step in range(3):
        whole.isel(time=step).to_netcdf(tmp_path / f"{step}.nc")
    ds = open_delays(tmp_path / "*.nc")
    assert ds.zhd.dims == ("time", "lat", "lon")
    assert ds.orography.dims == ("lat", "lon")
    np.testing.assert_array_equal(ds.zwd, whole.zwd)


def test_files_that_do_not_go_together(tmp_path):
    delays().to_netcdf(tmp_path / "a.nc")
    delays(first="2021-02-01").drop_vars("zwd").to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match=r"b\.nc and .*a\.nc do not hold the same .*zwd"):
        open_delays([tmp_path / "a.nc", tmp_path / "b.nc"])
    other = delays(first="2021-02-01")
    other.assign_coords(lon=other.lon + 1).to_netcdf(tmp_path / "c.nc")
    with pytest.raises(GridError, match=r"c\.nc has another lon than"):
        open_delays([tmp_path / "a.nc", tmp_path / "c.nc"])
    delays(first="2021-01-01T06").to_netcdf(tmp_path / "d.nc")
    with pytest.raises(GridError, match=r"d\.nc hold the same epoch 2021-01-01T06:00"):
        open_delays([tmp_path / "a.nc", tmp_path / "d.nc"])
    delays().isel(time=0, drop=True).to_netcdf(tmp_path / "e.nc")
    with pytest.raises(InputError, match=r"e\.nc has no time"):
        open_delays([tmp_path / "a.nc", tmp_path / "e.nc"])
    np.save(tmp_path / "f.npy", np.zeros((180, 360)))
    with pytest.raises(InputError, match="different kinds"):
        open_delays([tmp_path / "a.nc", tmp_path / "f.npy"])
    with pytest.raises(InputError, match="start and step are for npy"):
        open_delays(tmp_path / "a.nc", start="2021-01-01")


@pytest.mark.realdata
@pytest.mark.skipif(importlib.util.find_spec("cfgrib") is None, reason="needs cfgrib")
def test_real_grib_is_opened_or_named():
    path = shared("nwm/ERA5_N30_N40_E120_E140_20101017_14.grb")
    with pytest.raises(GridError, match="no delay found"):
        standardise_grid(open_delays(path))
    with pytest.raises(InputError, match="filter_by_keys"):
        open_delays(shared("nwm/gfs_2p5deg_20111008T00_f072.grb"))


@pytest.mark.realdata
def test_real_cubes_are_refused_by_their_levels():
    path = next(iter(sorted(shared("nwm").glob("raider_*.nc"))), None)
    if path is None:
        pytest.skip("real data not here")
    with pytest.raises(GridError, match="dimension 'z' of size 145"):
        standardise_grid(open_delays(path))


def test_files_in_other_units_are_not_joined(coarse, tmp_path):
    first, second = tmp_path / "first.nc", tmp_path / "second.nc"
    quality = xr.DataArray([1], dims="time", attrs={"units": "1"})
    coarse.isel(time=[0]).assign(quality=quality).to_netcdf(first)
    later = coarse.isel(time=[1]).assign(quality=quality.assign_attrs(units=""))
    later["zhd"].attrs["units"] = "metres"
    later.to_netcdf(second)
    assert open_delays([first, second]).sizes["time"] == 2, "another spelling, another variable"
    later.assign(zwd=(1000 * later.zwd).assign_attrs(units="mm")).to_netcdf(second)
    with pytest.raises(UnitsError, match=r"'zwd' has units 'mm' in .*second.nc and 'm' in .*first"):
        open_delays([first, second])


@pytest.mark.parametrize("first", ["f4", "f8"])
def test_files_of_one_grid_in_two_precisions_are_joined(tmp_path, first):
    whole = delays(2).assign_coords(
        lat=45 + np.arange(6)[::-1] / 1200, lon=10 + np.arange(12) / 1200
    )
    second = "f8" if first == "f4" else "f4"
    for number, kind in enumerate((first, second)):
        part = whole.isel(time=[number])
        part = part.assign_coords(lat=part.lat.astype(kind), lon=part.lon.astype(kind))
        part.to_netcdf(tmp_path / f"{number}.nc")
    with open_delays(tmp_path / "*.nc") as ds:
        assert ds.sizes == {"time": 2, "lat": 6, "lon": 12}
        np.testing.assert_array_equal(ds.lat, whole.lat.astype(first))
        np.testing.assert_array_equal(ds.zwd, whole.zwd)
    moved = whole.isel(time=[1]).assign_coords(lon=whole.lon + 0.5 / 1200)
    moved.to_netcdf(tmp_path / "moved.nc")
    with pytest.raises(GridError, match="another lon"):
        open_delays([tmp_path / "0.nc", tmp_path / "moved.nc"])
