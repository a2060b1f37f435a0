import warnings

import dask
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.grid.thinning import parse_thinning, thin
from tropdsx.workflows.evaluate.align import align
from tropdsx.workflows.evaluate.cases import Case, cases_by_thinning, standardise_truth
from tropdsx.workflows.evaluate.comparison import validate, with_rmse_maps
from tropdsx.workflows.evaluate.groups import groups_of, is_land, season_of
from tropdsx.workflows.evaluate.methods import BASELINES, evaluate, methods_of

from helpers.fields import delays

LAT, LON = np.arange(86.25, -90, -7.5), np.arange(3.75, 360, 7.5)


@pytest.fixture(scope="module")
def truth():
    return delays(LAT, LON, epochs=5)


@pytest.fixture(scope="module")
def fine(truth):
    rng = np.random.default_rng(0)
    out = truth.copy(deep=True)
    for name, size in (("zhd", 0.002), ("zwd", 0.01)):
        out[name].data += rng.normal(0, size, out[name].shape).astype(np.float32)
    return out


def weighted_rmse(fine, truth, name, kept=1.0):
    weight = np.cos(np.radians(LAT))[:, None] * np.ones((1, LON.size)) * kept
    error = fine[name].values.astype(float) - truth[name].values
    return np.sqrt(np.average(error**2, weights=np.broadcast_to(weight, error.shape)))


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


def turned(ds, kind):
    """The same delays, kept differently."""
    if kind == "south first, -180..180":
        ds = ds.isel(lat=slice(None, None, -1))
        lon = (ds.lon + 180) % 360 - 180
        return ds.assign_coords(lon=lon).sortby("lon")
    if kind == "other names, order, units":
        out = ds.rename(lat="latitude", lon="longitude", time="valid_time")
        out = out.transpose("longitude", "latitude", "valid_time")
        for name in ("zhd", "zwd"):
            out[name] = (out[name] * 1000).assign_attrs(units="mm")
        return out.rename(zhd="hydrostatic_delay", zwd="wet_delay")
    if kind == "repeated column":
        last = ds.isel(lon=[0]).assign_coords(lon=ds.lon.values[:1] + 360)
        return xr.concat([ds, last], "lon", data_vars="minimal")
    return ds.isel(time=[4, 2, 0, 1, 3])  # epochs in disorder


KINDS = ["south first, -180..180", "other names, order, units", "repeated column", "disorder"]


@pytest.mark.filterwarnings("ignore::tropdsx.TropdsxWarning")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["fine", "reference"])
def test_orientation_does_not_matter(fine, truth, kind, side):
    expected = validate(fine, truth)
    args = (turned(fine, kind), truth) if side == "fine" else (fine, turned(truth, kind))
    found = validate(*args)
    np.testing.assert_allclose(found.rmse, expected.rmse, rtol=1e-4)
    np.testing.assert_allclose(found.power, expected.power, rtol=1e-3, atol=1e-12)


def test_maps_keep_the_orientation_of_the_estimate(fine, truth):
    found = validate(turned(fine, "south first, -180..180"), truth)
    assert found.lat[0] < found.lat[-1]
    assert float(found.lon[0]) == -176.25
    expected = validate(fine, truth).zwd_rmse
    np.testing.assert_allclose(
        found.zwd_rmse.sel(lat=41.25, lon=-176.25), expected.sel(lat=41.25, lon=183.75)
    )


def test_chunks_do_not_matter_and_memory_stays_flat(fine, truth):
    expected = validate(fine, truth)
    for chunk in (1, 2, 5):
        seen: list[int] = []
        lazy = [ds.chunk(time=chunk) for ds in (fine, truth)]
        with dask.config.set(scheduler="synchronous"):
            found = validate(*lazy, progress=lambda *place, seen=seen: seen.append(place))
        xr.testing.assert_allclose(found, expected)
        assert seen[-1] == (5, 5)


def test_excluded_nodes_do_not_count(fine, truth):
    coarse = thin(truth, (2, 3), (0, 1))
    kept = np.ones((LAT.size, LON.size))
    kept[0::2, 1::3] = 0
    found = validate(fine, truth, exclude=turned(coarse, "south first, -180..180"))
    expected = weighted_rmse(fine, truth, "zwd", kept)
    assert float(found.rmse.sel(variable="zwd", group="all")) == pytest.approx(expected)
    with pytest.raises(GridError, match="nothing is left to score"):
        validate(fine, truth, exclude=truth)


def test_common_epochs_and_nodes_only(fine, truth):
    part = truth.isel(time=[1, 3], lat=slice(4, 15), lon=slice(10, 30))
    found = validate(fine, part)
    assert found.attrs["validation_epochs"] == 2
    assert found.zwd_rmse.shape == (11, 20)
    error = (fine.zwd - part.zwd).astype(float)
    np.testing.assert_allclose(found.zwd_bias, error.mean("time"), atol=1e-8)


def test_single_fields_without_a_date(fine, truth):
    one, other = fine.isel(time=0, drop=True), truth.isel(time=[0])
    found = validate(one, other)
    assert found.attrs["validation_epochs"] == 1
    assert found.zwd_correlation.isnull().all()


def test_nothing_in_common_is_named(fine, truth):
    later = truth.assign_coords(time=truth.time + np.timedelta64(300, "D"))
    with pytest.raises(GridError, match=r"no epoch in common: the estimate has 5 \(2022-03-09"):
        validate(fine, later)
    with pytest.raises(GridError, match="no lon node in common"):
        validate(fine, truth.assign_coords(lon=LON + 1))
    with pytest.raises(GridError, match="holds zhd and the reference zwd: none in common"):
        validate(fine[["zhd"]], truth[["zwd"]])


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


def test_missing_values_are_counted(fine, truth):
    holed = fine.copy(deep=True)
    holed["zwd"][:, 3:5, 2:9] = np.nan
    with pytest.warns(TropdsxWarning, match="zwd: 70 of the values"):
        found = validate(holed, truth)
    assert found.rmse.sel(group="all").notnull().all()
    assert found.zwd_rmse.isnull().sum() == 14


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


def test_groups_of_places_and_times():
    lat, lon = np.array([90.0, 10.0, 5.0, 0.0, -5.0, -90.0]), np.array([20.0])
    index = groups_of(lat, lon, np.full((6, 1), 2500.0)).index.ravel()
    band, _, level = np.unravel_index(index, (18, 2, 5))
    assert band.tolist() == [0, 8, 8, 8, 9, 17]
    assert level.tolist() == [4] * 6
    # Sofia's plain, the Atlantic, and the sea south of India where the geoid is 105 m low.
    heights = np.diag([600.0, 60.0, -100.0])
    land = is_land(np.array([42.5, 40.0, 5.0]), np.array([23.5, 330.0, 78.0]), heights)
    assert np.diag(land).tolist() == [True, False, False]
    months = np.array([f"2022-{m:02}-15" for m in range(1, 13)], "datetime64[D]")
    assert season_of(months).tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0]


def test_thinning():
    assert parse_thinning("2x3") == (2, 3)
    for text in ("0", "1", "axb", "5x", ""):
        with pytest.raises(InputError, match="accepted are N or ROWSxCOLUMNS"):
            parse_thinning(text)
    ds = delays(LAT, LON, epochs=1)
    with pytest.raises(GridError, match="48 columns round the globe cannot be thinned by 5"):
        thin(ds, (2, 5), (0, 0))
    with pytest.raises(GridError, match="fewer than 2 x 2"):
        thin(ds, (20, 2), (10, 0))
    with pytest.raises(GridError, match="without orography"):
        next(cases_by_thinning(ds.drop_vars("orography"), (2, 2)))


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


def test_a_period_still_sees_the_epochs_next_to_it(truth, tiny_checkpoint):
    network = methods_of([tiny_checkpoint], device="cpu")[-1]
    case = next(cases_by_thinning(truth, (3, 3), period="2022-03-09T12/2022-03-09T12"))
    whole = next(cases_by_thinning(truth, (3, 3)))
    assert case.truth.sizes["time"] == 1
    a, b = align(network(case), case.truth), network(whole)
    np.testing.assert_allclose(a.fine.zwd[0], b.zwd[2], atol=1e-6)


def total_of(ds):
    total = (ds.zhd + ds.zwd).assign_attrs(units="m").to_dataset(name="ztd")
    return total.assign(orography=ds.orography)


def test_a_total_delay_needs_no_orography_and_is_taken_as_stored(fine, truth):
    total = total_of(truth)
    total["ztd"].data[:, 3] = 0.9  # below what a standard atmosphere alone gives
    for reference in (total, total.drop_vars("orography")):
        np.testing.assert_array_equal(align(fine, reference).reference.ztd, total.ztd)
    with pytest.warns(TropdsxWarning, match="^the estimate holds ztd alone: zhd and zwd are not"):
        found = validate(total, truth)
    assert found["variable"].values.tolist() == ["ztd"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is left out
        validate(total, total)


def test_methods_are_scored_on_a_total_delay_alone(truth):
    total = total_of(truth.isel(time=[0]))
    (coarse,) = cases_by_thinning(truth.isel(time=[0]), (2, 1))
    case = Case(coarse.coarse, standardise_truth(total), "pair")
    with pytest.warns(TropdsxWarning, match="^total.nc holds ztd alone") as said:
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


def test_rmse_maps_need_a_delay_that_the_result_stores(fine, truth):
    with pytest.raises(GridError, match=r"total.nc holds ztd alone and the result zhd and zwd"):
        with_rmse_maps(fine, total_of(truth), name="total.nc")
    out = with_rmse_maps(fine.assign(total_of(fine)[["ztd"]]), total_of(truth), name="total.nc")
    assert "ztd_rmse" in out


def test_undated_epochs_of_one_file_are_the_same_in_order(truth):
    undated = truth.assign_coords(time=np.arange(5.0))
    (case,) = cases_by_thinning(undated, (2, 2))
    with pytest.warns(TropdsxWarning, match="missing"):
        found = evaluate([case], BASELINES[:1])
    assert found.attrs["validation_epochs"] == 5
    assert found.attrs["validation_period"] == "not recorded"
    # Two files may hold any epochs, and so may one whose number of epochs has changed.
    with pytest.raises(GridError, match=r"a single one$"):
        validate(undated, undated)
    with pytest.raises(GridError, match="has 4 without dates, the reference 5 without dates"):
        align(case.truth.isel(time=slice(4)), case.truth, one_file=True)


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
