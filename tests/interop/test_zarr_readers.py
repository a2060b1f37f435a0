"""Who reads our Zarr stores: version 3 xarray and zarr, version 2 GDAL and netCDF-C too."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.convert.files import convert

from helpers.interop import ask, call, needs
from helpers.odd_inputs import plain

HOW = {"target": 5.0, "ztd": True, "sigma": True}
STORES = {
    "3": {},
    "2": {"zarr_format": 2},
    "3 zstd": {"compression": "zstd"},
    "2 zstd": {"zarr_format": 2, "compression": "zstd"},
    "2 plain": {"zarr_format": 2, "compression": "none"},
    "2 packed": {"zarr_format": 2, "pack": True},
}
VERSION_2 = [name for name in STORES if name.startswith("2")]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Stores by name, and the same as NetCDF."""
    folder = tmp_path_factory.mktemp("stores")
    plain().to_netcdf(folder / "in.nc")
    made = {"nc": convert(folder / "in.nc", folder / "out.nc", **HOW)}
    for number, (name, options) in enumerate(STORES.items()):
        made[name] = convert(folder / "in.nc", folder / f"{number}.zarr", **HOW, **options)
    return made


@pytest.fixture(scope="module")
def right(stores):
    with xr.open_dataset(stores["nc"], engine="netcdf4") as ds:
        return ds.load()


@pytest.mark.parametrize("name", STORES)
def test_xarray(name, stores, right):
    """The same as from NetCDF, the types of what is stored included."""
    with xr.open_zarr(stores[name]) as ds:
        found = ds.load()
    if "packed" in name:
        np.testing.assert_allclose(found.zwd, right.zwd, rtol=0, atol=2.6e-5)
        assert found.zwd.encoding["dtype"] == np.int16
    else:
        for field, values in right.variables.items():
            assert found[field].dtype == values.dtype, field
            np.testing.assert_array_equal(found[field], values, err_msg=field)


@pytest.mark.parametrize("name", STORES)
def test_every_variable_is_compressed_as_asked(name, stores):
    import zarr

    wanted = {"zstd": "zstd", "plain": None}.get(name[2:], "zlib")
    for field, array in zarr.open_group(stores[name], mode="r").arrays():
        codecs = [str(getattr(each.cname, "value", each.cname)) for each in array.compressors]
        assert codecs == ([wanted] if wanted else []), field
        assert (array.shards is not None) == (array.ndim == 3 and name.startswith("3")), field


@pytest.mark.parametrize("name", STORES)
def test_netcdf_c(name, stores, right):
    """Version 3 ends with its error and not with numbers."""
    address = f"file://{stores[name]}#mode=zarr,file"
    if name not in VERSION_2:
        with pytest.raises(OSError, match="NetCDF: Unknown file format"):
            netCDF4.Dataset(address)
        return
    with netCDF4.Dataset(address) as store:
        assert store["zwd"].dimensions == ("time", "lat", "lon")
        for field in ("zhd", "zwd", "ztd", "orography", "lat", "lon_bnds"):
            close = 2.6e-5 if "packed" in name else 0.0
            np.testing.assert_allclose(store[field][:], right[field], rtol=0, atol=close)


RASTERIO = """
import rasterio
def look(store):
    try:
        with rasterio.open(f"ZARR:{store}:/zwd") as raster:
            epsg = raster.crs and raster.crs.to_epsg()
            scale = [raster.scales[0], raster.offsets[0]]
            return [epsg, list(raster.bounds), scale, raster.read().tolist()]
    except rasterio.errors.RasterioIOError as error:
        return str(error)
"""


@pytest.mark.parametrize("name", STORES)
def test_rasterio(name, stores, right):
    files = tuple(stores[each] for each in STORES)
    found = ask(RASTERIO, *files, modules=("rasterio",))[str(stores[name])]
    if name not in VERSION_2:
        assert "sharding_indexed" in found
        return
    epsg, bounds, (scale, offset), values = found
    assert epsg == 4326
    np.testing.assert_allclose(bounds, [0.0, -90.0, 360.0, 90.0], atol=1e-9)
    if "packed" in name:  # GDAL hands on the integers, and how to unpack them
        np.testing.assert_allclose(np.array(values) * scale + offset, right.zwd, atol=2.6e-5)
    else:
        np.testing.assert_array_equal(np.float32(values), right.zwd)


@needs("gdallocationinfo")
@pytest.mark.parametrize("name", [name for name in VERSION_2 if "packed" not in name])
def test_gdal(name, stores, right):
    """Debian's needs the number of the epoch, and finds the place by row and column alone."""
    for number in range(right.sizes["time"]):
        source = f'ZARR:"{stores[name]}":/zwd:{number}'
        found = call("gdallocationinfo", "-valonly", source, 9, 4)
        assert float(found) == pytest.approx(float(right.zwd[number, 4, 9]), abs=1e-7)
