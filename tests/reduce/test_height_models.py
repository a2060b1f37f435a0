"""Height models by name."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.mean_atmospheres import lift_zhd_kouba, lift_zwd_kouba
from tropdsx.errors import GridError
from tropdsx.reduce.height_models import HEIGHT_MODELS, find_height_model
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.reduce.pairs import NodeState, pairs_of


def test_unknown_height_model():
    with pytest.raises(GridError, match="climatology"):
        find_height_model("berg")


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


@pytest.mark.parametrize("name", [name for name in HEIGHT_MODELS if name != "gpt3"])
def test_a_name_gives_a_model_whose_factors_are_one_at_the_same_height(name):
    model = find_height_model(name)
    assert model.name == name
    assert find_height_model(model) is model
    lat, lon = np.array([47.5, 42.5]), np.array([7.5, 12.5])
    height = np.array([[0.0, 500.0], [1000.0, 3000.0]])
    nodes = NodeState(lat, lon, height, np.array(["2021-07-01"], "datetime64[ns]"))
    index = np.arange(4)
    state = tuple(part[0].ravel() for part in model.state(nodes))
    pairs = pairs_of(index, lat, height, height.ravel())
    for factor in model.factors(state, pairs):
        assert factor.dtype == np.float32
        np.testing.assert_array_equal(factor, 1.0)
