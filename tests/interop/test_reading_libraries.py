"""Python libraries of others read our NetCDF: places, dates, units, heights and values."""

import numpy as np
import pytest
import xarray as xr

FIELDS = ("zhd", "zwd", "ztd")


def edges(ds):
    """West, south, east and north end of the cells [deg]."""
    lat, lon = ds.lat_bnds.values, ds.lon_bnds.values
    return [lon.min(), lat.min(), lon.max(), lat.max()]


def north_up(field):
    """Values as a raster has them: epoch, row from the north, column from the west."""
    return field.sortby("lat", ascending=False).values.reshape(-1, *field.shape[-2:])


def test_h5netcdf(result):
    pytest.importorskip("h5netcdf")
    file, ds = result
    with xr.open_dataset(file, engine="h5netcdf") as other:
        xr.testing.assert_identical(other.load(), ds)


RASTERIO = """
import rasterio
def look(file):
    with rasterio.open(f"netcdf:{file}") as parts:
        names = [part.rpartition(":")[2] for part in parts.subdatasets]
    found = {}
    for name in names:
        with rasterio.open(f"netcdf:{file}:{name}") as raster:
            raw = raster.read(masked=True).astype("f8")
            values = (raw * raster.scales[0] + raster.offsets[0]).filled(float("nan")).tolist()
            epsg = raster.crs and raster.crs.to_epsg()
            found[name] = [epsg, list(raster.bounds), list(raster.units), values]
    return found
"""


def test_rasterio(result, seen):
    """GDAL, as the wheel has it."""
    ds = result[1]
    found = seen(RASTERIO, "rasterio")
    names = {name for name, each in ds.variables.items() if {"lat", "lon"} <= set(each.dims)}
    assert {*FIELDS, "orography"} <= names <= set(found)
    for name in names:
        epsg, bounds, units, values = found[name]
        wanted = north_up(ds[name])
        assert (epsg, units) == (4326, ["m"] * len(wanted)), name
        np.testing.assert_allclose(bounds, edges(ds), atol=1e-9, err_msg=name)
        np.testing.assert_allclose(values, wanted, rtol=0, atol=2e-7, err_msg=name)


RIOXARRAY = """
import pyproj, rioxarray, xarray as xr
def look(file):
    with xr.open_dataset(file, engine="netcdf4", decode_coords="all") as ds:
        west, south, east, north = ds.rio.bounds()
        part = ds.zwd.rio.clip_box(west, south, (west + east) / 2, (south + north) / 2)
        return {
            "epsg": [ds.rio.crs.to_epsg(), ds.orography.rio.crs.to_epsg()],
            "axes": [ds.rio.x_dim, ds.rio.y_dim],
            "bounds": ds.rio.bounds(),
            "part": part.shape[-2:],
            "coords": list(ds.coords),
        }
"""


def test_rioxarray(result, seen):
    ds = result[1]
    found = seen(RIOXARRAY, "rioxarray", "rasterio", "pyproj")
    assert (found["epsg"], found["axes"]) == ([4326, 4326], ["lon", "lat"])
    np.testing.assert_allclose(found["bounds"], edges(ds), atol=1e-9)
    assert found["part"] == [ds.sizes["lat"] // 2, ds.sizes["lon"] // 2]
    assert {"crs", "orography", "lat_bnds", "lon_bnds"} <= set(found["coords"])


IRIS = """
import iris, numpy as np
from iris.loading import LOAD_PROBLEMS
def look(file):
    LOAD_PROBLEMS.reset()
    cubes = [cube for cube in iris.load(file) if cube.coords("latitude")]
    found = {cube.var_name: tell(cube) for cube in cubes}
    return {"cubes": found, "not read": [str(each.loaded) for each in LOAD_PROBLEMS.problems]}
def tell(cube):
    lat, lon, time = (cube.coord(name) for name in ("latitude", "longitude", "time"))
    sphere = lat.coord_system
    return {
        "units": [str(each.units) for each in (cube, lat, lon)],
        "ellipsoid": [sphere.semi_major_axis, sphere.inverse_flattening],
        "bounds": [lon.bounds.min(), lat.bounds.min(), lon.bounds.max(), lat.bounds.max()],
        "times": [str(cell.point) for cell in time.cells()],
        "beside": {each.var_name: str(each.units) for each in cube.ancillary_variables()},
        "methods": [f"{m.coord_names[0]}: {m.method}" for m in cube.cell_methods],
        "heights": cube.ancillary_variable("height_above_reference_ellipsoid").data.tolist(),
        "data": np.ma.filled(cube.data.astype("f8"), np.nan).tolist(),
    }
"""


def test_iris(result, seen):
    """Cubes with heights and errors beside them."""
    ds = result[1]
    found = seen(IRIS, "iris")
    # A list of coordinates in a global attribute is xarray's way; iris does not take it as one.
    assert all("coordinates" in text for text in found["not read"])
    for name in FIELDS:
        cube, field = found["cubes"][name], ds[name]
        assert cube["units"] == ["m", "degrees", "degrees"]  # as iris calls them
        np.testing.assert_allclose(cube["ellipsoid"], [6378137.0, 298.257223563], rtol=1e-12)
        np.testing.assert_allclose(cube["bounds"], edges(ds), atol=1e-9)
        wanted = np.atleast_1d(ds.time.values).astype("M8[s]")
        assert [np.datetime64(each) for each in cube["times"]] == list(wanted)
        named = field.attrs["ancillary_variables"].split()
        assert cube["beside"] == {each: ds[each].attrs["units"] for each in named}
        np.testing.assert_array_equal(cube["heights"], ds.orography)
        np.testing.assert_allclose(cube["data"], field, rtol=0, atol=2e-7)
        assert ("time: mean" in cube["methods"]) == ("time: mean" in field.cell_methods)
