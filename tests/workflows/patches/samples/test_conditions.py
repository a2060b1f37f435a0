"""Fields from elsewhere."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError
from tropdsx.workflows.patches.samples.conditions import Companion

LAT, LON = np.array([55.0, 52.0, 48.5]), np.array([350.0, 355.0, 0.0, 7.5])


def plane(lat, lon):
    """Linear in latitude, and in degrees east of 340."""
    values = np.add.outer(2.0 * np.asarray(lat), (np.asarray(lon) - 340.0) % 360.0)
    return xr.DataArray(values, {"lat": lat, "lon": lon}, name="sst", attrs={"units": "K"})


WANTED = plane(LAT, LON).values


@pytest.mark.parametrize("lat", [np.arange(40.0, 61.0, 2.0), np.array([60.0, 53.0, 50.0, 41.0])])
@pytest.mark.parametrize(
    "lon", [np.arange(-15.0, 20.0, 5.0), np.arange(19.0, -15.0, -3.0), np.arange(345.0, 372.0, 3.0)]
)
def test_a_plane_is_interpolated_exactly(lat, lon):
    here = Companion(plane(lat, lon), LAT, LON)
    np.testing.assert_allclose(here.at(None), WANTED, atol=1e-9)
    assert here.record == f"sst: bilinear from {lat.size} x {lon.size} to 3 x 4 nodes"
    assert here.units == "K"


def test_across_the_seam_of_a_globe():
    lon = np.arange(0.0, 360.0, 10.0)
    field = xr.DataArray(
        np.cos(np.radians(lon))[None].repeat(2, 0), {"lat": [0.0, 90.0], "lon": lon}, name="a"
    )
    found = Companion(field, np.array([45.0]), np.array([355.0, -3.0])).at(None)[0]
    half = np.cos(np.radians(10.0))
    np.testing.assert_allclose(found, [(1 + half) / 2, 0.7 + 0.3 * half])


def test_the_same_nodes_are_taken_bit_for_bit():
    field = plane(LAT, LON) + 1 / 3
    here = Companion(field.rename("sst").assign_coords(lon=[-10.0, -5.0, 0.0, 7.5]), LAT, LON)
    np.testing.assert_array_equal(here.at(None), field.values)
    assert "as stored" in here.record


def test_a_time_that_is_not_there_is_told():
    times = np.array(["2024-02-28", "2024-02-29"], "M8[ns]")
    field = xr.concat([plane(LAT, LON), plane(LAT, LON) + 5.0], dim=xr.Variable("time", times))
    here = Companion(field, LAT, LON)
    np.testing.assert_array_equal(here.at(np.datetime64("2024-02-29")), WANTED + 5.0)
    for time in (np.datetime64("2024-03-01"), None):
        with pytest.raises(DomainError, match=r"no value at .* it has 2 times from 2024-02-28"):
            here.at(time)


def test_what_is_unknown_stays_so():
    field = plane(np.arange(40.0, 61.0, 2.0), np.arange(-15.0, 20.0, 5.0))
    field[6, 2] = np.nan  # 52 north, 355 east
    found = Companion(field, LAT, LON).at(None)
    # It is a node itself, and 350 and 0 east are others: only places between count it.
    assert np.isnan(found[1]).tolist() == [False, True, False, False]
    assert np.isfinite(found[[0, 2]]).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(GridError, match="lies elsewhere"):
        Companion(plane(np.arange(-10.0, 11.0), np.arange(100.0, 120.0)), LAT, LON)
    with pytest.raises(DomainError, match="accepted are time, latitude, longitude"):
        Companion(plane(LAT, LON).expand_dims(depth=[1.0, 2.0]), LAT, LON)


def test_a_region_across_greenwich_sorted_from_0_to_360():
    lon = np.arange(-12.0, 16.0, 1.0)
    there = plane([60.0, 50.0, 40.0], lon)
    turned = there.assign_coords(lon=lon % 360.0).sortby("lon")
    found = Companion(turned, LAT, LON).at(None)
    np.testing.assert_allclose(found, WANTED, atol=1e-9)
