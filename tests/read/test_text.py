"""Text files, plain or compressed, and what an error says on one line."""

import gzip
import lzma

import pytest

from tropdsx.errors import InputError
from tropdsx.read.text import describe_error, is_text, parse_numbers, read_text


@pytest.mark.parametrize("wrap", [bytes, lzma.compress, gzip.compress], ids=["plain", "xz", "gz"])
def test_content_decides_and_not_the_name(wrap, tmp_path):
    path = tmp_path / "grid.txt"
    path.write_bytes(wrap(b"! Version: 1.0"))
    assert is_text(path)
    assert read_text(path) == "! Version: 1.0"
    assert read_text(path, 3) == "! V"


@pytest.mark.parametrize("wrap", [lzma.compress, gzip.compress])
def test_a_file_that_is_cut_short_is_an_input_error(wrap, tmp_path):
    whole = wrap(bytes(range(256)) * 40)
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="complete text file"):
        read_text(tmp_path / "cut")


def test_missing_and_empty_files_are_input_errors(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_text(tmp_path / "absent")
    (tmp_path / "blank").write_bytes(b" \n")
    with pytest.raises(InputError, match="is empty"):
        read_text(tmp_path / "blank")


def test_binary_and_empty_files_are_no_text(tmp_path):
    for content in (b"", b"CDF\x01", b"caf\xe9"):
        (tmp_path / "file").write_bytes(content)
        assert not is_text(tmp_path / "file")


def test_numbers_of_a_line():
    assert parse_numbers(" 1.0  -2e3\t3.5D-1 ") == [1.0, -2000.0, 0.35]
    assert parse_numbers("1.0 two") == []


def test_an_error_without_text_has_its_name():
    assert describe_error(EOFError()) == "EOFError"
    assert describe_error(ValueError("a\n b")) == "a b"
