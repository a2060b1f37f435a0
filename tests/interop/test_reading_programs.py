"""cdo, NCO and GDAL read our NetCDF: places, dates, units, heights and values."""

import json
import textwrap

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.derive.zenith_file import write_delays

from helpers.hybrid_levels import model_levels
from helpers.interop import ask, call, cdo, described, needs

FIELDS = ("zhd", "zwd", "ztd")


def settings(text):
    """Read "name = value" lines."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip('"') for name, value in pairs}


@needs("cdo")
def test_cdo_knows_the_grid_and_the_dates(result):
    file, ds = result
    grid, *others = (settings(text) for text in cdo("griddes", file).split("gridID")[1:])
    assert [each["gridsize"] for each in others] in ([], ["1"])  # of numbers for each epoch
    assert (grid["gridtype"], grid["xunits"]) == ("lonlat", "degrees_east")
    for axis, name in (("x", "lon"), ("y", "lat")):
        values = ds[name].values
        assert int(grid[f"{axis}size"]) == values.size
        assert float(grid[f"{axis}first"]) == pytest.approx(values[0], abs=1e-6)
        assert float(grid[f"{axis}inc"]) == pytest.approx(values[1] - values[0], abs=1e-6)
    stamps = cdo("showtimestamp", file).split()
    assert [np.datetime64(stamp) for stamp in stamps] == list(np.atleast_1d(ds.time.values))
    assert "latitude_longitude" in cdo("sinfo", file)


@needs("cdo")
def test_cdo_hands_everything_on(result, tmp_path):
    """What cdo copies has the same values, heights and errors, and goes in again."""
    file, ds = result
    cdo("-f", "nc4", "-b", "F64", "copy", file, tmp_path / "copy.nc")
    with xr.open_dataset(tmp_path / "copy.nc", engine="netcdf4") as copy:
        for name in (*FIELDS, "orography", *(n for n in ds.data_vars if "_" in str(n))):
            if str(name).endswith(("_bnds", "_info")):
                continue
            assert copy[name].attrs["units"] == ds[name].attrs["units"], name
            np.testing.assert_allclose(
                copy[name].squeeze(), ds[name].squeeze(), rtol=0, atol=2e-7, err_msg=str(name)
            )
        assert copy.orography.standard_name == "height_above_reference_ellipsoid"


@needs("cdo")
def test_cdo_weighs_and_picks(result):
    file, ds = result
    lat, lon = ds.lat.values[3], ds.lon.values[2]
    picked = cdo("-outputf,%.9g,1", f"-remapnn,lon={lon}_lat={lat}", "-selname,zwd", file)
    wanted = np.atleast_1d(ds.zwd.sel(lat=lat, lon=lon).values)
    np.testing.assert_allclose([float(word) for word in picked.split()], wanted, atol=2e-7)
    mean = cdo("-outputf,%.9g,1", "-fldmean", "-selname,orography", file)
    weight = np.cos(np.deg2rad(ds.lat))
    assert float(mean) == pytest.approx(float(ds.orography.weighted(weight).mean()), abs=0.1)


@needs("ncks")
def test_nco(result, tmp_path):
    """Hyperslabs by value take what belongs to a field along; means are those of the values."""
    file, ds = result
    call("ncwa", "-O", "-a", "lat,lon", "-v", "zhd", file, tmp_path / "mean.nc")
    call("ncpdq", "-O", "-U", "-v", "zhd", file, tmp_path / "values.nc")
    call("ncks", "-O", "-v", "zwd", "-d", "lat,20.,40.", file, tmp_path / "cut.nc")
    with xr.open_dataset(tmp_path / "mean.nc", engine="netcdf4") as mean:
        np.testing.assert_allclose(mean.zhd, ds.zhd.mean(("lat", "lon")), atol=2e-5)
    with xr.open_dataset(tmp_path / "values.nc", engine="netcdf4") as values:
        np.testing.assert_allclose(values.zhd, ds.zhd, rtol=0, atol=2e-7)
    with xr.open_dataset(tmp_path / "cut.nc", engine="netcdf4") as cut:
        wanted = ds.isel(lat=np.flatnonzero((ds.lat >= 20) & (ds.lat <= 40)))
        np.testing.assert_allclose(cut.zwd, wanted.zwd, rtol=0, atol=2e-7)
        for name in ds.zwd.attrs["ancillary_variables"].split():
            np.testing.assert_array_equal(cut[name], wanted[name])
        assert "lat_bnds" in cut
        assert cut.crs.grid_mapping_name == "latitude_longitude"
    text = call("ncks", "--cdl", "-m", "-v", "zhd", file)
    assert 'zhd:units = "m"' in text
    assert "double orography(lat,lon)" in text


@needs("gdalinfo", "gdallocationinfo")
def test_gdal(result):
    """Debian's, with the dates of the bands, and the value at a place."""
    file, ds = result
    lat, lon = ds.lat.values[3], ds.lon.values[2]
    for name in (*FIELDS, "orography"):
        info, field = described(file, name), ds[name]
        assert 'ID["EPSG",4326]' in info["coordinateSystem"]["wkt"]
        west, step, _, north, _, down = info["geoTransform"]
        wanted = [ds.lon_bnds.min(), ds.lon_bnds.max(), ds.lat_bnds.max(), ds.lat_bnds.min()]
        columns, rows = info["size"]
        found = [west, west + step * columns, north, north + down * rows]
        np.testing.assert_allclose(found, wanted, atol=1e-9)
        epochs = field.sizes.get("time", 1)
        assert [band["unit"] for band in info["bands"]] == ["m"] * epochs
        scale, offset = (info["bands"][0].get(key) for key in ("scale", "offset"))
        raw = call("gdallocationinfo", "-wgs84", "-valonly", f"NETCDF:{file}:{name}", lon, lat)
        values = np.array(raw.split(), float) * (scale or 1.0) + (offset or 0.0)
        wanted = np.atleast_1d(field.sel(lat=lat, lon=lon).values)
        np.testing.assert_allclose(values, wanted, rtol=0, atol=1e-6, err_msg=name)
    if ds.zhd.sizes.get("time", 1) > 1:
        told = described(file, "zhd")["metadata"][""]
        hours = [float(word) for word in told["NETCDF_DIM_time_VALUES"].strip("{}").split(",")]
        since = np.datetime64(told["time#units"].removeprefix("hours since ").split()[0])
        dates = since + np.array(hours).astype("m8[h]")
        assert list(dates) == list(ds.time.values)


@needs("gdalinfo", "gdal_translate")
def test_what_gdal_makes_of_a_result_lies_in_the_same_place(results, tmp_path):
    """As the error of -o out.tif advises."""
    file = results["packed"]
    raster, source = tmp_path / "o.tif", f"NETCDF:{file}:zwd"
    call("gdal_translate", "-q", "-unscale", "-ot", "Float32", source, raster)
    info = json.loads(call("gdalinfo", "-json", raster))
    assert 'ID["EPSG",4326]' in info["coordinateSystem"]["wkt"]
    with xr.open_dataset(file, engine="netcdf4") as ds:
        place = ds.lon.values[7], ds.lat.values[5]
        values = call("gdallocationinfo", "-wgs84", "-valonly", raster, *place).split()
        np.testing.assert_allclose([float(each) for each in values], ds.zwd[:, 5, 7], atol=1e-6)


@pytest.fixture(scope="module")
def ladder(tmp_path_factory):
    """Delays at several heights above every node, and the ground below them."""
    folder = tmp_path_factory.mktemp("ladder")
    model_levels().to_netcdf(folder / "levels.nc")
    file = write_delays([folder / "levels.nc"], folder / "out.nc", ladder=[0.0, 1000.0, 2500.0])
    with xr.open_dataset(file, engine="netcdf4") as ds:
        return file, ds.load()


@needs("cdo")
def test_cdo_knows_heights_as_levels(ladder, tmp_path):
    file, ds = ladder
    assert cdo("showlevel", "-selname,zwd", file).split() == ["0", "1000", "2500"]
    assert "ellipsoidal_height" in cdo("sinfo", file)
    cdo("sellevel,1000", "-selname,zwd", file, tmp_path / "o.nc")
    with xr.open_dataset(tmp_path / "o.nc", engine="netcdf4") as cut:
        np.testing.assert_array_equal(cut.zwd[:, 0], ds.zwd.sel(ellipsoidal_height=1000))
        assert cut.ellipsoidal_height.units == "m"


@needs("gdalinfo")
def test_gdal_knows_heights_as_bands_and_where_the_ground_is(ladder):
    file, ds = ladder
    info = described(file, "zhd")
    heights = [band["metadata"][""]["NETCDF_DIM_ellipsoidal_height"] for band in info["bands"]]
    assert heights == ["0", "1000", "2500"] * ds.sizes["time"]
    for name in ("zhd", "ground"):
        assert 'ID["EPSG",4326]' in described(file, name)["coordinateSystem"]["wkt"]


def test_iris_knows_heights_as_an_axis(ladder):
    code = """
    import iris
    def look(file):
        cube = iris.load_cube(file, "zenith wet delay")
        axis = cube.coord("height_above_reference_ellipsoid")
        beside = [each.var_name for each in cube.ancillary_variables()]
        return [cube.coord_dims(axis), str(axis.units), axis.points.tolist(), beside]
    """
    found = ask(textwrap.dedent(code), ladder[0], modules=("iris",))[str(ladder[0])]
    assert found == [[1], "m", [0.0, 1000.0, 2500.0], ["ground"]]
