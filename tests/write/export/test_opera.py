"""OPERA TROPO-ZENITH: the layout that MintPy reads."""

import re

import h5py
import netCDF4  # noqa: F401 - before the first read through h5py
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError, TropdsxWarning
from tropdsx.write.export.opera import write_opera


def cube():
    rng = np.random.default_rng(9)
    axes = {
        "time": np.array(["2021-01-01T06", "2021-01-01T00"], "M8[ns]"),
        "height": [2000.0, 0.0, 500.0],
        "lat": 30.0 + 0.1 * np.arange(41),
        "lon": 240.0 + 0.1 * np.arange(31),
    }
    shape = tuple(len(axis) for axis in axes.values())
    ds = xr.Dataset(coords=axes)
    for name, low, high in (("zhd", 1.8, 2.3), ("zwd", 0.05, 0.2)):
        ds[name] = (tuple(axes), rng.uniform(low, high, shape), {"units": "m"})
    return ds


def test_layout(tmp_path):
    ds = cube()
    paths = write_opera(ds, tmp_path)
    name = r"OPERA_L4_TROPO-ZENITH_20210101T0[06]0000Z_\d{8}T\d{6}Z_HRES_v1\.0\.nc"
    assert all(re.fullmatch(name, path.name) for path in paths)
    with h5py.File(paths[0]) as file:
        assert {"wet_delay", "hydrostatic_delay", "time", "height", "latitude", "longitude"} == set(
            file
        )
        assert file["wet_delay"].shape == (1, 3, 41, 31)
        assert file["wet_delay"].dtype == np.float32
        assert file["height"][:].tolist() == [0.0, 500.0, 2000.0]
        assert file["latitude"][0] == pytest.approx(34.0)
        assert file["longitude"][0] == -120.0
        wanted = ds.zwd.sel(time="2021-01-01T00", height=500.0)[-1, 0].item()
        assert file["wet_delay"][0, 1, 0, 0] == np.float32(wanted)
        assert [scale.name for scale in file["wet_delay"].dims[1].values()] == ["/height"]


def test_nodes_far_apart_are_told(tmp_path):
    with pytest.warns(TropdsxWarning, match=r"0.5 degrees apart: MintPy takes 0.2 degrees"):
        write_opera(cube().isel(lat=slice(None, None, 5)), tmp_path)


def test_refused(tmp_path):
    ds = cube()
    with pytest.raises(GridError, match="there is no zwd; OPERA holds both"):
        write_opera(ds.drop_vars("zwd"), tmp_path)
    with pytest.raises(GridError, match="there is no dimension height"):
        write_opera(ds.isel(height=0), tmp_path)
    with pytest.raises(GridError, match="have no dates"):
        write_opera(ds.assign_coords(time=[0, 1]), tmp_path)
    with pytest.raises(OutputError, match=r"folder .* does not exist"):
        write_opera(ds, tmp_path / "none")
    assert not list(tmp_path.iterdir())


def test_mintpy_intersects_it_with_a_terrain(tmp_path, monkeypatch):
    opera = pytest.importorskip("mintpy.tropo_opera", reason="no mintpy", exc_type=ImportError)
    ds = cube().sortby("height").sortby("time")
    # Linear in all directions, so that any interpolation is exact.
    plane = 2.0 - 1e-4 * ds.height + 0.01 * (ds.lat - 30) + 0.002 * (ds.lon - 240)
    ds["zhd"] = (plane + 0.0 * ds.zhd).transpose(*ds.zhd.dims).assign_attrs(units="m")
    ds["zwd"] = (ds.zhd * 0 + 0.1).assign_attrs(units="m")
    path = write_opera(ds, tmp_path)[0]
    lat, lon = np.meshgrid([31.25, 32.1], [-118.3, -117.7], indexing="ij")
    dem = np.array([[10.0, 700.0], [1500.0, 250.0]], np.float32)
    bounds = (lat.min(), lat.max(), lon.min(), lon.max())
    monkeypatch.setattr(opera, "get_geom_lat_lon_bounds", lambda _: bounds)
    ztd, _ = opera.calc_zenith_delay_from_opera_file(str(path), "geometry.h5", lat, lon, dem)
    wanted = 2.1 - 1e-4 * dem + 0.01 * (lat - 30) + 0.002 * (lon + 120)
    np.testing.assert_allclose(ztd, wanted, atol=2e-4)


def test_missing_values_are_counted_in_a_warning_and_in_the_file(tmp_path):
    ds = cube()
    ds.zwd[1, 0, 2:4, 5] = np.nan
    text = "2 of 3813 in wet_delay have no value at 2021-01-01T00:00; they stay NaN"
    with pytest.warns(TropdsxWarning, match=text):
        first, second = write_opera(ds, tmp_path)
    with h5py.File(first) as file, h5py.File(second) as other:
        assert np.isnan(file["wet_delay"][:]).sum() == 2
        assert file.attrs["comment"] == b"missing values (NaN): 2 of 3813 in wet_delay"
        assert "comment" not in other.attrs


def test_an_epoch_without_any_value_gets_no_file(tmp_path):
    """However many were written before it; times of the cube descend."""
    ds = cube()
    ds.zhd[0] = np.nan
    with pytest.warns(TropdsxWarning, match="1 of 2 epochs .* get no file: 2021-01-01T06:00"):
        (path,) = write_opera(ds, tmp_path)
    assert path.name.startswith("OPERA_L4_TROPO-ZENITH_20210101T000000Z")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_none_but_epochs_without_values_are_refused(tmp_path):
    ds = cube()
    ds.zhd[0] = np.nan
    with pytest.raises(OutputError, match=r"all delays are missing .* at 2021-01-01T06:00"):
        write_opera(ds.isel(time=[0]), tmp_path)
    assert not list(tmp_path.iterdir())
