"""Labelled heights come to the ellipsoid in any order of dimensions, lazy ones when computed."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.datum import Datum
from tropdsx.geoid.labelled import about_heights, refer_to_ellipsoid

from helpers.world import LAT, LON, above_geoid

FIELD = xr.DataArray(above_geoid(), {"lat": LAT, "lon": LON}, attrs={"units": "m"})


@pytest.mark.parametrize("dims", [("lat", "lon"), ("lon", "lat"), ("time", "lat", "lon")])
def test_any_order_of_dimensions(dims):
    field = FIELD.expand_dims(time=2) if "time" in dims else FIELD
    with pytest.warns(TropdsxWarning, match="above the geoid"):
        found = refer_to_ellipsoid(field.transpose(*dims), FIELD.lat, FIELD.lon, Datum("h", {}), [])
    assert found.dims == dims
    expected = field + (FIELD * 0 + geoid_undulation(LAT[:, None], LON))
    np.testing.assert_allclose(found, expected.transpose(*dims))


def test_lazy_heights_are_judged_when_computed(no_compute):
    datum = Datum("h", {})
    lazy = refer_to_ellipsoid(FIELD.chunk(lat=7, lon=11), FIELD.lat, FIELD.lon, datum, [])
    with pytest.warns(TropdsxWarning, match="open sea"):
        found = lazy.compute(scheduler="synchronous")
    np.testing.assert_allclose(found, FIELD + geoid_undulation(LAT[:, None], LON))


def test_stations_and_one_height_for_many_places():
    lat, lon = xr.DataArray([48.2, -5.0], dims="site"), xr.DataArray([16.4, 190.0], dims="site")
    datum = Datum("h", {}, choice="geoid")
    found = refer_to_ellipsoid(xr.DataArray(100.0), lat, lon, datum, [])
    np.testing.assert_allclose(found, 100.0 + geoid_undulation(lat, lon))


def test_grid_mapping_and_file_tell_of_heights():
    ds = xr.Dataset({"h": ((), 1.0, {"grid_mapping": "crs"}), "crs": ((), 0, {"geoid_name": "E"})})
    ds.attrs["title"] = "t"
    assert about_heights(ds, "h") == ({"geoid_name": "E"}, {"title": "t"})
