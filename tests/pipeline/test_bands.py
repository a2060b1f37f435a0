"""Rows refined by themselves: when that is so, and what they are."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.pipeline.bands import BandRefiner, can_cut_rows
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.pipeline.run import refine
from tropdsx.reduce.polynomials import Heights


@pytest.fixture
def fine():
    axes = {"lat": 49.0 - np.arange(12) / 8, "lon": 8.0 + np.arange(40) / 8}
    height = 300 + 200 * np.sin(9 * axes["lat"])[:, None] * np.cos(3 * axes["lon"])
    return xr.DataArray(height, axes, attrs={"units": "m"})


@pytest.mark.parametrize("height_model", ["climatology", "none"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_rows_are_those_of_the_whole(coarse, fine, monkeypatch, height_model, interpolation):
    monkeypatch.setattr("tropdsx.reduce.separable.TARGETS_AT_ONCE", 100)
    more = {"height_model": height_model, "interpolation": interpolation, "ztd": True}
    ah = coarse["zwd"] * 0 + 0.00125
    ds = coarse.assign(ah=ah.assign_attrs(units="1"))
    plan = make_plan(ds, Options(target=fine, model=None, **more), companions=True)
    whole = refine(plan, plan.grid, np.array([1]))[0]
    height = plan.target.fine["orography"].to_numpy()
    refiner = BandRefiner(plan, Heights.of(height))
    epoch = refiner.prepare(plan.grid, 1)
    assert refiner.rows_at_once > 1
    for start, stop in ((0, 5), (5, 6), (6, 12)):
        first, last = refiner.reach(start, stop)
        assert first <= start < stop <= last
        found = refiner.refine(epoch, start, stop, first, height[first:last])
        assert set(found) == {"zhd", "zwd", "ztd", "ah"}
        for name, values in found.items():
            np.testing.assert_array_equal(values[0], whole[name].to_numpy()[0, start:stop])


def test_what_cannot_be_cut(coarse, fine):
    def cut(ds, target):
        return can_cut_rows(make_plan(ds, Options(target=target, model=None)))

    assert cut(coarse, fine)
    assert not cut(coarse, coarse[["orography"]])
    # Two terrains, one after the other.
    moving = np.where(coarse["zwd"]["time"] > coarse["time"][0], 100.0, 0.0)
    heights = coarse["orography"] + xr.DataArray(moving, dims="time")
    with pytest.warns(UserWarning, match="change with time"):
        assert not cut(coarse.drop_vars("orography").assign(orography=heights), fine)
