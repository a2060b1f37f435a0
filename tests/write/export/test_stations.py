"""Stations of a Dataset, as files need them."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.write.export.stations import stations_of

from helpers.series import series


def test_heights_above_the_geoid_are_brought_to_the_ellipsoid():
    ds = series()
    assert stations_of(ds).height.tolist() == [666.0, 956.3, 723.1]
    ds["height"].attrs["standard_name"] = "altitude"
    with pytest.warns(TropdsxWarning, match="above the geoid"):
        height = stations_of(ds).height
    np.testing.assert_allclose(height[:2], [713.0, 1006.2], atol=1.0)


def test_what_is_missing():
    with pytest.raises(GridError, match=r"needs time .dates. and station"):
        stations_of(xr.Dataset(coords={"lat": [1.0]}))
    with pytest.raises(GridError, match="needs time"):
        stations_of(series().assign_coords(time=np.arange(8)))
    with pytest.raises(GridError, match="have no lon, height"):
        stations_of(series().drop_vars(["lon", "height"]))
    ds = series()
    ds["lat"] = ds.lat.where(ds.station != "WTZR")
    with pytest.raises(GridError, match="station WTZR has no place"):
        stations_of(ds)
