"""Integrals of profiles: closed forms, RAiDER's cubes, radiosondes, and what coarse levels cost."""

from __future__ import annotations

import csv
import lzma
from itertools import groupby

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.atmos import (
    RefractivityCoefficients,
    integrate_delays,
    integrate_refractivity,
    refractivity,
)
from tropdsx.errors import DomainError, GridError

from helpers.atmosphere import CUBES, SHARED, require
from helpers.levels import LEVELS

NWM = SHARED / "data" / "nwm"


def rms(x):
    return np.sqrt(np.mean(np.square(x)))


def test_level_order_axes_and_target_shapes():
    z = np.linspace(0, 20e3, 30)
    n = np.array([300.0, 250.0])[:, None] * np.exp(-z / 8000)  # (column, level)
    ladder = np.array([[0.0, 100.0, 5000.0]])
    expected = integrate_refractivity(n, z, ladder, axis=1)
    assert expected.shape == (2, 3)
    np.testing.assert_array_equal(
        integrate_refractivity(n[:, ::-1], z[::-1], ladder, axis=-1), expected
    )
    first = integrate_refractivity(n.T, np.stack([z, z], axis=1), ladder.T)
    np.testing.assert_array_equal(first, expected.T)
    per_column = integrate_refractivity(n, z, np.array([0.0, 5000.0]), axis=1)
    np.testing.assert_array_equal(per_column, [expected[0, 0], expected[1, 2]])
    np.testing.assert_array_equal(integrate_refractivity(n, z, axis=1), expected[:, 0])
    assert isinstance(integrate_refractivity(n[0], z, 100.0), np.float64)


def standard_column(step=250.0, top=30e3):
    """An ICAO column with 8 hPa of vapour at the ground, in hydrostatic balance at 45 deg."""
    z = np.arange(0, top + 1, step)
    t = np.maximum(288.15 - 0.0065 * z, 216.65)
    fine = np.arange(0, top + 1, 1.0)
    t_fine = np.maximum(288.15 - 0.0065 * fine, 216.65)
    e_fine = 8 * np.exp(-fine / 2000)
    gradient = -atmos.normal_gravity(45.0, fine) / (287.046 * t_fine)
    # d ln p/dz = -g / (R Tv), with Tv = T / (1 - 0.378 e/p): three rounds settle e/p.
    p_fine = 1013.25 * np.exp(-fine / 8000)
    for _ in range(3):
        slope = gradient * (1 - 0.378 * e_fine / p_fine)
        steps = np.concatenate([[0], np.cumsum((slope[1:] + slope[:-1]) / 2)])
        p_fine = 1013.25 * np.exp(steps)
    index = z.astype(int)
    return z, p_fine[index], t, e_fine[index]


def test_zhd_of_a_column_is_saastamoinens():
    z, p, t, e = standard_column()
    found = integrate_delays(p, t, e, z, None, 45.0, humidity_kind="water_vapour_pressure")
    assert found.zhd == pytest.approx(atmos.saastamoinen_zhd(1013.25, 45.0, 0.0), abs=1e-3)
    assert found.ztd == found.zhd + found.zwd
    coarse = integrate_delays(
        p[::4], t[::4], e[::4], z[::4], None, 45.0, humidity_kind="water_vapour_pressure"
    )
    assert coarse.ztd == pytest.approx(found.ztd, abs=1e-3)  # levels 1 km apart
    q = 0.621981 * e / (p - (1 - 0.621981) * e)
    by_humidity = integrate_delays(p, t, q, z, None, 45.0)
    assert by_humidity == pytest.approx(found, rel=1e-12)


def test_closure_above_the_top():
    z, p, t, e = standard_column()
    whole = integrate_delays(p, t, e, z, 0.0, 45.0, humidity_kind="water_vapour_pressure")
    for top in (40, 60, 80):
        part = integrate_delays(
            p[:top], t[:top], e[:top], z[:top], 0.0, 45.0, humidity_kind="water_vapour_pressure"
        )
        assert part.zhd == pytest.approx(whole.zhd, abs=1e-3)


def test_wrong_profiles_are_named():
    z = np.array([0.0, 1000.0, 500.0])
    with pytest.raises(GridError, match="turn or repeat"):
        integrate_refractivity([3.0, 2.0, 1.0], z)
    with pytest.raises(GridError, match="two or more levels"):
        integrate_refractivity([3.0], [0.0])
    with pytest.raises(GridError, match=r"height of shape \(4,\).*order of the axes"):
        integrate_refractivity(np.ones((3, 2)), np.arange(4.0))
    with pytest.raises(GridError, match="one height per column"):
        integrate_refractivity(np.ones((3, 2)), np.arange(3.0), np.zeros(5))
    with pytest.raises(DomainError, match="'trapezoid'"):
        integrate_refractivity([2.0, 1.0], [0.0, 1.0], quadrature="pchip")
    with pytest.raises(DomainError, match="'specific_humidity'"):
        integrate_delays([2.0, 1], [200.0, 200], [0.0, 0], [0.0, 1], humidity_kind="dewpoint")


@pytest.fixture(params=CUBES, ids=lambda name: name[7:22])
def cube(request):
    with xr.open_dataset(require(NWM / request.param), decode_times=False) as ds:
        yield ds.load()


@pytest.mark.realdata
def test_raider_cubes(cube):
    """RAiDER's totals are trapezoid sums, 0.3 mm above the exponential in each delay."""
    z = cube.z.values
    targets = z[z < 8000][:, None, None]
    wet, hydro = (
        integrate_refractivity(cube[name].values, z, targets) for name in ("wet", "hydro")
    )
    below = z < 8000
    wet_error = wet - cube.wet_total.values[below]
    hydro_error = hydro - cube.hydro_total.values[below]
    assert rms(wet_error) < 0.4e-3
    assert rms(hydro_error) < 0.3e-3
    assert rms(wet_error + hydro_error) < 0.7e-3
    for name in ("wet", "hydro"):
        same = integrate_refractivity(cube[name].values, z, targets, quadrature="trapezoid")
        np.testing.assert_allclose(same, cube[f"{name}_total"].values[below], atol=1e-7)


@pytest.mark.realdata
def test_cube_from_its_pressure_temperature_humidity(cube):
    """RAiDER pairs k2' with k1 p/T: with our k1 p/Tv its cubes hold 2 % of the wet delay twice."""
    full = cube.t.values.max(axis=(1, 2)) < 1e3  # the top rows of t hold a fill value
    z, below = cube.z.values[full], cube.z.values < 8000
    p, t, e = (cube[name].values[full].astype(float) for name in ("p", "t", "e"))
    p, e = p / 100, e / 100
    raider = RefractivityCoefficients(77.6, 23.3 + 77.6 * 18.0152 / 28.9644, 375000.0)
    n = refractivity(p, t, e, raider)
    np.testing.assert_allclose(n.wet, cube.wet.values[full], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(77.6 * p / t, cube.hydro.values[full], rtol=1e-5, atol=1e-5)
    targets = cube.z.values[below][:, None, None]
    found = integrate_delays(
        p,
        t,
        e,
        z,
        targets,
        cube.latitude.values,
        humidity_kind="water_vapour_pressure",
        coefficients=raider,
    )
    twice = integrate_refractivity(77.6 * p / t - n.hydrostatic, z, targets)
    assert rms(found.zwd - cube.wet_total.values[below]) < 0.4e-3
    assert rms(found.zhd + twice - cube.hydro_total.values[below]) < 0.3e-3
    assert twice.max() > 0.5e-3


@pytest.mark.realdata
def test_what_37_pressure_levels_cost(cube):
    """The same profiles, seen at the levels of ERA5 only, above the lowest of them."""
    z = cube.z.values
    fine = np.arange(0.0, 40e3, 10.0)
    errors = {"log": [], "trapezoid": []}
    for column in range(0, cube.x.size * cube.y.size, 61):
        profiles = (cube[name].values.reshape(145, -1)[:, column] for name in ("p", "wet", "hydro"))
        p, *n = (np.exp(np.interp(fine, z, np.log(np.maximum(x, 1e-9)))) for x in profiles)
        levels = np.unique(np.searchsorted(-p, -100.0 * LEVELS[LEVELS > 5]))
        zi = fine[levels]
        targets = np.linspace(zi[0], 8000, 25)
        for values in n:
            above = integrate_refractivity(values, fine, zi[-1])
            truth = integrate_refractivity(values, fine, targets)
            for quadrature, found in errors.items():
                coarse = integrate_refractivity(
                    values[levels], zi, targets, above_top=above, quadrature=quadrature
                )
                found.append(coarse - truth)
    assert rms(errors["log"]) < 1.0e-3
    assert rms(errors["trapezoid"]) > 2.5e-3


def soundings():
    path = require(SHARED / "data" / "radiosonde" / "raob_refractivity_dev.csv.xz")
    with lzma.open(path, "rt") as stream:
        rows = list(csv.DictReader(stream))
    for _, levels in groupby(rows, key=lambda r: (r["wmo"], r["time"])):
        by_height = {float(r["height_m"]): r for r in levels if r["n_wet"]}
        yield [by_height[h] for h in sorted(by_height)]


def columns_of(levels, *names):
    return (np.array([float(r[name]) for r in levels]) for name in names)


@pytest.mark.realdata
def test_radiosondes_within_a_millimetre():
    """Against what the levels mean: temperature and dew point are linear between them (WMO)."""
    errors = []
    for levels in soundings():
        if len(levels) < 5 or not all(r["dewpoint_K"] and r["pressure_hPa"] for r in levels):
            continue
        z, n, t, dew, p = columns_of(
            levels, "height_m", "n_wet", "temperature_K", "dewpoint_K", "pressure_hPa"
        )
        at_levels = refractivity(p, t, atmos.saturation_vapour_pressure(dew), "thayer").wet
        fine = np.linspace(z[0], z[-1], 2000)
        e = atmos.saturation_vapour_pressure(np.interp(fine, z, dew))
        between = refractivity(
            np.exp(np.interp(fine, z, np.log(p))), np.interp(fine, z, t), e, "thayer"
        ).wet
        # The file's own n_wet scales the fine profile: its constants are not known exactly.
        truth = 1e-6 * np.trapezoid(between * np.interp(fine, z, n / at_levels), fine)
        errors.append(integrate_refractivity(n, z) - truth)
    assert len(errors) > 100
    assert rms(errors) < 0.25e-3
    assert np.abs(errors).max() < 1e-3


@pytest.mark.realdata
def test_every_radiosonde_gives_a_wet_delay():
    found = []
    for levels in soundings():
        z, n = columns_of(levels, "height_m", "n_wet")
        found.append(integrate_refractivity(n, z))
    assert len(found) > 1300
    assert np.all((np.array(found) > 0) & (np.array(found) < 0.3))


@pytest.mark.realdata
def test_era5_levels_give_a_plausible_delay():
    with xr.open_dataset(require(NWM / "era5_pl_2018_03_27_T13.nc"), decode_times=False) as ds:
        ds = ds.isel(time=0).load()
    lat = ds.latitude.values[:, None]
    z = atmos.geopotential_to_height(ds.z.values, lat)
    delays = integrate_delays(ds.level.values.astype(float), ds.t.values, ds.q.values, z, None, lat)
    assert np.all((delays.zhd > 2.25) & (delays.zhd < 2.35))
    assert np.all((delays.zwd > 0.01) & (delays.zwd < 0.4))
    # At the 1000 hPa level Saastamoinen knows the answer. Where that level lies under mountains
    # its height and temperature are made up and do not fit each other (-12 mm), hence the median.
    error = delays.zhd - atmos.saastamoinen_zhd(1000.0, lat, z[-1])
    assert abs(np.median(error)) < 0.4e-3
    assert np.quantile(error, 0.95) < 1e-3
