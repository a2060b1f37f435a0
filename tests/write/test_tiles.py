import math

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.convert.files import convert
from tropdsx.write.tiles import CHUNK_BYTES, cut_tiles, tile_shape, tile_starts

from helpers.conversion import series


@pytest.mark.parametrize(
    "shape", [(180, 360), (720, 1440), (3601, 3601), (10, 400_000), (400_000, 3), (2, 5000, 7000)]
)
@pytest.mark.parametrize("itemsize", [2, 4, 8])
def test_chunks_are_no_larger_than_they_may_be_and_waste_little(shape, itemsize):
    tile = tile_shape(shape, itemsize)
    assert math.prod(tile) * itemsize <= CHUNK_BYTES
    count = len(tile_starts(shape, tile))
    assert count * math.prod(tile) < 1.1 * math.prod(shape)
    if math.prod(shape) * itemsize <= CHUNK_BYTES:
        assert tile == shape
    elif min(shape[-2:]) > 2000:
        assert 0.5 < tile[-2] / tile[-1] < 2.0


def test_tiles_together_are_the_field():
    field = np.arange(7 * 11).reshape(7, 11)
    again = np.full(field.shape, -1)
    for start, part in zip(tile_starts(field.shape, (3, 4)), cut_tiles(field, (3, 4)), strict=True):
        assert part.shape == (3, 4)
        assert part.flags.c_contiguous
        rows, columns = (min(a + n, m) - a for a, n, m in zip(start, (3, 4), (7, 11), strict=True))
        again[start[0] : start[0] + rows, start[1] : start[1] + columns] = part[:rows, :columns]
    np.testing.assert_array_equal(again, field)


@pytest.mark.parametrize("storage", [{}, {"pack": True}, {"compression": "none"}], ids=str)
def test_a_file_in_tiles_holds_the_values_of_a_file_in_whole_fields(
    small, tmp_path, monkeypatch, storage
):
    series(small, 3).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0, **storage}
    whole = convert(tmp_path / "in.nc", tmp_path / "whole.nc", **options)
    monkeypatch.setattr("tropdsx.write.tiles.CHUNK_BYTES", 2000)
    tiles = convert(tmp_path / "in.nc", tmp_path / "tiles.nc", **options)
    with netCDF4.Dataset(tiles) as file:
        chunk = file["zhd"].chunking()
        assert chunk[0] == 1
        assert chunk[1:] != list(file["zhd"].shape[1:])
    with xr.open_dataset(whole) as one, xr.open_dataset(tiles) as two:
        for name in ("zhd", "zwd", "orography"):
            np.testing.assert_array_equal(one[name], two[name])
