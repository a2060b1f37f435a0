"""Files behind names: patterns among brackets, variables, URLs of this machine, groups."""

from pathlib import Path

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.containers.files import find_files
from tropdsx.read.delays import open_delays

from helpers.files import delays

ODD = ["my grid.nc", "run[1].nc", "what?.nc", "a*b.nc", "a#b.nc", "#a.nc", "100% [x] #1 é.nc"]


@pytest.mark.parametrize("folder", ["plain", "run [1] #2", "a*b"])
@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_names(tmp_path, monkeypatch, folder, name):
    place = tmp_path / folder
    place.mkdir()
    path = place / name
    delays().to_netcdf(path)
    monkeypatch.chdir(place)
    for given in (path, str(path), name, path.as_uri(), f"file:{path}"):
        with open_delays(given) as ds:
            np.testing.assert_array_equal(ds.zhd, delays().zhd)
            assert Path(ds.encoding["tropdsx_sources"][0]).name == name


def test_patterns_below_a_folder_with_brackets(tmp_path, monkeypatch):
    for folder in ("run[1]", "run1", "run[1]/more*"):
        (tmp_path / folder).mkdir()
    for name in ("run[1]/b.nc", "run[1]/a.nc", "run1/c.nc", "run[1]/more*/d.nc"):
        (tmp_path / name).touch()
    found = [file.name for file in find_files(f"{tmp_path}/run[1]/*.nc")]
    assert found == ["a.nc", "b.nc"]
    monkeypatch.chdir(tmp_path)
    assert find_files("run[1]/*/*.nc") == [Path("run[1]/more*/d.nc")]
    assert find_files("run[12]/*.nc") == [Path("run1/c.nc")], "no folder of that name: a pattern"
    assert find_files((tmp_path / "run[1]").as_uri() + "/[ab].nc")[1].name == "b.nc"


def test_variables_and_home_in_patterns(tmp_path, monkeypatch):
    (tmp_path / "a.nc").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GRIDS", str(tmp_path))
    for name in ("~/a.nc", "~/*.nc", "$GRIDS/a.nc", "${GRIDS}/*.nc"):
        assert find_files(name) == [tmp_path / "a.nc"]
    with pytest.raises(InputError, match=r"no such file: \$NOT_SET/a.nc; .*\$NOT_SET is not set"):
        open_delays("$NOT_SET/a.nc")


def test_groups_of_patterns(tmp_path):
    for name in ("b.nc", "a.nc"):
        (tmp_path / name).touch()
    found = find_files(f"{tmp_path}/*.nc#run/wet")
    assert found == [tmp_path / "a.nc#run/wet", tmp_path / "b.nc#run/wet"]
    with pytest.raises(InputError, match=r"no file matches .*\*\.grb#run"):
        find_files(f"{tmp_path}/*.grb#run")


def test_nothing_given():
    with pytest.raises(InputError, match="no input given; accepted are boxes"):
        find_files([], "accepted are boxes")
