"""Variables beside the delays, on the standard nodes."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.checks.companions import arrange_companion
from tropdsx.grid.standardise import standardise_grid


def grid():
    axes = {
        "time": np.array(["2021-01-01T06", "2021-01-01T00"], "M8[ns]"),
        "lat": [-10.0, 0.0, 10.0],
        "lon": [-20.0, -10.0, 0.0, 10.0],
    }
    values = np.arange(24.0).reshape(2, 3, 4)
    ds = xr.Dataset({"ah": (tuple(axes), values), "zwd": (tuple(axes), 0.1 + values / 100)}, axes)
    ds["zwd"].attrs["units"] = "m"
    return ds


def test_in_the_order_of_the_delays_and_lazy():
    ds = grid()
    standard, _ = standardise_grid(ds)
    lazy = ds.ah.copy(data=da.from_array(ds.ah.values, chunks=(1, -1, -1)))
    found = arrange_companion(lazy, standard, ds)
    assert found.chunks is not None
    np.testing.assert_allclose(standard.zwd, 0.1 + found / 100, rtol=1e-6)
    still = arrange_companion(ds.ah[0].drop_vars("time"), standard, ds)
    assert still.shape == (1, 3, 4)
    np.testing.assert_array_equal(still[0], found[1])


def test_other_nodes_are_refused():
    standard, _ = standardise_grid(grid())
    with pytest.raises(GridError, match="'ah' does not lie on the nodes"):
        arrange_companion(grid().ah, standard, grid().assign_coords(lat=[-9.0, 0.0, 9.0]))
