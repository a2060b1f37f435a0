"""Where the fine nodes lie, and how high."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError

from helpers.fields import delays


@pytest.mark.parametrize("lat", [[50.5, 42.5, 60.5], [50.5, 50.5, 42.5]])
def test_a_target_in_no_order_is_refused(coarse, lat):
    heights = coarse.orography
    target = xr.Dataset(coords={"lat": lat, "lon": [10.5, 11.5]})
    with pytest.raises(GridError, match="not in order or repeat"):
        coarse.tropds.downscale(target, orography=heights, model=None)


def test_heights_go_where_they_belong(coarse):
    """Targets in any orientation, with heights from another grid."""
    target = xr.Dataset(coords={"lat": [42.5, 47.5, 52.5], "lon": [12.5, 7.5]})
    out = coarse.tropds.downscale(target, orography=coarse.orography, model=None)
    wanted = coarse.orography.sel(lat=target.lat, lon=target.lon)
    np.testing.assert_allclose(out.orography, wanted, atol=1e-9)
    np.testing.assert_array_equal(out.zwd, coarse.zwd.sel(lat=target.lat, lon=target.lon))


def test_no_silent_gaps_at_the_poles():
    grid = delays(np.arange(89.0, -90.0, -3.0), np.arange(0.0, 360.0, 3.0), epochs=1)
    out = grid.tropds.downscale(model=None)
    assert not out.zwd.isnull().any()
    assert out.sizes["lat"] < 180


@pytest.mark.parametrize("lat", [[50.0, 45.0, 40.0], [40.0, 45.0, 50.0]])
def test_a_target_file_keeps_its_orientation(coarse, tmp_path, lat):
    heights = (("latitude", "longitude"), np.zeros((3, 4)), {"units": "m"})
    axes = {"latitude": lat, "longitude": [-15.0, -5.0, 5.0, 15.0]}
    target = xr.Dataset({"orography": heights}, axes)
    target.to_netcdf(tmp_path / "target.nc")
    out = coarse.tropds.downscale(tmp_path / "target.nc", model=None)
    same = coarse.tropds.downscale(target, model=None)
    xr.testing.assert_allclose(out[["zhd", "zwd"]], same[["zhd", "zwd"]])
    np.testing.assert_array_equal(out.longitude, axes["longitude"])
    np.testing.assert_array_equal(out.latitude, lat)


def test_a_target_with_axes_of_two_dimensions(coarse, tmp_path):
    lat, lon = np.array([50.0, 45.0, 40.0]), np.array([5.0, 10.0, 15.0, 20.0])
    mesh = dict(zip(("lat", "lon"), np.meshgrid(lat, lon, indexing="ij"), strict=True))
    units = {"lat": "degrees_north", "lon": "degrees_east"}
    target = xr.Dataset(
        {"orography": (("y", "x"), np.zeros((3, 4)), {"units": "m"})},
        {name: (("y", "x"), mesh[name], {"units": units[name]}) for name in mesh},
    )
    target.to_netcdf(tmp_path / "target.nc")
    out = coarse.tropds.downscale(tmp_path / "target.nc", model=None)
    np.testing.assert_array_equal(out.lat, lat)
    np.testing.assert_array_equal(out.lon, lon)
