"""Files are told by their content; bad ones and bad names are named in one sentence."""

from pathlib import Path

import pytest

from tropdsx.errors import InputError
from tropdsx.read.containers.files import find_files
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography

from helpers.files import delays, write

BAD_FILES = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is text"),
    "text": (b"this is a letter, not a grid\n" * 20, r"is text \('this is a letter"),
    "sinex": (b"%=TRO 2.00 GFZ 2021:031:00000\n", "a series of stations, which tropdsx.open_ser"),
    "stations": (b"station,lat_deg,lon_deg\nWTZR,49.1,12.9\n", "for `tropdsx stations GRID TABLE`"),
    "sites": (b"Site;time;ztd_m\nWTZR;2021-01-01;2.3\n", "is a table of stations"),
    "points": (b"lat,lon,station\n1,2,3\n" * 9, "is text .'lat,lon,station.*but no VMF grid"),
    "RTKLIB": (b"$POS,2200,280800.0,6,1.0\n$TROP,2200,280800.0,6,1,2.4\n", "status file of RTK"),
    "GPT3": (b"%  lat    lon   p:a0    A1   B1\n", "coefficients, of which `tropdsx gpt3` makes"),
    "kerchunk": (b'{"version": 1, "refs": {".zgroup": "x"}}', "references by kerchunk"),
    "web page": (b"<!DOCTYPE html><html>404</html>", "web page"),
    "binary": (bytes(range(256)), "unknown binary kind"),
    "pickle in npy": (b"\x93NUMPY\x01\x00", "cannot be opened"),
    "broken gz": (b"\x1f\x8b\x08\x00abcdefgh", "cannot be read"),
    "broken xz": (b"\xfd7zXZ\x00abcdefgh", "cannot be read"),
    "broken grib": (b"GRIB\x00\x00\x00\x02" + bytes(50) + b"7777", "cannot be opened|cfgrib"),
    "grib cut off": (b"GRIB\x00\x00\x00\x02" + bytes(50) + b"77", "does not end with 7777"),
    "hdf magic only": (b"\x89HDF\r\n\x1a\n" + bytes(100), "cannot be opened"),
    "cdf magic only": (b"CDF\x01\x00", "ends within its NetCDF header"),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("name", ["input.nc", "VMF3_20210101.H00"])
def test_bad_files_are_named_in_one_line(tmp_path, case, name):
    content, text = BAD_FILES[case]
    with pytest.raises(InputError, match=text) as caught:
        open_delays(write(tmp_path / name, content))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_gacos_is_named_by_its_ending_or_its_header(tmp_path):
    for name in ("20210101.ztd", "delays.bin"):
        file = write(tmp_path / name, bytes(range(1, 81)))
        write(tmp_path / f"{name}.rsc", b"WIDTH 5\n")
        with pytest.raises(InputError, match=r"by GACOS, which tropdsx\.open_gacos reads"):
            open_delays(file)


def test_missing_files_and_patterns(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_delays(tmp_path / "none.nc")
    with pytest.raises(InputError, match=r"no file matches .*\*\.nc"):
        open_delays(str(tmp_path / "*.nc"))
    with pytest.raises(InputError, match="folder but no Zarr store"):
        open_delays(tmp_path)
    with pytest.raises(InputError, match="no input"):
        open_delays([])
    with pytest.raises(InputError, match="no such file"):
        open_orography(tmp_path / "none.nc")


def test_compressed_netcdf_is_named(tmp_path):
    import gzip

    delays().to_netcdf(tmp_path / "a.nc")
    write(tmp_path / "a.nc.gz", gzip.compress((tmp_path / "a.nc").read_bytes()))
    with pytest.raises(InputError, match="Decompress it first"):
        open_delays(tmp_path / "a.nc.gz")


def test_a_name_that_begins_with_a_tilde(tmp_path, monkeypatch):
    """A file of that very name first, then the home folder; nobody of that name is no crash."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "~levels.nc").write_bytes(b"")
    assert find_files("~levels.nc") == [Path("~levels.nc")]
    assert find_files("~/a.nc") == [tmp_path / "home" / "a.nc"]
    with pytest.raises(InputError, match="no such file: ~nobody-of-this-name"):
        open_delays("~nobody-of-this-name/a.nc")


def test_a_name_that_no_file_can_have():
    with pytest.raises(InputError, match=r"cannot be looked up .*check the name"):
        open_delays("x" * 300)


def test_brackets_in_the_name_of_a_file(tmp_path):
    (tmp_path / "run[1].nc").write_bytes(b"")
    assert find_files(tmp_path / "run[1].nc") == [tmp_path / "run[1].nc"]
    with pytest.raises(InputError, match="no file matches"):
        find_files(str(tmp_path / "run[2].nc"))
