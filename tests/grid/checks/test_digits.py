"""Axes with very few digits are recovered and told of."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.checks.digits import tell_digits
from tropdsx.grid.standardise import standardise_grid

from helpers.fields import delays


@pytest.mark.parametrize("west", [0.0, -180.0])
def test_thirds_of_a_degree_with_two_digits_are_regular(west):
    """Cells: latitudes symmetric about the equator, in steps that differ by a few per cent."""
    lat, lon = 90.0 - (np.arange(54) + 0.5) * 10 / 3, west + (np.arange(108) + 0.5) * 10 / 3
    ds = delays(lat, lon, 1)
    stored = ds.assign_coords(lat=lat.round(1), lon=lon.round(1))
    with (
        pytest.warns(TropdsxWarning, match="'lat' is written with few digits: its 54 .* 3.33"),
        pytest.warns(TropdsxWarning, match="'lon' is written with few digits: its 108 values"),
    ):
        found, record = standardise_grid(stored)
    expected, _ = standardise_grid(ds)
    np.testing.assert_allclose(found.lat, expected.lat, atol=1e-8)
    np.testing.assert_allclose(found.lon, expected.lon, atol=1e-8)
    np.testing.assert_array_equal(found.zwd, expected.zwd)
    assert any("few digits" in note for note in record.notes)
    np.testing.assert_array_equal(record.restore(found).lat, stored.lat)


def test_four_decimals_are_no_matter():
    notes = []
    lat = np.arange(30) / 3
    tell_digits(xr.DataArray(lat.round(4), name="lat"), lat, notes)
    tell_digits(xr.DataArray([], name="lat"), np.array([]), notes)
    assert notes == []
