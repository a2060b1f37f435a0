from contextlib import nullcontext

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.evaluate.comparison import validate, with_rmse_maps

from helpers.evaluation import total_of, turned, weighted_rmse
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
