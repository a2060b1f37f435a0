"""What is found on this machine."""

import importlib.util
from types import SimpleNamespace

import pytest

from tropdsx.cli.shell import installation
from tropdsx.cli.shell.installation import (
    describe_assets,
    describe_devices,
    describe_extras,
    describe_installation,
    describe_libraries,
    describe_settings,
)


def test_rows_have_one_line_each():
    rows, _ = describe_installation()
    assert {"tropdsx", "Python", "system", "numpy", "torch", "imports"} <= dict(rows).keys()
    assert not [text for row in rows for text in row if "\n" in text]


def test_a_broken_library_is_a_trouble_without_its_path(monkeypatch, tmp_path):
    (tmp_path / "brokenlib.py").write_text("raise OSError('/home/somebody/lib.so: no such file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(installation, "_IMPORTED", {"brokenlib": "brokenlib"})
    rows, troubles = describe_libraries()
    assert rows[0] == ("brokenlib", "not installed, cannot be imported")
    [trouble] = troubles
    assert trouble == "brokenlib cannot be imported: OSError: <path> no such file"


def test_gpus_with_their_precision():
    def gpu(number):
        name = ["Old", "New"][number]
        return SimpleNamespace(name=name, major=7 + number, total_memory=16 * 2**30)

    cuda = SimpleNamespace(
        is_available=lambda: True, device_count=lambda: 2, get_device_properties=gpu
    )
    torch = SimpleNamespace(
        cuda=cuda, get_num_threads=lambda: 3, version=SimpleNamespace(cuda="12.8")
    )
    rows = dict(describe_devices(torch))
    assert rows["cuda:0"] == "Old, 16 GiB; float32"
    assert rows["cuda:1"] == "New, 16 GiB; float32, tf32, bf16"
    assert "3 threads" in rows["CPU"]
    assert rows["--device auto"].startswith("cuda")
    assert "GPU" not in rows


def test_extras_are_those_of_users():
    extras = dict(describe_extras())
    assert {"extra cluster", "extra grib", "extra train"} <= extras.keys()
    assert not {"extra test", "extra docs", "extra bench"} & extras.keys()
    installed = importlib.util.find_spec("cfgrib") is not None
    assert ("cfgrib not installed" in extras["extra grib"]) is not installed


def test_a_lost_shipped_file_is_a_trouble(monkeypatch):
    from tropdsx.assets import registry

    known = registry.list_assets()
    monkeypatch.setattr(registry, "list_assets", lambda: known | {"geoid": None})
    rows, troubles = describe_assets()
    assert "geoid" in dict(rows)["assets not here"]
    assert troubles == ["geoid should come with tropdsx: install it again"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("OMP_NUM_THREADS", "8", "8"),
        ("CUDA_VISIBLE_DEVICES", "0,1", "0,1"),
        ("HDF5_USE_FILE_LOCKING", "FALSE", "FALSE"),
        ("PYTHONPATH", "/home/somebody/code", "set"),
        ("DASK_TEMPORARY_DIRECTORY", "/home/somebody", "set"),
        ("DASK_SOMETHING", "somebody", "set"),
    ],
)
def test_values_are_shown_where_they_tell_nothing_of_a_user(name, value, shown):
    assert describe_settings({name: value}) == ([(name, shown)], [])


def test_no_settings():
    assert describe_settings({})[0] == [("settings", "no environment variable is set")]


def test_folders_are_counted_not_named(tmp_path):
    (tmp_path / "grid").touch()
    rows, _ = describe_settings({"TROPDSX_DATA": str(tmp_path)})
    assert rows == [("TROPDSX_DATA", "set, a folder of 1 files")]
