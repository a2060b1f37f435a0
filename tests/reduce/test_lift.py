import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.mean_atmospheres import lift_zhd_kouba, lift_zwd_kouba
from tropdsx.errors import GridError
from tropdsx.reduce.height_models import find_height_model
from tropdsx.reduce.hypsometric import Climatology
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.reduce.pairs import NodeState

from helpers.fields import delays

LAT1, LON1 = np.arange(89.5, -90.0, -1.0), np.arange(0.5, 360.0)


def fine_target(orography=None):
    heights = np.zeros((180, 360)) if orography is None else orography
    return xr.Dataset(
        {"orography": (("lat", "lon"), heights, {"units": "m"})}, {"lat": LAT1, "lon": LON1}
    )


@pytest.mark.parametrize("model", ["climatology", "kouba", "none"])
def test_a_node_at_its_own_height_keeps_its_value_bit_for_bit(coarse, model):
    heights = np.random.default_rng(0).uniform(0, 4000, (180, 360))
    heights[2::5, 2::5] = coarse["orography"]
    fine = reduce_to_orography(coarse, fine_target(heights), height_model=model)
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(fine[name].values[:, 2::5, 2::5], coarse[name].values)


def test_kouba_is_the_formula_at_a_node(coarse):
    target = xr.Dataset(
        {"orography": (("lat", "lon"), np.full((1, 1), 1500.0))}, {"lat": [47.5], "lon": [12.5]}
    )
    node = coarse.sel(lat=47.5, lon=12.5).isel(time=0)
    fine = reduce_to_orography(coarse, target, height_model="kouba").isel(time=0)
    height = float(node["orography"])
    assert fine["zhd"].item() == pytest.approx(
        float(lift_zhd_kouba(node["zhd"].item(), 47.5, height, 1500.0)), abs=2e-6
    )
    assert fine["zwd"].item() == pytest.approx(
        float(lift_zwd_kouba(node["zwd"].item(), height, 1500.0)), abs=1e-6
    )


def test_climatology_equals_its_formulas(coarse):
    """The fused factors against lift_zhd and lift_pressure of tropdsx.atmos."""
    from tropdsx.atmos.constants import DRY_GAS_CONSTANT
    from tropdsx.atmos.height import lift_pressure, lift_zhd

    target = xr.Dataset(
        {"orography": (("lat", "lon"), np.full((1, 1), 2500.0))}, {"lat": [-12.5], "lon": [292.5]}
    )
    one = coarse.isel(time=slice(0, 1))
    fine = reduce_to_orography(one, target)
    nodes = NodeState(
        one.lat.values,
        one.lon.values,
        one.orography.values,
        one.time.values,
        one.zhd.values,
        one.zwd.values,
    )
    virtual, scale = (
        xr.DataArray(part[0], one.orography.coords, ("lat", "lon")).sel(lat=-12.5, lon=292.5).item()
        for part in Climatology().state(nodes)
    )
    node = one.sel(lat=-12.5, lon=292.5)
    height = float(node.orography)
    zhd = lift_zhd(node.zhd.item(), -12.5, height, 2500.0, virtual)
    gravity = DRY_GAS_CONSTANT * virtual / scale
    zwd = lift_pressure(node.zwd.item(), height, 2500.0, virtual, gravity=gravity)
    assert fine.zhd.item() == pytest.approx(float(zhd), abs=3e-6)
    assert fine.zwd.item() == pytest.approx(float(zwd), abs=1e-6)


def test_scale_height_holds_for_small_steps(coarse):
    target = coarse[["orography"]] + 1.0
    fine = reduce_to_orography(coarse, target)
    fall = np.log(fine.zwd.values / coarse.zwd.values)
    assert (-1 / fall).min() > 2400
    assert (-1 / fall).max() < 3600


def test_input_temperature_is_used(coarse):
    warm = xr.full_like(coarse.zhd, 300.0)
    cold = xr.full_like(coarse.zhd, 270.0)
    target = coarse[["orography"]] + 1000.0
    lifted = [reduce_to_orography(coarse.assign(temperature=t), target).zhd for t in (warm, cold)]
    # A colder column is denser: more of the delay lies below.
    assert (lifted[0] > lifted[1]).all()


def test_season_matters_and_missing_time_gives_the_annual_mean(coarse):
    target = coarse[["orography"]] + 2000.0
    when = {"jan": "2021-01-15", "jul": "2021-07-15", "none": "NaT"}
    at = {
        name: coarse.isel(time=[0]).assign_coords(time=[np.datetime64(day, "ns")])
        for name, day in when.items()
    }
    zhd = {name: reduce_to_orography(ds, target).zhd.values for name, ds in at.items()}
    north = (0, slice(4, 10))
    assert (zhd["jul"][north] > zhd["jan"][north]).all()
    assert (zhd["none"][north] < zhd["jul"][north]).all()
    assert (zhd["none"][north] > zhd["jan"][north]).all()


def test_lazy_chunks_and_values(coarse, no_compute):
    target = fine_target()
    lazy = reduce_to_orography(coarse.chunk(time=1), target.chunk())
    assert lazy.zhd.chunksizes["time"] == (1, 1, 1)
    assert set(lazy) == {"zhd", "zwd"}


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_chunks_do_not_change_a_bit(coarse, chunk):
    target = fine_target(np.full((180, 360), 700.0))
    eager = reduce_to_orography(coarse, target)
    lazy = reduce_to_orography(coarse.chunk(time=chunk), target).compute(scheduler="threads")
    xr.testing.assert_identical(eager, lazy)


def test_one_delay_alone(coarse):
    both = reduce_to_orography(coarse, fine_target())
    alone = reduce_to_orography(coarse.drop_vars("zhd"), fine_target())
    assert set(alone) == {"zwd"}
    np.testing.assert_allclose(alone.zwd, both.zwd, atol=1e-3)


def test_missing_node_touches_its_cells_only_and_is_counted(coarse):
    coarse = coarse.copy(deep=True)
    coarse.zwd[0, 10, 10] = np.nan
    with pytest.warns(UserWarning, match="1 of .* missing"):
        fine = reduce_to_orography(coarse, fine_target())
    missing = np.isnan(fine.zwd.values)
    assert 200 < missing[0].sum() <= 20 * 20
    assert not missing[1:].any()
    assert not np.isnan(fine.zhd.values).any()


def test_region_equals_global_inside(coarse):
    """Away from its edges a region gives what the whole globe gives."""
    box = coarse.sel(lat=slice(70, 20), lon=slice(30, 120))
    inner = fine_target().sel(lat=slice(58, 33), lon=slice(44, 106))
    a = reduce_to_orography(box, inner)
    b = reduce_to_orography(coarse, inner)
    np.testing.assert_allclose(a.zhd, b.zhd, atol=1e-6)


def test_target_outside_is_refused(coarse):
    box = coarse.sel(lat=slice(70, 20), lon=slice(30, 120))
    with pytest.raises(GridError, match="outside the coarse grid"):
        reduce_to_orography(box, fine_target().sel(lat=slice(-10, -30)))


def test_no_orography_says_how_to_give_it(coarse):
    with pytest.raises(GridError, match="coarse_orography="):
        reduce_to_orography(coarse.drop_vars("orography"), fine_target())


def test_unknown_height_model():
    with pytest.raises(GridError, match="climatology"):
        find_height_model("berg")


def test_no_warning_on_clean_input(coarse):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reduce_to_orography(coarse, fine_target())


def test_user_lapse_table(coarse, tmp_path):
    lat, lon = np.arange(-87.5, 90, 5), np.arange(2.5, 360, 5)
    table = xr.Dataset(
        {
            name: (("lat", "lon", "coef"), np.broadcast_to([value, 0, 0, 0, 0], (36, 72, 5)))
            for name, value in (("tau", 0.0226), ("gama", 2.6))
        },
        {"lat": lat, "lon": lon},
    )
    table.to_netcdf(tmp_path / "lapse.nc")
    target = coarse[["orography"]] + 500.0
    fine = reduce_to_orography(coarse, target, height_model=tmp_path / "lapse.nc")
    ratio = (1 - 0.0226 * 0.5) ** 5.256
    np.testing.assert_allclose(fine.zhd, coarse.zhd * ratio, rtol=2e-6)
    np.testing.assert_allclose(fine.zwd, coarse.zwd * ratio**3.6, rtol=2e-6)
    with pytest.raises(GridError, match="tau"):
        find_height_model(table.drop_vars("tau").rename(gama="x"))


def test_poles_in_the_coarse_grid():
    grid = delays(np.arange(90.0, -91, -2.0), np.arange(0.0, 360, 2.5), epochs=1)
    fine = reduce_to_orography(grid, fine_target())
    assert np.isfinite(fine.zhd.values).all()


@pytest.mark.filterwarnings("ignore:.*are missing:UserWarning")
def test_a_missing_zhd_does_not_take_the_zwd_along(coarse):
    coarse.zhd[0, 10:13, 20:23] = np.nan
    out = coarse.tropds.downscale(3.0, model=None)
    assert out.zhd.isnull().any()
    assert not out.zwd.isnull().any()
