import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.workflows.reconstruct.analysis import reconstruct
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.smoothing import (
    Smoothing,
    fit_share,
    nearness,
    screen_smoothed,
    smooth_plan,
    smoothed_away,
)

from helpers.gaussian import EXPONENTIAL, draw
from helpers.network_of_stations import TIMES, coarse_grid, observe, some_stations

HALF_DAYS = TIMES[0] + np.arange(10) * np.timedelta64(12, "h")
OPTIONS = Options(target=2.0, model=None)


def globe(field):
    """A flat Earth with a wet delay of one epoch."""
    axes = {"lat": np.arange(87.5, -90.0, -5.0), "lon": np.arange(2.5, 360.0, 5.0)}
    zwd = xr.DataArray(
        np.broadcast_to(field, (1, 36, 72)).astype("f4"), {"time": TIMES[:1], **axes}
    )
    zwd.attrs["units"] = "m"
    return xr.Dataset(
        {"zhd": xr.full_like(zwd, 2.3), "zwd": zwd, "orography": xr.zeros_like(zwd[0])}
    )


def smoothed(ds):
    return smooth_plan(make_plan(ds, Options(model=None))).grid.zwd


def test_a_node_counts_for_itself_and_its_eight_neighbours():
    """Also across the date line and, half a turn away, across the pole."""
    field = np.zeros((36, 72))
    field[0, 0] = 0.36
    found = smoothed(globe(field))[0]
    np.testing.assert_allclose(found[0, :2], [0.16, 0.04], atol=1e-7)
    np.testing.assert_allclose(found[1, :2], [0.04, 0.01], atol=1e-7)
    np.testing.assert_allclose(found[0, [71, 35, 36, 37]], [0.04, 0.01, 0.04, 0.01], atol=1e-7)
    assert float(found.sum()) == pytest.approx(0.36, rel=1e-5)


def test_what_is_linear_stays_and_the_end_of_a_region_is_no_edge():
    ds = coarse_grid()
    slope = 0.1 + 0.002 * ds.lat + 0.001 * ds.lon + 0 * ds.zwd
    flat = xr.full_like(ds.zwd, 2.3)
    ds = ds.assign(zhd=flat, zwd=slope.astype("f4").assign_attrs(units="m"))
    ds = ds.transpose("time", "lat", "lon").assign_coords(orography=0 * ds.orography)
    np.testing.assert_allclose(smoothed(ds)[:, 1:-1, 1:-1], ds.zwd[:, 1:-1, 1:-1], atol=1e-7)
    assert np.abs(smoothed(ds) - ds.zwd).max() < 1.1e-3


def test_neighbours_count_at_the_height_of_the_node():
    """Hills under one air: the delays at the nodes differ by a third, and nothing is smoothed."""
    flat = make_plan(globe(0.2), Options(model=None)).grid
    lat, lon = np.meshgrid(flat.lat, flat.lon, indexing="ij")
    hills = xr.Dataset({"orography": (("lat", "lon"), 600 + 500 * (-1.0) ** ((lat + lon) // 5))})
    ds = reduce_to_orography(flat, hills.assign_coords(lat=flat.lat, lon=flat.lon))
    assert float(ds.zwd.max() / ds.zwd.min()) > 1.3
    for name in ("zhd", "zwd"):
        ds[name].attrs["units"] = "m"
    ds["orography"].attrs["units"] = "m"
    assert float(np.abs(smoothed(ds) - ds.zwd).max()) < 0.004


def test_beside_a_missing_node_nothing_is_smoothed():
    field = 0.1 + 0.02 * (-1.0) ** np.arange(72) + np.zeros((36, 1))
    field[20, 30] = np.nan
    ds = globe(field)
    with pytest.warns(TropdsxWarning, match="'zwd' holds 1 NaN"):
        found = smoothed(ds)[0].to_numpy()
    np.testing.assert_array_equal(found[19:22, 29:32], ds.zwd[0, 19:22, 29:32])
    assert np.abs(found - field)[23:, :].min() > 0.01


def test_only_the_nodes_asked_for_are_smoothed():
    ds = globe(0.1 + 0.02 * (-1.0) ** np.arange(72))
    plan = make_plan(ds, Options(model=None))
    part = smooth_plan(plan, np.array([0, 100])).grid.zwd.to_numpy().ravel()
    whole = smooth_plan(plan).grid.zwd.to_numpy().ravel()
    changed = np.flatnonzero(part != plan.grid.zwd.to_numpy().ravel())
    assert changed.tolist() == [0, 100]
    np.testing.assert_array_equal(part[changed], whole[changed])


def test_what_stations_say_fades_with_the_distance():
    here = Places.at([0.0, 0.0, 0.0], [0.0, 18.0, 60.0])
    found = nearness(Places.at([0.0, -80.0], [0.0, 0.0]), here)
    assert found[0] == 1.0
    assert found[1] == pytest.approx((np.exp(-18 * 111.195 / 2000) - 0.05) / 0.95, rel=1e-3)
    assert found[2] == 0.0
    assert nearness(Places.at([], []), here).tolist() == [0.0, 0.0, 0.0]


def residuals(share, seed=0, epochs=30):
    world = draw(EXPONENTIAL, stations=40, draws=epochs, seed=seed)
    away = np.random.default_rng(seed).normal(0, 0.006, world.observed.shape)
    values = world.observed + share * away
    values[:, 3] = np.nan
    values[4:5, :20] = np.nan
    return values, away, np.arange(epochs) * 12.0, world.stations


@pytest.mark.parametrize(("share", "found"), [(0.6, 0.6), (0.0, 0.0), (-0.5, 0.0), (1.6, 1.0)])
def test_the_share_is_found(share, found):
    noise = np.full(40, EXPONENTIAL.noise)
    assert fit_share(*residuals(share), EXPONENTIAL, noise) == pytest.approx(found, abs=0.05)


def test_a_share_that_may_be_chance_is_none():
    """One epoch of forty stations does not tell 0.3 from nothing."""
    noise = np.full(40, EXPONENTIAL.noise)
    values, away, hours, places = residuals(0.1, epochs=1)
    assert fit_share(values, away, hours, places, EXPONENTIAL, noise) == 0.0
    assert fit_share(values * np.nan, away, hours, places, EXPONENTIAL, noise) == 0.0


def test_what_is_left_is_screened():
    values, away, hours, places = residuals(0.8)
    found, share = screen_smoothed(values, hours, places, away, prior=EXPONENTIAL, fit=False)
    np.testing.assert_array_equal(found.residuals, values - share * away)
    plain, none = screen_smoothed(values, hours, places, None, prior=EXPONENTIAL, fit=False)
    assert none == 0.0
    assert np.nanmean(found.error**2) < np.nanmean(plain.error**2)


@pytest.fixture(scope="module")
def world():
    """Nodes with errors of their own, and stations that see the truth."""
    truth = coarse_grid(HALF_DAYS)
    noise = np.random.default_rng(0).normal(0, 0.008, truth.zwd.shape)
    noisy = truth.assign(zwd=(truth.zwd + noise).astype("f4").assign_attrs(units="m"))
    return truth, noisy, observe(truth, some_stations(60))


def rms(da):
    return float(np.sqrt((da**2).mean()))


def test_noise_of_the_nodes_is_smoothed_where_stations_ask_for_it(world, monkeypatch):
    truth, noisy, stations = world
    best = tropdsx.downscale(truth, OPTIONS).zwd
    found = reconstruct(noisy, stations, options=OPTIONS)
    notes = found.attrs["tropdsx_notes"]
    assert "of a cubic B-spline" in notes
    monkeypatch.setattr("tropdsx.workflows.reconstruct.smoothing.SURE", np.inf)
    plain = reconstruct(noisy, stations, options=OPTIONS)
    assert "B-spline" not in plain.attrs["tropdsx_notes"]
    assert rms(found.zwd - best) < 0.93 * rms(plain.zwd - best)
    np.testing.assert_array_equal(found.ztd, found.zhd + found.zwd)
    np.testing.assert_array_equal(found.zhd, plain.zhd)


def test_grid_and_places_and_blocks_agree(world):
    _, noisy, stations = world
    fine = reconstruct(noisy, stations, options=OPTIONS)
    lazy = reconstruct(noisy.chunk(time=3), stations, options=OPTIONS)
    assert lazy.zwd.chunks is not None
    np.testing.assert_array_equal(lazy.zwd, fine.zwd)
    nodes = fine.drop_dims("station").isel(
        lat=xr.DataArray([2, 5], dims="station"), lon=xr.DataArray([3, 8], dims="station")
    )
    places = xr.Dataset(
        coords={
            "station": ["a", "b"],
            "lat": nodes.lat,
            "lon": nodes.lon,
            "height": ("station", nodes.orography.values, {"units": "m"}),
        }
    )
    at = reconstruct(noisy, stations, where=places, options=OPTIONS)
    np.testing.assert_allclose(at.zwd, nodes.zwd.transpose("time", "station"), atol=1e-4)


def test_residuals_are_those_of_the_smoothed_background(world):
    _, noisy, stations = world
    found = reconstruct(noisy, stations, where=stations.drop_vars("ztd"), options=OPTIONS)
    fine = reconstruct(noisy, stations, options=OPTIONS)
    plain = tropdsx.delays_at(noisy, stations.lat, stations.lon, stations.height, model=None)
    before = stations.ztd - plain.ztd.transpose("time", "station").to_numpy()
    assert rms(fine.station_residual) < 0.9 * rms(before)
    assert rms(found.ztd - stations.ztd) < 0.002


def test_without_observations_and_out_of_reach_the_downscale_stays_bit_for_bit(world):
    _, noisy, stations = world
    gap = stations.assign(ztd=stations.ztd.where(np.arange(10)[:, None] != 4))
    found = reconstruct(noisy, gap, options=OPTIONS)
    assert "B-spline" in found.attrs["tropdsx_notes"]
    np.testing.assert_array_equal(found.zwd[4], tropdsx.downscale(noisy, OPTIONS).zwd[4])
    plan = make_plan(globe(0.1 + 0.05 * (-1.0) ** np.arange(72)), Options(model=None))
    fine = tropdsx.downscale(globe(0.1 + 0.05 * (-1.0) ** np.arange(72)), Options(model=None))
    near = Smoothing(1.0, Places.at([45.0], [10.0]), np.array([True])).on_target(plan, fine)
    np.testing.assert_array_equal(near.zwd[0, 130:], fine.zwd[0, 130:])
    assert float(np.abs(near.zwd - fine.zwd)[0, 44, 10]) > 0.005


def test_fine_grids_are_left_as_they_are(monkeypatch):
    plan = make_plan(coarse_grid(), OPTIONS)
    assert smoothed_away(plan, some_stations()).shape == (4, 25)
    monkeypatch.setattr("tropdsx.workflows.reconstruct.smoothing.MOST_NODES", 50)
    assert smoothed_away(plan, some_stations()) is None


def test_the_default_covariance_serves(world):
    truth, _, _ = world
    exact = reconstruct(
        truth, observe(truth, some_stations(60)), options=OPTIONS, covariance=Covariance()
    )
    np.testing.assert_array_equal(exact.zwd.dtype, np.float32)
    assert float(np.abs(exact.station_residual).max()) < 1e-5
