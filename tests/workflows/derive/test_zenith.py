"""Zenith delays from levels: closed forms, every layout of the same air, real model files."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.atmos.profile.delays import split_columns
from tropdsx.errors import (
    DomainError,
    GridError,
    InputError,
    OutputError,
    TropdsxWarning,
    UnitsError,
)
from tropdsx.grid.geoid import geoid_undulation
from tropdsx.workflows.derive.open_levels import open_levels
from tropdsx.workflows.derive.zenith import zenith_delays

LEVELS = np.array(
    [
        1000,
        975,
        950,
        925,
        900,
        875,
        850,
        825,
        800,
        775,
        750,
        700,
        650,
        600,
        550,
        500,
        450,
        400,
        350,
        300,
        250,
        225,
        200,
        175,
        150,
        125,
        100,
        70,
        50,
        30,
        20,
        10,
        7,
        5,
        3,
        2,
        1.0,
    ]
)
COARSE = LEVELS[np.isin(LEVELS, np.r_[np.arange(100, 1050, 50), 70, 50, 30, 20, 10])]


@pytest.fixture(scope="module")
def air():
    """A column in hydrostatic balance at 45 deg, in steps of a metre: z, p, t, e."""
    z = np.arange(0.0, 75e3)
    t = np.interp(
        z, [0, 11e3, 20e3, 32e3, 47e3, 75e3], [288.15, 216.65, 216.65, 228.65, 270.65, 215]
    )
    e, p = 10 * np.exp(-z / 2100), 1013.25 * np.exp(-z / 8000)
    slope = -atmos.normal_gravity(45.0, z) / (287.046 * t)
    for _ in range(4):
        falls = slope * (1 - 0.378 * e / p)
        p = 1013.25 * np.exp(np.concatenate([[0], np.cumsum((falls[1:] + falls[:-1]) / 2)]))
    return z, p, t, e


def true_delays(air, heights):
    z, p, t, e = air
    n = atmos.refractivity(p, t, e)
    at = np.searchsorted(z, heights)

    def above(x):
        return 1e-6 * (np.trapezoid(x, z) - np.r_[0, np.cumsum((x[1:] + x[:-1]) / 2)])[at]

    return above(n.hydrostatic) + atmos.saastamoinen_zhd(p[-1], 45.0, z[-1]), above(n.wet)


def column(air, levels=LEVELS, ground=0.0):
    """The column on pressure levels, with its ground at a height."""
    z, p, t, e = air
    at = np.interp(-np.log(levels), -np.log(p), z)
    low = int(ground)
    return xr.Dataset(
        {
            "t": ("level", np.interp(at, z, t), {"units": "K"}),
            "e": ("level", np.exp(np.interp(at, z, np.log(e))), {"units": "hPa"}),
            "z": ("level", atmos.height_to_geopotential(at, 45.0), {"units": "m2 s-2"}),
            "sp": ((), p[low], {"units": "hPa"}),
            "t2m": ((), t[low] - 273.15, {"units": "degC"}),
            "d2m": ((), dew_point(e[low]), {"units": "K"}),
            "z_surface": ((), atmos.height_to_geopotential(ground, 45.0), {"units": "m2 s-2"}),
        },
        coords={"level": ("level", levels, {"units": "hPa"}), "lat": 45.0, "lon": 0.0},
    )


def dew_point(e):
    logarithm = np.log(e / 6.112)
    return 243.12 * logarithm / (17.62 - logarithm) + 273.15


@pytest.mark.parametrize("levels", [LEVELS, COARSE], ids=["37", "24"])
@pytest.mark.parametrize("ground", [0.0, 1234.0])
def test_the_ground_is_exact(air, levels, ground):
    found = zenith_delays(column(air, levels, ground), geoid=None, ztd=True)
    zhd, zwd = true_delays(air, ground)
    assert found.zhd.item() == pytest.approx(zhd, abs=0.05e-3)
    assert found.zwd.item() == pytest.approx(zwd, abs=0.05e-3)
    assert found.ztd.item() == found.zhd.item() + found.zwd.item()
    assert found.orography.item() == pytest.approx(ground, abs=1e-6)
    assert found.t2m.attrs["units"] == "K"


def test_ladder_between_levels(air):
    rungs = np.array([150.0, 700.0, 1500.0, 2700.0, 4100.0, 7700.0])
    found = zenith_delays(column(air), ladder=rungs, geoid=None)
    zhd, zwd = true_delays(air, rungs)
    np.testing.assert_allclose(found.zhd, zhd, atol=0.03e-3)
    np.testing.assert_allclose(found.zwd, zwd, atol=0.03e-3)
    assert found.height.attrs["standard_name"] == "height_above_reference_ellipsoid"
    by_density = zenith_delays(column(air), ladder=rungs, geoid=None, hydrostatic="density")
    np.testing.assert_allclose(by_density.zhd, zhd, atol=0.3e-3)
    assert np.isnan(zenith_delays(column(air), 90e3).zhd)


def test_under_the_ground_the_air_goes_on(air):
    found = zenith_delays(column(air, ground=800.0), ladder=[300.0, 800.0], geoid=None)
    zhd, zwd = true_delays(air, [300.0, 800.0])
    np.testing.assert_allclose(found.zhd, zhd, atol=0.5e-3)
    np.testing.assert_allclose(found.zwd, zwd, atol=2e-3)


def test_what_lies_under_the_ground_does_not_count(air):
    ds = column(air, ground=1234.0)
    expected = zenith_delays(ds)
    spoilt = ds.copy(deep=True)
    spoilt.t[:4], spoilt.e[:4] = 340.0, 50.0
    xr.testing.assert_identical(zenith_delays(spoilt).zwd, expected.zwd)
    spoilt.t[:4] = np.nan
    xr.testing.assert_identical(zenith_delays(spoilt).zhd, expected.zhd)


def test_less_known_at_the_surface(air):
    ds = column(air, ground=500.0)
    whole = zenith_delays(ds, 500.0, geoid=None)
    for absent in (["t2m", "d2m"], ["sp", "t2m", "d2m"], ["z_surface"], ["z_surface", "sp"]):
        found = zenith_delays(ds.drop_vars(absent), 500.0, geoid=None)
        assert found.zhd.item() == pytest.approx(whole.zhd.item(), abs=0.2e-3)
        assert found.zwd.item() == pytest.approx(whole.zwd.item(), abs=0.2e-3)
    by_pressure = zenith_delays(ds.drop_vars(["z_surface", "t2m", "d2m"]), geoid=None)
    assert by_pressure.orography.item() == pytest.approx(500.0, abs=1.0)
    without_heights = zenith_delays(ds.drop_vars("z"), geoid=None)
    assert without_heights.zhd.item() == pytest.approx(whole.zhd.item(), abs=2e-3)


def test_missing_at_the_top_and_holes(air):
    ds = column(air)
    cut = ds.copy(deep=True)
    cut.t[-5:] = 1e16  # as RAiDER's cubes
    assert zenith_delays(cut).zhd.item() == pytest.approx(zenith_delays(ds).zhd.item(), abs=0.1e-3)
    cut.t[10] = np.nan
    assert np.isnan(zenith_delays(cut).zwd)


def test_humidity_measures_agree(air):
    ds = column(air)
    e, p = ds.e, ds.level
    ds["q"] = (0.621981 * e / (p - 0.378019 * e)).assign_attrs(units="kg kg**-1")
    ds["r"] = (100 * e / atmos.saturation_vapour_pressure(ds.t.values)).assign_attrs(units="%")
    expected = zenith_delays(ds, humidity="vapour_pressure").zwd.item()
    assert zenith_delays(ds).zwd.item() == pytest.approx(expected, rel=1e-12)
    mixed = zenith_delays(ds, humidity="relative").zwd.item()
    assert expected > mixed > 0.95 * expected  # saturation over ice is lower


def test_hybrid_levels_lie_between_their_half_levels():
    half = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 60)])
    t = ("hybrid", np.full(60, 270.0), {"units": "K", "GRIB_pv": np.r_[0 * half, half]})
    surface = {"sp": ((), 85000.0, {"units": "Pa"}), "zs": ((), 1500.0, {"units": "m"})}
    ds = xr.Dataset(
        {"t": t, "q": ("hybrid", np.zeros(60), {"units": "1"}), **surface},
        coords={"hybrid": np.arange(1.0, 61), "lat": 50.0, "lon": 5.0},
    ).rename(zs="orography")
    found = zenith_delays(ds)
    expected = atmos.saastamoinen_zhd(850.0, 50.0, 1500.0)
    assert found.zhd.item() == pytest.approx(expected, abs=0.6e-3)
    named = ds.assign(hyam=("hybrid", np.zeros(60), {"units": "Pa"}))
    named["hybm"] = "hybrid", (half[1:] + half[:-1]) / 2
    del named.t.attrs["GRIB_pv"]
    assert zenith_delays(named).zhd.item() == pytest.approx(found.zhd.item(), abs=1e-9)
    with pytest.raises(GridError, match="surface pressure"):
        zenith_delays(ds.drop_vars("sp"))


@pytest.fixture(scope="module")
def sample(request):
    with xr.open_dataset(request.config.rootpath / "sample_data" / "era5_pl_sample.nc") as ds:
        return ds.load()


def test_every_layout_gives_the_same(sample):
    expected = zenith_delays(sample)
    assert expected.zhd.dims == ("valid_time", "latitude", "longitude")
    flipped = sample.isel(latitude=slice(None, None, -1), pressure_level=slice(None, None, -1))
    flipped = flipped.transpose("longitude", "pressure_level", "latitude", "valid_time")
    found = zenith_delays(flipped)
    assert found.zhd.dims == ("longitude", "latitude", "valid_time")
    xr.testing.assert_equal(
        found.zhd.transpose(*expected.zhd.dims).sortby("latitude"), expected.zhd.sortby("latitude")
    )
    old = sample.drop_vars(["number", "expver"]).rename(valid_time="time", pressure_level="level")
    old["level"] = ("level", old.level.values.astype("i4"), {"units": "millibars"})
    np.testing.assert_array_equal(zenith_delays(old).zwd, expected.zwd)
    pascal = sample.assign_coords(
        pressure_level=("pressure_level", 100 * sample.pressure_level.values, {"units": "Pa"})
    )
    np.testing.assert_allclose(zenith_delays(pascal).zwd, expected.zwd, rtol=1e-12)
    heights = sample.assign(gh=(sample.z / 9.80665).assign_attrs(units="gpm")).drop_vars("z")
    np.testing.assert_allclose(zenith_delays(heights).zhd, expected.zhd, rtol=1e-6)
    west = sample.assign_coords(longitude=sample.longitude - 360)
    np.testing.assert_allclose(zenith_delays(west).zhd, expected.zhd, rtol=1e-12)
    one = zenith_delays(sample.isel(latitude=3, longitude=4, valid_time=1))
    assert one.zwd.item() == expected.zwd[1, 3, 4].item()


def test_dask_computes_nothing_and_gives_the_same(sample):
    def refuse(*_, **__):
        raise AssertionError

    lazy = sample.chunk(valid_time=1, latitude=7, pressure_level=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dask.base.compute", refuse)
        found = zenith_delays(lazy, mean_temperature=True)
        ladder = zenith_delays(lazy, ladder=[0.0, 1000.0])
    assert found.zhd.chunks
    assert ladder.zwd.dims == ("valid_time", "height", "latitude", "longitude")
    expected = zenith_delays(sample, mean_temperature=True)
    xr.testing.assert_allclose(found.compute(), expected, rtol=1e-14)
    assert ((expected.mean_temperature > 255) & (expected.mean_temperature < expected.t2m)).all()
    xr.testing.assert_allclose(
        ladder.compute().zhd, zenith_delays(sample, ladder=[0.0, 1000.0]).zhd, rtol=1e-14
    )


def test_sample_integrates_to_what_was_simulated(sample):
    """25 levels and other constants of refractivity: below a millimetre and 2 percent."""
    found = zenith_delays(sample)
    saastamoinen = atmos.saastamoinen_zhd(
        sample.sp.values / 100, sample.latitude.values[:, None], found.orography.values
    )
    np.testing.assert_allclose(found.zhd, saastamoinen, atol=0.15e-3)


def test_height_fields(sample):
    here = zenith_delays(sample)
    field = here.orography.drop_vars("orography") + 100.0
    lifted = zenith_delays(sample, field.assign_attrs(units="m"))
    np.testing.assert_allclose(lifted.orography, here.orography + 100.0)
    assert (lifted.zhd < here.zhd - 0.02).all()
    coarse = xr.DataArray(
        np.full((3, 3), 250.0),
        {"lat": [60.0, 50.0, 40.0], "lon": [10.0, 20.0, 30.0]},
        name="orography",
        attrs={"units": "m"},
    )
    np.testing.assert_allclose(
        zenith_delays(sample, coarse).zwd, zenith_delays(sample, 250.0).zwd, rtol=1e-12
    )
    with pytest.raises(GridError, match="do not cover"):
        zenith_delays(sample, coarse.assign_coords(lon=[100.0, 110.0, 120.0]))


def test_geoid():
    assert geoid_undulation(48.2, 16.37) == pytest.approx(45, abs=2)
    pole = geoid_undulation(90.0, [0.0, 123.0, -40.0])
    np.testing.assert_allclose(pole, pole[0], atol=0.6)
    np.testing.assert_allclose(
        geoid_undulation(-5.0, [-170.0, 190.0, 550.0]), geoid_undulation(-5.0, 190.0)
    )
    assert np.isnan(geoid_undulation(np.nan, 3.0))
    with pytest.raises(DomainError, match="latitude"):
        geoid_undulation(91.0, 0.0)


def test_blocks_cover_all_once():
    for shape in ((), (7,), (3, 5), (2, 40, 50), (100, 2, 3)):
        seen = np.zeros(shape, int)
        for piece in split_columns(shape, 64):
            seen[piece] += 1
        assert (seen == 1).all()


@pytest.mark.parametrize(
    ("spoil", "error", "match"),
    [
        (lambda ds: ds.drop_vars("t"), GridError, "no temperature"),
        (lambda ds: ds.drop_vars("q"), GridError, "no humidity"),
        (lambda ds: ds.drop_vars(["z", "sp"]), GridError, "neither geopotential"),
        (lambda ds: ds.drop_vars("latitude"), GridError, "no latitude"),
        (lambda ds: ds.assign(t=ds.t.assign_attrs(units="m")), UnitsError, "temperature"),
        (lambda ds: ds.assign(sp=ds.sp.assign_attrs(units="mm")), UnitsError, "'sp'"),
        (lambda ds: ds.assign(t=ds.t * 0 + 15.0), UnitsError, "100 to 400 K"),
        (lambda ds: ds.assign_coords(latitude=ds.latitude + 45), DomainError, "latitude"),
        (lambda ds: ds.isel(pressure_level=[0, 2, 1, 3]), GridError, "order"),
        (lambda ds: ds.isel(pressure_level=0), GridError, "no temperature on levels"),
        (lambda ds: ds.drop_vars("pressure_level"), GridError, "pressure"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore::tropdsx.TropdsxWarning")
def test_what_cannot_be_integrated_is_named(sample, spoil, error, match):
    attrs = {"units": "K"}
    ds = spoil(sample)
    if "t" in ds and "units" not in ds.t.attrs:
        ds.t.attrs = attrs
    with pytest.raises(error, match=match):
        zenith_delays(ds)


def test_wrong_words_are_named(sample):
    for options in (
        {"humidity": "dry"},
        {"geoid": "flat"},
        {"hydrostatic": "no"},
        {"coefficients": "smith"},
    ):
        with pytest.raises(DomainError, match="accepted are"):
            zenith_delays(sample, **options)
    with pytest.raises(DomainError, match="one of them"):
        zenith_delays(sample, 1.0, ladder=[1.0])


def test_no_ground_is_a_warning(sample):
    bare = sample.drop_vars(["sp", "z_surface", "t2m", "d2m"])
    with pytest.warns(TropdsxWarning, match="shipped 1 degree terrain"):
        found = zenith_delays(bare)
    assert "shipped" in found.attrs["tropdsx_notes"][0]
    with pytest.warns(TropdsxWarning, match="topmost level"):
        zenith_delays(sample.sel(pressure_level=slice(1000, 500)))


# Files


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


def test_input_is_not_overwritten(sample, tmp_path):
    from tropdsx.workflows.derive.zenith_file import write_delays

    sample.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(OutputError, match="is an input"):
        write_delays(tmp_path / "a.nc", tmp_path / "a.nc", overwrite=True)


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


# Real files

CUBES = (
    "raider_ERA-5_2019_11_17_T20_51_58_5S_2S_41W_37W.nc",
    "raider_ERA-5_2020_01_30_T13_52_45_32N_35N_120W_115W.nc",
    "raider_GMAO_2020_01_24_T12_32N_36N_121W_114W.nc",
)


@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore::tropdsx.TropdsxWarning")
@pytest.mark.parametrize("name", CUBES, ids=lambda name: name[7:22])
def test_raider_cubes(shared, name):
    """ZWD by RAiDER's constants; its ZHD holds 2 percent of the ZWD twice (k2' beside p/T)."""
    with xr.open_dataset(shared / "data/nwm" / name, decode_times=False) as cube:
        cube = cube.load()
    raider = atmos.RefractivityCoefficients(77.6, 23.3 + 77.6 * 18.0152 / 28.9644, 375000.0)
    heights = cube.z.values[cube.z.values < 8000]
    found = zenith_delays(cube, ladder=heights, coefficients=raider, hydrostatic="density")
    # Under the ground the cubes repeat their lowest values.
    p = cube.p.values
    real = (p[:-1] > p[1:])[: heights.size]
    wet = (found.zwd.values - cube.wet_total.values[: heights.size])[real]
    twice = 1e-6 * atmos.integrate_refractivity(
        np.where(p > 0, 77.6 * 0.378 * cube.e.values / 100 / cube.t.values, 0.0) * 1e6,
        cube.z.values,
        heights[:, None, None],
    )
    hydro = (found.zhd.values + twice - cube.hydro_total.values[: heights.size])[real]
    assert np.sqrt(np.mean(wet**2)) < 0.4e-3
    assert np.sqrt(np.mean(hydro**2)) < 0.4e-3
    assert np.sqrt(np.mean((wet + hydro) ** 2)) < 0.7e-3


@pytest.fixture(scope="module")
def gfs(shared):
    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    return open_levels(shared / "data/nwm/gfs_2p5deg_20111008T00_f072.grb").load()


@pytest.mark.realdata
def test_gfs_against_its_own_surface_pressure_and_water(gfs, shared):
    found = zenith_delays(gfs, mean_temperature=True)
    expected = atmos.saastamoinen_zhd(
        gfs.sp.values / 100, gfs.latitude.values[:, None], found.orography.values
    )
    error = found.zhd.values - expected
    assert abs(error.mean()) < 0.15e-3
    assert error.std() < 0.3e-3
    options = {"indexpath": "", "filter_by_keys": {"shortName": "pwat"}}
    path = shared / "data/nwm/gfs_2p5deg_20111008T00_f072.grb"
    with xr.open_dataset(path, engine="cfgrib", backend_kwargs=options) as water:
        column = water.pwat.values
    pwv = found.tropds.pwv()
    assert "mean_temperature" in pwv.attrs["comment"]
    assert abs((pwv.values - column).mean()) < 0.2
    assert (pwv.values - column).std() < 0.25
    by_bevis = found.drop_vars("mean_temperature").tropds.pwv()
    assert (by_bevis.values - column).std() < 0.4


@pytest.mark.realdata
def test_curvilinear_grids_are_integrated_and_not_written(shared, tmp_path):
    from tropdsx.workflows.derive.zenith_file import write_delays

    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    path = shared / "data/nwm/nam_81km_20041208T12_f024.grb"
    found = zenith_delays(open_levels(path)).compute()
    assert found.zhd.dims == ("y", "x")
    assert bool(((found.zhd > 1.5) & (found.zhd < 2.35)).all())
    with pytest.raises(GridError, match="curvilinear"):
        write_delays(path, tmp_path / "nam.nc")


@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore::tropdsx.TropdsxWarning")
def test_era5_humidity_by_q_and_by_r(shared):
    """Over the sea q and r agree; on land the file's levels under the ground disagree by 4 mm."""
    with xr.open_dataset(shared / "data/nwm/era5_pl_2018_03_27_T13.nc") as ds:
        wet = {h: zenith_delays(ds, humidity=h).zwd for h in ("specific", "relative")}
    difference = (wet["relative"] - wet["specific"]).values[0][wet["specific"].orography.values < 5]
    assert difference.size > 500
    assert abs(difference.mean()) < 0.2e-3
    assert difference.std() < 1e-3


def complies(path):
    program = Path(sys.executable).with_name("compliance-checker")
    if not program.exists():
        return True
    options = ["--test=cf:1.10", "--test=acdd:1.3", "--skip-checks=check_var_standard_name"]
    return subprocess.run([program, *options, path], capture_output=True).returncode == 0


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.parametrize("name", ["gfs_2p5deg_20111008T00_f072.grb", "era5_pl_2018_03_27_T13.nc"])
def test_real_files_through_delays_and_convert(shared, tmp_path, name):
    command = [sys.executable, "-m", "tropdsx"]
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=True)
    run([*command, "delays", str(shared / "data/nwm" / name), "-o", "ztd.nc", "--ztd"])
    assert complies(tmp_path / "ztd.nc")
    run([*command, "convert", "ztd.nc", "--model", "none", "-o", "fine.nc"])
    with xr.open_dataset(tmp_path / "fine.nc") as fine:
        assert bool(np.isfinite(fine.zwd).all())
