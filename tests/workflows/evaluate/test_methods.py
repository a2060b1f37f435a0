"""Baselines and networks side by side."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.epochs import NEIGHBOUR_HOURS, neighbour_rows
from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.evaluate.cases import Case, cases_by_thinning, standardise_truth
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.evaluate.methods import (
    BASELINES,
    evaluate,
    methods_of,
    without_neighbours,
)

from helpers.evaluation import total_of


def test_methods_side_by_side(truth):
    """Also over all phases; sums over phases are those of the single ones."""
    phases = list(cases_by_thinning(truth.isel(time=[0]), (2, 1), all_phases=True))
    assert len(phases) == 2
    with pytest.warns(TropdsxWarning, match="bilinear 4.2%, kouba 4.2%, physics 4.2%"):
        found = evaluate(phases, BASELINES)
    with pytest.warns(TropdsxWarning, match="missing"):
        each = [evaluate([case], BASELINES) for case in phases]
    rmse = found.rmse.sel(variable="zwd", group="all")
    assert list(found.model.values) == ["bilinear", "kouba", "physics"]
    assert float(rmse.sel(model="physics")) < float(rmse.sel(model="bilinear"))
    parts = xr.concat([e.rmse.sel(variable="zwd", group="10N to 20N") ** 2 for e in each], "phase")
    whole = found.rmse.sel(variable="zwd", group="10N to 20N") ** 2
    np.testing.assert_allclose(parts.mean("phase"), whole, rtol=0.2)


@pytest.mark.filterwarnings("ignore:the network was trained on spacings of 2 to 10 degrees")
def test_a_network_with_and_without_neighbours(truth, tiny_checkpoint):
    methods = methods_of([tiny_checkpoint, "none", tiny_checkpoint], device="cpu")
    assert [m.name for m in methods[-2:]] == ["tiny", "tiny #2"]
    case = next(cases_by_thinning(truth, (3, 3)))
    network = methods[-1]
    alone = network(case, neighbours=False)
    np.testing.assert_array_equal(alone.time, truth.time)
    assert np.abs(alone.zwd - network(case).zwd).max() > 1e-6
    single = network(Case(case.coarse.isel(time=[2]), case.truth, ""))
    np.testing.assert_allclose(alone.zwd[2], single.zwd[0], atol=1e-6)
    assert "zwd_sigma" in alone
    found = evaluate([case], methods[-1:], neighbours=False)
    assert found.coverage.sel(variable="zwd", group="all").notnull().all()


def test_methods_are_scored_on_a_total_delay_alone(truth):
    total = total_of(truth.isel(time=[0]))
    (coarse,) = cases_by_thinning(truth.isel(time=[0]), (2, 1))
    case = Case(coarse.coarse, standardise_truth(total), "pair")
    with (
        pytest.warns(TropdsxWarning, match="missing and not scored"),
        pytest.warns(TropdsxWarning, match="^total.nc holds ztd alone") as said,
    ):
        found = evaluate([case], BASELINES, name="total.nc")
    assert sum("ztd" in str(each.message) for each in said) == 1
    assert found["variable"].values.tolist() == ["ztd"]
    with pytest.warns(TropdsxWarning, match="missing"):
        expected = evaluate([coarse], BASELINES).rmse.sel(variable=["ztd"])
    np.testing.assert_allclose(found.rmse, expected, rtol=1e-4)
    with pytest.warns(TropdsxWarning, match="ztd split"):
        (thinned,) = cases_by_thinning(total, (2, 1))
    assert "zwd" in thinned.coarse
    assert set(thinned.truth) == {"ztd", "orography"}


@pytest.mark.realdata
def test_physics_on_the_real_pairs(shared):
    """FACTS B1: bilinear 52.2 / 18.5, Kouba 3.9 / 16.5, best known 1.51 / 15.4 mm."""
    import tropdsx

    ds = tropdsx.open_delays(shared / "data" / "vmf3" / "1x1" / "VMF3_20210101.H00.xz")
    cases = cases_by_thinning(
        ds, (5, 5), orography=shared / "data" / "orography" / "orography_ell_1x1"
    )
    found = evaluate(cases, BASELINES).rmse.sel(group="all") * 1e3
    assert float(found.sel(model="physics", variable="zhd")) <= 1.6
    assert float(found.sel(model="physics", variable="zwd")) <= 15.6
    assert float(found.sel(model="bilinear", variable="zhd")) == pytest.approx(52.2, abs=0.1)
    assert float(found.sel(model="bilinear", variable="zwd")) == pytest.approx(18.5, abs=0.1)
    assert float(found.sel(model="kouba", variable="zhd")) == pytest.approx(3.9, abs=0.05)
    assert float(found.sel(model="kouba", variable="zwd")) == pytest.approx(16.5, abs=0.05)


@pytest.mark.realdata
def test_thinned_and_official_coarse_grids_are_one(shared):
    import tropdsx
    from tropdsx.pipeline.options import Options
    from tropdsx.pipeline.run import downscale

    heights = shared / "data" / "orography"
    coarse = tropdsx.open_delays(shared / "data" / "vmf3" / "5x5" / "VMF3_20210101.H00.xz")
    truth = tropdsx.open_delays(shared / "data" / "vmf3" / "1x1" / "VMF3_20210101.H00.xz")
    options = Options(
        coarse_orography=heights / "orography_ell_5x5",
        orography=heights / "orography_ell_1x1",
        model=None,
    )
    own = validate(downscale(coarse, options), truth, exclude=coarse)
    cases = cases_by_thinning(truth, (5, 5), orography=heights / "orography_ell_1x1")
    thinned = evaluate(cases, BASELINES[-1:]).isel(model=0)
    np.testing.assert_allclose(own.rmse, thinned.rmse, rtol=1e-6)


@pytest.mark.parametrize("minutes", [30, 60, 90, 120, 180, 360])
def test_epochs_that_are_to_be_alone_have_no_neighbours(minutes):
    time = np.datetime64("2022-07-01", "ns") + np.arange(160) * np.timedelta64(minutes, "m")
    given = [neighbour_rows(time, hours)[1].any() for hours in NEIGHBOUR_HOURS]
    moved = without_neighbours(xr.Dataset(coords={"time": time})).time.to_numpy()
    left = [neighbour_rows(moved, hours)[1].any() for hours in NEIGHBOUR_HOURS]
    assert (given, left) == ([True, True], [False, False])
