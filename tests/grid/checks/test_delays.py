"""Delays that do not belong to their heights, by what happened to them."""

import numpy as np
import pytest

from tropdsx.grid.checks.delays import DelayCheck, mean_wet_delay

from helpers.world import LAT, LON, above_geoid, terrain, world

ZHD, ZWD = (world()[name].values[0].astype(float) for name in ("zhd", "zwd"))
CAUSES = {
    "mirrored north-south": lambda z, h: (z[::-1], h),
    "mirrored east-west": lambda z, h: (z[:, ::-1], h),
    "turned by 180 deg": lambda z, h: (z[::-1, ::-1], h),
    "moved by 180 deg": lambda z, h: (np.roll(z, 36, 1), h),
    "moved by 90 deg": lambda z, h: (np.roll(z, 18, 1), h),
    "moved by one column": lambda z, h: (np.roll(z, 1, 1), h),
    "divided by 9.80665": lambda z, h: (z, h / 9.80665),
    "in feet": lambda z, h: (z, h / 0.3048),
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("kind", ["zhd", "ztd"])
def test_causes_are_named(cause, kind):
    delay = ZHD if kind == "zhd" else ZHD + ZWD
    check = DelayCheck(LAT, LON, kind)
    assert check(delay, terrain()) is None
    assert cause in check(*CAUSES[cause](delay, terrain())).cause


@pytest.mark.parametrize("cause", [c for c in CAUSES if "column" not in c])
def test_wet_delays_alone_tell_their_place(cause):
    check = DelayCheck(LAT, LON, "zwd")
    assert check(ZWD, terrain()) is None
    assert cause in check(*CAUSES[cause](ZWD, terrain())).cause


def test_other_reasons_are_named():
    check = DelayCheck(LAT, LON)
    assert check(ZHD + ZWD, terrain(), ZWD).cause == "zhd were a total delay"
    assert "sea level" in check(np.full_like(ZHD, 2.3), terrain()).cause
    assert "shipped terrain" in check(ZHD, np.zeros_like(ZHD)).cause
    other = terrain() + np.random.default_rng(0).normal(0, 150, ZHD.shape) * (terrain() > 200)
    assert "shipped terrain" in check(ZHD, other).cause


def test_the_datum_alone_is_no_misfit_and_weather_is_none():
    check = DelayCheck(LAT, LON)
    assert check(ZHD, above_geoid()) is None
    low = 0.08 * np.exp(-(((LAT[:, None] - 50) / 8) ** 2) - ((LON - 180) / 12) ** 2)
    assert check(ZHD - low, terrain()) is None


@pytest.mark.parametrize("kind", ["zhd", "ztd", "zwd"])
def test_little_or_nothing_known_is_no_misfit(kind):
    for part in (np.s_[:1, :1], np.s_[:2, :2], np.s_[3:6, 4:9]):
        lat, lon = LAT[part[0]], LON[part[1]]
        check = DelayCheck(lat, lon, kind)
        assert check(np.full((lat.size, lon.size), np.nan), terrain()[part]) is None
        delay = {"zhd": ZHD, "zwd": ZWD, "ztd": ZHD + ZWD}[kind]
        assert check(delay[part], terrain()[part]) is None


def test_a_region_of_mountains_is_checked():
    lat, lon = np.arange(48.5, 40.0, -0.5), np.arange(5.5, 20.0, 0.5)
    ds = world(lat, lon, 1)
    check = DelayCheck(lat, lon)
    assert check(ds.zhd.values[0], terrain(lat, lon)) is None
    for moved in (ds.zhd.values[0][::-1], np.roll(ds.zhd.values[0], 5, 1)):
        assert check(moved, terrain(lat, lon)) is not None


def test_mean_wet_delay_falls_with_latitude_and_height():
    assert mean_wet_delay(np.array(0.0), np.array(2000.0)) == pytest.approx(0.27 / np.e)


@pytest.mark.realdata
def test_real_epochs_fit(shared):
    import xarray as xr

    with xr.open_dataset(shared / "data/vmf1/vmf1_2x2.5_dev.nc") as ds:
        check = DelayCheck(ds.lat.values, ds.lon.values)
        for epoch in ds.zhd.values[::10]:
            assert check(epoch, ds.orography.values) is None
            assert check(epoch[::-1], ds.orography.values).cause.endswith("mirrored north-south")
