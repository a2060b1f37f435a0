"""Text files of heights, in each layout of the VMF Data Server."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.grid.matching import match_nodes
from tropdsx.read.orography import open_orography

from helpers.files import shared, write


def test_orography_layouts_made_up(tmp_path):
    one = np.arange(64800.0) / 20
    write(tmp_path / "one", "\n".join(f"{h:7.2f}" for h in one).encode())
    orography = open_orography(tmp_path / "one")
    assert orography.shape == (180, 360)
    assert orography.attrs["vertical_reference"] == "ellipsoid"
    np.testing.assert_allclose(orography.sel(lat=88.5, lon=1.5), one[361], atol=0.006)
    rows = [" ".join(str(10 * i + j % 4) for j in range(5)) for i in range(3)]
    write(tmp_path / "ell", ("90 -90 0 360 90 90\n" + "\n".join(rows)).encode())
    orography = open_orography(tmp_path / "ell")
    np.testing.assert_array_equal(orography.lon, [0, 90, 180, 270])
    np.testing.assert_array_equal(orography.lat, [90, 0, -90])
    np.testing.assert_array_equal(orography.sel(lat=0), [10, 11, 12, 13])


@pytest.mark.realdata
def test_real_orographies_agree():
    one = open_orography(shared("orography/orography_ell_1x1"))
    five = open_orography(shared("orography/orography_ell_5x5"))
    np.testing.assert_array_equal(five, one[2::5, 2::5])
    np.testing.assert_array_equal(five.lat, one.lat[2::5])
    np.testing.assert_array_equal(five.lon, one.lon[2::5])
    xr.testing.assert_equal(match_nodes(one, five.lat, five.lon), five)
    old = open_orography(shared("orography/orography_ell"))
    with xr.open_dataset(shared("vmf1/vmf1_2x2.5_dev.nc")) as ds:
        np.testing.assert_array_equal(old, ds.orography.values)
        np.testing.assert_array_equal(old.lat, ds.lat)
        np.testing.assert_array_equal(old.lon, ds.lon)
