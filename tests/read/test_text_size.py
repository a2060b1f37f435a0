"""Lengths of text files, compressed or not."""

import gzip
import lzma

import pytest

from tropdsx.read.text_size import text_size

from helpers.files import shared

TEXT = b"".join(b"%d %d\n" % (n, n * n) for n in range(5000))


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16384, len(TEXT)])
@pytest.mark.parametrize("pack", [bytes, lzma.compress, gzip.compress])
def test_length_without_decompressing(tmp_path, size, pack):
    path = tmp_path / "a"
    path.write_bytes(pack(TEXT[:size]))
    assert text_size(path) == size


@pytest.mark.parametrize("pack", [lzma.compress, gzip.compress])
def test_joined_archives_and_damaged_ones_do_not_tell(tmp_path, pack):
    path = tmp_path / "a"
    path.write_bytes(pack(TEXT) + pack(TEXT[:9]))
    assert text_size(path) is None
    path.write_bytes(lzma.compress(TEXT)[:-5])
    assert text_size(path) is None
    broken = bytearray(lzma.compress(TEXT))
    broken[-24:-12] = b"\0" + b"\xff" * 11
    path.write_bytes(broken)
    assert text_size(path) is None


@pytest.mark.realdata
def test_real_files():
    for name in ("vmf3/1x1/VMF3_20210101.H00.xz", "vmf1/VMFG_20210101.H00.xz"):
        with lzma.open(shared(name)) as stream:
            assert text_size(shared(name)) == len(stream.read())
