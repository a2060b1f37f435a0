"""Names of outputs: none bears the name of a format that it is not."""

import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.write.endings import check_ending
from tropdsx.write.save import check_storage, save

from helpers.writing import delays

FOREIGN = [
    ".tif",
    ".tiff",
    ".csv",
    ".txt",
    ".grib",
    ".grb2",
    ".grd",
    ".h5",
    ".npy",
    ".json",
    ".H00",
]


@pytest.mark.parametrize("ending", FOREIGN)
def test_foreign_names_are_refused(ending, tmp_path):
    path = tmp_path / f"out{ending}"
    for write in (check_ending, check_storage, lambda p: save(delays(), p)):
        with pytest.raises(OutputError, match=r"accepted are \.nc, \.nc4, \.cdf, .*\.zarr"):
            write(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.nc", "out.nc4", "out.cdf", "OUT.NC", "out", "a.b.zarr"])
def test_names_of_what_is_written_are_accepted(name, tmp_path):
    check_ending(name)
    with xr.open_dataset(save(delays(), tmp_path / name), engine=None) as back:
        assert back.sizes["time"] == 7


def test_a_version_of_zarr_is_for_stores(tmp_path):
    with pytest.raises(OutputError, match=r"out\.nc is NetCDF"):
        check_storage("out.nc", zarr_format=3)
    with pytest.raises(OutputError, match="accepted are 2 and 3"):
        check_storage("out.zarr", zarr_format=4)
    assert check_storage("out.zarr", compression="zstd")["zarr_format"] == 3
