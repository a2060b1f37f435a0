"""Which variable is which, by names, units and standard names."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.variables import find_variable
from tropdsx.errors import TropdsxWarning


def test_temperature_aloft_or_of_the_skin_is_not_taken(coarse):
    plain = coarse.tropds.downscale(3.0, model=None)
    cold = xr.full_like(coarse.zhd, 220.0).assign_attrs(units="K")
    aloft = {
        "t": cold.expand_dims(level=[500.0]),
        "temperature": cold.assign_coords(level=500.0),
        "skt": cold,
    }
    for name, field in aloft.items():
        out = coarse.assign({name: field}).tropds.downscale(3.0, model=None)
        np.testing.assert_array_equal(out.zhd, plain.zhd, err_msg=name)
    with pytest.warns(TropdsxWarning, match="43 K colder than the climatology"):
        near = coarse.assign(t2m=cold).tropds.downscale(3.0, model=None)
    assert np.abs(near.zhd - plain.zhd).max() > 1e-3
    assert "t2m" in near.attrs["tropdsx_notes"]


def test_an_elevation_above_the_horizon_is_no_height():
    angles = xr.Dataset({"elevation": ("x", [5.0, 30.0], {"units": "degree"})})
    assert find_variable(angles, "orography", set()) is None
    angles.elevation.attrs["units"] = "m"
    assert find_variable(angles, "orography", set()) == "elevation"
