"""Epochs of VMF text files, by their header lines."""

from pathlib import Path

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.text_size import is_single
from tropdsx.read.vmf_sections import (
    FILE_NAME,
    Section,
    find_epoch,
    find_sections,
    split_head,
)

from helpers.vmf import epochs, table


def test_sections_cover_the_rows_and_nothing_else(tmp_path):
    parts = epochs(4)
    path = tmp_path / "a"
    path.write_text("".join(parts))
    whole, found = path.read_text(), find_sections(path)
    assert [str(each.epoch)[11:13] for each in found] == ["00", "06", "12", "18"]
    for section, part in zip(found, parts, strict=True):
        rows = whole[section.start : section.stop]
        assert "!" not in rows
        np.testing.assert_array_equal(table(rows), table(part))
        assert section.range == [-75, 75, 15, 345, 30, 30]
        assert section.columns == ("lat", "lon", "ah", "aw", "zhd", "zwd")


def test_lines_between_and_after_are_no_epochs(tmp_path):
    path = tmp_path / "a"
    path.write_text("\n \n".join(epochs(2)) + "\n! end of file\n")
    assert len(find_sections(path)) == 2


def test_a_long_file_is_not_single(tmp_path):
    (one,) = epochs(1)
    path = tmp_path / "a"
    row, count = one.splitlines()[-1], table(one).shape[0]
    path.write_text(one)
    assert is_single(path, row, count)
    path.write_text("".join(epochs(3)))
    assert not is_single(path, row, count)


def test_head_ends_where_the_rows_end():
    entries, rows = split_head("".join(epochs(2)).splitlines())
    assert entries["epoch"].startswith("2021 03 04 00")
    assert len(rows) == table(epochs(1)[0]).shape[0]


@pytest.mark.parametrize(
    ("name", "hour"),
    [("VMF3_20210101.H18", 18), ("VMFG_20210101.H06.xz", 6), ("v3gr_20210101.h00.gz", 0)],
)
def test_names_tell_epochs_of_single_files(name, hour):
    assert FILE_NAME.match(name)
    found = find_epoch(Section(), Path(name), alone=True)
    assert found == np.datetime64("2021-01-01", "ns") + np.timedelta64(hour, "h")
    assert np.isnat(find_epoch(Section(), Path(name), alone=False))


def test_header_lines_go_before_the_name():
    section = Section({"epoch": "2022 12 31 24 00  0.0"})
    found = find_epoch(section, Path("VMF3_20210101.H18"), alone=True)
    assert found == np.datetime64("2023-01-01", "ns")
    with pytest.raises(InputError, match="which is no epoch"):
        find_epoch(Section({"epoch": "2022 02 30 00 00 0.0"}), Path("a"), alone=True)
