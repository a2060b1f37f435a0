"""The outline of a large result is what the result itself says, without values."""

import numpy as np
import xarray as xr

from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.pipeline.run import refine
from tropdsx.workflows.convert.outline import outline


def test_names_types_and_attributes_are_those_of_the_whole(coarse, tiny_checkpoint):
    axes = {"lat": 49.0 - np.arange(9), "lon": 8.0 + np.arange(7)}
    heights = xr.DataArray(np.zeros((9, 7)), axes, attrs={"units": "m"})
    options = Options(target=heights, model=tiny_checkpoint, sigma=True, ztd=True)
    plan = make_plan(coarse.chunk(time=1), options)
    whole, network = refine(plan, plan.grid)
    found, same_network = outline(plan)
    assert network == same_network
    assert list(found.data_vars) == list(whole.data_vars)
    assert set(found.coords) == set(whole.coords)
    for name, var in whole.variables.items():
        other = found.variables[name]
        assert (other.dims, other.shape, other.dtype) == (var.dims, var.shape, var.dtype), name
        assert {k: str(v) for k, v in other.attrs.items()} == {
            k: str(v) for k, v in var.attrs.items()
        }
    assert found["zwd"].chunks is not None
    xr.testing.assert_equal(found["lat"].drop_vars("lat"), whole["lat"].drop_vars("lat"))
