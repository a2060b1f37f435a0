"""Stations of a Dataset, as files need them."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError, TropdsxWarning
from tropdsx.write.export.stations import find_complete, stations_of

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


def test_rows_that_lack_a_value_are_counted_by_column():
    fields = {
        "TROTOT": np.array([[2.3, np.nan], [2.3, np.nan]]),
        "IWV": np.array([[1, 2], [np.nan, 4]]),
    }
    text = r"3 of 4 rows lack a value \(TROTOT 2, IWV 1\) and are left out; of B nothing is written"
    with pytest.warns(TropdsxWarning, match=text):
        found = find_complete(fields, np.array(["A", "B"]))
    assert found.tolist() == [[True, False], [False, False]]
    with pytest.raises(OutputError, match="none of the 2 rows has all its values"):
        find_complete({"IWV": np.full((1, 2), np.nan)}, np.array(["A", "B"]))
