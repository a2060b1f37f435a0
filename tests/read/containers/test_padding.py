"""GRIB that ends in zero bytes."""

import io

import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.read.containers import padding as module
from tropdsx.read.containers.files import find_files
from tropdsx.read.containers.padding import ends_whole, find_end, without_padding
from tropdsx.read.containers.temporary import origin_of, release, root_of

MESSAGE = b"GRIB" + bytes(100) + b"values" + bytes(50) + b"7777"


@pytest.mark.parametrize("zeros", [0, 1, 6, 7, 8, 30])
@pytest.mark.parametrize("data", [b"", b"\0\0GRIB", b"GRIB7777"])
def test_the_end_is_found_from_behind(monkeypatch, data, zeros):
    """Blocks that begin within the zeros, and right where they do."""
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert find_end(io.BytesIO(data + bytes(zeros))) == len(data)


def test_what_is_before_the_zeros_is_read(tmp_path):
    path = tmp_path / "in.grb"
    path.write_bytes(MESSAGE + bytes(3 * 2**20))
    text = rf"in.grb ends in {3 * 2**20} zero bytes after its {len(MESSAGE)} bytes of GRIB"
    with pytest.warns(TropdsxWarning, match=text):
        (found,) = find_files(path)
    assert found.read_bytes() == MESSAGE
    assert (found.name, origin_of(found)) == ("in.grb", str(path))
    release([found])
    assert not found.exists()
    assert path.stat().st_size == len(MESSAGE) + 3 * 2**20


CUT = MESSAGE[:-2] + bytes(2**20)


@pytest.mark.parametrize("content", [MESSAGE + bytes(4096), b"CDF" + bytes(2**20), b"GR", CUT])
def test_a_few_zeros_and_other_files_are_left_alone(tmp_path, content):
    path = tmp_path / "in.grb"
    path.write_bytes(content)
    assert without_padding(path) is path
    assert root_of(path) is None
    assert without_padding(tmp_path) is tmp_path


@pytest.mark.parametrize("behind", [b"", b"\n", b"\r\r\n\x03"])
def test_line_ends_and_ends_of_bulletins_may_follow_a_message(behind):
    assert ends_whole(io.BytesIO(MESSAGE + behind), len(MESSAGE + behind))
    assert not ends_whole(io.BytesIO(MESSAGE[:-1] + behind), len(MESSAGE[:-1] + behind))
