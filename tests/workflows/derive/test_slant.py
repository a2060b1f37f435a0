"""Mapping functions and slant delays on labelled grids."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import DomainError, TropdsxWarning
from tropdsx.workflows.derive.slant import slant_delays

from helpers.forecasts import HOUR, RUNNING, in_runs
from helpers.labelled import back, broadcast, turned


@pytest.mark.parametrize("which", ["vmf3", "vmf1", "gmf", "niell"])
def test_mapping(labelled, which):
    from tropdsx.geoid.undulation import geoid_undulation

    elevation = np.array([5.0, 30.0, 90.0])
    g = broadcast(labelled)
    above_sea = g["h"] - geoid_undulation(g["lat"], g["lon"])
    expected = {
        "vmf3": lambda: atmos.vmf3(
            g["ah"], g["aw"], g["time"], g["lat"], g["lon"], elevation, g["h"]
        ),
        "vmf1": lambda: atmos.vmf1(g["ah"], g["aw"], g["time"], g["lat"], elevation, g["h"]),
        "gmf": lambda: atmos.gmf(g["time"], g["lat"], g["lon"], above_sea, elevation),
        "niell": lambda: atmos.niell(g["time"], g["lat"], elevation, above_sea),
    }[which]()
    found = labelled.tropds.mapping(elevation, which=which)
    assert found.mfh.dims == ("time", "lat", "lon", "elevation")
    np.testing.assert_allclose(found.mfh, np.broadcast_to(expected.mfh, (3, 3, 4, 3)), rtol=1e-13)
    np.testing.assert_allclose(found.mfw, np.broadcast_to(expected.mfw, (3, 3, 4, 3)), rtol=1e-13)
    np.testing.assert_allclose(found.mfh.sel(elevation=90.0), 1.0, rtol=1e-12)
    other = back(turned(labelled).tropds.mapping(elevation, which=which).mfh)
    np.testing.assert_allclose(other, found.mfh, rtol=1e-13)
    lazy = labelled.chunk(time=1, lat=2).tropds.mapping(elevation, which=which)
    np.testing.assert_allclose(lazy.mfw, found.mfw, rtol=1e-14)


def test_heights_of_the_mapping(labelled):
    with pytest.warns(TropdsxWarning, match="no heights"):
        bare = labelled.drop_vars("orography").tropds.mapping(7.0)
    np.testing.assert_array_equal(bare.mfh, labelled.tropds.mapping(7.0, height=None).mfh)
    given = labelled.drop_vars("orography").tropds.mapping(7.0, height=1000.0)
    assert (given.mfh > bare.mfh).all()
    with pytest.raises(DomainError, match="'auto'"):
        labelled.tropds.mapping(7.0, height="sea")


def test_slant(labelled):
    elevation = xr.DataArray([5.0, 30.0], dims="ray")
    azimuth = xr.DataArray([100.0, 200.0], dims="ray")
    mapping = labelled.tropds.mapping(elevation)
    plain = labelled.tropds.slant(elevation)
    zwd = labelled.zwd / 100
    np.testing.assert_allclose(plain, labelled.zhd * mapping.mfh + zwd * mapping.mfw, rtol=1e-14)
    expected = plain.copy()
    for part in ("hydrostatic", "wet"):
        north, east = (labelled[f"gradient_{side}_{part}"] for side in ("north", "east"))
        expected = expected + atmos.chen_herring_gradient(
            elevation.values, azimuth.values, north.values[..., None], east.values[..., None], part
        )
    found = labelled.tropds.slant(elevation, azimuth)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert found.attrs["units"] == "m"
    assert "azimuth" in found.coords
    same = labelled.tropds.slant([5.0, 30.0], [100.0, 200.0])
    np.testing.assert_allclose(same, expected, rtol=1e-13)
    radians = np.deg2rad(elevation).assign_attrs(units="radian")
    np.testing.assert_allclose(labelled.tropds.slant(radians), plain, rtol=1e-12)
    lazy = labelled.chunk(time=1).tropds.slant(elevation, azimuth)
    np.testing.assert_allclose(lazy, expected, rtol=1e-13)
    no_gradients = labelled.drop_vars([n for n in labelled if str(n).startswith("gradient")])
    with pytest.warns(TropdsxWarning, match="no gradients"):
        no_gradients.tropds.slant(7.0, 30.0)


def test_one_elevation_for_each_value(labelled):
    elevation = xr.full_like(labelled.zhd, 10.0).assign_attrs(units="degree")
    elevation[1] = 20.0
    found = labelled.tropds.slant(elevation)
    assert found.dims == ("time", "lat", "lon")
    np.testing.assert_array_equal(found[1], labelled.tropds.slant(20.0)[1])


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


@pytest.mark.parametrize("layout", RUNNING)
def test_mapping_functions_take_the_valid_time_of_forecasts(small, layout):
    usual = small.tropds.slant(20.0, which="niell")
    found = RUNNING[layout](small).tropds.slant(20.0, which="niell")
    np.testing.assert_array_equal(found.squeeze(), usual)


def test_runs_and_steps_are_told_apart(small):
    two = xr.concat([small, small.isel(time=[2])], "time", data_vars="minimal")
    two = two.assign_coords(time=small.time.values[0] + np.arange(4) * HOUR * 6)
    usual = two.tropds.slant(20.0, which="niell")
    found = in_runs(two).tropds.slant(20.0, which="niell")
    np.testing.assert_array_equal(found.values.reshape(usual.shape), usual)


def test_parts_of_a_slant_delay(labelled):
    """They add up; total gradients belong to neither part, and an azimuth may have a dimension."""
    elevation = xr.DataArray([5.0, 30.0], dims="elevation")
    azimuth = xr.DataArray([0.0, 100.0, 200.0], dims="towards")
    found = slant_delays(labelled, elevation, azimuth)
    assert found.slant_delay.dims == (*labelled.zhd.dims, "elevation", "towards")
    parts = found.slant_delay_hydrostatic + found.slant_delay_wet
    np.testing.assert_allclose(parts, found.slant_delay, rtol=1e-14)
    one = labelled.tropds.slant(30.0, 200.0)
    np.testing.assert_array_equal(found.slant_delay[..., 1, 2], one)
    total = labelled.drop_vars([n for n in labelled if str(n).startswith("gradient")])
    plain = slant_delays(total, elevation)
    total["gradient_north"] = xr.full_like(labelled.zhd, 1e-3).assign_attrs(units="m")
    total["gradient_east"] = total.gradient_north
    tilted = slant_delays(total, elevation, azimuth)
    for part in ("hydrostatic", "wet"):
        name = f"slant_delay_{part}"
        xr.testing.assert_equal(tilted[name].drop_vars("azimuth", errors="ignore"), plain[name])
        assert "gradients" not in tilted[name].attrs["comment"]
    assert "total gradients" in tilted.slant_delay.attrs["comment"]
    assert float(abs(tilted.slant_delay - plain.slant_delay).min()) > 1e-4


def test_each_part_says_which_gradients_are_in_it():
    delays = {"zhd": ((), 2.3, {"units": "m"}), "zwd": ((), 0.2, {"units": "m"})}
    tilt = {"gn_w": ((), 0.5, {"units": "mm"}), "ge_w": ((), 0.1, {"units": "mm"})}
    place = {"lat": 48.0, "lon": 16.0, "time": np.datetime64("2021-01-01", "ns")}
    ds = xr.Dataset(delays | tilt).assign_coords(place)
    found = slant_delays(ds, 10.0, 0.0, which="niell", height=200.0)
    assert "wet gradients" in found.slant_delay_wet.attrs["comment"]
    assert "wet gradients" in found.slant_delay.attrs["comment"]
    assert "gradients" not in found.slant_delay_hydrostatic.attrs["comment"]
