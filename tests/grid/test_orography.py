"""Heights at the standard nodes and between them."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.grid.orography import (
    as_terrain,
    sample_heights,
    shipped_orography,
    standardise_orography,
)

BOX = xr.DataArray(
    [[0.0, 10.0, 20.0], [100.0, 110.0, 120.0]], {"lat": [50.0, 40.0], "lon": [355.0, 360.0, 365.0]}
)


def at(field, lat, lon, **options):
    return sample_heights(field, np.asarray(lat, float), np.asarray(lon, float), **options)


def test_heights_between_nodes_are_bilinear():
    np.testing.assert_allclose(at(BOX, [45.0, 40.0], [2.5, -5.0]), [65.0, 100.0])
    grid = at(BOX, np.array([[50.0], [45.0]]), np.array([[0.0, 5.0]]))
    np.testing.assert_allclose(grid, [[10.0, 20.0], [60.0, 70.0]])
    np.testing.assert_array_equal(at(BOX.transpose("lon", "lat"), 40.0, 0.0), 110.0)


def test_a_region_ends_at_its_nodes_unless_it_may_hang_over():
    lat = [50.1, 60.0, 60.1, 39.0, 29.9]
    assert np.isnan(at(BOX, lat, [0.0])).all()
    found = at(BOX, lat, [0.0], overhang=1.0)
    np.testing.assert_array_equal(found, [10.0, 10.0, np.nan, 110.0, np.nan])
    # Eastward there is no more than is known.
    assert np.isnan(at(BOX, [45.0], [5.1], overhang=1.0)).all()


def test_rows_of_cell_centres_reach_the_pole():
    lat, lon = np.arange(87.5, -88, -5.0), np.arange(2.5, 360, 5)
    field = xr.DataArray(np.full((36, 72), 7.0), {"lat": lat, "lon": lon})
    np.testing.assert_array_equal(at(field, [90.0, -90.0], [10.0, 200.0]), [7.0, 7.0])
    # A box whose first row lies within a step of the pole reaches it too, a farther one does not.
    for first, reaches in ((85.0, True), (84.9, False)):
        box = BOX.assign_coords(lat=[first, first - 5.0])
        assert np.isfinite(at(box, 90.0, 0.0)) == reaches


def test_places_beyond_an_orography_are_refused_where_none_may_be_missing():
    with pytest.raises(GridError, match=r"orography \(lat 40 to 50, .* does not cover the target"):
        at(BOX, [45.0], [20.0], missing=False)
    # What the field itself does not know is no place beyond it.
    unknown = BOX.where(BOX < 120.0)
    assert np.isnan(at(unknown, [40.0], [5.0], missing=False)).all()


def test_shipped_orography_is_standard_as_it_is():
    shipped = shipped_orography()
    again = standardise_orography(shipped.to_dataset(name="orography"))
    np.testing.assert_array_equal(again, shipped)
    np.testing.assert_array_equal(again.lat, shipped.lat)
    np.testing.assert_array_equal(again.lon, shipped.lon)
    nodes = at(shipped, shipped.lat.values[:, None], shipped.lon.values[None, :])
    np.testing.assert_array_equal(nodes, shipped)


@pytest.mark.parametrize(
    "sizes",
    [
        {"valid_time": 1, "number": 1},
        {"valid_time": 2, "number": 3},
        {"expver": 2, "time": 2},
        {"time": 2, "step": 2},
    ],
)
def test_members_streams_and_runs_of_one_terrain(sizes):
    times = {
        "time": np.array(["2021-01-01", "2021-01-02"], "M8[ns]"),
        "step": np.array([0, 6 * 3600 * 10**9], "m8[ns]"),
    }
    times["valid_time"] = times["time"]
    coords = {dim: times.get(dim, np.arange(9))[:size] for dim, size in sizes.items()}
    box = BOX.assign_attrs(units="m", standard_name="height_above_reference_ellipsoid")
    many = box.expand_dims(coords).to_dataset(name="orography")
    xr.testing.assert_equal(
        standardise_orography(many), standardise_orography(box.to_dataset(name="orography"))
    )


def test_no_orography_and_too_many_are_told():
    with pytest.raises(InputError, match="my file holds no orography"):
        standardise_orography(BOX.to_dataset(name="zwd"), "my file")
    many = BOX.expand_dims(member=2).to_dataset(name="orography")
    with pytest.raises(GridError, match=r"dimension 'member' of size 2.*ds.isel\(member=0\)"):
        standardise_orography(many)


@pytest.mark.parametrize(
    ("name", "size", "attrs"),
    [
        ("PHIS", 9.80665, {"units": "m+2 s-2", "long_name": "surface geopotential height"}),
        ("fis", 9.80665, {"units": "m2 s-2"}),
        ("anything", 9.80665, {"units": "m2 s-2", "standard_name": "surface_geopotential"}),
        ("HGT_surface", 1.0, {"units": "gpm"}),
        ("orography", 0.1, {"units": "gpdm"}),
        ("topo", 1.0, {"units": "m"}),
        ("orography", 1 / 0.3048, {"units": "ft"}),
        ("Band1", 1.0, {"units": "m", "long_name": "GDAL Band Number 1"}),
        ("band_data", 1.0, {"units": "m"}),
    ],
)
def test_heights_are_found_under_the_names_of_models_and_of_gdal(name, size, attrs):
    ds = (BOX * size).assign_attrs(attrs).to_dataset(name=name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a geopotential is above the geoid, whoever says else
        found = standardise_orography(ds, heights="ellipsoid")
    right = standardise_orography(BOX.assign_attrs(units="m").to_dataset(name="orography"))
    np.testing.assert_allclose(found, right, atol=1e-9)


def test_heights_that_are_a_coordinate_are_taken_as_they_are():
    """As the heights of every result are: the array names itself among its coordinates."""
    box = BOX.assign_attrs(units="m")
    ds = box.to_dataset(name="orography").set_coords("orography")
    right = standardise_orography(as_terrain(box))
    for given in (ds, ds.orography, box, box.rename("z")):
        xr.testing.assert_equal(standardise_orography(as_terrain(given)), right)


def test_rows_and_columns_are_sampled_as_the_places_that_they_span():
    rng = np.random.default_rng(4)
    nodes = {"lat": np.arange(60.0, 39.0, -2.0), "lon": np.arange(0.0, 31.0, 3.0)}
    field = xr.DataArray(rng.normal(0.0, 500.0, (11, 11)), nodes)
    lat, lon = np.linspace(59.0, 41.0, 7), np.linspace(1.0, 29.0, 5)
    each = sample_heights(field, *np.meshgrid(lat, lon, indexing="ij"))
    for columns in (lon, lon[np.newaxis]):
        found = sample_heights(field, lat[:, np.newaxis], columns)
        np.testing.assert_allclose(found, each, rtol=0, atol=1e-9)
    own = sample_heights(field, nodes["lat"][:, np.newaxis], nodes["lon"])
    np.testing.assert_array_equal(own, field)


GAUSSIAN = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(94)[0]))[::-1]


def gaussian_terrain():
    """Heights that are linear in latitude and periodic in longitude."""
    lon = np.arange(0.0, 360.0, 2.0)
    heights = 2000.0 + 20.0 * GAUSSIAN[:, None] + 500.0 * np.cos(np.deg2rad(lon)) ** 2
    attrs = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    return xr.DataArray(heights, {"lat": GAUSSIAN, "lon": lon}, name="orography", attrs=attrs)


def test_heights_between_the_rows_of_a_gaussian_grid_are_bilinear():
    field = standardise_orography(gaussian_terrain(), gaussian=True)
    lat = np.array([80.0, 45.3, GAUSSIAN[7], 0.0, -33.3])
    expected = 2000.0 + 20.0 * lat[:, None] + 500.0 * np.cos(np.deg2rad([[10.0, 90.0]])) ** 2
    np.testing.assert_allclose(at(field, lat[:, None], [[10.0, 90.0]]), expected, atol=1e-9)
    np.testing.assert_allclose(at(field, lat, np.full(5, 90.0)), expected[:, 1], atol=1e-9)
    np.testing.assert_array_equal(at(field, GAUSSIAN[:, None], field.lon.values[None]), field)
    assert np.isfinite(at(field, [89.9, -89.9], [0.0, 0.0])).all()  # half a step before a pole


def test_rows_are_those_of_a_gaussian_grid_or_even():
    terrain = gaussian_terrain()
    with pytest.raises(GridError, match="Gaussian grid"):
        standardise_orography(terrain)
    with pytest.raises(GridError, match="not uniformly spaced"):
        standardise_orography(terrain.drop_isel(lat=40), gaussian=True)
