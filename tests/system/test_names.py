"""Names as users write them: URLs, home folders, variables, spaces, brackets and number signs."""

from pathlib import Path

import pytest

from tropdsx.errors import InputError
from tropdsx.system.names import expand_name, is_url, local_file, short_name, split_part


@pytest.mark.parametrize("name", ["https://h/a.nc", "s3://b/a.zarr", "dap4://h/a", "FTP://h/a"])
def test_urls_of_other_machines_stay(name):
    assert is_url(name)
    assert expand_name(name) == name


@pytest.mark.parametrize(
    "name", ["a.nc", "C:/a.nc", Path("https:/h/a.nc"), "file:///a.nc", "file:/a.nc", "a://b"[:2]]
)
def test_what_is_no_url(name):
    assert not is_url(name)


@pytest.mark.parametrize(
    "url",
    [
        "file:///data/my%20grid%5B1%5D%23.nc",
        "file:/data/my%20grid[1]%23.nc",
        "file://localhost/data/my grid[1]%23.nc",
        "FILE:///data/my%20grid[1]%23.nc",
    ],
)
def test_file_urls_are_paths(url):
    assert expand_name(url) == Path("/data/my grid[1]#.nc")


def test_a_file_of_another_machine_is_named():
    with pytest.raises(InputError, match="the machine 'server'; accepted are files of this"):
        expand_name("file://server/share/a.nc")


def test_home_and_variables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("YEAR", "2022")
    assert expand_name("~/a.nc") == Path("/home/me/a.nc")
    assert expand_name("$HOME/${YEAR}/$YEAR.nc") == Path("/home/me/2022/2022.nc")
    assert expand_name("$NOT_SET_AT_ALL/a.nc") == Path("$NOT_SET_AT_ALL/a.nc")
    Path("$YEAR.nc").touch()
    assert expand_name("$YEAR.nc") == Path("$YEAR.nc"), "a file of this very name goes first"


def test_the_part_behind_a_number_sign(tmp_path):
    for name in ("a.nc", "a.nc#1.nc", "run #2.nc"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    parts = {
        "a.nc": ("a.nc", None),
        "a.nc#g": ("a.nc", "g"),
        "a.nc#g/h#i": ("a.nc", "g/h#i"),
        "a.nc#1.nc": ("a.nc#1.nc", None),
        "a.nc#1.nc#g": ("a.nc#1.nc", "g"),
        "run #2.nc#g": ("run #2.nc", "g"),
        "none.nc#g": ("none.nc#g", None),
        "folder#g": ("folder#g", None),
    }
    for name, (file, part) in parts.items():
        assert split_part(tmp_path / name) == (tmp_path / file, part)
    assert local_file(f"{tmp_path}/a.nc#g") == tmp_path / "a.nc"
    assert short_name(f"{tmp_path}/a.nc#g/h") == "a.nc#g/h"
    assert local_file("https://host/a.nc") is None
    assert local_file(tmp_path / "none.nc") is None


@pytest.mark.parametrize("mode", ["mode=bytes", "bytes", "mode=dap4,show=fetch", "dap4"])
def test_modes_of_the_netcdf_library_are_no_groups(mode):
    assert split_part(f"https://host/a.nc#{mode}") == (f"https://host/a.nc#{mode}", None)
    assert split_part(f"https://host/a.nc#{mode}#g") == (f"https://host/a.nc#{mode}", "g")


def test_a_name_that_no_file_can_have():
    with pytest.raises(InputError, match=r"cannot be looked up .*check the name"):
        expand_name("x" * 300)
