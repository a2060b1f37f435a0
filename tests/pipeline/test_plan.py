"""What is planned before anything is computed."""

import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning


def test_a_target_partly_outside_is_told_of(coarse):
    europe = coarse.sel(lat=slice(60, 30), lon=slice(0, 40))
    target = xr.Dataset(coords={"lat": [50.0, 45.0], "lon": [-15.0, -5.0, 5.0, 15.0]})
    with pytest.warns(TropdsxWarning, match="4 of 8 nodes of the target lie outside"):
        out = europe.tropds.downscale(target, orography=0.0 * coarse.orography, model=None)
    assert int(out.zwd[0].isnull().sum()) == 4
