import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.divisions import divide_stations
from tropdsx.workflows.reconstruct.leave_out import leave_out, predict_left_out
from tropdsx.workflows.reconstruct.oi.covariance import Covariance

from helpers.gaussian import draw
from helpers.network_of_stations import coarse_grid, observe, some_stations
from helpers.paths import SHARED

TRUTH = Covariance(noise=2e-3)
HOURS = np.arange(60) * 12.0


@pytest.fixture(scope="module")
def world():
    return draw(TRUTH, stations=50, draws=60, seed=3, box=(44.0, 52.0, 8.0, 24.0))


def test_stations_that_are_left_out_are_not_used(world):
    folds = divide_stations(world.stations, 5)
    base = predict_left_out(world.observed, HOURS, world.stations, folds)
    moved = world.observed + np.where(folds == 2, 0.02, 0.0)
    other = predict_left_out(moved, HOURS, world.stations, folds)
    out = folds == 2
    for method in ("idw", "oi"):
        first = world.observed[:, out] - base.error[method][:, out]
        second = moved[:, out] - other.error[method][:, out]
        np.testing.assert_allclose(first, second, atol=1e-12)
        assert (base.error[method][:, ~out] != other.error[method][:, ~out]).any()


def test_sigma_of_the_prediction_is_its_spread(world):
    folds = divide_stations(world.stations, 10)
    found = predict_left_out(world.observed, HOURS, world.stations, folds)
    assert np.nanstd(found.error["oi"] / found.sigma["oi"]) == pytest.approx(1.0, abs=0.06)
    rmse = {name: np.sqrt(np.nanmean(each**2)) for name, each in found.error.items()}
    assert rmse["oi"] < rmse["idw"] < rmse["background"]


def test_scores_have_methods_groups_and_stations():
    grid = coarse_grid()
    noise = np.random.default_rng(0).normal(0, 1e-3, (4, 25))
    options = Options(target=1.0, orography=grid.orography, model=None)
    seen = []
    stations = observe(grid, some_stations(), 0.01 + noise)

    def reporter(what, unit):
        return lambda *done: seen.append((what, unit, *done))

    found = leave_out(grid, stations, folds=5, options=options, progress=reporter)
    assert ("background at the stations", "epochs", 4, 4) in seen
    assert seen[-5:] == [("stations left out", "parts", k, 5) for k in range(1, 6)]
    scores = found.rmse.sel(group="all").to_series()
    assert scores["oi"] < 0.5 * scores["background"]
    assert scores["background"] == pytest.approx(0.01, rel=0.05)
    assert float(found.bias.sel(model="background", group="all")) == pytest.approx(-0.01, abs=1e-3)
    assert found["count"].sel(model="oi", group="all") == 100
    assert found["count"].sel(model="oi", group="Mar-May") == 100
    heights = [name for name in found.group.values if " m" in name]
    assert int(found["count"].sel(model="oi", group=heights).sum()) == 100
    bands = {
        name: int(found["count"].sel(model="oi", group=name))
        for name in ("40N to 50N", "50N to 60N")
    }
    assert sum(bands.values()) == 100
    assert bands["50N to 60N"] == 4 * int((stations.lat > 50).sum())
    assert found.fold.dims == ("station",)
    assert found.error.sizes == {"model": 3, "time": 4, "station": 25}


@pytest.mark.parametrize("folds", [1, 30])
def test_too_few_places_for_the_folds(folds):
    grid = coarse_grid()
    with pytest.raises(GridError, match=f"25 stations at .* into {folds} parts"):
        leave_out(
            grid,
            observe(grid, some_stations()),
            folds=folds,
            options=Options(target=1.0, orography=grid.orography, model=None),
        )


@pytest.mark.realdata
def test_gnss_that_is_left_out():
    """Four days of the real stations; all of them are in docs/reconstruction.md."""
    if not SHARED.is_dir():
        pytest.skip("the development files are not here")
    path = SHARED / "data" / "vmf1" / "vmf1_2x2.5_dev.nc"
    with xr.open_dataset(path) as ds:
        grid = ds.sel(time=slice("2022-03-20", "2022-03-24")).load()
    folder = SHARED / "data" / "gnss"
    found = leave_out(
        grid,
        folder / "gnss_stations_dev.csv",
        folder / "gnss_ztd_dev.csv.xz",
        options=Options(model=None),
    )
    oi = found.sel(model="oi", group="all")
    assert float(oi.rmse) < 0.0080
    assert 0.80 < float(oi.coverage.sel(probability=0.9)) < 0.96
    assert float(oi.rmse) < 0.8 * float(found.rmse.sel(model="background", group="all"))
