"""Levels and surface from one file or several."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import GridError, InputError
from tropdsx.workflows.derive.open_levels import open_levels
from tropdsx.workflows.derive.zenith import zenith_delays


def test_levels_and_surface_in_two_files(sample, tmp_path):
    surface = sample[["sp", "t2m", "d2m"]].assign(z=sample.z_surface)
    sample[["t", "q", "z"]].to_netcdf(tmp_path / "levels.nc")
    surface.to_netcdf(tmp_path / "surface.nc")
    for k in (0, 1):
        sample.isel(valid_time=[k]).to_netcdf(tmp_path / f"part{k}.nc")
    expected = zenith_delays(sample)
    together = open_levels([tmp_path / "surface.nc", tmp_path / "levels.nc"])
    np.testing.assert_array_equal(zenith_delays(together).zwd, expected.zwd)
    in_time = open_levels(str(tmp_path / "part*.nc"))
    assert in_time.t.chunksizes["valid_time"] == (1, 1)
    np.testing.assert_array_equal(zenith_delays(in_time).zhd, expected.zhd)
    with pytest.raises(GridError, match="twice"):
        open_levels([tmp_path / "part0.nc", tmp_path / "part0.nc"])
    sample[["t2m"]].isel(latitude=slice(3)).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(GridError, match="do not go together"):
        open_levels([tmp_path / "levels.nc", tmp_path / "other.nc"])
    with pytest.raises(InputError, match="no such file"):
        open_levels(tmp_path / "absent.nc")
    with pytest.raises(InputError, match="no file matches"):
        open_levels(str(tmp_path / "absent*.nc"))


def write_model_levels(path):
    """GRIB as ERA5 model levels come: t and q on all levels, lnsp and z on the first."""
    eccodes = pytest.importorskip("eccodes", reason="the extra [grib] is not installed")
    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    half = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 60)])
    grid = {
        "Ni": 6,
        "Nj": 5,
        "latitudeOfFirstGridPointInDegrees": 50,
        "latitudeOfLastGridPointInDegrees": 46,
        "longitudeOfFirstGridPointInDegrees": 5,
        "longitudeOfLastGridPointInDegrees": 10,
        "iDirectionIncrementInDegrees": 1,
        "jDirectionIncrementInDegrees": 1,
        "typeOfLevel": "hybrid",
        "PVPresent": 1,
        "bitsPerValue": 24,
        "dataDate": 20200101,
    }
    ramp = np.arange(30.0)
    fields = [("t", k, 270 + 1e-3 * ramp) for k in range(1, 61)]
    fields += [("q", k, 1e-3 + 1e-8 * ramp) for k in range(1, 61)]
    fields += [("lnsp", 1, np.log(85000 + 50 * ramp)), ("z", 1, 14000 + ramp)]
    with path.open("wb") as stream:
        for time in (0, 600):
            for name, level, values in fields:
                message = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib1")
                keys = grid | {"dataTime": time, "level": level, "shortName": name}
                for key, value in keys.items():
                    eccodes.codes_set(message, key, value)
                eccodes.codes_set_array(message, "pv", np.r_[0 * half, half])
                eccodes.codes_set_values(message, values)
                eccodes.codes_write(message, stream)
                eccodes.codes_release(message)


def test_grib_of_model_levels(tmp_path):
    write_model_levels(tmp_path / "ml.grb")
    ds = open_levels(tmp_path / "ml.grb")
    assert ds.t.chunksizes["valid_time"] == (1, 1)
    assert "GRIB_pv" not in ds.attrs
    found = zenith_delays(ds)
    expected = atmos.saastamoinen_zhd(
        np.exp(ds.lnsp.values) / 100, ds.latitude.values[:, None], found.orography.values
    )
    np.testing.assert_allclose(found.zhd, expected, atol=0.6e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["ml.grb"]  # no index is left


@pytest.mark.parametrize("names", [("lat", "lon"), ("y", "x")])
@pytest.mark.parametrize("swapped", [False, True])
def test_two_dimensional_axes_of_regular_grids_join(tmp_path, sample, names, swapped):
    """Latitudes and longitudes spread over the grid, in the names of its dimensions or others."""
    sample = sample.drop_vars(["number", "expver"], errors="ignore")
    lat, lon = np.meshgrid(sample.latitude, sample.longitude, indexing="ij")
    dims = names[::-1] if swapped else names
    places = {
        "lat": (dims, lat.T if swapped else lat, {"units": "degrees_north"}),
        "lon": (dims, lon.T if swapped else lon, {"units": "degrees_east"}),
    }
    renamed = dict(zip(("latitude", "longitude"), names, strict=True))
    flat = {
        name: ([renamed.get(dim, dim) for dim in each.dims], each.values, each.attrs)
        for name, each in sample.variables.items()
        if name not in renamed
    }
    on_levels = {name for name in ("t", "q", "z") if name in flat}
    with xr.set_options(keep_attrs=True):
        for number, kept in enumerate([on_levels, set(flat) - on_levels]):
            fields = {n: v for n, v in flat.items() if n in kept or n in sample.dims}
            xr.Dataset({**fields, **places}).to_netcdf(tmp_path / f"{number}.nc")
    found = zenith_delays(open_levels(tmp_path / "*.nc")).zhd
    np.testing.assert_allclose(found, zenith_delays(sample).zhd, atol=1e-7)
