from contextlib import nullcontext

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.workflows.evaluate import comparison
from tropdsx.workflows.evaluate.comparison import score_results, validate, with_rmse_maps

from helpers.evaluation import total_of, turned, weighted_rmse
from helpers.fields import delays as made_up
from helpers.files import files_open_in, keep_what_is_opened
from helpers.forecasts import RUNNING


def test_maps_and_scores_are_what_they_say(fine, truth):
    found = validate(fine, truth)
    for name in ("zhd", "zwd"):
        expected = weighted_rmse(fine, truth, name)
        assert float(found.rmse.sel(variable=name, group="all")) == pytest.approx(expected)
        error = (fine[name] - truth[name]).astype(float)
        np.testing.assert_allclose(found[f"{name}_bias"], error.mean("time"), atol=1e-8)
        np.testing.assert_allclose(found[f"{name}_rmse"], np.sqrt((error**2).mean("time")))
        expected = xr.corr(fine[name].astype(float), truth[name].astype(float), dim="time")
        np.testing.assert_allclose(found[f"{name}_correlation"], expected, atol=1e-6)
    assert found.attrs["validation_epochs"] == 5
    assert found.attrs["validation_period"] == "2022-03-09T00:00:00Z/2022-03-10T00:00:00Z"
    assert found.rmse.attrs["units"] == "m"
    # Groups of one kind share out the whole.
    square = (found.rmse**2).sel(variable="zwd")
    season = square.where(found.group_kind == "season", drop=True)
    assert int(season.notnull().sum()) == 1
    np.testing.assert_allclose(season.max(), square.sel(group="all"))


def test_perfect_delays_have_perfect_scores(truth):
    found = validate(truth, truth).sel(group="all")
    assert float(found.rmse.max()) == 0
    for name in ("correlation", "r2", "ssim"):
        np.testing.assert_allclose(found[name], 1.0, atol=1e-9)
    np.testing.assert_allclose(found.spectral_ratio, 1.0)
    assert float(found.gradient_rmse.max()) == 0
    assert found.coverage.isnull().all()


def test_maps_keep_the_orientation_of_the_estimate(fine, truth):
    found = validate(turned(fine, "south first, -180..180"), truth)
    assert found.lat[0] < found.lat[-1]
    assert float(found.lon[0]) == -176.25
    expected = validate(fine, truth).zwd_rmse
    np.testing.assert_allclose(
        found.zwd_rmse.sel(lat=41.25, lon=-176.25), expected.sel(lat=41.25, lon=183.75)
    )


def test_a_total_delay_is_compared_as_such(fine, truth):
    total = (truth.zhd + truth.zwd).assign_attrs(units="m").to_dataset(name="ztd")
    with pytest.warns(TropdsxWarning, match="^reference holds ztd alone"):
        found = validate(fine, total.assign(orography=truth.orography))
    assert found["variable"].values.tolist() == ["ztd"]
    expected = validate(fine, truth).rmse.sel(variable="ztd", group="all")
    np.testing.assert_allclose(found.rmse.sel(variable="ztd", group="all"), expected, rtol=1e-5)


def test_coverage_of_stated_sigma(fine, truth):
    sigma = xr.full_like(fine.zwd, 0.01).assign_attrs(units="m")
    told = turned(fine.assign(zwd_sigma=sigma), "south first, -180..180")
    found = validate(told, truth).coverage.sel(variable="zwd", group="all")
    np.testing.assert_allclose(found, [0.5, 0.9, 0.95], atol=0.03)


def test_rmse_maps_replace_those_of_the_checkpoint(fine, truth):
    own = turned(fine, "south first, -180..180").assign(
        zwd_rmse=(("lat", "lon"), np.ones((24, 48)))
    )
    out = with_rmse_maps(own.chunk(time=2), truth, name="truth.nc")
    assert out.zwd_rmse.dims == ("lat", "lon")
    assert out.zwd_rmse.dtype == np.float32
    assert out.zwd.chunks is not None
    error = own.zwd.astype(float) - truth.zwd
    expected = np.sqrt((error**2).mean("time")).reindex_like(out.zwd_rmse)
    same = turned(truth, "south first, -180..180")
    error = own.zwd.astype(float) - same.zwd
    expected = np.sqrt((error**2).mean("time"))
    np.testing.assert_allclose(out.zwd_rmse, expected, rtol=1e-5)
    assert out.zhd_rmse.attrs == {
        "units": "m",
        "validation_period": "2022-03-09T00:00:00Z/2022-03-10T00:00:00Z",
        "validation_reference": "truth.nc",
        "validation_epochs": 5,
    }
    with pytest.raises(GridError, match="holds only 20 x 48 of the result's 24 x 48 nodes"):
        with_rmse_maps(own, truth.isel(lat=slice(2, 22)), name="truth.nc")


def test_rmse_maps_need_a_delay_that_the_result_stores(fine, truth):
    with pytest.raises(GridError, match=r"total.nc holds ztd alone and the result zhd and zwd"):
        with_rmse_maps(fine, total_of(truth), name="total.nc")
    out = with_rmse_maps(fine.assign(total_of(fine)[["ztd"]]), total_of(truth), name="total.nc")
    assert "ztd_rmse" in out


@pytest.mark.parametrize("layout", RUNNING)
def test_forecasts_are_compared_at_their_valid_time(small, layout):
    want = validate(small + 0.01, small)
    found = validate(RUNNING[layout](small + 0.01), small)
    np.testing.assert_array_equal(found.rmse, want.rmse)
    assert found.attrs["validation_epochs"] == 3


@pytest.mark.parametrize("seconds", [[0, 31, -17], [64, 64, 64], [1e-9, 0, 0]])
def test_references_in_single_precision_are_of_the_same_epochs(small, seconds):
    off = (np.array(seconds) * 1e9).astype("m8[ns]")
    for reference in (small, small.isel(time=[1])):
        moved = reference.assign_coords(time=reference.time + off[: reference.sizes["time"]])
        want = validate(small + 0.01, reference)
        # One epoch, and a series that is late as a whole, do not say how far they are off.
        is_told = seconds[0] != seconds[1] and max(seconds) >= 1 and reference is small
        expected = pytest.warns(TropdsxWarning, match="31 s off") if is_told else nullcontext()
        with expected:
            found = validate(small + 0.01, moved)
        np.testing.assert_array_equal(found.rmse, want.rmse)
        assert found.attrs["validation_period"] == want.attrs["validation_period"]


LAT, LON = np.arange(85.0, -90, -10), np.arange(5.0, 360, 10)


@pytest.fixture
def written(tmp_path):
    ds = made_up(LAT, LON, epochs=3)
    ds.to_netcdf(tmp_path / "truth.nc")
    return ds


def write(ds, path, by=0.0):
    ds.assign(zwd=(ds.zwd + np.float32(by)).assign_attrs(ds.zwd.attrs)).to_netcdf(path)
    return path


def test_files_are_closed_when_they_are_scored(written, tmp_path, monkeypatch):
    kept = keep_what_is_opened(monkeypatch, comparison)
    path = write(written, tmp_path / "a.nc", 0.01)
    found = score_results([path], tmp_path / "truth.nc")
    assert files_open_in(tmp_path) == []
    assert found.load().sizes["model"] == 1
    assert len(kept) == 2
    with pytest.raises(GridError):
        score_results([path], tmp_path / "truth.nc", period="1999-01-01/1999-01-02")
    assert files_open_in(tmp_path) == []


def test_results_are_scored_as_they_are(written, tmp_path):
    paths = [
        write(written, tmp_path / f"{name}.nc", by) for name, by in (("a", 0.01), ("b", -0.02))
    ]
    found = score_results(paths, tmp_path / "truth.nc")
    assert found.model.values.tolist() == ["a", "b"]
    zwd = found.sel(variable="zwd", group="all")
    np.testing.assert_allclose(zwd.rmse, [0.01, 0.02], rtol=1e-4)
    np.testing.assert_allclose(zwd.bias, [0.01, -0.02], rtol=1e-4)
    np.testing.assert_allclose(found.sel(variable="zhd", group="all").rmse, 0.0, atol=1e-7)
    assert found.attrs["validation_reference"] == "truth.nc"
    assert found.attrs["validation_nodes"] == "all nodes"


def test_names_units_and_orientation_of_a_result_are_free(written, tmp_path):
    odd = written.rename(lat="latitude", lon="longitude", time="valid_time").sortby("latitude")
    odd = odd.assign(zwd=(odd.zwd * 1000 + 10).assign_attrs(units="mm"))
    odd.transpose("longitude", "valid_time", "latitude").to_netcdf(tmp_path / "odd.nc")
    found = score_results([tmp_path / "odd.nc"], tmp_path / "truth.nc")
    assert found.rmse.sel(variable="zwd", group="all").item() == pytest.approx(0.01, rel=1e-3)


def test_nodes_of_what_a_result_was_made_of_do_not_count(written, tmp_path):
    coarse = written.isel(lat=slice(1, None, 3), lon=slice(1, None, 3))
    coarse.to_netcdf(tmp_path / "coarse.nc")
    off = written.copy(deep=True)
    off.zwd[:, 1::3, 1::3] += 0.1
    off.to_netcdf(tmp_path / "off.nc")
    with_nodes = score_results([tmp_path / "off.nc"], tmp_path / "truth.nc")
    without = score_results(
        [tmp_path / "off.nc"], tmp_path / "truth.nc", coarse=tmp_path / "coarse.nc"
    )
    assert with_nodes.rmse.sel(variable="zwd", group="all").item() > 0.02
    assert without.rmse.sel(variable="zwd", group="all").item() == pytest.approx(0.0, abs=1e-7)
    assert without.attrs["validation_nodes"] == "without the coarse nodes"


def test_a_period_is_scored(written, tmp_path):
    late = written.copy(deep=True)
    late.zwd[2] += 0.3
    late.to_netcdf(tmp_path / "late.nc")
    first = str(written.time.values[0])[:13]
    found = score_results([tmp_path / "late.nc"], tmp_path / "truth.nc", period=f"{first}/{first}")
    assert found.attrs["validation_epochs"] == 1
    assert float(found.rmse.max()) == pytest.approx(0.0, abs=1e-7)


def test_pairs_of_arrays_are_compared_slice_by_slice(tmp_path):
    rng = np.random.default_rng(1)
    zwd = np.linspace(0.01, 0.4, 180 * 360).reshape(180, 360) * (1 + 0.01 * rng.random((2, 1, 1)))
    np.save(tmp_path / "2025.npy", zwd.astype("f4") * 100)
    np.save(tmp_path / "2025_deblurred.npy", (zwd + 0.005).astype("f4") * 100)
    found = score_results([tmp_path / "2025_deblurred.npy"], tmp_path / "2025.npy")
    assert found.model.values.tolist() == ["2025_deblurred"]
    assert found.attrs["validation_epochs"] == 2
    assert found.rmse.sel(variable="zwd", group="all").item() == pytest.approx(0.005, rel=1e-3)
    np.save(tmp_path / "short.npy", zwd[:1].astype("f4") * 100)
    with pytest.raises(GridError, match="no epoch in common"):
        score_results([tmp_path / "short.npy"], tmp_path / "2025.npy")


def test_files_of_one_name_are_told_apart(written, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(written, tmp_path / folder / "fine.nc", 0.01)
    paths = [tmp_path / folder / "fine.nc" for folder in ("one", "two")]
    found = score_results(paths, tmp_path / "truth.nc")
    assert found.model.values.tolist() == ["fine", "fine #2"]


def test_what_cannot_be_compared_is_named(written, tmp_path):
    with pytest.raises(InputError, match="no result given"):
        score_results([], tmp_path / "truth.nc")
    part = write(written.isel(lat=slice(4)), tmp_path / "part.nc")
    whole = write(written, tmp_path / "whole.nc")
    with pytest.raises(GridError, match=r"part: 4 x 36; whole: 18 x 36.*one by one"):
        score_results([part, whole], tmp_path / "truth.nc")
    written[["zhd", "orography"]].to_netcdf(tmp_path / "dry.nc")
    written[["zwd"]].to_netcdf(tmp_path / "wet.nc")
    with pytest.raises(GridError, match="none in common"):
        score_results([tmp_path / "dry.nc"], tmp_path / "wet.nc")
