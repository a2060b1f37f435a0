"""Words for compression: what each means in a file, and which are refused."""

import zlib

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.write.compression import apply_filters, parse_compression, zarr_codecs
from tropdsx.write.netcdf import write_netcdf

from helpers.writing import delays, reopen


@pytest.mark.parametrize("compression", ["none", "zlib:1", "zlib:9", "zstd", "zstd:4"])
def test_compression_changes_no_value(compression, tmp_path):
    path = write_netcdf(delays(), tmp_path / "out.nc", compression=compression)
    xr.testing.assert_identical(reopen(path), delays())
    with netCDF4.Dataset(path) as file:
        assert file["zhd"].filters()["zstd"] == compression.startswith("zstd")


@pytest.mark.parametrize("word", ["gzip", "zlib:0", "zlib:10", "zlib:x", "zstd:99", ""])
def test_an_unknown_compression_is_refused(word, tmp_path):
    with pytest.raises(OutputError, match="accepted are none, zlib:1"):
        write_netcdf(delays(), tmp_path / "out.nc", compression=word)
    assert not list(tmp_path.iterdir())
    assert parse_compression("zlib") == parse_compression("zlib:1")


@pytest.mark.parametrize(("word", "level"), [("zlib:3", 3), ("zstd", 1), ("zstd:19", 9)])
def test_zarr_compresses_as_netcdf_does(word, level):
    codec = zarr_codecs(word, 4)["compressors"]
    assert (codec.cname.value, codec.clevel) == (word.partition(":")[0], level)
    assert (codec.typesize, codec.shuffle.value) == (4, "shuffle")
    with pytest.raises(OutputError, match="accepted are none"):
        zarr_codecs("lz4", 4)


@pytest.mark.parametrize("level", range(1, 10))
@pytest.mark.parametrize("width", [2, 4])
def test_chunks_are_streams_that_every_library_reads(level, width):
    rng = np.random.default_rng(level)
    smooth = np.cumsum(rng.normal(0, 1e-3, (40, 50)), axis=1)
    values = (2.3 + smooth).astype("<f4") if width == 4 else (smooth * 1e4).astype("<i2")
    stored = apply_filters(values, [(2, (width,)), (1, (level,))])
    bytes_apart = np.frombuffer(zlib.decompress(stored), np.uint8).reshape(width, -1)
    assert bytes_apart.T.tobytes() == values.tobytes()
    assert len(stored) < 1.03 * len(zlib.compress(bytes_apart.tobytes(), level))


@pytest.mark.parametrize("kind", ["rounded", "constant", "packed"])
def test_values_that_repeat_are_compressed_as_well_as_before(kind):
    values = 2.3 + np.random.default_rng(0).normal(0, 1e-3, (40, 50)).astype("<f4")
    if kind == "rounded":
        values = (values.view("<u4") & np.uint32(0xFFFFF000)).view("<f4")
    elif kind == "constant":
        values[:] = 2.5
    else:
        values = (values * 1e4).astype("<i2")
    width = values.itemsize
    stored = apply_filters(values, [(2, (width,)), (1, (1,))])
    assert stored == zlib.compress(values.view(np.uint8).reshape(-1, width).T.tobytes(), 1)
