"""Scores and maps have names, units, and the orientation of the estimate."""

import numpy as np
import pytest

from tropdsx.workflows.evaluate.align import align
from tropdsx.workflows.evaluate.description import describe_scores, make_maps
from tropdsx.workflows.evaluate.sums import sum_epochs

from helpers.evaluation import KINDS, turned


def test_every_variable_says_what_it_is(fine, truth):
    pair = align(fine, truth)
    sums, epochs = sum_epochs(pair)
    found = describe_scores(pair, sums, epochs=epochs, name="truth.nc")
    for name, variable in found.data_vars.items():
        assert variable.attrs["long_name"], name
        assert variable.attrs["units"] in ("m", "m2", "m km-1", "1"), name
    assert found.zhd_rmse.attrs == {
        "units": "m",
        "long_name": "root-mean-square error of the zenith hydrostatic delay",
    }
    assert found.ztd_correlation.attrs["units"] == "1"
    assert found.gradient_rmse.attrs["units"] == "m km-1"
    assert found.attrs["validation_reference"] == "truth.nc"
    assert found.attrs["validation_epochs"] == epochs == 5


@pytest.mark.parametrize("kind", KINDS)
def test_maps_lie_as_the_estimate_does(fine, truth, kind):
    straight = align(fine, truth)
    pair = align(turned(fine, kind), truth)
    plain, maps = (make_maps(each, sum_epochs(each)[0]) for each in (straight, pair))
    lat, lon = sorted(maps.zwd_bias.dims)
    assert [dim for dim in turned(fine, kind).sizes if dim in (lat, lon)] == list(
        dict.fromkeys(maps.zwd_bias.dims)
    )
    back = maps.zwd_bias.transpose(lat, lon).assign_coords({lon: maps[lon] % 360})
    back = back.drop_duplicates(lon).sortby([lat, lon])
    np.testing.assert_allclose(
        back, plain.zwd_bias.sortby(["lat", "lon"]), atol=1e-7
    )  # float32 by way of mm
