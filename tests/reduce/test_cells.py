"""The values between the nodes of a cell."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.evaluate.stations import delays_at


def test_no_wet_delay_below_zero_beside_a_front(coarse):
    """The cubic swings below zero there; what was given below zero stays."""
    front = xr.where(coarse.lon < 180, 0.3, 0.0005) * xr.ones_like(coarse.zwd)
    steep = coarse.assign(
        zwd=front.astype("f4").transpose(*coarse.zwd.dims).assign_attrs(units="m")
    )
    out = steep.tropds.downscale(1.0, model=None)
    assert out.zwd.min() >= 0
    noise = steep.assign(
        zwd=steep.zwd.where(steep.lon != steep.lon[3], -0.001).assign_attrs(units="m")
    )
    with pytest.warns(TropdsxWarning, match="negative wet delays"):
        out = noise.tropds.downscale(coarse[["lat", "lon"]], orography=coarse.orography, model=None)
    np.testing.assert_array_equal(out.zwd, noise.zwd)
    fine = noise.tropds.downscale(1.0, model=None)
    apart = fine.zwd.sel(lat=slice(60, -60), lon=slice(150, 210))
    assert (apart >= 0).all(), "what is far away does not matter"
    east = np.arange(170.3, 190.0)
    at_points = delays_at(standardise_grid(steep)[0], np.full(east.size, 12.0), east, 0.0 * east)
    assert (at_points.zwd >= 0).all()
