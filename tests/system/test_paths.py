"""Flushing and removing files and folders."""

import errno
import os
from pathlib import Path

import pytest

from tropdsx.system.paths import fsync, is_zarr_store, remove

OPEN = Path("/proc/self/fd")


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
def test_a_folder_that_cannot_be_flushed_is_no_error(number, tmp_path, monkeypatch):
    (tmp_path / "file").touch()

    def refuse(_):
        raise OSError(number, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    fsync(tmp_path)
    with pytest.raises(OSError, match="refused"):
        fsync(tmp_path / "file")


def test_a_failing_disk_is_an_error_of_a_folder_too(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="broken"):
        fsync(tmp_path)


@pytest.mark.skipif(not OPEN.is_dir(), reason="needs Linux")
def test_flushing_leaves_no_file_open(tmp_path):
    before = len(list(OPEN.iterdir()))
    for _ in range(20):
        fsync(tmp_path)
    assert len(list(OPEN.iterdir())) == before


def test_removing_takes_files_folders_and_nothing(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    for name in ("file", "folder", "nothing"):
        remove(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["zarr.json", ".zgroup", ".zmetadata"])
def test_both_versions_of_zarr_are_known(name, tmp_path):
    assert not is_zarr_store(tmp_path)
    (tmp_path / name).touch()
    assert is_zarr_store(tmp_path)
