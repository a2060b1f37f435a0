"""The learned analysis at stations that are left out."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.grid.thinning import thin
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.diffusion.calibration import numbers
from tropdsx.workflows.reconstruct.leave_out import leave_out
from tropdsx.workflows.reconstruct.observations import gather_observations

from helpers.network_of_stations import coarse_grid, observe, some_stations
from helpers.paths import SHARED
from helpers.reconstruction import make_model

pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")

GRID = coarse_grid().isel(time=slice(0, 2))
STEPS = {"coarse": [2.0, 2.5], "fine": [1.0, 1.25]}


@pytest.fixture(scope="module")
def observed():
    noise = np.random.default_rng(0).normal(0, 1e-3, (2, 12))
    return observe(GRID, some_stations(12), 0.01 + noise)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        "mean": make_model(folder / "mean.safetensors", residual=0, steps_of_grids=STEPS),
        "diffusion": make_model(folder / "diffusion.safetensors", steps_of_grids=STEPS),
        "wild": make_model(folder / "wild.safetensors", residual=0, size=1.0, steps_of_grids=STEPS),
    }


def score(observed, path, **given):
    options = Options(model=path)
    return leave_out(GRID, observed, folds=3, options=options, method="diffusion", **given)


def test_stations_that_are_left_out_are_not_seen(observed, models):
    """What the left-out ones observe moves no estimate at them: fold by fold."""
    first = score(observed, models["mean"])
    assert first.model.values.tolist() == ["background", "idw", "oi", "mean"]
    out = first.fold.values == 1
    moved = observed.assign(ztd=observed.ztd + np.where(out, 0.02, 0.0))
    moved.ztd.attrs["units"] = "m"
    second = score(moved, models["mean"])
    for method in ("oi", "mean"):
        a, b = (each.error.sel(model=method).values for each in (first, second))
        np.testing.assert_allclose(b[:, out] - a[:, out], 0.02, atol=2e-7)
        assert np.abs(b[:, ~out] - a[:, ~out]).max() > 1e-4
        sigmas = (each.sigma.sel(model=method).values[:, out] for each in (first, second))
        np.testing.assert_allclose(*sigmas, rtol=1e-6)


def test_a_fold_is_calibrated_without_the_stations_that_are_left_out(observed, models, monkeypatch):
    """So few would not be calibrated: here they are, and what is left out moves nothing."""
    monkeypatch.setattr(numbers, "LEAST_OBSERVATIONS", 10)
    plain = score(observed, models["wild"], calibration="none")
    first = score(observed, models["wild"])
    out = first.fold.values == 1
    noise = np.random.default_rng(1).normal(0, 0.03, observed.ztd.shape)
    moved = observed.assign(ztd=observed.ztd + np.where(out, noise, 0.0))
    moved.ztd.attrs["units"] = "m"
    second = score(moved, models["wild"])
    none, a, b = (each.sel(model="mean") for each in (plain, first, second))
    assert np.abs(none.error - a.error).max() > 1e-4
    assert (np.abs(none.sigma / a.sigma - 1) > 0.01).any()
    np.testing.assert_allclose((b.error - a.error)[:, out], noise[:, out], atol=1e-6)
    np.testing.assert_allclose(b.sigma[:, out], a.sigma[:, out], rtol=1e-6)
    assert np.abs((b.error - a.error)[:, ~out]).max() > 1e-4


def test_members_are_scored_beside_their_mean(observed, models):
    found = score(observed, models["diffusion"], members=4, steps=2)
    assert found.model.values.tolist() == ["background", "idw", "oi", "mean", "diffusion"]
    for name in ("rmse", "crps"):
        assert np.isfinite(found[name].sel(group="all")).sum() == 5
    assert (found.sigma.sel(model="diffusion") > 0).all()
    drawn, mean = (found.error.sel(model=name) for name in ("diffusion", "mean"))
    assert not np.allclose(drawn, mean)


@pytest.mark.slow
@pytest.mark.realdata
def test_the_shipped_one_at_gnss_that_is_left_out():
    """Each day at 00 UTC; all that was measured is in docs/diffusion.md."""
    if not SHARED.is_dir():
        pytest.skip("the development files are not here")
    with xr.open_dataset(SHARED / "data" / "vmf1" / "vmf1_2x2.5_dev.nc") as ds:
        europe = (
            ds.isel(time=ds.time.dt.hour == 0).sel(lat=slice(66, 30), lon=slice(0, 47.5)).load()
        )
    folder = SHARED / "data" / "gnss"
    observed = gather_observations(folder / "gnss_stations_dev.csv", folder / "gnss_ztd_dev.csv.xz")
    observed = observed.isel(time=observed.time.dt.hour == 0)
    options = Options(model="stations", orography=europe["orography"])
    found = leave_out(
        thin(europe, (2, 2), (0, 0)), observed, options=options, method="diffusion", members=0
    ).sel(group="all")
    oi, learned = (found.sel(model=name) for name in ("oi", "mean"))
    assert float(learned.rmse) <= float(oi.rmse)
    assert float(learned.crps) <= float(oi.crps)
    assert 0.87 < float(learned.coverage.sel(probability=0.9)) < 0.93
