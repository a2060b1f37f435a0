"""A reconstruction by a network, from the grid to the file."""

import json

import numpy as np
import pytest
import torch
import xarray as xr
from click.testing import CliRunner

import tropdsx
from tropdsx.cli.reconstruct import reconstruct as command
from tropdsx.errors import CheckpointError, GridError, InputError, TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.diffusion.learned import choose_learned, method_of

from helpers.network_of_stations import coarse_grid, observe, some_stations
from helpers.reconstruction import make_model

pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        "oi": make_model(folder / "oi.safetensors", residual=0, size=0.0),
        "mean": make_model(folder / "mean.safetensors", residual=0),
        "wild": make_model(folder / "wild.safetensors", residual=0, size=1.0),
        "diffusion": make_model(folder / "diffusion.safetensors"),
    }


@pytest.fixture(scope="module")
def grid():
    return coarse_grid()


@pytest.fixture(scope="module")
def observed(grid):
    return observe(grid, some_stations(), 0.01)


def run(grid, observed, model, **given):
    given = {"calibration": "none", "target": 1.0} | given
    return grid.tropds.reconstruct(observed, method="diffusion", model=model, **given)


def test_a_network_that_says_nothing_is_optimal_interpolation(grid, observed, models):
    plain = grid.tropds.reconstruct(observed, model=None, target=1.0)
    found = run(grid, observed, models["oi"])
    np.testing.assert_allclose(found.zwd, plain.zwd, atol=1e-7)
    np.testing.assert_allclose(found.ztd_sigma, plain.ztd_sigma, rtol=1e-4)
    np.testing.assert_array_equal(found.zhd, plain.zhd)
    np.testing.assert_array_equal(found.station_residual, plain.station_residual)
    np.testing.assert_array_equal(found.stations_used, plain.stations_used)
    assert "network" in found.ztd_sigma.attrs["comment"]


def test_stations_that_are_left_out_calibrate_the_network(grid, models):
    """One that says what has nothing to do with the stations hardly counts, and that is told."""
    noise = np.random.default_rng(0).normal(0, 0.02, (4, 25))
    observed = observe(grid, some_stations(), noise)
    plain, taken = (run(grid, observed, models[name]) for name in ("oi", "wild"))
    found = run(grid, observed, models["wild"], calibration="stations")
    said = json.loads(found.attrs["tropdsx_parameters"])["calibrated"]
    assert (said["observations"], said["places"]) == (100, 25)
    assert 0 <= said["share"] < 0.9
    expected = plain.zwd + said["share"] * (taken.zwd - plain.zwd)
    np.testing.assert_allclose(found.zwd, expected, atol=1e-6)
    expected = plain.ztd_sigma ** (1 - said["share"]) * taken.ztd_sigma ** said["share"]
    np.testing.assert_allclose(found.ztd_sigma, said["factor"] * expected, rtol=1e-4)
    assert "at 100 observations of 25 places that were left out" in found.attrs["tropdsx_notes"]
    assert json.loads(taken.attrs["tropdsx_parameters"])["calibration"] == "none"


def test_a_part_believes_the_network_as_the_whole_does(grid, models, tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.02, (4, 25))
    observed, path = observe(grid, some_stations(), noise), tmp_path / "whole.nc"
    given = {"model": models["wild"], "calibration": "stations"}
    whole = run(grid, observed, save_estimates=path, **given)
    part = run(grid.isel(time=[2]), observed, estimates=path, **given)
    for name in ("ztd", "ztd_sigma"):
        np.testing.assert_array_equal(part[name], whole[name].isel(time=[2]))
    kept = [json.loads(each.attrs["tropdsx_parameters"])["calibrated"] for each in (whole, part)]
    assert kept[0] == kept[1] != {"share": 1.0, "factor": 1.0, "observations": 0, "places": 0}
    given |= {"model": models["mean"]}  # another network is believed by stations of its own
    with pytest.warns(TropdsxWarning, match="stations are too few to calibrate the network"):
        run(grid.isel(time=[2]), observed, estimates=path, **given)


def test_too_few_stations_are_told_of(grid, models):
    few = observe(grid, some_stations(4), 0.01)
    with pytest.warns(TropdsxWarning, match="stations are too few to calibrate the network"):
        found = run(grid, few, models["mean"], calibration="stations")
    np.testing.assert_array_equal(found.zwd, run(grid, few, models["mean"]).zwd)
    assert "too few to calibrate" in found.attrs["tropdsx_notes"]


def test_without_stations_it_is_the_learned_downscaling(grid, models):
    found = run(grid, None, models["oi"])
    plain = grid.tropds.downscale(1.0, model=None)
    np.testing.assert_allclose(found.zwd, plain.zwd, atol=1e-7)
    assert not run(grid, None, models["mean"]).zwd.equals(plain.zwd)
    assert not found.stations_used.any()


def test_everything_that_was_asked_for(grid, observed, models):
    found = run(
        grid,
        observed,
        models["diffusion"],
        members=4,
        steps=3,
        return_members=True,
        return_intermediates=3,
        quantiles=(0.05, 0.95),
    )
    assert found.ztd_member.sizes["realization"] == 4
    assert found.ztd_denoising.denoise_step.values.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found.ztd_denoising.isel(denoise_step=-1), found.ztd)
    np.testing.assert_allclose(found.ztd, found.zhd + found.zwd)
    np.testing.assert_allclose(found.ztd_member.mean("realization"), found.ztd, atol=1e-5)
    assert (found.ztd_quantile.sel(quantile=0.05) <= found.ztd_quantile.sel(quantile=0.95)).all()
    said = tropdsx.read_provenance(found)
    assert said["parameters"]["members"] == 4
    assert said["parameters"]["model"]["file"] == "diffusion.safetensors"
    assert said["model"]["id"] == "untrained"


def test_a_lazy_grid_gives_the_same(grid, observed, models):
    asked = {"members": 2, "steps": 2, "return_members": True}
    whole = run(grid, observed, models["diffusion"], **asked)
    lazy = run(grid.chunk(time=1), observed, models["diffusion"], **asked)
    assert lazy.ztd.chunks is not None
    for name in ("zwd", "ztd_sigma", "ztd_member", "stations_used"):
        np.testing.assert_array_equal(lazy[name], whole[name])


def test_the_threads_of_torch_change_no_bit(grid, observed, models):
    """Each thread of Python has a number of its own, which a training may have set in one."""
    asked = {"members": 2, "steps": 2, "return_members": True}
    found, before = [], torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(run(grid, observed, models["diffusion"], **asked))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    found.append(run(grid.chunk(time=1), observed, models["diffusion"], **asked))
    for other in found[1:]:
        for name in ("zwd", "ztd_sigma", "ztd_member", "stations_used"):
            np.testing.assert_array_equal(other[name], found[0][name])


def test_the_command_does_the_same(grid, observed, models, tmp_path):
    grid.to_netcdf(tmp_path / "grid.nc")
    observed.to_netcdf(tmp_path / "stations.nc")
    arguments = [tmp_path / "grid.nc", tmp_path / "stations.nc", "-o", tmp_path / "out.nc"]
    arguments += ["--method", "diffusion", "--model", models["diffusion"], "--target", "1"]
    arguments += ["--members", 2, "--steps", 2, "--return-members", "--calibration", "none"]
    ran = CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    asked = {"members": 2, "steps": 2, "return_members": True}
    wanted = run(grid, observed, models["diffusion"], **asked)
    with xr.open_dataset(tmp_path / "out.nc") as found:
        members = wanted.ztd_member.transpose(*found.ztd_member.dims)
        np.testing.assert_allclose(found.ztd_member, members, atol=1e-6)
        assert "--members=2" in tropdsx.read_provenance(tmp_path / "out.nc")["command"]


def test_what_does_not_fit_is_said(grid, observed, models):
    with pytest.raises(InputError, match="method 'oi' has no members: leave that out"):
        grid.tropds.reconstruct(observed, model=None, members=4)
    with pytest.raises(InputError, match="member is unknown; a diffusion accepts members"):
        run(grid, observed, models["mean"], member=4)
    with pytest.raises(InputError, match="a map of the next station is of optimal interpolation"):
        run(grid, observed, models["mean"], where="next")
    with pytest.raises(CheckpointError, match="needs a network, and model is 'none'"):
        grid.tropds.reconstruct(observed, method="diffusion", model=None)
    with pytest.warns(TropdsxWarning, match="the fine grid has steps of 2 x 2.5 degrees"):
        grid.tropds.reconstruct(
            observed, method="diffusion", model=models["mean"], target=grid[["orography"]]
        )
    assert choose_learned("oi", "next", Options(), {}) is None


@pytest.mark.parametrize("given", [{"device": "cuda"}, {"precision": "bf16"}])
def test_other_devices_and_precisions_are_refused(models, given):
    options = Options(model=models["mean"], **given)
    with pytest.raises(InputError, match="runs on the CPU in float32; found device"):
        choose_learned("diffusion", None, options, {})
    for device in ("auto", "cpu"):
        options = Options(model=models["mean"], device=device)
        assert choose_learned("diffusion", None, options, {}) is not None


def test_a_target_without_some_heights(grid, observed, models):
    """The nodes without are missing, as in a downscaling; the network takes them for sea."""
    target = grid[["orography"]].interp(lat=np.arange(54.0, 41, -1), lon=np.arange(2.5, 26, 1.25))
    target["orography"][3, 4] = np.nan
    target["orography"].attrs["units"] = "m"
    asked = {"model": models["mean"], "target": target}
    with pytest.warns(TropdsxWarning) as told:
        found = grid.tropds.reconstruct(observed, method="diffusion", **asked)
    assert any("'orography' holds 1 NaN" in str(each.message) for each in told)
    lost = found.zwd.isnull().any("time").transpose("lat", "lon").values
    assert np.argwhere(lost).tolist() == [[3, 4]]
    assert np.isnan(found.ztd_sigma.transpose("time", "lat", "lon").values[:, 3, 4]).all()


def test_a_row_of_nodes_is_refused(grid, observed, models):
    row = grid[["orography"]].isel(lat=[3])
    with pytest.raises(GridError, match="a target of 1 x 13 nodes; a network sees rows and col"):
        grid.tropds.reconstruct(observed, method="diffusion", model=models["mean"], target=row)


def test_the_checkpoint_tells_the_method(models):
    assert method_of(models["mean"]) == "diffusion"
    assert method_of("heldout") == "oi"


def test_convert_refuses_it_with_a_word(grid, models):
    with pytest.raises(CheckpointError, match="holds no nodal network"):
        grid.tropds.downscale(1.0, model=models["mean"])
