"""The atmosphere on labels: same numbers as the formulas, any layout, lazy, named errors."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import AssetError, DomainError, GridError, TropdsxWarning, UnitsError

TIME = np.datetime64("2021-01-01", "ns") + np.arange(3) * np.timedelta64(6, "h")


@pytest.fixture
def grid():
    """Delays, coefficients and gradients on a small grid, as a file might have them."""
    rng = np.random.default_rng(1)
    lat, lon = np.array([60.0, 50.0, -40.0]), np.array([-170.0, 10.0, 100.0, 350.0])
    shape = (3, 3, 4)
    dims = ("time", "lat", "lon")
    gradients = {
        f"gradient_{side}_{part}": (dims, 1e-3 * rng.normal(size=shape), {"units": "m"})
        for side in ("north", "east")
        for part in ("hydrostatic", "wet")
    }
    return xr.Dataset(
        {
            "zhd": (dims, rng.uniform(2.0, 2.3, shape), {"units": "m"}),
            "zwd": (dims, rng.uniform(5.0, 30.0, shape), {"units": "cm"}),
            "ah": (dims, rng.uniform(1.20e-3, 1.25e-3, shape)),
            "aw": (dims, rng.uniform(5e-4, 6e-4, shape)),
            "t2m": (dims, rng.uniform(-5.0, 25.0, shape), {"units": "degC"}),
            **gradients,
        },
        coords={
            "time": TIME,
            "lat": lat,
            "lon": lon,
            "orography": (("lat", "lon"), rng.uniform(0, 3000, (3, 4)), {"units": "m"}),
        },
    )


@pytest.fixture
def gpt_grid(shared, monkeypatch, tmp_path):
    monkeypatch.setenv("TROPDSX_DATA", str(shared / "data" / "gpt"))
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path)
    return shared / "data" / "gpt" / "gpt3_5.grd.xz"


def turned(ds):
    """The same in another orientation, with other names, in centimetres."""
    out = ds.assign(zhd=(ds.zhd * 100).assign_attrs(units="cm"))
    out = out.isel(lat=slice(None, None, -1)).transpose("lon", "lat", "time")
    return out.rename(lat="latitude", lon="longitude", time="valid_time")


def back(da):
    return (
        da.rename(latitude="lat", longitude="lon", valid_time="time")
        .transpose("time", "lat", "lon", ...)
        .isel(lat=slice(None, None, -1))
    )


def test_ztd(grid):
    ztd = grid.tropds.ztd()
    np.testing.assert_allclose(ztd, grid.zhd + grid.zwd / 100, rtol=1e-15)
    assert ztd.attrs["units"] == "m"
    np.testing.assert_allclose(back(turned(grid).tropds.ztd()), ztd, rtol=1e-14)
    assert grid.astype("f4", keep_attrs=True).tropds.ztd().dtype == np.float32


def test_pwv_by_the_surface_temperature(grid):
    expected = atmos.zwd_to_pwv(
        grid.zwd.values / 100, atmos.bevis_mean_temperature(grid.t2m.values + 273.15)
    )
    pwv = grid.tropds.pwv()
    np.testing.assert_allclose(pwv, expected, rtol=1e-14)
    assert pwv.attrs["standard_name"] == "atmosphere_mass_content_of_water_vapor"
    assert pwv.attrs["units"] == "kg m-2"
    assert "Bevis" in pwv.attrs["comment"]
    np.testing.assert_allclose(back(turned(grid).tropds.pwv()), expected, rtol=1e-14)
    np.testing.assert_array_equal(grid.tropds.pwv("bevis"), pwv)


def test_pwv_by_a_given_temperature(grid):
    expected = atmos.zwd_to_pwv(grid.zwd.values / 100, 275.0)
    np.testing.assert_allclose(grid.tropds.pwv(275.0), expected, rtol=1e-14)
    np.testing.assert_allclose(grid.zwd.tropds.pwv(275.0), expected, rtol=1e-14)
    celsius = xr.DataArray(275.0 - 273.15, attrs={"units": "degC"})
    np.testing.assert_allclose(grid.zwd.tropds.pwv(celsius), expected, rtol=1e-14)
    known = grid.assign(mean_temperature=((), 275.0, {"units": "K"}))
    np.testing.assert_allclose(known.tropds.pwv(), expected, rtol=1e-14)
    with pytest.raises(UnitsError, match="180 to 330 K"):
        grid.tropds.pwv(2.0)


@pytest.mark.realdata
def test_pwv_by_gpt3(grid, gpt_grid):
    ds = grid.drop_vars("t2m")
    tm = atmos.gpt3(
        TIME[:, None, None], ds.lat.values[:, None], ds.lon.values, ds.orography.values, gpt_grid
    ).mean_temperature
    expected = atmos.zwd_to_pwv(ds.zwd.values / 100, tm)
    for found in (
        ds.tropds.pwv(),
        ds.tropds.pwv("gpt3"),
        ds.tropds.pwv(grid=gpt_grid),
        ds.zwd.tropds.pwv(),
        ds.chunk(time=1).tropds.pwv(),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(GridError, match="heights"):
        ds.drop_vars("orography").tropds.pwv("gpt3")


def test_pwv_without_a_temperature(grid, monkeypatch, tmp_path):
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path)
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    with pytest.raises(AssetError, match="mean_temperature="):
        grid.drop_vars("t2m").tropds.pwv()
    with pytest.raises(AssetError, match="gpt3_5"):
        grid.tropds.pwv("gpt3")
    with pytest.raises(GridError, match="accepted is"):
        grid.drop_vars("t2m").tropds.pwv("bevis")
    with pytest.raises(AssetError, match="not found"):
        grid.drop_vars("t2m").tropds.pwv(grid=tmp_path / "gpt3_5.grd")


def broadcast(grid):
    return {
        "ah": grid.ah.values[..., None],
        "aw": grid.aw.values[..., None],
        "time": TIME[:, None, None, None],
        "lat": grid.lat.values[:, None, None],
        "lon": grid.lon.values[:, None],
        "h": grid.orography.values[..., None],
    }


@pytest.mark.parametrize("which", ["vmf3", "vmf1", "gmf", "niell"])
def test_mapping(grid, which):
    from tropdsx.grid.geoid import geoid_undulation

    elevation = np.array([5.0, 30.0, 90.0])
    g = broadcast(grid)
    above_sea = g["h"] - geoid_undulation(g["lat"], g["lon"])
    expected = {
        "vmf3": lambda: atmos.vmf3(
            g["ah"], g["aw"], g["time"], g["lat"], g["lon"], elevation, g["h"]
        ),
        "vmf1": lambda: atmos.vmf1(g["ah"], g["aw"], g["time"], g["lat"], elevation, g["h"]),
        "gmf": lambda: atmos.gmf(g["time"], g["lat"], g["lon"], above_sea, elevation),
        "niell": lambda: atmos.niell(g["time"], g["lat"], elevation, above_sea),
    }[which]()
    found = grid.tropds.mapping(elevation, which=which)
    assert found.mfh.dims == ("time", "lat", "lon", "elevation")
    np.testing.assert_allclose(found.mfh, np.broadcast_to(expected.mfh, (3, 3, 4, 3)), rtol=1e-13)
    np.testing.assert_allclose(found.mfw, np.broadcast_to(expected.mfw, (3, 3, 4, 3)), rtol=1e-13)
    np.testing.assert_allclose(found.mfh.sel(elevation=90.0), 1.0, rtol=1e-12)
    other = back(turned(grid).tropds.mapping(elevation, which=which).mfh)
    np.testing.assert_allclose(other, found.mfh, rtol=1e-13)
    lazy = grid.chunk(time=1, lat=2).tropds.mapping(elevation, which=which)
    np.testing.assert_allclose(lazy.mfw, found.mfw, rtol=1e-14)


def test_heights_of_the_mapping(grid):
    with pytest.warns(TropdsxWarning, match="no heights"):
        bare = grid.drop_vars("orography").tropds.mapping(7.0)
    np.testing.assert_array_equal(bare.mfh, grid.tropds.mapping(7.0, height=None).mfh)
    given = grid.drop_vars("orography").tropds.mapping(7.0, height=1000.0)
    assert (given.mfh > bare.mfh).all()
    with pytest.raises(DomainError, match="'auto'"):
        grid.tropds.mapping(7.0, height="sea")


def test_slant(grid):
    elevation = xr.DataArray([5.0, 30.0], dims="ray")
    azimuth = xr.DataArray([100.0, 200.0], dims="ray")
    mapping = grid.tropds.mapping(elevation)
    plain = grid.tropds.slant(elevation)
    zwd = grid.zwd / 100
    np.testing.assert_allclose(plain, grid.zhd * mapping.mfh + zwd * mapping.mfw, rtol=1e-14)
    expected = plain.copy()
    for part in ("hydrostatic", "wet"):
        north, east = (grid[f"gradient_{side}_{part}"] for side in ("north", "east"))
        expected = expected + atmos.chen_herring_gradient(
            elevation.values, azimuth.values, north.values[..., None], east.values[..., None], part
        )
    found = grid.tropds.slant(elevation, azimuth)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert found.attrs["units"] == "m"
    assert "azimuth" in found.coords
    same = grid.tropds.slant([5.0, 30.0], [100.0, 200.0])
    np.testing.assert_allclose(same, expected, rtol=1e-13)
    radians = np.deg2rad(elevation).assign_attrs(units="radian")
    np.testing.assert_allclose(grid.tropds.slant(radians), plain, rtol=1e-12)
    lazy = grid.chunk(time=1).tropds.slant(elevation, azimuth)
    np.testing.assert_allclose(lazy, expected, rtol=1e-13)
    no_gradients = grid.drop_vars([n for n in grid if str(n).startswith("gradient")])
    with pytest.warns(TropdsxWarning, match="no gradients"):
        no_gradients.tropds.slant(7.0, 30.0)


def test_one_elevation_for_each_value(grid):
    elevation = xr.full_like(grid.zhd, 10.0).assign_attrs(units="degree")
    elevation[1] = 20.0
    found = grid.tropds.slant(elevation)
    assert found.dims == ("time", "lat", "lon")
    np.testing.assert_array_equal(found[1], grid.tropds.slant(20.0)[1])


def test_stations_and_a_single_place(grid):
    index = {"lat": xr.DataArray([0, 2], dims="site"), "lon": xr.DataArray([3, 1], dims="site")}
    sites = grid.isel(index)
    picked = grid.tropds.slant([5.0, 40.0]).isel(index).transpose("time", "site", "elevation")
    np.testing.assert_allclose(sites.tropds.slant([5.0, 40.0]), picked, rtol=1e-13)
    one = grid.isel(time=1, lat=0, lon=2)
    assert one.tropds.slant(5.0).item() == pytest.approx(
        grid.tropds.slant(5.0)[1, 0, 2].item(), rel=1e-13
    )


def test_nothing_is_computed_on_call(grid, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError

    lazy = grid.chunk(time=1, lat=1)
    monkeypatch.setattr("dask.base.compute", refuse)
    monkeypatch.setattr("dask.threaded.get", refuse)
    for found in (
        lazy.tropds.ztd(),
        lazy.tropds.pwv(),
        lazy.zwd.tropds.pwv(270.0),
        lazy.tropds.mapping(7.0).mfh,
        lazy.tropds.slant(7.0, 30.0),
    ):
        assert found.chunks


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda ds: ds.tropds.mapping(0.0), DomainError, r"\(0, 90\]"),
        (lambda ds: ds.tropds.slant([-3.0, 7.0]), DomainError, r"\(0, 90\]"),
        (lambda ds: ds.tropds.slant(91.0), DomainError, r"\(0, 90\]"),
        (lambda ds: ds.assign_coords(lat=ds.lat + 40).tropds.mapping(7.0), DomainError, "latitude"),
        (lambda ds: ds.tropds.mapping(7.0, which="vmf2"), DomainError, "vmf3"),
        (lambda ds: ds.drop_vars("ah").tropds.mapping(7.0), GridError, "coefficient ah"),
        (lambda ds: ds.drop_vars("time").tropds.mapping(7.0), GridError, "no time"),
        (lambda ds: ds.drop_vars("lat").tropds.mapping(7.0), GridError, "no latitude"),
        (lambda ds: ds.drop_vars("zwd").tropds.ztd(), GridError, "no zwd"),
        (lambda ds: ds.tropds.mapping(np.ones((2, 2))), GridError, "dimensions have names"),
        (
            lambda ds: ds.tropds.mapping(xr.DataArray(7.0, attrs={"units": "hPa"})),
            UnitsError,
            "hPa",
        ),
        (
            lambda ds: ds.assign(zwd=ds.zwd.assign_attrs(units="hPa")).tropds.ztd(),
            UnitsError,
            "no unit of a delay",
        ),
        (
            lambda ds: ds.assign(zwd=ds.zwd.assign_attrs(units="m")).tropds.ztd(),
            UnitsError,
            "-0.005 to 0.7",
        ),
        (
            lambda ds: ds.assign(t2m=ds.t2m.assign_attrs(units="hPa")).tropds.pwv(),
            UnitsError,
            "temperature",
        ),
        (
            lambda ds: ds.chunk().assign(zhd=ds.zhd.chunk() * 10).tropds.ztd().compute(),
            UnitsError,
            "zhd",
        ),
    ],
)
def test_bad_input_is_named(grid, call, error, match):
    grid["zhd"].attrs["units"] = "m"
    with pytest.raises(error, match=match), xr.set_options(keep_attrs=True):
        call(grid)


def test_no_unit_is_a_warning(grid):
    del grid.zhd.attrs["units"]
    with pytest.warns(TropdsxWarning, match="taken as metres"):
        grid.tropds.ztd()


def test_import_stays_light():
    code = (
        "import sys, tropdsx; "
        "assert not {'torch', 'click', 'rich', 'matplotlib', 'cfgrib', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.realdata
def test_vmf3_slant_of_a_real_grid(shared):
    """ZTD, mapping and slant of the real 5 degree grid, with its own heights."""
    from tropdsx import open_delays, open_orography

    ds = open_delays(shared / "data/vmf3/5x5/VMF3_20210101.H00.xz")
    ds = ds.assign_coords(orography=open_orography(shared / "data/orography/orography_ell_5x5"))
    slant = ds.tropds.slant([3.0, 15.0, 90.0]).compute()
    np.testing.assert_allclose(slant.sel(elevation=90.0), ds.tropds.ztd(), rtol=1e-6)
    ratio = (slant / ds.tropds.ztd()).compute()
    assert float(ratio.sel(elevation=3.0).min()) > 14
    assert float(ratio.sel(elevation=3.0).max()) < 17
