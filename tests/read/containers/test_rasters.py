import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.read.containers.rasters import is_raster, open_raster
from tropdsx.read.orography import open_orography

HEIGHTS = np.array([[0, 10, 20], [100, -9999, 300]], np.int16)


@pytest.fixture
def rasterio():
    return pytest.importorskip("rasterio", reason="the extra [geotiff] is not installed")


def write(rasterio, path, heights=HEIGHTS, crs="EPSG:4326", **profile):
    transform = rasterio.transform.from_origin(9.5, 50.25, 0.5, 0.5)
    settings = {"driver": "GTiff", "count": 1, "nodata": -9999, "transform": transform} | profile
    rows, columns = heights.shape
    with rasterio.open(
        path, "w", height=rows, width=columns, dtype=heights.dtype, crs=crs, **settings
    ) as file:
        for band in range(settings["count"]):
            file.write(heights, band + 1)
    return path


def test_centres_of_pixels_and_missing_values(rasterio, tmp_path):
    ds = open_raster(write(rasterio, tmp_path / "dem.tif"))
    np.testing.assert_allclose(ds.lat, [50.0, 49.5])
    np.testing.assert_allclose(ds.lon, [9.75, 10.25, 10.75])
    np.testing.assert_array_equal(ds.orography, [[0, 10, 20], [100, np.nan, 300]])
    assert ds.orography.attrs == {"units": "m"}


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        ("EPSG:4326+3855", "surface_altitude"),
        ("EPSG:4326+5773", "surface_altitude"),
        ("EPSG:4979", "height_above_reference_ellipsoid"),
        ("EPSG:4326", None),
    ],
)
def test_the_zero_of_heights_is_that_of_the_reference_system(rasterio, tmp_path, crs, expected):
    ds = open_raster(write(rasterio, tmp_path / "dem.tif", crs=crs))
    assert ds.orography.attrs.get("standard_name") == expected


def test_tiles_of_srtm_count_from_the_geoid(rasterio, tmp_path):
    path = tmp_path / "N47E015.hgt"
    np.full((1201, 1201), 350, ">i2").tofile(path)
    ds = open_raster(path)
    np.testing.assert_allclose(ds.lat[[0, -1]], [48.0, 47.0], atol=1e-9)
    np.testing.assert_allclose(ds.lon[[0, -1]], [15.0, 16.0], atol=1e-9)
    assert ds.orography.attrs["standard_name"] == "surface_altitude"
    assert (ds.orography == 350.0).all()


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"crs": "EPSG:32633"}, "EPSG:32633; accepted are latitude and longitude: gdalwarp"),
        ({"count": 2}, "2 bands"),
        ({"crs": None, "transform": (90, 0, 5e5, 0, -90, 5.2e6)}, "no longitudes and latitudes"),
    ],
)
def test_what_is_no_field_on_latitude_and_longitude_is_refused(rasterio, tmp_path, profile, said):
    if "transform" in profile:
        profile = profile | {"transform": rasterio.Affine(*profile["transform"])}
    path = write(rasterio, tmp_path / "dem.tif", **profile)
    with pytest.raises(GridError, match=said):
        open_raster(path)


def test_rotated_rasters_are_refused(rasterio, tmp_path):
    turned = rasterio.Affine(0.5, 0.1, 9.5, 0.1, -0.5, 50.25)
    with pytest.raises(GridError, match="rotated"):
        open_raster(write(rasterio, tmp_path / "dem.tif", transform=turned))


def test_half_a_file_is_named(rasterio, tmp_path):
    whole = write(
        rasterio, tmp_path / "dem.tif", np.arange(40_000, dtype=np.int16).reshape(200, 200)
    )
    (tmp_path / "half.tif").write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"half.tif cannot be read as a raster"):
        open_raster(tmp_path / "half.tif")


def test_without_rasterio_the_way_out_is_named(monkeypatch, tmp_path):
    path = tmp_path / "dem.tif"
    path.write_bytes(b"II*\x00")
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    with pytest.raises(InputError, match=r"pip install '.*\[geotiff\]'"):
        open_raster(path)


def test_rasters_are_told_by_content_or_suffix(tmp_path):
    for name, content, expected in (
        ("a.bin", b"MM\x00*", True),
        ("a.nc", b"CDF\x01", False),
        ("N50E010.hgt", b"\x00\x10", True),
    ):
        (tmp_path / name).write_bytes(content)
        assert is_raster(tmp_path / name) is expected


def test_a_raster_is_an_orography_and_a_target(rasterio, tmp_path, small):
    heights = np.round(300 + 200 * np.random.default_rng(0).random((24, 36))).astype(np.int16)
    path = write(rasterio, tmp_path / "dem.tif", heights, crs="EPSG:4979")
    orography = open_orography(path)
    assert orography.lat[0] > orography.lat[-1]
    np.testing.assert_array_equal(orography, heights)
    as_netcdf = xr.Dataset({"orography": orography.drop_attrs()})
    as_netcdf["orography"].attrs = {
        "units": "m",
        "standard_name": "height_above_reference_ellipsoid",
    }
    expected = small.tropds.downscale(as_netcdf, model=None)
    found = small.tropds.downscale(str(path), model=None)
    np.testing.assert_array_equal(found.zhd.transpose(*expected.zhd.dims), expected.zhd)
