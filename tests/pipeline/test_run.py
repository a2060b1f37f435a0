"""The main job in four calls."""

import json

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.description import describe_variables
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.pipeline.run import describe, downscale, refine, restored


@pytest.fixture
def options() -> Options:
    return Options(target=10.0, model=None, ztd=True)


def test_downscale_is_the_four_calls_in_order(coarse, options):
    plan = make_plan(coarse, options)
    fine, network = refine(plan, plan.grid)
    by_hand = restored(describe(fine, plan, network, coarse, command="by hand"), plan)
    by_hand = describe_variables(by_hand)
    whole = downscale(coarse, options, command="by hand")
    assert whole.drop_attrs(deep=False).identical(by_hand.drop_attrs(deep=False))
    assert whole.attrs.keys() == by_hand.attrs.keys()


def test_refine_takes_any_part_along_time(coarse, options):
    plan = make_plan(coarse, options)
    whole, _ = refine(plan, plan.grid)
    part, _ = refine(plan, plan.grid, np.array([2]))
    assert np.array_equal(part.zwd[0], whole.zwd[2])
    assert np.array_equal(part.zhd[0], whole.zhd[2])


def test_a_network_knows_neighbours_of_the_epochs_that_are_wanted(coarse, tiny_checkpoint):
    plan = make_plan(coarse, Options(target=10.0, model=tiny_checkpoint))
    whole, network = refine(plan, plan.grid)
    middle, _ = refine(plan, plan.grid, np.array([1]))
    alone, _ = refine(plan, plan.grid.isel(time=[1]), np.array([0]))
    assert np.array_equal(middle.zwd[0], whole.zwd[1])
    assert not np.array_equal(middle.zwd[0], alone.zwd[0])
    assert network.keys() == {"model", "device", "precision"}


def test_the_total_is_the_sum_and_needs_both(coarse, options):
    out = downscale(coarse, options)
    assert np.array_equal(out.ztd, out.zhd + out.zwd)
    with pytest.raises(GridError, match="the total delay needs zhd and zwd"):
        downscale(coarse.drop_vars("zwd"), options)


def test_describe_says_what_was_decided_and_nothing_of_the_standard_grid(coarse, options):
    named = coarse.assign_attrs(title="a title of the input", institution="somewhere")
    plan = make_plan(named, options)
    fine, network = refine(plan, plan.grid)
    out = describe(fine.assign_attrs(title="left over"), plan, network, named, command="my command")
    assert "my command" in out.attrs["history"]
    assert json.loads(out.attrs["tropdsx_parameters"])["target"] == 10.0
    assert out.attrs.get("title") != "left over"


def test_restored_gives_the_orientation_of_the_caller(coarse, options):
    turned = coarse.isel(lat=slice(None, None, -1)).rename(lat="latitude", lon="longitude")
    plan = make_plan(turned, options)
    out = restored(refine(plan, plan.grid)[0], plan)
    assert out.zhd.dims == ("time", "latitude", "longitude")
    assert float(out.latitude[0]) < float(out.latitude[-1])
    same = downscale(coarse, options)
    assert np.array_equal(out.zhd, same.zhd[:, ::-1])


def test_restored_gives_the_axes_of_the_callers_own_target(coarse):
    axes = {"lat": [40.0, 45.0], "lon": [-5.0, 5.0]}
    heights = xr.DataArray(np.zeros((2, 2)), axes, attrs={"units": "m"})
    out = downscale(coarse, Options(target=heights.to_dataset(name="orography"), model=None))
    assert np.array_equal(out.lat, axes["lat"])
    assert np.array_equal(out.lon, axes["lon"])


def test_nothing_is_computed_for_lazy_input(coarse, options, no_compute):
    out = downscale(coarse.chunk(time=1), options)
    assert all(out[name].chunks for name in ("zhd", "zwd", "ztd"))


def test_coefficients_and_gradients_come_along_and_delays_keep_their_bits(coarse, options):
    plane = 1.2e-3 + 1e-6 * coarse.lat + 0 * coarse.zhd
    with_them = coarse.assign(
        ah=plane.assign_attrs(units="1"), gradient_north=(1e3 * plane).assign_attrs(units="mm")
    )
    bare, fine = downscale(coarse, options), downscale(with_them.chunk(time=1), options)
    assert fine.ah.chunks is not None
    assert set(fine.data_vars) - set(bare.data_vars) == {"ah", "gradient_north"}
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(fine[name], bare[name])
    inside = np.abs(fine.lat) <= float(coarse.lat.max())
    wanted = (0 * fine.zhd + 1.2e-3 + 1e-6 * fine.lat).where(inside, drop=True)
    np.testing.assert_allclose(fine.ah.where(inside, drop=True), wanted, rtol=1e-6)
    assert fine.gradient_north.attrs["units"] == "m"
    np.testing.assert_allclose(fine.gradient_north.where(inside, drop=True), wanted, rtol=1e-6)
    assert "ah, gradient_north of the input interpolated" in fine.attrs["tropdsx_notes"]
    plan = make_plan(with_them, options, companions=True)
    part, _ = refine(plan, plan.grid, np.array([2]))
    np.testing.assert_array_equal(restored(part, plan).ah[0], fine.ah[2])


@pytest.mark.usefixtures("tight")
def test_epochs_that_ask_for_too_much_are_told_once(coarse, tiny_checkpoint, monkeypatch):
    """Each epoch of an eager call is a block of its own, with its own number."""
    monkeypatch.setattr("tropdsx.nn.cells.bounds.TOLD", 0.01)
    with pytest.warns(TropdsxWarning) as told:
        downscale(coarse, Options(target=10.0, model=tiny_checkpoint))
    assert len([each for each in told if "bounded there" in str(each.message)]) == 1
    assert "use model=None" in str(told[0].message)
