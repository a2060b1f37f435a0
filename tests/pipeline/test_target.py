"""Where the fine nodes lie, and how high."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.orography import sample_heights
from tropdsx.grid.spacing import regularise_axis, unwrap_longitude
from tropdsx.pipeline.target import resolve_target

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


TERRAIN_FORMS = {
    "float32": lambda axis: axis.astype("f4"),
    "4 decimals": lambda axis: axis.round(4),
    "6 decimals": lambda axis: axis.round(6),
    "9 decimals": lambda axis: axis.round(9),
}


@pytest.mark.parametrize("form", TERRAIN_FORMS)
@pytest.mark.parametrize("part", [1200, 3600])
@pytest.mark.parametrize("west", [9.98, 179.99, -0.01])
@pytest.mark.parametrize("signed", [False, True])
def test_terrain_in_any_precision_gives_what_the_exact_axes_give(form, part, west, signed):
    """Cells half a step off the lattice; across the antimeridian and Greenwich."""
    coarse = delays(np.arange(60.0, 29, -2.5), np.arange(0.0, 360, 2.5), epochs=1)
    lat, lon = 45 + (np.arange(40) + 0.5) / part, west + (np.arange(50) + 0.5) / part
    lon = (lon + 180) % 360 - 180 if signed else lon
    heights = 900 + 200 * np.random.default_rng(1).standard_normal((40, 50)).clip(-4, 4)
    attrs = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    results = []
    for store in (np.asarray, TERRAIN_FORMS[form]):
        axes = {"lat": store(lat), "lon": store(lon)}
        target = xr.Dataset({"orography": (("lat", "lon"), heights, attrs)}, axes)
        out = coarse.tropds.downscale(target, model=None)
        for axis, stored in axes.items():
            np.testing.assert_array_equal(out[axis].values, stored)
            assert out[axis].dtype == stored.dtype
        np.testing.assert_allclose(out.orography, heights, atol=1e-6)
        results.append(out)
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(results[1][name].values, results[0][name].values, atol=1e-6)


@pytest.mark.parametrize("form", TERRAIN_FORMS)
def test_heights_of_a_whole_tile_do_not_move(form):
    """A tile of 3601 x 3601 nodes of rough terrain, sampled between them."""
    nodes = np.arange(3601) / 3600
    rng = np.random.default_rng(2)
    rough = (1000 + 300 * rng.standard_normal((3601, 3601), dtype="f4")).clip(0, 4000)
    lat, lon = 47.001 + 0.99 * rng.random(300), 10.001 + 0.99 * rng.random(300)
    found = []
    for store in (np.asarray, TERRAIN_FORMS[form]):
        axes = {"lat": store(48 - nodes), "lon": store(10 + nodes)}
        field = xr.DataArray(rough, axes, ("lat", "lon"), "orography", {"units": "m"})
        standard = field.assign_coords(
            lat=regularise_axis(field.lat.values), lon=unwrap_longitude(field.lon.values)[0]
        )
        found.append(sample_heights(standard, lat, lon))
    np.testing.assert_allclose(found[1], found[0], atol=0.01)


@pytest.mark.parametrize("rows", [slice(None), slice(None, None, -1)])
@pytest.mark.parametrize("source", ["dataset", "file"])
def test_a_gaussian_target_with_its_own_heights(coarse, tmp_path, rows, source):
    lat = np.array([48.5693, 46.7039, 44.8385, 42.9730, 41.1077])[rows]
    lon = [8.0, 10.0, 12.0]
    heights = (("lat", "lon"), np.linspace(0.0, 2000.0, 15).reshape(5, 3), {"units": "m"})
    target = xr.Dataset({"orography": heights}, coords={"lat": lat, "lon": lon})
    target.to_netcdf(tmp_path / "t.nc")
    given = target if source == "dataset" else tmp_path / "t.nc"
    out = coarse.tropds.downscale(given, model=None, heights="ellipsoid")
    np.testing.assert_array_equal(out.lat, lat)
    np.testing.assert_array_equal(out.orography, target.orography)
    alone = target.isel(lat=[1, 2]).drop_vars("orography")
    heights = target.orography.isel(lat=[1, 2])
    part = coarse.tropds.downscale(alone, orography=heights, model=None, heights="ellipsoid")
    np.testing.assert_allclose(out.zwd.isel(lat=[1, 2]), part.zwd, atol=1e-6)


def test_terrain_on_a_gaussian_grid_is_interpolated(coarse):
    """As a spectral model gives its orography."""
    rows = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(94)[0]))[::-1]
    lon = np.arange(0.0, 360.0, 2.0)
    attrs = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    terrain = xr.DataArray(
        2000 + 20.0 * rows[:, None] + 0 * lon, {"lat": rows, "lon": lon}, attrs=attrs
    )
    fine = resolve_target(2.0, coarse, orography=terrain).fine
    inside = fine.orography.sel(lat=slice(80, -25))
    expected = np.broadcast_to(2000 + 20.0 * inside.lat.values[:, None], inside.shape)
    np.testing.assert_allclose(inside, expected)
