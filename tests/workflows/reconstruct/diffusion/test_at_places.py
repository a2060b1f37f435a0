"""Places take from the grid what the network says beyond optimal interpolation."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.reconstruct.diffusion.at_places import make_carrier
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.oi.covariance import Covariance

from helpers.network_of_stations import coarse_grid, observe, some_stations
from helpers.reconstruction import make_model

pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")

TWO = slice(0, 2)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    steps = {"coarse": [2.0, 2.5], "fine": [1.0, 1.25]}
    return {
        "oi": make_model(folder / "oi.safetensors", residual=0, size=0.0, steps_of_grids=steps),
        "mean": make_model(folder / "mean.safetensors", residual=0, steps_of_grids=steps),
        "diffusion": make_model(folder / "diffusion.safetensors", steps_of_grids=steps),
    }


@pytest.fixture(scope="module")
def grid():
    return coarse_grid().isel(time=TWO)


@pytest.fixture(scope="module")
def observed(grid):
    return observe(grid, some_stations(), 0.01)


@pytest.fixture(scope="module")
def rovers():
    return some_stations(7, seed=5)


def run(grid, observed, model, **given):
    given = {"calibration": "none"} | given  # what is carried, as it is
    return grid.tropds.reconstruct(observed, method="diffusion", model=model, **given)


def places_on(fine, row, column):
    """Nodes of a grid, at its heights, as places."""
    at = {"lat": fine.lat.values[row], "lon": fine.lon.values[column]}
    at["height"] = fine.orography.transpose("lat", "lon").values[row, column]
    coords = {name: ("station", values) for name, values in at.items()}
    ds = xr.Dataset(coords=coords | {"station": [f"N{k}" for k in range(len(row))]})
    ds.height.attrs["units"] = "m"
    return ds


def test_a_network_that_says_nothing_is_optimal_interpolation(grid, observed, rovers, models):
    found = run(grid, observed, models["oi"], where=rovers)
    covariance = Covariance()
    plain = grid.tropds.reconstruct(observed, where=rovers, model=None, covariance=covariance)
    given = run(grid, observed, models["oi"], where=rovers, covariance=covariance)
    for name in ("zhd", "zwd", "ztd", "ztd_sigma"):
        np.testing.assert_allclose(given[name], plain[name], rtol=2e-6, err_msg=name)
    np.testing.assert_array_equal(given.stations_used, plain.stations_used)
    assert found.sizes == {"time": 2, "station": 7}
    assert "network" in found.ztd_sigma.attrs["comment"]
    assert "not" not in found.attrs.get("tropdsx_model_id", "")


@pytest.mark.parametrize("kind", ["mean", "diffusion"])
def test_at_nodes_of_the_grid_it_is_the_grid(grid, observed, tmp_path, kind):
    """The windows around some places say there what all windows say."""
    width = 8 if kind == "diffusion" else 0
    model = make_model(tmp_path / "net.safetensors", residual=width)  # of 1 degree
    more = {"members": 2, "steps": 2, "return_members": True} if kind == "diffusion" else {}
    fine = run(grid, observed, model, target=1.0, **more)
    row, column = np.array([2, 3, 7]), np.array([20, 3, 11])
    places = places_on(fine, row, column)
    found = run(grid, observed, model, target=1.0, where=places, **more)
    names = ["zwd", "ztd_sigma", *(["ztd_member"] if more else [])]
    # A sampler joins its windows in each step, so that far ones are felt a little.
    tolerance = 2e-3 if kind == "diffusion" else 2e-6
    for name in names:
        expected = fine[name].transpose(..., "lat", "lon").values[..., row, column]
        np.testing.assert_allclose(found[name], expected, atol=tolerance, err_msg=name)


def test_members_have_the_mean_and_the_spread_that_are_told(grid, observed, rovers, models):
    asked = {"members": 6, "steps": 2, "return_members": True, "quantiles": (0.1, 0.9)}
    asked["return_intermediates"] = 2
    found = run(grid, observed, models["diffusion"], where=rovers, **asked)
    assert found.ztd_member.dims == ("time", "realization", "station")
    np.testing.assert_allclose(found.ztd_member.mean("realization"), found.ztd, atol=2e-6)
    np.testing.assert_allclose(
        found.ztd_member.std("realization", ddof=1), found.ztd_sigma, rtol=2e-3, atol=1e-6
    )
    assert found["quantile"].values.tolist() == [0.1, 0.9]
    assert (found.ztd_quantile[:, 0] < found.ztd).all()
    np.testing.assert_array_equal(found.ztd_denoising.isel(denoise_step=-1), found.ztd)


def test_at_a_station_the_network_has_little_to_say(grid, observed, models):
    """What it adds is counted in the sigma of the interpolation, which is small there."""
    beside = observed.isel(station=[3, 8]).drop_vars("ztd")
    covariance = Covariance()
    plain = grid.tropds.reconstruct(observed, where=beside, model=None, covariance=covariance)
    found = run(grid, observed, models["mean"], where=beside, covariance=covariance)
    away = run(grid, observed, models["mean"], where=some_stations(20, 9), covariance=covariance)
    far = grid.tropds.reconstruct(
        observed, where=some_stations(20, 9), model=None, covariance=covariance
    )
    here = float(np.abs(found.ztd - plain.ztd).max())
    there = float(np.abs(away.ztd - far.ztd).max())
    assert 0 < here < 0.5 * there


def test_heights_fade_as_the_covariance_does():
    flat = np.zeros((3, 3))
    setting = Setting(np.array([2.0, 1.0, 0.0]), np.array([0.0, 1.0, 2.0]), *[flat] * 4)
    coords = {"lat": [1.0, 1.5], "lon": [0.0, 0.5], "height": [0.0, 1000.0]}
    places = xr.Dataset(coords={name: ("station", v) for name, v in coords.items()})
    covariance = Covariance(local=0.01, regional=0.0, local_height=500.0)
    carry = make_carrier(setting, places, covariance)
    np.testing.assert_allclose(carry(flat + 3.0), [3.0, 3.0 * np.exp(-2.0)])
    np.testing.assert_array_equal(carry.nodes, [0, 1, 3, 4])


def test_places_beyond_the_target_are_told_of(grid, observed, rovers, models):
    axes = {"lat": np.arange(52.0, 45, -1), "lon": np.arange(5.0, 16, 1.25)}
    small = grid[["orography"]].interp(axes)
    small["orography"].attrs["units"] = "m"
    with pytest.warns(TropdsxWarning, match="lie beyond the nodes of the target") as told:
        found = run(grid, observed, models["mean"], where=rovers, target=small)
    lost = found.ztd.isnull().all("time").values
    assert 0 < lost.sum() < 7
    assert any(f"{lost.sum()} of 7" in str(each.message) for each in told)
