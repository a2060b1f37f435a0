"""Height models of the hypsometric equation."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.constants import DRY_GAS_CONSTANT
from tropdsx.atmos.height import lift_pressure, lift_zhd
from tropdsx.errors import TropdsxWarning
from tropdsx.reduce.hypsometric import Climatology, Gpt3
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.reduce.pairs import NodeState

from helpers.atmosphere import GPT3_5, require


def test_climatology_equals_its_formulas(coarse):
    """The fused factors against lift_zhd and lift_pressure of tropdsx.atmos."""
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


def test_a_missing_zhd_does_not_take_the_zwd_along(coarse):
    coarse.zhd[0, 10:13, 20:23] = np.nan
    with (
        pytest.warns(TropdsxWarning, match="'zhd' holds 9 NaN of 7776 values"),
        pytest.warns(TropdsxWarning, match="coarse zhd values are missing"),
    ):
        out = coarse.tropds.downscale(3.0, model=None)
    assert out.zhd.isnull().any()
    assert not out.zwd.isnull().any()


def nodes_at(height, **given):
    when = np.array(["2021-01-15"], "datetime64[ns]")
    lat, lon = np.array([60.0]), np.array([100.0])
    given = {name: np.full((1, 1, 1), value, np.float32) for name, value in given.items()}
    return NodeState(lat, lon, np.full((1, 1), height), when, **given)


def test_over_cold_ground_half_of_what_lacks_to_268_k_is_given_back():
    model = Climatology()
    cold, mild = (
        model.state(nodes_at(0.0, temperature=kelvin))[0].item() for kelvin in (248.0, 278.0)
    )
    assert cold == pytest.approx(258.0)
    assert mild == pytest.approx(278.0)
    # At 2 km the standard lapse says how cold the ground is for its height.
    high = model.state(nodes_at(2000.0, temperature=258.0))[0].item()
    assert high == pytest.approx(258.0)


def test_moist_air_is_lighter():
    dry, moist = (
        Climatology().state(nodes_at(0.0, temperature=300.0, zhd=2.3, zwd=zwd))[0].item()
        for zwd in (0.0, 0.3)
    )
    assert dry == pytest.approx(300.0)
    assert 303.0 < moist < 305.0
    missing = Climatology().state(nodes_at(0.0, temperature=300.0, zhd=np.nan, zwd=0.3))[0].item()
    assert missing == pytest.approx(moist, abs=0.05), "standard pressure stands in for ZHD"


def test_single_precision_heights_make_single_precision_steps():
    """To a ten thousandth of a kelvin, which is 0.0001 mm over 1 km."""
    lat, lon = np.arange(80.0, -81, -10), np.arange(0.0, 360, 30)
    shape, rng = (2, lat.size, lon.size), np.random.default_rng(5)
    time = np.array(["2021-01-20", "2021-07-30"], "datetime64[ns]")
    zhd, zwd = (rng.uniform(*ends, shape).astype("f4") for ends in ((1.8, 2.3), (0.0, 0.4)))
    height = rng.uniform(0.0, 3000.0, shape[1:])
    wanted, _ = Climatology().state(NodeState(lat, lon, height, time, zhd, zwd))
    single = NodeState(lat, lon, height.astype("f4"), time, zhd, zwd)
    found, scale = Climatology().state(single)
    assert found.dtype == scale.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=0)


def test_a_missing_temperature_is_that_of_the_climatology():
    gap = Climatology().state(nodes_at(500.0, temperature=np.nan))[0]
    np.testing.assert_array_equal(gap, Climatology().state(nodes_at(500.0))[0])


def test_scale_heights_out_of_gpt3_are_bounded(monkeypatch):
    air = SimpleNamespace(
        water_vapour_pressure=np.full((1, 1, 3), 10.0),
        water_vapour_decrease_factor=np.array([[[0.1, 2.5, 9.0]]]),
        temperature=np.full((1, 1, 3), 280.0),
        pressure=np.full((1, 1, 3), 1000.0),
    )
    monkeypatch.setattr("tropdsx.reduce.hypsometric.gpt3", lambda *place, grid: air)
    monkeypatch.setattr("tropdsx.reduce.hypsometric._gpt_grid", lambda path: None)
    _, scale = Gpt3("made up").state(nodes_at(0.0))
    assert scale[0, 0, [0, 2]].tolist() == [4000.0, 1500.0]
    assert 1500.0 < scale[0, 0, 1] < 4000.0


@pytest.mark.realdata
def test_gpt3_is_near_the_climatology():
    """Two empirical models of the same air: a few kelvins and a few hundred metres."""
    height, lon = np.zeros((3, 4)), np.arange(5.0, 365.0, 90.0)
    when = np.array(["2021-04-01", "NaT"], "datetime64[ns]")
    nodes = NodeState(np.array([45.0, 0.0, -45.0]), lon, height, when)
    ours, theirs = Climatology().state(nodes), Gpt3(str(require(GPT3_5))).state(nodes)
    for mine, other, most in zip(ours, theirs, (12.0, 1500.0), strict=True):
        assert mine.shape == other.shape == (2, 3, 4)
        assert np.abs(mine - other).max() < most
