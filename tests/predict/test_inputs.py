"""What a network is given."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import CheckpointError, TropdsxWarning
from tropdsx.predict.inputs import coarse_series, find_network, warn_spacing


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"precision": "half"}, "precision 'half' is unknown"),
        ({"batch_size": 0}, "batch_size 0 found"),
        ({"batch_size": 1.5}, "batch_size 1.5 found"),
        ({"device": "tpu"}, "device 'tpu' is unknown"),
    ],
)
def test_unknown_options_are_named(options, text):
    with pytest.raises(CheckpointError, match=text):
        find_network("default", **{"device": "cpu"} | options)


def test_neighbours_are_looked_up_in_the_whole_series(coarse):
    """Also for a part of it; NaN where the series has none."""
    series = coarse_series(coarse, ("zhd", "zwd"), np.array([1, 2]))
    assert [field.sizes["time"] for field in series] == [2] * 6
    now, _, before, _, after, _ = (field.values for field in series)
    zhd = coarse.zhd.values
    np.testing.assert_array_equal(now, zhd[1:])
    np.testing.assert_array_equal(before, zhd[:2])
    np.testing.assert_array_equal(after[0], zhd[2])
    assert np.isnan(after[1]).all()


def test_neighbours_keep_the_chunks(coarse, no_compute):
    lazy = coarse.chunk(time=2)
    for field in coarse_series(lazy, ("zwd",)):
        assert field.chunks == lazy.zwd.chunks


def test_spacings_that_training_did_not_see_are_told_of():
    grid = xr.Dataset(coords={"lat": [40.0, 28.0], "lon": [0.0, 12.0]})
    with pytest.warns(TropdsxWarning, match="spacings of 2 to 10 degrees, the input has 12 x 12"):
        warn_spacing(grid, {"coarse_spacing": [2, 10]})
    warn_spacing(grid, {"coarse_spacing": [2, 12]})
    warn_spacing(grid, {})
