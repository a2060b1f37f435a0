"""The geoid above the ellipsoid."""

import numpy as np
import pytest

from tropdsx.assets import asset_path
from tropdsx.errors import DomainError
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.system.hdf5 import load_netcdf


def test_geoid():
    assert geoid_undulation(48.2, 16.37) == pytest.approx(45, abs=2)
    pole = geoid_undulation(90.0, [0.0, 123.0, -40.0])
    np.testing.assert_allclose(pole, pole[0], atol=0.6)
    np.testing.assert_allclose(
        geoid_undulation(-5.0, [-170.0, 190.0, 550.0]), geoid_undulation(-5.0, 190.0)
    )
    assert np.isnan(geoid_undulation(np.nan, 3.0))
    with pytest.raises(DomainError, match="latitude"):
        geoid_undulation(91.0, 0.0)


@pytest.mark.parametrize("shape", [(1, -1), (-1,)], ids=["row", "axis"])
def test_rows_and_columns_are_the_same_as_places(shape, monkeypatch):
    monkeypatch.setattr("tropdsx.geoid.undulation._AT_ONCE", 50)
    lat = np.array([90.0, 89.7, 47.25, 0.0, -33.3, np.nan, -89.5, -90.0])
    lon = np.array([-180.0, -0.4, 0.0, 13.1, 179.99, 359.5, np.nan, 725.0])
    north, east = np.broadcast_arrays(lat[:, None], lon)
    expected = geoid_undulation(north, east)
    found = geoid_undulation(lat[:, None], lon.reshape(shape))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert np.isnan(found).sum() == lat.size + lon.size - 1


#: Keys' weights halfway between two nodes.
HALFWAY = np.array([-1.0, 9.0, 9.0, -1.0]) / 16.0


@pytest.mark.parametrize(
    ("place", "nodes"),
    [
        ((89.5, 20.0), [(89, 200), (90, 20), (89, 20), (88, 20)]),
        ((-89.5, 250.0), [(-88, 250), (-89, 250), (-90, 250), (-89, 70)]),
        ((-12.0, 359.5), [(-12, 358), (-12, 359), (-12, 0), (-12, 1)]),
    ],
    ids=["north pole", "south pole", "Greenwich"],
)
def test_the_table_goes_on_beyond_its_edges(place, nodes):
    table = load_netcdf(asset_path("geoid"))["geoid_undulation"].astype(float)
    known = [table.sel(lat=lat, lon=lon).item() for lat, lon in nodes]
    assert geoid_undulation(*place) == pytest.approx(HALFWAY @ known, abs=1e-9)
