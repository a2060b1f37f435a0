"""Files of every kind, told by their content; bad ones named in one sentence."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import dask
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, UnitsError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.kinds import files_named, kind_of_file
from tropdsx.read.npy import guess_delay
from tropdsx.read.orography import open_orography

from helpers.paths import SHARED

DATA = SHARED / "data"


def shared(name):
    if not (DATA / name).exists():
        pytest.skip("real data not here")
    return DATA / name


class NoScheduler:
    """Fails when anything is computed."""

    def __call__(self, *args, **kwargs):
        raise AssertionError("computed")


def delays(steps=3, first="2021-01-01T00"):
    rng = np.random.default_rng(1)
    shape = (steps, 6, 12)
    dims = ("time", "lat", "lon")
    time = np.datetime64(first, "ns") + np.arange(steps) * np.timedelta64(6, "h")
    return xr.Dataset(
        {
            "zhd": (dims, rng.uniform(1.5, 2.4, shape).astype("f4"), {"units": "m"}),
            "zwd": (dims, rng.uniform(0.0, 0.4, shape).astype("f4"), {"units": "m"}),
            "orography": (dims[1:], rng.uniform(0, 4000, shape[1:]), {"units": "m"}),
        },
        {"time": time, "lat": np.arange(75.0, -76, -30), "lon": np.arange(15.0, 360, 30)},
    )


@pytest.mark.parametrize("format_", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_netcdf_is_lazy_whatever_its_name(tmp_path, format_):
    path = tmp_path / "delays.dat"
    delays(20).to_netcdf(path, format=format_, engine="netcdf4")
    assert kind_of_file(path) == "netcdf"
    with dask.config.set(scheduler=NoScheduler()):
        ds = open_delays(path)
        grid, _ = standardise_grid(ds)
    assert ds.zhd.chunks[0][0] == 8
    assert ds.encoding["tropdsx_sources"] == [str(path)]
    np.testing.assert_array_equal(grid.zhd, delays(20).zhd)


@pytest.mark.parametrize(
    ("stored", "expected"), [(1, 8), (3, 9), (10, 10), (32, 32), (48, 24), (64, 32), (37, 32)]
)
def test_chunks_follow_the_stored_ones(tmp_path, stored, expected):
    ds = delays(70)
    encoding = {"zhd": {"chunksizes": (stored, 6, 12)}, "zwd": {"chunksizes": (stored, 6, 12)}}
    ds.to_netcdf(tmp_path / "delays.nc", encoding=encoding)
    opened = open_delays(tmp_path / "delays.nc")
    assert opened.zhd.chunks[0][0] == expected
    assert opened.zhd.chunks[1:] == ((6,), (12,))
    assert open_delays(tmp_path / "delays.nc", chunks={"time": 5}).zhd.chunks[0][0] == 5
    assert open_delays(tmp_path / "delays.nc", chunks=None).zhd.chunks is None


def test_packed_integers_become_float32(tmp_path):
    packed = {"dtype": "i2", "scale_factor": 1e-4, "_FillValue": -32768}
    ds = delays()
    ds.zhd[0, 0, 0] = np.nan
    ds.to_netcdf(tmp_path / "packed.nc", encoding={"zhd": packed, "zwd": packed})
    opened = open_delays(tmp_path / "packed.nc")
    assert opened.zhd.dtype == np.float32
    np.testing.assert_allclose(opened.zhd, ds.zhd, atol=6e-5)
    assert opened.zhd.attrs["units"] == "m"


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_zarr(tmp_path, zarr_format, consolidated):
    delays().to_zarr(tmp_path / "store", zarr_format=zarr_format, consolidated=consolidated)
    ds = open_delays(tmp_path / "store")
    np.testing.assert_array_equal(ds.zhd, delays().zhd)
    assert ds.zhd.chunks is not None


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


def half(path, tmp_path, fraction=0.5):
    data = path.read_bytes()
    (tmp_path / "cut.nc").write_bytes(data[: int(len(data) * fraction)])
    return tmp_path / "cut.nc"


@pytest.mark.parametrize(
    "format_", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF3_64BIT_DATA"]
)
@pytest.mark.parametrize("fraction", [0.002, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("unlimited", [[], ["time"]])
def test_truncated_netcdf(tmp_path, format_, fraction, unlimited):
    path = tmp_path / "delays.nc"
    delays(40).to_netcdf(path, format=format_, engine="netcdf4", unlimited_dims=unlimited)
    open_delays(path)
    with pytest.raises(InputError, match=r"cut\.nc"):
        open_delays(half(path, tmp_path, fraction))


def test_time_in_months_is_not_a_damaged_file(tmp_path):
    ds = delays(2).assign_coords(time=("time", [0.5, 1.5], {"units": "months since 2022-01-01"}))
    ds.to_netcdf(tmp_path / "months.nc")
    with pytest.raises(InputError, match=r"months\.nc is whole, but its time cannot be read"):
        open_delays(tmp_path / "months.nc")


def write(path, content):
    path.write_bytes(content)
    return path


BAD_FILES = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is text"),
    "text": (b"this is a letter, not a grid\n" * 20, r"is text \('this is a letter"),
    "web page": (b"<!DOCTYPE html><html>404</html>", "web page"),
    "binary": (bytes(range(256)), "unknown binary kind"),
    "pickle in npy": (b"\x93NUMPY\x01\x00", "cannot be opened"),
    "broken gz": (b"\x1f\x8b\x08\x00abcdefgh", "cannot be read"),
    "broken xz": (b"\xfd7zXZ\x00abcdefgh", "cannot be read"),
    "broken grib": (b"GRIB\x00\x00\x00\x02" + bytes(50), "cannot be opened|cfgrib"),
    "hdf magic only": (b"\x89HDF\r\n\x1a\n" + bytes(100), "cannot be opened"),
    "cdf magic only": (b"CDF\x01\x00", "ends within its NetCDF header"),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("name", ["input.nc", "VMF3_20210101.H00"])
def test_bad_files_are_named_in_one_line(tmp_path, case, name):
    content, text = BAD_FILES[case]
    with pytest.raises(InputError, match=text) as caught:
        open_delays(write(tmp_path / name, content))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_missing_files_and_patterns(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_delays(tmp_path / "none.nc")
    with pytest.raises(InputError, match=r"no file matches .*\*\.nc"):
        open_delays(str(tmp_path / "*.nc"))
    with pytest.raises(InputError, match="folder but no Zarr store"):
        open_delays(tmp_path)
    with pytest.raises(InputError, match="no input"):
        open_delays([])
    with pytest.raises(InputError, match="no such file"):
        open_orography(tmp_path / "none.nc")


def test_compressed_netcdf_is_named(tmp_path):
    import gzip

    delays().to_netcdf(tmp_path / "a.nc")
    write(tmp_path / "a.nc.gz", gzip.compress((tmp_path / "a.nc").read_bytes()))
    with pytest.raises(InputError, match="Decompress it first"):
        open_delays(tmp_path / "a.nc.gz")


def earth(peak=0.4, steps=None):
    lat = np.radians(np.arange(89.5, -90, -1))
    field = np.broadcast_to(peak * np.cos(lat)[:, None] ** 2 + 0.001, (180, 360))
    return field if steps is None else np.stack([field * (1 + 0.001 * k) for k in range(steps)])


def test_npy_with_and_without_times(tmp_path):
    np.save(tmp_path / "2024_blur.npy", earth(steps=20))
    with dask.config.set(scheduler=NoScheduler()):
        ds = open_delays(tmp_path / "2024_blur.npy", start="2024-01-01T06", step="6h")
        grid, _ = standardise_grid(ds)
    assert ds.delay.attrs["tropdsx_role"] == "trop_ds"
    assert ds.time.values[1] == np.datetime64("2024-01-01T12")
    assert ds.delay.chunks[0] == (8, 8, 4)
    np.testing.assert_array_equal(grid.zwd, earth(steps=20).astype("f4"))
    counted = open_delays(tmp_path / "2024_blur.npy")
    np.testing.assert_array_equal(counted.time, np.arange(20))
    np.save(tmp_path / "one.npy", earth(peak=40.0))
    single = open_delays(tmp_path / "one.npy", start="2024-01-01")
    assert single.delay.shape == (1, 180, 360)
    assert single.delay.attrs["units"] == "cm"


def test_bad_npy(tmp_path):
    np.save(tmp_path / "shape.npy", np.zeros((10, 90, 180)))
    with pytest.raises(InputError, match=r"shape \(10, 90, 180\).*accepted are floats of shape"):
        open_delays(tmp_path / "shape.npy")
    np.save(tmp_path / "ints.npy", np.zeros((180, 360), dtype=int))
    with pytest.raises(InputError, match="type int64"):
        open_delays(tmp_path / "ints.npy")
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(InputError, match="no plain array"):
        open_delays(tmp_path / "objects.npy")
    np.save(tmp_path / "good.npy", earth(steps=3))
    write(tmp_path / "cut.npy", (tmp_path / "good.npy").read_bytes()[:-1000])
    with pytest.raises(InputError, match=r"cut\.npy cannot be opened"):
        open_delays(tmp_path / "cut.npy")
    with pytest.raises(InputError, match="no step"):
        open_delays(tmp_path / "good.npy", start="2024-01-01")
    with pytest.raises(InputError, match="not understood"):
        open_delays(tmp_path / "good.npy", start="yesterday-ish", step="6h")
    np.save(tmp_path / "pressure.npy", earth() + 101325)
    with pytest.raises(UnitsError, match="fit no delay"):
        open_delays(tmp_path / "pressure.npy")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.001, 0.42, ("zwd", "m")),
        (0.5, 42.0, ("zwd", "cm")),
        (5.0, 420.0, ("zwd", "mm")),
        (1.16, 2.39, ("zhd", "m")),
        (116.0, 239.0, ("zhd", "cm")),
        (1160.0, 2390.0, ("zhd", "mm")),
        (1.2, 2.7, ("ztd", "m")),
    ],
)
def test_delay_and_unit_by_value(low, high, expected):
    assert guess_delay(np.array([low, high])) == expected


def heights(units="m", name="orography", scale=1.0, **attrs):
    ds = delays()[["orography"]] * scale
    ds["orography"].attrs = {"units": units, **attrs}
    return ds.rename(orography=name)


@pytest.mark.parametrize(
    ("name", "units", "scale"),
    [
        ("orography", "m", 1.0),
        ("HSURF", "meters", 1.0),
        ("topography", "km", 0.001),
        ("z", "m2 s-2", 9.80665),
        ("geopotential", "m**2 s**-2", 9.80665),
        ("height", "m", 1.0),
    ],
)
def test_orography_by_any_name(tmp_path, name, units, scale):
    heights(units, name, scale).isel(lat=slice(None, None, -1)).to_netcdf(tmp_path / "o.nc")
    orography = open_orography(tmp_path / "o.nc")
    assert orography.name == "orography"
    assert orography.dims == ("lat", "lon")
    np.testing.assert_allclose(orography, delays().orography, rtol=1e-12)
    assert orography.lat.values[0] == 75.0


def test_orography_errors(tmp_path):
    delays()[["zhd"]].to_netcdf(tmp_path / "none.nc")
    with pytest.raises(InputError, match="holds no orography"):
        open_orography(tmp_path / "none.nc")
    heights(scale=-2.0).to_netcdf(tmp_path / "sea.nc")
    with pytest.raises(UnitsError, match="set the depths to 0"):
        open_orography(tmp_path / "sea.nc")
    ds = heights()
    ds.expand_dims(level=[1, 2]).to_netcdf(tmp_path / "levels.nc")
    with pytest.raises(GridError, match="dimension 'level' of size 2"):
        open_orography(tmp_path / "levels.nc")
    write(tmp_path / "few", b"1.0 2.0 3.0\n4.0 5.0 6.0\n")
    with pytest.raises(InputError, match="holds 6 numbers, which is no VMF orography"):
        open_orography(tmp_path / "few")
    write(tmp_path / "words", b"height of the grid\n")
    with pytest.raises(InputError, match="no VMF orography"):
        open_orography(tmp_path / "words")


def test_orography_layouts_made_up(tmp_path):
    one = np.arange(64800.0) / 20
    write(tmp_path / "one", "\n".join(f"{h:7.2f}" for h in one).encode())
    orography = open_orography(tmp_path / "one")
    assert orography.shape == (180, 360)
    assert orography.attrs["vertical_reference"] == "ellipsoid"
    np.testing.assert_allclose(orography.sel(lat=88.5, lon=1.5), one[361], atol=0.006)
    rows = [" ".join(str(10 * i + j % 4) for j in range(5)) for i in range(3)]
    write(tmp_path / "ell", ("90 -90 0 360 90 90\n" + "\n".join(rows)).encode())
    orography = open_orography(tmp_path / "ell")
    np.testing.assert_array_equal(orography.lon, [0, 90, 180, 270])
    np.testing.assert_array_equal(orography.lat, [90, 0, -90])
    np.testing.assert_array_equal(orography.sel(lat=0), [10, 11, 12, 13])


def test_orography_like_a_grid(tmp_path):
    heights().to_netcdf(tmp_path / "o.nc")
    grid, _ = standardise_grid(delays().isel(lat=slice(1, 3)).assign_coords(lon=delays().lon - 180))
    orography = open_orography(tmp_path / "o.nc", like=grid)
    np.testing.assert_array_equal(orography.lat, grid.lat)
    with pytest.raises(GridError, match="no node at"):
        open_orography(tmp_path / "o.nc", like=grid.assign_coords(lat=grid.lat + 1))


@pytest.mark.realdata
def test_real_orographies_agree():
    one = open_orography(shared("orography/orography_ell_1x1"))
    five = open_orography(shared("orography/orography_ell_5x5"))
    np.testing.assert_array_equal(five, one[2::5, 2::5])
    np.testing.assert_array_equal(five.lat, one.lat[2::5])
    np.testing.assert_array_equal(five.lon, one.lon[2::5])
    xr.testing.assert_equal(open_orography(shared("orography/orography_ell_1x1"), like=five), five)
    old = open_orography(shared("orography/orography_ell"))
    with xr.open_dataset(shared("vmf1/vmf1_2x2.5_dev.nc")) as ds:
        np.testing.assert_array_equal(old, ds.orography.values)
        np.testing.assert_array_equal(old.lat, ds.lat)
        np.testing.assert_array_equal(old.lon, ds.lon)


@pytest.mark.realdata
def test_real_relief_with_sea_floor_is_refused():
    with pytest.raises(UnitsError, match="sea floor"):
        open_orography(shared("orography/etopo20.nc"))


@pytest.mark.realdata
def test_real_vmf1_netcdf():
    ds = open_delays(shared("vmf1/vmf1_2x2.5_dev.nc"))
    assert ds.zhd.dtype == np.float32
    assert ds.zhd.chunks[0][:2] == (8, 8)
    assert ds.sizes["time"] == 203


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


# ------------------------------------------------------------------------ names and patterns


def test_a_name_that_begins_with_a_tilde(tmp_path, monkeypatch):
    """A file of that very name first, then the home folder; nobody of that name is no crash."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "~levels.nc").write_bytes(b"")
    assert files_named("~levels.nc") == [Path("~levels.nc")]
    assert files_named("~/a.nc") == [tmp_path / "home" / "a.nc"]
    with pytest.raises(InputError, match="no such file: ~nobody-of-this-name"):
        open_delays("~nobody-of-this-name/a.nc")


def test_a_name_that_no_file_can_have():
    with pytest.raises(InputError, match=r"cannot be looked up .*check the name"):
        open_delays("x" * 300)


def test_brackets_in_the_name_of_a_file(tmp_path):
    (tmp_path / "run[1].nc").write_bytes(b"")
    assert files_named(tmp_path / "run[1].nc") == [tmp_path / "run[1].nc"]
    with pytest.raises(InputError, match="no file matches"):
        files_named(str(tmp_path / "run[2].nc"))
