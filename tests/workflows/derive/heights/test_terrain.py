"""Delays from levels on the grid of a terrain model."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.positions import find_positions
from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.heights.terrain import find_terrain
from tropdsx.workflows.derive.zenith import zenith_delays

ELLIPSOIDAL = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}


def inside(sample, rows=13, columns=17):
    """Axes of a terrain within the second cell of the sample's grid and its neighbours."""
    lat, lon = (np.sort(sample[name].values.astype(float)) for name in ("latitude", "longitude"))
    north, south = lat[-2] - 0.03, lat[-4] + 0.01
    return np.linspace(north, south, rows), np.linspace(lon[1] + 0.02, lon[3] - 0.05, columns)


def terrain(lat, lon, low=-100.0, high=4800.0, attrs=ELLIPSOIDAL, name="orography"):
    wave = 0.5 + 0.5 * np.sin(9 * lat)[:, None] * np.cos(7 * lon)[None, :]
    height = low + (high - low) * (wave - wave.min()) / np.ptp(wave)
    return xr.DataArray(height, {"lat": lat, "lon": lon}, ("lat", "lon"), name=name, attrs=attrs)


def directly(sample, places, **options):
    """Integrate every column to the height of each place, and interpolate bilinearly."""
    heights, at = np.unique(places.values, return_inverse=True)
    exact = zenith_delays(sample, ladder=heights, **options)
    lat, lon = sample.latitude.values.astype(float), sample.longitude.values.astype(float)
    found = {}
    for name in ("zhd", "zwd"):
        values = exact[name].isel(valid_time=0).transpose("height", "latitude", "longitude").values
        out = np.empty(places.shape)
        for (j, i), rung in zip(np.ndindex(places.shape), at.ravel(), strict=True):
            y, x = float(places.lat[j]), float(places.lon[i])
            row = np.flatnonzero((lat[:-1] - y) * (lat[1:] - y) <= 0)[0]
            column = np.flatnonzero((lon[:-1] - x) * (lon[1:] - x) <= 0)[0]
            fy = (y - lat[row]) / (lat[row + 1] - lat[row])
            fx = (x - lon[column]) / (lon[column + 1] - lon[column])
            cell = values[rung, row : row + 2, column : column + 2]
            out[j, i] = np.array([1 - fy, fy]) @ cell @ np.array([1 - fx, fx])
        found[name] = out
    return found


def test_as_integrated_to_each_point(sample):
    dem = terrain(*inside(sample))
    found = zenith_delays(sample, dem, ztd=True)
    expected = directly(sample, dem)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name].isel(valid_time=0), values, rtol=0, atol=0.15e-3)
    np.testing.assert_array_equal(found.ztd, found.zhd + found.zwd)
    np.testing.assert_array_equal(found.orography, dem)
    assert found.orography.attrs["standard_name"] == "height_above_reference_ellipsoid"
    assert found.sizes["valid_time"] == sample.sizes["valid_time"]
    assert any("points of the terrain" in note for note in found.attrs["tropdsx_notes"])


@pytest.mark.parametrize("turned", ["lat", "lon", "names", "west", "levels"])
def test_whatever_way_round(sample, turned):
    dem = terrain(*inside(sample))
    expected = zenith_delays(sample, dem)
    if turned == "levels":
        found = zenith_delays(sample.isel(latitude=slice(None, None, -1)), dem)
    elif turned == "west":
        found = zenith_delays(sample, dem.assign_coords(lon=dem.lon - 360.0))
        np.testing.assert_allclose(found.lon, dem.lon - 360.0)
        found = found.assign_coords(lon=dem.lon)
    elif turned == "names":
        renamed = dem.rename(lat="latitude", lon="longitude").rename("surface_altitude")
        found = zenith_delays(sample, renamed).rename(latitude="lat", longitude="lon")
    else:
        found = zenith_delays(sample, dem.isel({turned: slice(None, None, -1)}))
        assert found[turned].values.tolist() == dem[turned].values[::-1].tolist()
        found = found.sortby(turned, ascending=turned == "lon")
    found = found.sortby("lat", ascending=False)
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-6)


def test_terrain_across_the_seam_of_the_levels(sample):
    count = sample.sizes["longitude"]
    west = 360.0 - 0.25 * (count // 2) + 0.25 * np.arange(count)
    moved = sample.assign_coords(longitude=("longitude", west % 360.0, sample.longitude.attrs))
    plain = sample.assign_coords(longitude=("longitude", west - 340.0, sample.longitude.attrs))
    lat, _ = inside(sample)
    lon = np.linspace(-0.3, 0.3, 9)
    dem = terrain(lat, lon)
    found = zenith_delays(moved, dem, geoid=None)
    expected = zenith_delays(plain, dem.assign_coords(lon=lon + 20.0), geoid=None)
    np.testing.assert_allclose(found.zwd, expected.zwd, rtol=0, atol=1e-7)
    np.testing.assert_allclose(found.lon, lon)


def test_lazy_levels_stay_lazy(sample):
    dem = terrain(*inside(sample))
    lazy = zenith_delays(sample.chunk(valid_time=1), dem)
    assert lazy.zhd.chunks is not None
    expected = zenith_delays(sample, dem)
    np.testing.assert_allclose(lazy.zhd.compute(), expected.zhd, rtol=0, atol=1e-6)


def test_terrain_above_the_geoid_becomes_ellipsoidal(sample):
    above = {"units": "m", "standard_name": "surface_altitude"}
    dem = terrain(*inside(sample), attrs=above, name="surface_altitude")
    with pytest.warns(match="above the geoid"):
        found = zenith_delays(sample, dem)
    moved = float((found.orography - dem).mean())
    assert 1.0 < abs(moved) < 110.0
    same = zenith_delays(sample, dem, geoid="none")
    np.testing.assert_allclose(same.orography, dem, atol=1e-6)


def test_gaps_of_terrain_are_gaps_of_delays(sample):
    dem = terrain(*inside(sample))
    dem[2:4, 5] = np.nan
    with (
        pytest.warns(match="holds 2 NaN of 221"),
        pytest.warns(match="2 of 221 delays at .* are missing"),
    ):
        found = zenith_delays(sample, dem)
    np.testing.assert_array_equal(np.isnan(found.zhd[0]), np.isnan(dem))


def test_terrain_beyond_the_levels_is_refused(sample):
    lat, lon = inside(sample)
    with pytest.raises(GridError, match="nodes all around"):
        zenith_delays(sample, terrain(lat - 20.0, lon))
    with pytest.raises(GridError, match="nodes all around"):
        zenith_delays(sample, terrain(lat, lon - 90.0))
    holed = sample.isel(longitude=np.r_[0:2, 4 : sample.sizes["longitude"]])
    with pytest.raises(GridError, match="nodes all around"):
        zenith_delays(holed, terrain(lat, lon))
    with pytest.raises(UnitsError, match="-800 to 9000 m"):
        zenith_delays(sample, terrain(lat, lon, high=2e5))


def test_only_finer_grids_are_grids_of_their_own(sample):
    positions = find_positions(sample)
    lat, lon = inside(sample)
    assert find_terrain(terrain(lat, lon), positions).fine.sizes == {"lat": 13, "lon": 17}
    coarse = terrain(sample.latitude.values.astype(float), sample.longitude.values.astype(float))
    assert find_terrain(coarse, positions) is None
    assert find_terrain(None, positions) is None
    assert find_terrain(250.0, positions) is None
    places = xr.DataArray([1.0, 2.0], dims="site", name="height", attrs=ELLIPSOIDAL)
    assert find_terrain(places, positions) is None
