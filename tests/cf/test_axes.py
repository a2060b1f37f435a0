"""Which coordinate is latitude, longitude or time."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.standardise import standardise_grid

from helpers.grids import delays


def test_curvilinear_is_refused_but_repeated_rows_are_a_grid():
    ds = delays().rename(lat="y", lon="x")
    lat, lon = xr.broadcast(ds.y, ds.x)
    plain = ds.drop_vars(["y", "x"]).assign_coords(
        latitude=(("y", "x"), lat.values), longitude=(("y", "x"), lon.values)
    )
    grid, _ = standardise_grid(plain)
    np.testing.assert_array_equal(grid.zhd, delays().zhd)
    with pytest.raises(GridError, match="curvilinear"):
        standardise_grid(plain.assign_coords(latitude=plain.latitude + plain.longitude / 100))
