import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.analysis import reconstruct
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.smoothing.background import Smoothing, nearness

from helpers.network_of_stations import TIMES, coarse_grid, flat_globe, observe, some_stations

HALF_DAYS = TIMES[0] + np.arange(10) * np.timedelta64(12, "h")
OPTIONS = Options(target=2.0, model=None)


def test_what_stations_say_fades_with_the_distance():
    here = Places.at([0.0, 0.0, 0.0], [0.0, 18.0, 60.0])
    found = nearness(Places.at([0.0, -80.0], [0.0, 0.0]), here)
    assert found[0] == 1.0
    assert found[1] == pytest.approx((np.exp(-18 * 111.195 / 2000) - 0.05) / 0.95, rel=1e-3)
    assert found[2] == 0.0
    assert nearness(Places.at([], []), here).tolist() == [0.0, 0.0, 0.0]


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
    monkeypatch.setattr("tropdsx.workflows.reconstruct.smoothing.share.SURE", np.inf)
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
    plan = make_plan(flat_globe(0.1 + 0.05 * (-1.0) ** np.arange(72)), Options(model=None))
    fine = tropdsx.downscale(flat_globe(0.1 + 0.05 * (-1.0) ** np.arange(72)), Options(model=None))
    near = Smoothing(1.0, Places.at([45.0], [10.0]), np.array([True])).on_target(plan, fine)
    np.testing.assert_array_equal(near.zwd[0, 130:], fine.zwd[0, 130:])
    assert float(np.abs(near.zwd - fine.zwd)[0, 44, 10]) > 0.005


def test_the_default_covariance_serves(world):
    truth, _, _ = world
    exact = reconstruct(
        truth, observe(truth, some_stations(60)), options=OPTIONS, covariance=Covariance()
    )
    np.testing.assert_array_equal(exact.zwd.dtype, np.float32)
    assert float(np.abs(exact.station_residual).max()) < 1e-5
