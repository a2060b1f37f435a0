"""Copies live as long as they are used, and no longer than the process."""

import io
import subprocess
import sys

import pytest

from tropdsx.errors import InputError
from tropdsx.read.containers import temporary
from tropdsx.read.containers.temporary import (
    copy_whole,
    hold,
    make_folder,
    origin_of,
    release,
    root_of,
)


def test_a_folder_goes_with_its_last_user():
    folder = make_folder()
    file = folder.path / "a" / "b.nc"
    folder.origins[file] = "a.zip#b.nc"
    assert root_of(file) == folder.path
    assert origin_of(file) == "a.zip#b.nc"
    assert origin_of(f"{file}#group") == "a.zip#b.nc#group"
    assert hold(folder)
    release([file, file])
    assert folder.path.is_dir(), "one user is left"
    release([file])
    assert not folder.path.exists()
    assert root_of(file) is None
    assert not hold(folder)
    release([file])


def test_nothing_is_left_when_a_process_ends(tmp_path):
    code = (
        "from tropdsx.read.containers.temporary import make_folder\n"
        "folder = make_folder().path\n"
        "(folder / 'a.nc').touch(); print(folder)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "TMPDIR": str(tmp_path)},
    )
    assert ran.stdout.startswith(str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_named_before_and_while_copying(monkeypatch):
    folder = make_folder()
    monkeypatch.setattr(temporary, "_SPARE", 1 << 60)
    for size in (10, None):
        with pytest.raises(InputError, match=r"needs 1 MB .* 0 MB to spare.*TMPDIR"):
            copy_whole(io.BytesIO(b"x" * 10), folder.path / f"{size}.nc", size, "big.nc")
    release([folder.path])


@pytest.mark.parametrize("size", [9, 11])
def test_a_copy_is_whole(size):
    folder = make_folder()
    with pytest.raises(InputError, match=f"gives 10 of {size} bytes"):
        copy_whole(io.BytesIO(b"x" * 10), folder.path / "a.nc", size, "a.nc")
    release([folder.path])
